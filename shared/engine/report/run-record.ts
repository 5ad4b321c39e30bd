import type { Plan } from "../../plan/schema.ts";
import { type FailedBatch, readFailedBatches } from "../failed-batches.ts";
import { isAlive } from "../local/run-process.ts";
import { type Receipt, receiptKey } from "../receipts.ts";
import type { RunFolder, RunState } from "../run-folder.ts";
import { readPasses } from "../stage-passes.ts";
import { BarList } from "./bar-list.ts";
import type { ArrayFacts, FailureData, ReportData, RunFacts } from "./report-data.ts";
import { MOST_RECEIPTS, StageRecord } from "./stage-record.ts";

/** Receipts that are read at once. */
const READ_AT_ONCE = 16;
/** Failures of a stage that are listed. */
const MOST_FAILURES = 100;

/** What a report holds before somebody adds dollars and a drawing. */
export type RunMeasures = Omit<ReportData, "cost" | "graph">;

/**
 * A run as its folder tells it, on either engine: looked at again and again, it reads only what came since. The receipts are
 * the only source of times, so a run that is watched elsewhere, or has ended long ago, looks the same.
 */
export class RunRecord {
  readonly folder: RunFolder;
  readonly plan: Plan;
  readonly stages: readonly StageRecord[];
  readonly #known: Set<number>[];
  readonly #skipped: number[];
  readonly #bars = new BarList();
  /** Batches that came to a larger function because a smaller one died of them. */
  readonly #escalated: Receipt[] = [];

  constructor(folder: RunFolder, plan: Plan) {
    this.folder = folder;
    this.plan = plan;
    this.stages = plan.stages.map((_, i) => new StageRecord(plan, i));
    this.#known = plan.stages.map(() => new Set());
    this.#skipped = plan.stages.map(() => 0);
  }

  /** Reads the receipts that came since the last look, of stages that aren't complete; up to the one at work, where it is known. */
  async look(upTo: number = this.stages.length - 1): Promise<void> {
    for (const stage of this.stages) {
      if (stage.index <= upTo && !stage.isComplete) await this.#lookAt(stage.index);
    }
  }

  async #lookAt(stage: number): Promise<void> {
    const known = this.#known[stage]!;
    const found: number[] = [];
    for await (const { key } of this.folder.store.list(`receipts/${stage}/`)) {
      const batch = Number.parseInt(key.slice(key.lastIndexOf("/") + 1), 10);
      if (!known.has(batch)) found.push(batch);
    }
    for (const batch of found) known.add(batch);
    const room = Math.max(1, MOST_RECEIPTS - this.stages[stage]!.batches);
    const every = Math.ceil(found.length / room);
    const wanted = found.filter((_, i) => i % every === 0);
    this.#skipped[stage]! += found.length - wanted.length;
    const left = wanted.values();
    const lane = async (): Promise<void> => {
      for (const batch of left) await this.#read(stage, batch);
    };
    await Promise.all(Array.from({ length: READ_AT_ONCE }, lane));
  }

  async #read(stage: number, batch: number): Promise<void> {
    const receipt = await this.folder.json<Receipt>(receiptKey(stage, batch)).catch((error: unknown) => {
      if (error instanceof SyntaxError) return undefined;
      throw error;
    });
    if (receipt?.version !== 1 || receipt.planHash !== this.plan.hash) return;
    this.stages[stage]!.add(receipt);
    if (receipt.timing) this.#bars.add(receipt, receipt.timing);
    if (receipt.escalations && this.#escalated.length < MOST_FAILURES) this.#escalated.push(receipt);
  }

  async measures(replayOf: (stageName: string, task: number) => string): Promise<RunMeasures> {
    const { plan, folder } = this;
    const state = await folder.state();
    const failed = (await readFailedBatches(folder, MOST_FAILURES)).filter(
      ({ stage }) => stage in plan.stages,
    );
    const failures = [
      ...failed.map((failure) => this.#failure(failure, replayOf)),
      ...this.#escalated.flatMap((receipt) => escalationsOf(receipt, plan, replayOf)),
    ];
    const onAws = state.engine !== "local";
    const stages = await Promise.all(
      this.stages.map(async (record, i) => {
        const retries = failures.filter(({ stage, mended }) => stage === i && mended).length;
        // Only the embedded engine leaves them.
        return record.data(onAws ? [] : await readPasses(folder, i), onAws, retries);
      }),
    );
    const { lanes, bars, merged } = this.#bars.columns;
    const starts = stages.flatMap(({ startedAt }) => (startedAt === undefined ? [] : [startedAt]));
    const ends = stages.flatMap(({ endedAt }) => (endedAt === undefined ? [] : [endedAt]));
    const times = starts.length > 0 ? { startedAt: Math.min(...starts), endedAt: Math.max(...ends) } : {};
    return {
      version: 1,
      lamella: plan.lamella,
      madeAt: Date.now(),
      run: { ...factsOf(state, plan), ...times },
      inputs: inputsOf(plan),
      stages,
      lanes,
      bars,
      failures: [...failures, ...lastFailure(state, failures, plan, replayOf)],
      notes: this.#notes(merged),
    };
  }

  #failure(failed: FailedBatch, replayOf: (stageName: string, task: number) => string): FailureData {
    const { stage, code, message, hint, at, start, end, details } = failed;
    const record = this.stages[stage]!;
    const named = details["task"];
    const task = typeof named === "number" ? named : start;
    const tasks =
      start === undefined || end === undefined ? (task === undefined ? [] : [task]) : [start, end - 1];
    return {
      stage,
      ...(task === undefined ? {} : { task, replay: replayOf(this.plan.stages[stage]!.name, task) }),
      code,
      message,
      ...(hint === undefined ? {} : { hint }),
      ...(at === undefined ? {} : { at }),
      mended: tasks.length > 0 && tasks.every((each) => record.isDone(each)),
    };
  }

  #notes(merged: number): string[] {
    const notes: string[] = [];
    const skipped = this.#skipped.reduce((a, b) => a + b, 0);
    const untimed = this.stages.reduce((n, stage) => n + stage.untimed, 0);
    if (skipped > 0)
      notes.push(
        `${skipped} of ${skipped + this.#bars.count} receipts were not read: figures are of an even selection.`,
      );
    if (untimed > 0)
      notes.push(`${untimed} receipts are of an earlier version of Lamella and tell no times.`);
    if (merged > 1) notes.push(`Up to ${merged} batches of a worker share a bar of the timeline.`);
    for (const stage of this.stages) {
      const { name } = this.plan.stages[stage.index]!;
      if (stage.merged > 1)
        notes.push(
          `${name}: up to ${stage.merged} tasks share a cell of the heat map, which shows their mean.`,
        );
      if (stage.heatEvery > 1) notes.push(`${name}: the heat map is of one batch in ${stage.heatEvery}.`);
    }
    return notes;
  }
}

