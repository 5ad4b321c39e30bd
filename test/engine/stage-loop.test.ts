import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { withFunctions } from "../../functions/turn.ts";
import type { BatchItem, StageTurn } from "../../shared/engine/protocol.ts";
import { writeReceipt } from "../../shared/engine/receipts.ts";
import { RunFolder } from "../../shared/engine/run-folder.ts";
import { checkStage, type EndedTurn, nextTurn } from "../../shared/engine/stage-loop.ts";
import { AWS_FACTS } from "../../shared/plan/aws-facts.ts";
import type { Plan } from "../../shared/plan/schema.ts";
import { MemoryStore } from "../../shared/storage/memory.ts";
import { pretendArray } from "../support/pretend-array.ts";
import { planOf } from "../support/run.ts";

let base = "";
let plan: Plan;
beforeAll(async () => {
  base = await fs.mkdtemp(path.join(os.tmpdir(), "lamella-loop-"));
  await pretendArray(path.join(base, "in.zarr"), [10, 512, 512], [1, 256, 256]);
  const document = {
    version: 1,
    inputs: { image: { zarr: "in.zarr" } },
    steps: { b: { op: "mapBlocks", in: "image", kernel: "threshold", args: { above: 3 } } },
    outputs: { b: { zarr: "b.zarr", chunks: [1, 256, 256] } },
  };
  plan = await planOf(document, base, { budget: { workers: 1, memoryMiB: 1500 } });
});
afterAll(() => fs.rm(base, { recursive: true, force: true }));

describe("the stage loop", () => {
  let control: MemoryStore;
  let folder: RunFolder;
  let runs = 0;

  beforeEach(async () => {
    control = new MemoryStore();
    folder = new RunFolder(control, `loop-${runs++}`);
    await folder.writePlan(plan);
    const at = new Date(0).toISOString();
    await folder.writeState({
      runId: folder.runId,
      status: "running",
      engine: "aws",
      createdAt: at,
      updatedAt: at,
      outputs: {},
      planHash: plan.hash,
    });
  });

  const items = async (): Promise<BatchItem[]> => (await folder.json<BatchItem[]>(folder.manifestKey(0)))!;
  /** What a batch leaves that did the first tasks of its item. */
  const done = (item: BatchItem, tasks = item.end - item.start): Promise<void> =>
    writeReceipt(folder, {
      ...{
        version: 1,
        planHash: plan.hash,
        stage: 0,
        seconds: 1,
        bytesRead: 0,
        bytesWritten: 0,
        peakHeap: 0,
      },
      ...item,
      end: item.start + tasks,
      objects: [],
    });
  const check = (turn: StageTurn): Promise<StageTurn> =>
    checkStage(control, folder.runId, turn as StageTurn & EndedTurn);

  it("says where a stage's batches go, and how", async () => {
    const turn = await nextTurn(folder, plan, 0, { concurrency: 7 });
    expect(turn).toMatchObject({
      ...{ done: false, stage: 0, function: "run-tasks", childType: "EXPRESS", childSeconds: 300 },
      ...{ tierMB: 1769, threads: 1, maxConcurrency: 7, doneBefore: 0, turn: 1, idleTurns: 0 },
    });
    expect(await items()).toHaveLength(turn.batches!);
  });

  it("goes on with the stage where batches handed back what was left, in children that live long", async () => {
    const first = await nextTurn(folder, plan, 0);
    const batches = await items();
    const [partly, ...whole] = batches;
    expect(whole.length).toBeGreaterThan(2);
    for (const item of whole.slice(1)) await done(item);
    expect(partly!.end - partly!.start).toBe(1);
    const second = await check(first);
    expect(second).toMatchObject({
      ...{ stage: 0, childType: "STANDARD", turn: 2, idleTurns: 0, batches: 2 },
      doneBefore: plan.stages[0]!.tasks - 2,
    });
    expect((await items()).map(({ start }) => start)).toEqual([partly!.start, whole[0]!.start]);
    for (const item of await items()) await done(item);
    expect(await check(second)).toEqual({ runId: folder.runId, done: true, turn: 3 });
  });

  it("gives up after three turns in a row that bring nothing, and says which task is missing", async () => {
    let turn = await nextTurn(folder, plan, 0);
    turn = await check(turn);
    expect(turn).toMatchObject({ turn: 2, idleTurns: 1 });
    turn = await check(turn);
    await done((await items())[0]!);
    turn = await check(turn);
    expect(turn).toMatchObject({ turn: 4, idleTurns: 0 });
    turn = await check(await check(turn));
    await expect(check(turn)).rejects.toMatchObject({ code: "RECEIPTS_MISSING", details: { stage: 0 } });
  });

  it("keeps what travels between states far below their limit", async () => {
    const arn = `arn:aws-us-gov:lambda:us-gov-east-1:123456789012:function:${"x".repeat(64)}:123456`;
    const functions = {
      TIERS_MB: AWS_FACTS.lambda.tiersMB.join(","),
      RUN_TASKS_FUNCTIONS: Array(4).fill(arn).join(","),
    };
    Object.assign(process.env, functions);
    const turn = withFunctions(await nextTurn(folder, plan, 0));
    for (const name of Object.keys(functions)) delete process.env[name];
    expect(turn.functions).toHaveLength(4);
    // a step's name is 100 characters at most, a run's id 81
    const bytes = Buffer.byteLength(JSON.stringify(turn)) + 400;
    expect(bytes).toBeLessThan(AWS_FACTS.stepFunctions.payloadBytes / 64);
  });
});
