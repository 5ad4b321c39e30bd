import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { GridStore } from "../../bench/grid-store.ts";
import { writeReceipt } from "../../shared/engine/receipts.ts";
import { RunFolder } from "../../shared/engine/run-folder.ts";
import { nextTurn } from "../../shared/engine/stage-loop.ts";
import { verifiedProgress } from "../../shared/engine/verified-progress.ts";
import type { Plan } from "../../shared/plan/schema.ts";
import { MemoryStore } from "../../shared/storage/memory.ts";

const planOf = (tasks: number) =>
  ({ hash: "hash", arrays: {}, stages: [{ name: "out", kind: "map", tasks }] }) as unknown as Plan;

describe("going on with a stage on S3", () => {
  it("lists a thousand objects a request, in parts at one time, and asks for none by itself", async () => {
    const plan = planOf(10 * 100 * 100);
    const store = new GridStore("run-1", plan.hash, [10, 100, 100], 240);
    store.missing.add("runs/run-1/data/out/c/4/2/17");
    const progress = await verifiedProgress(new RunFolder(store, "run-1"), plan, 0, false);
    expect(store.requests.heads).toBe(0);
    // one each of receipts and parts beside the hundred that hold a hundred thousand keys
    expect(store.requests.pages).toBeLessThanOrEqual(100 + 2 + 2 * 25);
    expect(store.requests.mostPagesAtOnce).toBeGreaterThan(16);
    expect(store.requests.gets).toBeLessThanOrEqual(store.receipts + 32);
    expect(plan.stages[0]!.tasks - progress.doneCount).toBe(240);
    expect(store.takenBack.size).toBe(1);
  });

  it("passes over the stage, and prepares the next turn, where all is there", async () => {
    const plan = planOf(100 * 100);
    const store = new GridStore("run-1", plan.hash, [1, 100, 100], 100);
    const turn = await nextTurn(new RunFolder(store, "run-1"), plan, 0);
    expect(turn).toEqual({ runId: "run-1", done: true, turn: 1 });
    expect(store.requests.heads).toBe(0);
  });

  it("finds what looking at each object finds, wherever objects lie and whatever is beside them", async () => {
    const name = fc.constantFrom("0", "1", "10", "2", "a", "é", "😀", "\ufffd");
    const key = fc.array(name, { minLength: 1, maxLength: 3 }).map((names) => names.join("/"));
    const object = fc.record({
      key: fc.oneof(
        key.map((rest) => `data/x/c/${rest}`),
        key.map((rest) => `label/${rest}`),
      ),
      size: fc.integer({ min: 0, max: 2 }),
      there: fc.constantFrom("as it was", "as it was", "as it was", "larger", "gone"),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(object, { minLength: 1, maxLength: 120 }),
        fc.array(key, { maxLength: 20 }),
        fc.integer({ min: 1, max: 7 }),
        async (objects, beside, each) => {
          const plan = planOf(objects.length);
          const found = [];
          for (const uri of ["memory://run", "s3://run"]) {
            const control = Object.assign(new MemoryStore(), { uri });
            const folder = new RunFolder(control, "run-1");
            for (const other of beside) await folder.store.put(`data/x/${other}`, new Uint8Array(1));
            for (const { key, size, there } of objects)
              if (there !== "gone" && size > 0)
                await folder.store.put(key, new Uint8Array(there === "larger" ? size + 7 : size));
            for (let start = 0, batch = 0; start < objects.length; start += each, batch++) {
              const of = objects.slice(start, start + each);
              await writeReceipt(folder, {
                ...{ batch, start, end: start + of.length, version: 1, planHash: plan.hash, stage: 0 },
                ...{ seconds: 1, bytesRead: 1, bytesWritten: 1, peakHeap: 1 },
                objects: of.map(({ key, size }) => ["run", key, size, "89abcdef"] as const),
              });
            }
            found.push([...(await verifiedProgress(folder, plan, 0, false)).done]);
          }
          expect(found[1]).toEqual(found[0]);
        },
      ),
    );
  });
});
