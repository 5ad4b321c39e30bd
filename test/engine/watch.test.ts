import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { makeDemoImage } from "../../scripts/make-demo-image.ts";
import type { DeployedStack } from "../../shared/engine/aws/stack.ts";
import { submitPlan } from "../../shared/engine/aws/submit.ts";
import { runBatch } from "../../shared/engine/lambda/run-batch.ts";
import type { RunEvent } from "../../shared/engine/local/engine.ts";
import { planRun } from "../../shared/engine/plan-run.ts";
import type { BatchItem, StageTurn } from "../../shared/engine/protocol.ts";
import { beginRun, failRun, finalizeRun } from "../../shared/engine/run.ts";
import { RunFolder } from "../../shared/engine/run-folder.ts";
import { checkStage, type EndedTurn } from "../../shared/engine/stage-loop.ts";
import { addPass } from "../../shared/engine/stage-passes.ts";
import { type Carrier, watchRun } from "../../shared/engine/watch.ts";
import { outputsOfRequest } from "../../shared/pipeline/request.ts";
import { projectedPeaks } from "../../shared/plan/budget.ts";
import { compile } from "../../shared/plan/compile.ts";
import type { Plan } from "../../shared/plan/schema.ts";
import { MemoryStore } from "../../shared/storage/memory.ts";
import { InlineTasks } from "../support/inline-tasks.ts";

const stack: DeployedStack = {
  stateMachineArn: "arn",
  controlBucket: "c",
  dataBucket: "d",
  runTasksFunctions: {},
  workerMemoryMiB: 2048,
};
const carrier: Carrier = { gone: async () => undefined, interval: 1_000, look: "lamella status RUN" };

describe("watching a run", () => {
  let folder: string;
  let plan: Plan;
  let control: MemoryStore;

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "lamella-watch-"));
    const src = path.join(folder, "image.ome.tif");
    await makeDemoImage(src, { shape: [1, 2, 2, 64, 64] });
    const convert = { src, dst: path.join(folder, "image.ome.zarr"), levels: 2 };
    plan = await compile(await outputsOfRequest({ convert }));
    control = new MemoryStore();
  });
  afterEach(() => rm(folder, { recursive: true }));

  /** What the state machine does, by hand: manifests, batches, receipts, the end. */
  async function carryOut(runId: string): Promise<void> {
    let turn: StageTurn = await planRun({ runId }, { control });
    const runner = new InlineTasks(new RunFolder(control, runId));
    const context = { remainingMs: () => 60_000, tierMB: 1769, runner };
    while (!turn.done) {
      const manifest = Buffer.from((await control.get(turn.manifestKey!))!).toString();
      for (const item of JSON.parse(manifest) as BatchItem[]) {
        await runBatch(control, { runId, stage: turn.stage!, ...item }, context);
      }
      turn = await checkStage(control, runId, turn as StageTurn & EndedTurn);
    }
    await finalizeRun(control, runId);
  }

  it("tells each stage once, and reports what its receipts prove", async () => {
    const run = await beginRun(plan, control, "aws");
    const events: RunEvent[] = [];
    const watching = watchRun(run, carrier, { onEvent: (event) => events.push(event) });
    await carryOut(run.runId);
    const report = await watching;
    expect(report).toMatchObject({ runId: run.runId, status: "succeeded", planHash: plan.hash });
    expect(report.stages.map(({ name, tasks }) => [name, tasks])).toEqual(
      plan.stages.map((s) => [s.name, s.tasks]),
    );
    for (const stage of report.stages) expect(stage.bytesWritten).toBeGreaterThan(0);
    const ends = events.filter((event) => event.type === "stage-end").map(({ stage }) => stage);
    expect(ends).toEqual(plan.stages.map((_, index) => index));
  });

  it("reports of a run that had ended here what the engine left: times, and the process's memory", async () => {
    const run = await beginRun(plan, control, "local");
    const pass = { startedAt: 1_000, endedAt: 61_000, tasks: 1, workers: 2, peakRss: 100 * 2 ** 20 };
    for (const index of plan.stages.keys()) await addPass(run, index, pass);
    await carryOut(run.runId);
    const report = await watchRun(run, carrier);
    const projected = projectedPeaks(plan.stages, 2).map((bytes) => Math.ceil(bytes / 2 ** 20));
    expect(
      report.stages.map(({ seconds, peakMiB, projectedMiB }) => [seconds, peakMiB, projectedMiB]),
    ).toEqual(projected.map((mib) => [60, 100, mib]));
    expect(report.seconds).toBe(60 * plan.stages.length);
  });

  it("throws the failure that the run wrote down", async () => {
    const run = await beginRun(plan, control, "aws");
    const watching = watchRun(run, carrier);
    await failRun(control, run.runId, {
      error: "CHUNK_DECODE",
      cause: "damaged",
      hint: "Copy it.",
      stage: 0,
      task: 3,
    });
    await expect(watching).rejects.toMatchObject({
      code: "CHUNK_DECODE",
      message: "damaged",
      hint: "Copy it.",
      details: { runId: run.runId, stage: 0, stageName: plan.stages[0]!.name, task: 3 },
    });
  });

  it("ends when it is told to, and leaves the run alone", async () => {
    const run = await beginRun(plan, control, "aws");
    const abort = new AbortController();
    const watching = watchRun(run, carrier, { signal: abort.signal });
    abort.abort();
    await expect(watching).rejects.toMatchObject({ code: "INTERRUPTED" });
    expect((await run.state()).status).toBe("planned");
  });

  it("is refused where the plan would cost more than it may", async () => {
    const convert = { src: path.join(folder, "image.ome.tif"), dst: path.join(folder, "dear.ome.zarr") };
    const options = { maxCostUsd: 1e-9, runId: "dear" };
    await expect(planRun({ convert, options }, { control })).rejects.toMatchObject({ code: "OVER_COST" });
    expect(await control.listDirectory("runs/")).toEqual([]);
  });

  it("is not begun where no function could reach the data", async () => {
    await expect(submitPlan(plan, stack)).rejects.toMatchObject({ code: "UNSUPPORTED_URI" });
  });
});
