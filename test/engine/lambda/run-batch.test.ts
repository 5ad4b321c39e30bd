import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { lossOf } from "../../../shared/engine/aws/failures.ts";
import {
  Checkpoint,
  readCheckpoint,
  tasksAtWork,
  writeCheckpoint,
} from "../../../shared/engine/lambda/checkpoint.ts";
import { Deadline, RESERVE_MS } from "../../../shared/engine/lambda/deadline.ts";
import { runBatch } from "../../../shared/engine/lambda/run-batch.ts";
import type { TaskReport, TaskRunner } from "../../../shared/engine/lambda/task-report.ts";
import type { BatchEvent, BatchResult } from "../../../shared/engine/protocol.ts";
import { batchesOf, type Receipt, readProgress, receiptKey } from "../../../shared/engine/receipts.ts";
import { RunFolder } from "../../../shared/engine/run-folder.ts";
import { LamellaError } from "../../../shared/errors.ts";
import { PLAN_VERSION, type Plan } from "../../../shared/plan/schema.ts";
import { MemoryStore } from "../../../shared/storage/memory.ts";

const plan: Plan = {
  version: PLAN_VERSION,
  lamella: "0",
  hash: "h",
  operations: [],
  arrays: {},
  kernels: {},
  stages: [],
  outputs: {},
  warnings: [],
  decisions: [],
  overwrite: false,
  budget: { memoryMiB: 1000, workers: 1 },
};
const timing = {
  startedAt: 0,
  worker: "w",
  cacheHits: 1,
  cacheMisses: 0,
  decodedBytes: 0,
  takenBytes: 0,
  reads: 0,
  writes: 1,
  rss: 0,
  taskMs: [1],
  taskRead: [0],
  taskWrote: [1],
};

/** Tasks that take as long as `secondsOf` says, by the fake clock; an Error is thrown in the end. */
class ScriptedTasks implements TaskRunner {
  readonly begun: number[] = [];
  readonly ended: number[] = [];
  readonly #lanes: number[] = [];
  atOnce = 0;
  mostAtOnce = 0;
  stops = 0;
  readonly #secondsOf: (task: number) => number | Error;
  #epoch = 0;

  constructor(secondsOf: (task: number) => number | Error) {
    this.#secondsOf = secondsOf;
  }

