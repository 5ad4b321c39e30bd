import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { BatchItem } from "../../shared/engine/protocol.ts";
import {
  batchesOf,
  type Receipt,
  readProgress,
  receiptKey,
  requireComplete,
  takeBackReceipts,
  writeReceipt,
} from "../../shared/engine/receipts.ts";
import { RunFolder } from "../../shared/engine/run-folder.ts";
import type { Plan } from "../../shared/plan/schema.ts";
import { MemoryStore } from "../../shared/storage/memory.ts";

/** Counts what is read of it. */
class CountedStore extends MemoryStore {
  gets = 0;

  override get(key: string) {
    this.gets++;
    return super.get(key);
  }
}

const TASKS = 400;
const plan = { hash: "abc", stages: [{ name: "s", tasks: TASKS }] } as unknown as Plan;

function receiptOf(item: BatchItem, more: Partial<Receipt> = {}): Receipt {
  return {
    version: 1,
    planHash: plan.hash,
    stage: 0,
    ...item,
    seconds: 2,
    bytesRead: 3,
    bytesWritten: 5,
    peakHeap: item.batch,
    objects: [],
    statistics: { 0: [item.start, item.end] },
    ...more,
  };
}

async function runOf(items: Iterable<BatchItem>): Promise<{ folder: RunFolder; store: CountedStore }> {
  const store = new CountedStore();
  const folder = new RunFolder(store, "a-run");
  for (const item of items) await writeReceipt(folder, receiptOf(item));
  return { folder, store };
}

const everyTask = () => batchesOf(new Uint8Array(TASKS), 3, 0);

describe("batchesOf", () => {
  it("covers exactly the tasks that are not done, in batches of at most a size", () => {
    fc.assert(
      fc.property(
        fc.array(fc.boolean(), { maxLength: 60 }),
        fc.integer({ min: 1, max: 9 }),
        (flags, size) => {
          const done = Uint8Array.from(flags, Number);
          const left = [...done.keys()].filter((task) => !done[task]);
          const items = [...batchesOf(done, size, 7)];
          expect(
            items.flatMap(({ start, end }) => [...Array(end - start).keys()].map((i) => start + i)),
          ).toEqual(left);
          expect(items.map((item) => item.batch)).toEqual(items.map((_, i) => 7 + i));
          for (const { start, end } of items) expect(end - start).toBeLessThanOrEqual(size);
        },
      ),
    );
  });
});

describe("the manifest", () => {
  it("is a JSON array of any number of batches", async () => {
    const folder = new RunFolder(new MemoryStore(), "a-run");
    for (const tasks of [0, 1, 5000]) {
      const items = [...batchesOf(new Uint8Array(tasks), 1, 0)];
      expect(await folder.writeManifest(0, items)).toBe(tasks);
      expect(await folder.json(folder.manifestKey(0))).toEqual(items);
    }
  });
});

describe("the receipts of a stage", () => {
  it("are rolled up once they are complete, and then read in one", async () => {
    const { folder, store } = await runOf(everyTask());
    const first = await requireComplete(folder, plan, 0);
    expect(first).toMatchObject({
      doneCount: TASKS,
      seconds: 268,
      bytesRead: 402,
      bytesWritten: 670,
      peakHeap: 133,
    });
    expect(first.statistics).toEqual({ 0: [0, TASKS] });
    store.gets = 0;
    expect(await readProgress(folder, plan, 0)).toEqual(first);
    expect(store.gets).toBe(1);
  });

  it("are read again where the roll-up doesn't hold: one has gone, changed or come", async () => {
    const { folder, store } = await runOf(everyTask());
    await requireComplete(folder, plan, 0);
    await store.delete(`runs/a-run/${receiptKey(0, 5)}`);
    const progress = await readProgress(folder, plan, 0);
    expect([...progress.done.keys()].filter((task) => !progress.done[task])).toEqual([15, 16, 17]);
    await expect(requireComplete(folder, plan, 0)).rejects.toMatchObject({ code: "RECEIPTS_MISSING" });
    await writeReceipt(folder, receiptOf({ batch: 200, start: 15, end: 18 }));
    expect(await requireComplete(folder, plan, 0)).toMatchObject({ doneCount: TASKS, nextBatch: 201 });
    await writeReceipt(folder, receiptOf({ batch: 200, start: 15, end: 17 }));
    expect(await readProgress(folder, plan, 0)).toMatchObject({ doneCount: TASKS - 1 });
  });

  it("don't count when they are of another plan, broken, or turned down", async () => {
    const { folder, store } = await runOf(everyTask());
    await requireComplete(folder, plan, 0);
    const other = { ...plan, hash: "other" } as Plan;
    expect((await readProgress(folder, other, 0)).doneCount).toBe(0);
    const odd = await readProgress(folder, plan, 0, async (receipt) => receipt.batch % 2 === 1);
    expect(odd.doneCount).toBe(TASKS / 2 - 1);
    await store.put(`runs/a-run/${receiptKey(0, 0)}`, new TextEncoder().encode("{"));
    expect((await readProgress(folder, plan, 0)).doneCount).toBe(TASKS - 3);
  });

  it("are named where they aren't what was written; those that were taken back are not", async () => {
    const { folder, store } = await runOf(everyTask());
    const at = (batch: number) => `runs/a-run/${receiptKey(0, batch)}`;
    const bytes = (await store.get(at(7)))!;
    // the batch's last task, and so still a number
    bytes[Buffer.from(bytes).indexOf('"end":24') + 7]! ^= 1;
    await store.put(at(7), bytes);
    await store.put(at(3), bytes.subarray(0, 30));
    await takeBackReceipts(folder, 0, [5]);
    const { damaged, doneCount } = await readProgress(folder, plan, 0);
    expect([damaged, doneCount]).toEqual([[receiptKey(0, 3), receiptKey(0, 7)], TASKS - 9]);
  });
});
