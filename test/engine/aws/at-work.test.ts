import { beforeEach, describe, expect, it } from "vitest";
import { atWork, untilNoneAtWork, type Writers, writersOf } from "../../../shared/engine/aws/at-work.ts";
import { RunFolder } from "../../../shared/engine/run-folder.ts";
import { MemoryStore } from "../../../shared/storage/memory.ts";

let folder: RunFolder;
beforeEach(() => {
  folder = new RunFolder(new MemoryStore(), "run-1");
});

describe("functions at work", () => {
  it("are seen while they work, and not after, however they end", async () => {
    let inside: Writers | undefined;
    const until = Date.now() + 60_000;
    const answer = await atWork(folder, "0-1", 60_000, async () => {
      inside = await writersOf(folder);
      return 7;
    });
    expect(answer).toBe(7);
    expect(inside?.count).toBe(1);
    expect(inside!.until.getTime()).toBeGreaterThanOrEqual(until);
    const failing = atWork(folder, "0-1", 60_000, () => Promise.reject(new Error("no")));
    await expect(failing).rejects.toThrow("no");
    expect(await writersOf(folder)).toBeUndefined();
  });

  it("do nothing once the run was cancelled", async () => {
    await folder.requestCancel();
    let worked = false;
    const work = atWork(folder, "0-1", 60_000, async () => {
      worked = true;
    });
    await expect(work).rejects.toMatchObject({ code: "CANCELLED" });
    expect(worked).toBe(false);
    expect(await writersOf(folder)).toBeUndefined();
  });

  it("that were killed count no longer than Lambda would have let them", async () => {
    const marker = (until: number) => Buffer.from(JSON.stringify({ until: new Date(until).toISOString() }));
    await folder.store.put("working/0-1-a.json", marker(Date.now() - 300_000));
    expect(await writersOf(folder)).toBeUndefined();
    await folder.store.put("working/0-1-b.json", marker(Date.now() + 300_000));
    expect((await writersOf(folder))?.count).toBe(1);
  });

  it("are waited for", async () => {
    let release = (): void => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const working = atWork(folder, "0-1", 60_000, () => held);
    const seen: number[] = [];
    await untilNoneAtWork(folder, undefined, ({ count }) => {
      seen.push(count);
      release();
    });
    expect(seen[0]).toBe(1);
    await working;
    const endless = atWork(folder, "0-2", 60_000, () => new Promise<void>(() => {}));
    endless.catch(() => {});
    const signal = AbortSignal.timeout(20);
    await expect(untilNoneAtWork(folder, signal)).rejects.toMatchObject({ code: "INTERRUPTED" });
  });
});
