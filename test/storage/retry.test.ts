import { describe, expect, test } from "vitest";
import { withRetries } from "../../shared/storage/retry.ts";

const QUICK = { attempts: 4, baseMs: 0, capMs: 0 };

describe("withRetries", () => {
  test("tries until it succeeds", async () => {
    const result = await withRetries(
      QUICK,
      () => true,
      undefined,
      async (number) => {
        if (number < 4) throw new Error("not yet");
        return number;
      },
    );
    expect(result).toBe(4);
  });

  test("throws the last error when its tries are used up", async () => {
    const failing = withRetries(
      QUICK,
      () => true,
      undefined,
      async (number) => {
        throw new Error(`try ${number}`);
      },
    );
    await expect(failing).rejects.toThrow("try 4");
  });

  test("throws at once what won't pass", async () => {
    const failing = withRetries(
      QUICK,
      (error) => (error as Error).message !== "for good",
      undefined,
      async (number) => {
        throw new Error(number === 2 ? "for good" : "passing");
      },
    );
    await expect(failing).rejects.toThrow("for good");
  });

  test("stops waiting when aborted, with the signal's reason", async () => {
    const aborting = new AbortController();
    const patient = { attempts: 3, baseMs: 1e9, capMs: 1e9 };
    const failing = withRetries(
      patient,
      () => true,
      aborting.signal,
      async () => {
        setImmediate(() => aborting.abort(new Error("stopped")));
        throw new Error("passing");
      },
    );
    await expect(failing).rejects.toThrow("stopped");
  });
});