  /** The tasks that a lane began. */
  of(lane: number): number[] {
    return this.begun.filter((_, i) => this.#lanes[i] === lane);
  }

  async run(_stage: number, task: number, lane: number): Promise<TaskReport> {
    this.begun.push(task);
    this.#lanes.push(lane);
    const epoch = this.#epoch;
    this.mostAtOnce = Math.max(this.mostAtOnce, ++this.atOnce);
    const takes = this.#secondsOf(task);
    await new Promise((resolve) => setTimeout(resolve, typeof takes === "number" ? takes * 1000 : 1));
    this.atOnce--;
    if (epoch !== this.#epoch) throw new LamellaError("WORKER_DIED", "stopped");
    if (typeof takes !== "number") throw takes;
    this.ended.push(task);
    const objects = [{ array: "a", key: `c/${task}`, size: 10, crc32: "0" }];
    return {
      outcome: { objects, statistics: { 0: [task, task] } },
      bytesRead: 5,
      bytesWritten: 10,
      peakHeap: task,
      timing: { ...timing, taskMs: [task] },
    };
  }

  async stop(): Promise<void> {
    this.stops++;
    this.#epoch++;
  }
}

describe("a batch in a function", () => {
  let control: MemoryStore;
  let folder: RunFolder;
  let runs = 0;
  const event: BatchEvent = { runId: "", stage: 1, batch: 4, start: 10, end: 20, threads: 2 };

  beforeEach(async () => {
    vi.useFakeTimers({ now: Date.parse("2026-11-01T00:00:00Z") });
    control = new MemoryStore();
    // what a warm function keeps goes by the run
    folder = new RunFolder(control, `run-${runs++}`);
    await folder.writePlan(plan);
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  /** Invokes the function once, with so many seconds; time passes until it answers. */
  async function invoke(
    runner: TaskRunner,
    seconds: number,
    more: Partial<BatchEvent> = {},
  ): Promise<BatchResult | LamellaError> {
    const ends = Date.now() + seconds * 1000;
    let answer: BatchResult | LamellaError | undefined;
    const context = { remainingMs: () => ends - Date.now(), tierMB: 3538, runner };
    runBatch(control, { ...event, runId: folder.runId, ...more }, context).then(
      (result) => {
        answer = result;
      },
      (error: LamellaError) => {
        answer = error;
      },
    );
    while (answer === undefined) {
      await vi.advanceTimersByTimeAsync(100);
      if (Date.now() > ends) throw new Error("the function was ended by its timeout");
    }
    return answer;
  }
  const receipt = (): Promise<Receipt | undefined> => folder.json<Receipt>(receiptKey(1, 4));

  it("runs every task on its threads, in order, and leaves one receipt", async () => {
    const tasks = new ScriptedTasks((task) => 1 + (task % 3));
    expect(await invoke(tasks, 900)).toMatchObject({
      ...{ stage: 1, batch: 4, tasks: 10, bytesRead: 50, bytesWritten: 100, outcome: "done" },
    });
    expect(tasks.of(0)).toEqual([10, 11, 12, 13, 14]);
    expect(tasks.of(1)).toEqual([15, 16, 17, 18, 19]);
    expect(tasks.mostAtOnce).toBe(2);
    const { timing: kept, ...left } = (await receipt())!;
    expect(left).toMatchObject({
      ...{ version: 1, planHash: "h", stage: 1, batch: 4, start: 10, end: 20, tierMB: 3538 },
      ...{ bytesRead: 50, bytesWritten: 100, peakHeap: 19, statistics: { 0: [10, 19] } },
    });
    expect(left.objects.map(([, key]) => key)).toEqual(tasks.ended.map((task) => `c/${task}`));
    expect(kept!.taskMs).toEqual([10, 11, 12, 13, 14, 15, 16, 17, 18, 19]);
    expect(left).not.toHaveProperty("escalations");
    expect(left).not.toHaveProperty("ranges");
  });

  it("hands back what will not end in time, and goes on where it stopped", async () => {
    const tasks = new ScriptedTasks(() => 40);
    // 100 s less the 15 that are kept: two tasks of 40 s one after the other on each thread are not begun
    expect(await invoke(tasks, 100)).toMatchObject({ outcome: "again", tasks: 2 });
    expect(await receipt()).toBeUndefined();
    expect(await invoke(tasks, 900, { again: true })).toMatchObject({ outcome: "done", tasks: 8 });
    expect([...tasks.begun].sort()).toEqual([10, 11, 12, 13, 14, 15, 16, 17, 18, 19]);
    const { objects, timing: kept, bytesWritten, ranges } = (await receipt())!;
    expect({ objects: objects.length, bytesWritten, ranges }).toEqual({
      ...{ objects: 10, bytesWritten: 100, ranges: undefined },
    });
    expect(kept!.taskMs).toEqual([10, 11, 12, 13, 14, 15, 16, 17, 18, 19]);
  });

  it("never dies of its timeout where tasks take longer than those before them", async () => {
    const tasks = new ScriptedTasks((task) => (task % 5 < 2 ? 1 : 200));
    expect(await invoke(tasks, 120)).toMatchObject({ outcome: "again", tasks: 4 });
    expect(tasks.stops).toBe(1);
    expect((await readCheckpoint(folder, "h", { ...event, again: true })).receipt("h", event)).toMatchObject({
      ...{
        start: 10,
        end: 17,
        ranges: [
          [10, 12],
          [15, 17],
        ],
      },
    });
    expect(await invoke(tasks, 900, { again: true })).toMatchObject({ outcome: "done", tasks: 6 });
    expect((await receipt())!.objects).toHaveLength(10);
  });

  it("says OUT_OF_TIME of a task that takes longer than a function may, and names it", async () => {
    const tasks = new ScriptedTasks((task) => (task === 12 ? 1000 : 1));
    // the other thread helps out with all that is left
    expect(await invoke(tasks, 300)).toMatchObject({ outcome: "again", tasks: 9 });
    expect(await invoke(tasks, 300, { again: true })).toMatchObject({
      code: "OUT_OF_TIME",
      details: { stage: 1, task: 12 },
    });
  });

  it("says so at once where a thread's first task took all the time, and keeps what the others did", async () => {
    const tasks = new ScriptedTasks((task) => (task === 15 ? 1000 : 1));
    expect(await invoke(tasks, 300)).toMatchObject({ code: "OUT_OF_TIME", details: { stage: 1, task: 15 } });
    const kept = await readCheckpoint(folder, "h", { ...event, again: true });
    expect([kept.count, kept.isDone(14), kept.isDone(15), kept.isDone(16)]).toEqual([9, true, false, true]);
  });

  it("ends with its child execution: the next turn of the stage has what is left", async () => {
    const child = { id: "c", startedAt: new Date().toISOString(), seconds: 300 };
    await vi.advanceTimersByTimeAsync(100_000);
    const tasks = new ScriptedTasks((task) => (task % 5 < 2 ? 10 : 500));
    expect(await invoke(tasks, 900, { child })).toMatchObject({ outcome: "later", tasks: 4 });
    expect(await receipt()).toMatchObject({
      start: 10,
      end: 17,
      ranges: [
        [10, 12],
        [15, 17],
      ],
    });
    const stages = [undefined, { name: "s", tasks: 20 }] as unknown as Plan["stages"];
    const { done, doneCount } = await readProgress(folder, { ...plan, stages }, 1);
    expect([doneCount, [...batchesOf(done, 8, 5)]]).toEqual([
      4,
      [
        { batch: 5, start: 0, end: 8 },
        { batch: 6, start: 8, end: 10 },
        { batch: 7, start: 12, end: 15 },
        { batch: 8, start: 17, end: 20 },
      ],
    ]);
    expect(Date.now()).toBeLessThan(Date.parse(child.startedAt) + 300_000);
  });

  it("answers a child that has no time at all, without a receipt", async () => {
    const child = { id: "c", startedAt: new Date().toISOString(), seconds: 300 };
    await vi.advanceTimersByTimeAsync(290_000);
    const tasks = new ScriptedTasks(() => 10);
    expect(await invoke(tasks, 900, { child })).toMatchObject({ outcome: "later", tasks: 0 });
    expect(await receipt()).toBeUndefined();
  });

  it("throws the task's own error once all threads are at rest, and keeps what was done before it", async () => {
    const error = new LamellaError("TASK_FAILED", "their kernel", { details: { stage: 1, task: 13 } });
    const tasks = new ScriptedTasks((task) => (task === 13 ? error : 2));
    expect(await invoke(tasks, 900)).toBe(error);
    expect(tasks.atOnce).toBe(0);
    expect(await receipt()).toBeUndefined();
    const kept = await readCheckpoint(folder, "h", { ...event, again: true });
    expect([10, 11, 12, 13].map((task) => kept.isDone(task))).toEqual([true, true, true, false]);
  });

  it("goes on after a function that was killed from its last checkpoint, and says in the receipt why", async () => {
    const killed = new ScriptedTasks((task) => (task < 15 ? 20 : 15));
    const ends = Date.now() + 900_000;
    const context = { remainingMs: () => ends - Date.now(), tierMB: 1769, runner: killed };
    void runBatch(control, { ...event, runId: folder.runId }, context).catch(() => {});
    await vi.advanceTimersByTimeAsync(50_000);
    const tasks = new ScriptedTasks(() => 1);
    const lost = "Runtime.ExitError@1769 ";
    expect(await invoke(tasks, 900, { again: true, lost })).toMatchObject({ outcome: "done" });
    // after thirty seconds these had begun: what ended since is not known
    expect(tasks.begun.toSorted((a, b) => a - b)).toEqual([11, 12, 13, 14, 17, 18, 19]);
    expect(await receipt()).toMatchObject({
      ...{ start: 10, end: 20, tierMB: 3538 },
      escalations: [{ tierMB: 1769, error: "Runtime.ExitError" }],
    });
    expect((await receipt())!.objects).toHaveLength(10);
  });

  it("begins nothing once the run is cancelled", async () => {
    await folder.requestCancel();
    const tasks = new ScriptedTasks(() => 1);
    expect(await invoke(tasks, 900)).toMatchObject({ code: "CANCELLED" });
    expect(tasks.begun).toEqual([]);
  });

  it("stops between tasks soon after the run is cancelled", async () => {
    const tasks = new ScriptedTasks((task) => {
      if (task === 12) void folder.requestCancel();
      return 2;
    });
    expect(await invoke(tasks, 900)).toMatchObject({ code: "CANCELLED" });
    expect(tasks.of(0)).toEqual([10, 11, 12]);
    expect(tasks.of(1)).toEqual([15, 16, 17]);
    expect(await receipt()).toBeUndefined();
  });

  it("marks each task that begins after a function has died, so that what kills the last is known", async () => {
    const lost = "Runtime.ExitError@1769 ";
    const again: BatchEvent = { ...event, runId: folder.runId, again: true, lost };
    const killed = new ScriptedTasks((task) => (task === 12 ? 100_000 : 3));
    const context = { remainingMs: () => 900_000, tierMB: 3538, runner: killed };
    void runBatch(control, { ...again, threads: 1 }, context).catch(() => {});
    await vi.advanceTimersByTimeAsync(7_000);
    expect(await tasksAtWork(folder, again)).toEqual([12]);
    expect(await tasksAtWork(folder, { ...again, lost: `${lost}Runtime.ExitError@3538 ` })).toEqual([]);
    const loss = await lossOf(folder, again, new LamellaError("WORKER_DIED", "it died"));
    expect(loss.details).toEqual({ stage: 1, task: 12 });
    expect(loss.message).toMatch(/^stage 1, task 12: it died, after functions of 1769 MB/);

    // the other lane has nothing left to do: its last task is marked no more
    const two = new ScriptedTasks((task) => (task === 12 ? 100_000 : 3));
    void runBatch(control, again, { ...context, runner: two }).catch(() => {});
    await vi.advanceTimersByTimeAsync(4_000);
    expect(two.begun).toEqual([12, 16, 17]);
    expect(await tasksAtWork(folder, again)).toEqual([12, 17]);
    expect((await lossOf(folder, again, new LamellaError("WORKER_DIED", "it died"))).message).toMatch(
      /task 12 or 17:/,
    );
    await vi.advanceTimersByTimeAsync(60_000);
    expect(await tasksAtWork(folder, again)).toEqual([12]);
  });

  it("marks nothing where nothing died: the batch is named by its range", async () => {
    const killed = new ScriptedTasks(() => 31);
    void runBatch(
      control,
      { ...event, runId: folder.runId },
      { remainingMs: () => 900_000, tierMB: 1769, runner: killed },
    );
    await vi.advanceTimersByTimeAsync(40_000);
    const now = { ...event, runId: folder.runId };
    expect(await tasksAtWork(folder, now)).toEqual([]);
    const loss = await lossOf(folder, now, new LamellaError("WORKER_DIED", "it died"));
    expect(loss.details).toEqual({ stage: 1, task: 10 });
    expect(loss.message).toBe("stage 1, one of the tasks 10 to 19: it died");
    await vi.advanceTimersByTimeAsync(300_000);
  });
});

describe("a checkpoint", () => {
  it.each([
    ["of another child", { child: { id: "other", startedAt: "", seconds: 1 } }],
    ["of other tasks", { start: 11 }],
    ["of a batch that begins", { again: false }],
    ["beyond the batch", { end: 11 }],
  ])("%s doesn't count", async (_, change: Partial<BatchEvent>) => {
    const folder = new RunFolder(new MemoryStore(), "run-9");
    const event: BatchEvent = { runId: "run-9", stage: 0, batch: 0, start: 10, end: 20, again: true };
    const kept = new Checkpoint();
    kept.restore({
      ...kept.receipt("h", event),
      ranges: [
        [10, 12],
        [14, 17],
      ],
    });
    await writeCheckpoint(folder, "h", event, kept);
    const back = await readCheckpoint(folder, "h", event);
    expect([back.count, back.isDone(11), back.isDone(12), back.isDone(16)]).toEqual([5, true, false, true]);
    expect((await readCheckpoint(folder, "other plan", event)).count).toBe(0);
    expect((await readCheckpoint(folder, "h", { ...event, ...change })).count).toBe(0);
  });

  it("that was cut off, or in which a bit has flipped, doesn't count either, and is named", async () => {
    const folder = new RunFolder(new MemoryStore(), "run-9");
    const event: BatchEvent = { runId: "run-9", stage: 0, batch: 0, start: 10, end: 20, again: true };
    const kept = new Checkpoint();
    kept.restore({ ...kept.receipt("h", event), start: 10, end: 13, objects: [["a", "c/10", 10, "0"]] });
    await writeCheckpoint(folder, "h", event, kept);
    const key = "checkpoints/0/0.json";
    const whole = (await folder.store.get(key))!;
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    let damaged = 0;
    for (let at = 0; at < whole.length - 1; at++) {
      const flipped = Uint8Array.from(whole);
      flipped[at]! ^= 1 << (at % 8);
      for (const bytes of [whole.subarray(0, at), flipped]) {
        await folder.store.put(key, bytes);
        const back = await readCheckpoint(folder, "h", event);
        // White space behind the checksum means nothing.
        if (back.count > 0) expect(back.receipt("h", event)).toEqual(kept.receipt("h", event));
        else damaged++;
      }
    }
    expect(damaged).toBeGreaterThan(2 * whole.length - 5);
    expect(warn).toHaveBeenCalledTimes(damaged);
    expect(String(warn.mock.calls[0])).toContain(`run-9/${key} is damaged`);
    warn.mockRestore();
  });
});

describe("a deadline", () => {
  it("is the earlier of the function's and its child's, less what is kept", () => {
    vi.useFakeTimers({ now: 1_000_000 });
    const startedAt = new Date(1_000_000 - 100_000).toISOString();
    expect(new Deadline(() => 50_000).leftMs).toBe(50_000 - RESERVE_MS);
    const child = new Deadline(() => 900_000, { startedAt, seconds: 300 });
    expect([child.leftMs, child.isChilds, child.childGoesOn]).toEqual([200_000 - RESERVE_MS, true, true]);
    expect(new Deadline(() => 50_000, { startedAt, seconds: 300 }).isChilds).toBe(false);
    expect(new Deadline(() => 50_000, { startedAt, seconds: 120 }).childGoesOn).toBe(false);
    expect(new Deadline(() => 50_000, { startedAt: "?", seconds: 1 }).leftMs).toBe(50_000 - RESERVE_MS);
    vi.useRealTimers();
  });
});
