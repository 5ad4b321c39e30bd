import { expect, test } from "vitest";
import { LamellaError } from "../../../shared/errors.ts";
import type { Plan } from "../../../shared/plan/schema.ts";
import { ObjectCache } from "../../../shared/serve/on-demand/object-cache.ts";
import { SharedWork } from "../../../shared/serve/on-demand/shared-work.ts";
import type { PlanTasks } from "../../../shared/serve/on-demand/task-pool.ts";
import { WholeResults } from "../../../shared/serve/on-demand/whole-results.ts";

test("the cache keeps within its limit what was used last", () => {
  const cache = new ObjectCache(10_000);
  for (const key of ["a", "b", "c"]) cache.set(key, new Uint8Array(3000));
  expect(cache.get("a")).toHaveLength(3000);
  cache.set("d", new Uint8Array(3000));
  expect(["a", "b", "c", "d"].map((key) => cache.has(key))).toEqual([true, false, true, true]);
  cache.set("e", undefined);
  expect([cache.has("e"), cache.get("e")]).toEqual([true, undefined]);
  cache.set("huge", new Uint8Array(20_000));
  expect([cache.has("huge"), cache.bytes]).toEqual([false, 0]);
});

test("shared work is done once for all, and cancelled with the last of them", async () => {
  const work = new SharedWork<number>();
  let begun = 0;
  let aborted = 0;
  const begin = (signal: AbortSignal) => {
    begun++;
    signal.addEventListener("abort", () => aborted++);
    return new Promise<number>((resolve) => setTimeout(() => resolve(7), 20));
  };
  const [a, b] = [new AbortController(), new AbortController()];
  const both = [work.join("x", a.signal, begin), work.join("x", b.signal, begin)];
  a.abort(new Error("gone"));
  await expect(both[0]).rejects.toThrow("gone");
  await expect(both[1]).resolves.toBe(7);
  expect([begun, aborted, work.size]).toEqual([1, 0, 0]);
  const third = work.join("x", a.signal, begin);
  await expect(third).rejects.toThrow("gone");
  const c = new AbortController();
  const last = work.join("x", c.signal, begin);
  c.abort(new Error("gone"));
  await expect(last).rejects.toThrow("gone");
  expect([begun, aborted]).toEqual([2, 1]);
  await expect(work.join("x", b.signal, begin)).resolves.toBe(7);
  expect(begun).toBe(3);
});

const PLAN = {
  stages: [
    { name: "cut", tasks: 6 },
    { name: "cut", tasks: 2 },
  ],
} as unknown as Plan;

function whole(run: PlanTasks["run"], told: unknown[] = []): WholeResults {
  return new WholeResults(
    PLAN,
    { run, close: async () => {} },
    { lanes: 2, onProgress: (progress) => told.push(progress) },
  );
}

test("a whole result that nobody waits for any more stops, and goes on where it was", async () => {
  const done: string[] = [];
  const gone = new AbortController();
  const results = whole(async ({ stage, task }, signal) => {
    if (stage === 0 && task === 4 && !gone.signal.aborted) gone.abort(new Error("gone"));
    signal.throwIfAborted();
    done.push(`${stage}.${task}`);
    return { written: [], bytesRead: 0 };
  });
  await expect(results.require([0, 1], gone.signal)).rejects.toThrow("gone");
  expect(done.length).toBeLessThan(6);
  const still = new AbortController();
  await Promise.all([results.require([0, 1], still.signal), results.require([0], still.signal)]);
  await results.require([0, 1], still.signal);
  expect(done.toSorted()).toEqual(["0.0", "0.1", "0.2", "0.3", "0.4", "0.5", "1.0", "1.1"]);
});

test("a whole result that fails begins nothing more, and isn't tried again", async () => {
  let calls = 0;
  const results = whole(async ({ task }) => {
    calls++;
    if (task === 1) throw new LamellaError("TASK_FAILED", "broken");
    return { written: [], bytesRead: 0 };
  });
  const { signal } = new AbortController();
  await expect(results.require([0], signal)).rejects.toMatchObject({ code: "TASK_FAILED" });
  const before = calls;
  expect(before).toBeLessThan(6);
  await expect(results.require([0], signal)).rejects.toMatchObject({ code: "TASK_FAILED" });
  expect(calls).toBe(before);
});
