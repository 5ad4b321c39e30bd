import { setTimeout } from "node:timers/promises";
import { errorFromJson, LamellaError } from "../errors.ts";
import { projectedPeak } from "../plan/budget.ts";
import type { Plan } from "../plan/schema.ts";
import type { RunEvent, RunReport, StageReport } from "./local/engine.ts";
import type { BatchItem } from "./protocol.ts";
import { readProgress } from "./receipts.ts";
import type { RunFolder, RunState } from "./run-folder.ts";

/** Milliseconds between two looks at the control bucket; a look that takes long makes the next one wait ten times as long. */
const INTERVAL = 1_000;
/** Who carries a run out, and may be gone without a word in the run's folder. */
export interface Carrier {
  /** Why it can't end well any more; undefined while it may. */
  gone(): Promise<LamellaError | undefined>;
  /** Milliseconds between two times that it is asked. */
  readonly interval: number;
  /** The command that shows the run. */
  readonly look: string;
}

export interface WatchOptions {
  readonly onEvent?: (event: RunEvent) => void;
  /** Ends the watching, not the run. */
  readonly signal?: AbortSignal;
}

/**
 * Watches a run until its end, from its receipts; who carries it out is asked now and then whether it's there still. The report is
 * that of a run here; its peaks are the heaps alone. Throws the run's failure, and INTERRUPTED when `signal` ends the watching.
 */
export async function watchRun(
  folder: RunFolder,
  carrier: Carrier,
  options: WatchOptions = {},
): Promise<RunReport> {
  const plan = await folder.plan();
  const started = performance.now();
  const reports: StageReport[] = [];
  let current: StageWatch | undefined;
  let asked = performance.now();
  for (;;) {
    const looked = performance.now();
    const state = await folder.state();
    const at = state.status === "succeeded" ? plan.stages.length : (state.stage ?? 0);
    while (reports.length < at) {
      reports.push(await reportOf(folder, plan, reports.length, current?.seconds, options.onEvent));
      current = undefined;
    }
    if (state.status === "succeeded") return summary(state, reports, started);
    if (state.status === "failed" || state.status === "cancelled") throw failureOf(state);
    current ??= new StageWatch(folder, plan, at, options.onEvent);
    await current.look();
    if (performance.now() - asked > carrier.interval) {
      asked = performance.now();
      const failure = await carrier.gone();
      if (failure && (await folder.state()).status === state.status) throw failure;
    }
    const wait = Math.max(INTERVAL, 10 * (performance.now() - looked));
    await pause(wait, folder.runId, carrier.look, options.signal);
  }
}

/** Counts the tasks of one stage whose receipts are there, without reading them. */
class StageWatch {
  readonly #folder: RunFolder;
  readonly #stage: number;
  readonly #tasks: number;
  readonly #estimate: { readonly bytesRead: number; readonly bytesWritten: number };
  readonly #onEvent: ((event: RunEvent) => void) | undefined;
  readonly #started = performance.now();
  #batches: readonly BatchItem[] | undefined;

  constructor(
    folder: RunFolder,
    plan: Plan,
    stage: number,
    onEvent: ((event: RunEvent) => void) | undefined,
  ) {
    this.#folder = folder;
    this.#stage = stage;
    this.#tasks = plan.stages[stage]?.tasks ?? 0;
    this.#estimate = plan.stages[stage]?.estimate ?? { bytesRead: 0, bytesWritten: 0 };
    this.#onEvent = onEvent;
    const name = plan.stages[stage]?.name ?? "";
    onEvent?.({ type: "stage", stage, name, tasks: this.#tasks, done: 0 });
  }

  /** Since the stage was first seen. */
  get seconds(): number {
    return (performance.now() - this.#started) / 1000;
  }

  async look(): Promise<void> {
    this.#batches ??= await this.#folder.json<BatchItem[]>(this.#folder.manifestKey(this.#stage));
    if (!this.#batches) return;
    const sizes = new Map(this.#batches.map(({ batch, start, end }) => [batch, end - start]));
    // what the manifest leaves out was done before
    let done = this.#tasks - [...sizes.values()].reduce((sum, size) => sum + size, 0);
    for await (const { key } of this.#folder.store.list(`receipts/${this.#stage}/`)) {
      done += sizes.get(Number.parseInt(key.slice(key.lastIndexOf("/") + 1), 10)) ?? 0;
    }
    const { seconds } = this;
    // the receipts would tell exactly, for the price of reading each
    const share = done / Math.max(1, this.#tasks);
    const bytesRead = share * this.#estimate.bytesRead;
    const bytesWritten = share * this.#estimate.bytesWritten;
    this.#onEvent?.({
      type: "batch",
      stage: this.#stage,
      done,
      tasks: this.#tasks,
      seconds,
      bytesRead,
      bytesWritten,
    });
  }
}

/** A finished stage from its receipts. One that came and went between two looks took what its batches took. */
async function reportOf(
  folder: RunFolder,
  plan: Plan,
  index: number,
  seconds: number | undefined,
  onEvent: ((event: RunEvent) => void) | undefined,
): Promise<StageReport> {
  const stage = plan.stages[index]!;
  const progress = await readProgress(folder, plan, index);
  const report: StageReport = {
    name: stage.name,
    kind: stage.kind,
    tasks: stage.tasks,
    seconds: seconds ?? progress.seconds,
    bytesRead: progress.bytesRead,
    bytesWritten: progress.bytesWritten,
    projectedMiB: Math.ceil(projectedPeak(stage.memory, 1) / 2 ** 20),
    peakMiB: Math.ceil(progress.peakHeap / 2 ** 20),
  };
  onEvent?.({ type: "stage-end", stage: index, report });
  return report;
}

function summary(state: RunState, stages: readonly StageReport[], started: number): RunReport {
  return {
    runId: state.runId,
    status: "succeeded",
    outputs: state.outputs,
    stages,
    seconds: (performance.now() - started) / 1000,
    planHash: state.planHash,
  };
}

function failureOf({ runId, status, failure }: RunState): LamellaError {
  if (!failure)
    return new LamellaError(status === "cancelled" ? "CANCELLED" : "RUN_FAILED", `run ${runId} ${status}`);
  const { code, message, hint, ...where } = failure;
  return errorFromJson({ code, message, ...(hint ? { hint } : {}), details: { runId, ...where } });
}

async function pause(
  ms: number,
  runId: string,
  look: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  try {
    await setTimeout(Math.min(ms, 30_000), undefined, signal ? { signal } : {});
  } catch {
    throw new LamellaError("INTERRUPTED", `no longer watching run ${runId}, which goes on`, {
      hint: `Look at it with \`${look}\`.`,
      details: { runId },
    });
  }
}