function factsOf(state: RunState, plan: Plan): RunFacts {
  const { runId, status, engine, createdAt, outputs, planHash, failure, process } = state;
  const stopped = status === "running" && process && isAlive(process) === false;
  return {
    runId,
    status: stopped ? "stopped" : status,
    engine,
    createdAt,
    planHash,
    workers: plan.budget.workers,
    budgetMiB: plan.budget.memoryMiB,
    outputs,
    ...(failure
      ? {
          failure: {
            code: failure.code,
            message: failure.message,
            ...(failure.hint === undefined ? {} : { hint: failure.hint }),
          },
        }
      : {}),
  };
}

function escalationsOf(
  { stage, start, escalations = [], tierMB }: Receipt,
  plan: Plan,
  replayOf: (stageName: string, task: number) => string,
): FailureData[] {
  return escalations.map((escalation) => ({
    stage,
    task: start,
    code: escalation.error,
    message: `a function of ${escalation.tierMB} MB ran out of memory or time; one of ${tierMB ?? "more"} MB did it`,
    mended: true,
    replay: replayOf(plan.stages[stage]!.name, start),
  }));
}

/** The failure that the run ended with, where no batch left it. */
function lastFailure(
  { status, failure }: RunState,
  known: readonly FailureData[],
  plan: Plan,
  replayOf: (stageName: string, task: number) => string,
): FailureData[] {
  if (!failure || status !== "failed" || failure.stage === undefined) return [];
  const { stage, task, code, message, hint } = failure;
  if (known.some((each) => each.stage === stage && each.code === code && each.task === task)) return [];
  const name = plan.stages[stage]?.name;
  return [
    {
      stage,
      code,
      message,
      mended: false,
      ...(hint === undefined ? {} : { hint }),
      ...(task === undefined || name === undefined ? {} : { task, replay: replayOf(name, task) }),
    },
  ];
}

function inputsOf(plan: Plan): ArrayFacts[] {
  return Object.entries(plan.arrays).flatMap(([name, array]) =>
    array.role === "input"
      ? [{ name, uri: array.source.uri, shape: array.shape, dtype: array.dtype, chunks: array.chunkShape }]
      : [],
  );
}
