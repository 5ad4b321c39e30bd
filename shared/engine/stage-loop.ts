import { batchesOnAws } from "../plan/aws-batches.ts";
import { AWS_FACTS, type AwsFacts } from "../plan/aws-facts.ts";
import type { Plan, Stage } from "../plan/schema.ts";
import type { ObjectStore } from "../storage/store.ts";
import { atWork, FUNCTION_MS } from "./aws/at-work.ts";
import type { StageFunction, StageTurn } from "./protocol.ts";
import { batchesOf, receiptsMissing, rollUp, type StageProgress } from "./receipts.ts";
import { RunFolder } from "./run-folder.ts";
import { verifiedProgress } from "./verified-progress.ts";

/** What the functions that keep the stage loop know of their stack and of themselves. */
export interface TurnOptions {
  /** Memory of the functions that carry batches; default: every tier of `AWS_FACTS`. */
  readonly tiersMB?: readonly number[];
  /** Functions that a stage may run at once. */
  readonly concurrency?: number;
  /** Milliseconds that the function has. */
  readonly remainingMs?: number;
}

/** The turn of the stage loop that has ended. */
export interface EndedTurn {
  readonly stage: number;
  /** Tasks that had receipts when it began. */
  readonly doneBefore: number;
  readonly turn: number;
  readonly idleTurns: number;
}

/** Turns in a row that may add no receipt: children that had no time, or met throttles, leave their batches to the next. */
const MOST_IDLE_TURNS = 3;

/**
 * Reads the receipts that a turn of the stage loop added, and prepares the next: of the following stage, or of this one where batches
 * handed back what was left. `done` after the last stage. Throws RECEIPTS_MISSING where turns bring nothing any more.
 */
export async function checkStage(
  control: ObjectStore,
  runId: string,
  ended: EndedTurn,
  options: TurnOptions = {},
): Promise<StageTurn> {
  const folder = new RunFolder(control, runId);
  return atWork(folder, `check-${ended.stage}`, options.remainingMs ?? FUNCTION_MS, async () => {
    const plan = await folder.plan();
    const progress = await rollUp(folder, plan, ended.stage);
    warnOfDamage(folder, progress);
    const turn = ended.turn + 1;
    if (progress.doneCount === progress.tasks)
      return { ...(await nextTurn(folder, plan, ended.stage + 1, options)), turn };
    const idleTurns = progress.doneCount > ended.doneBefore ? 0 : ended.idleTurns + 1;
    if (idleTurns >= MOST_IDLE_TURNS) throw receiptsMissing(folder, plan, ended.stage, progress);
    const again = await turnOf(folder, plan, ended.stage, progress, options);
    // What an Express child had no time for gets all that a Standard one has.
    return { ...again, childType: "STANDARD", childSeconds: STANDARD_SECONDS, turn, idleTurns };
  });
}

/** A Standard execution lives a year. */
const STANDARD_SECONDS = 31_536_000;

/** The next turn of the stage loop; stages whose receipts are all there are passed over. */
export async function nextTurn(
  folder: RunFolder,
  plan: Plan,
  from: number,
  options: TurnOptions = {},
): Promise<StageTurn> {
  for (let index = from; index < plan.stages.length; index++) {
    // Receipts that are there before the stage begins are of an earlier attempt: what they promise may have gone.
    const progress = await verifiedProgress(folder, plan, index, false);
    warnOfDamage(folder, progress);
    if (progress.doneCount < progress.tasks) return turnOf(folder, plan, index, progress, options);
  }
  return { runId: folder.runId, done: true, turn: 1 };
}

/** For the log of the function. */
function warnOfDamage(folder: RunFolder, { damaged }: StageProgress): void {
  for (const key of damaged)
    console.warn(`${folder.store.uri}/${key} is damaged: what it says was done is done again`);
}

async function turnOf(
  folder: RunFolder,
  plan: Plan,
  index: number,
  progress: StageProgress,
  { tiersMB, concurrency }: TurnOptions,
): Promise<StageTurn> {
  const stage = plan.stages[index]!;
  const facts: AwsFacts = tiersMB ? { ...AWS_FACTS, lambda: { ...AWS_FACTS.lambda, tiersMB } } : AWS_FACTS;
  const chosen = batchesOnAws(stage, { facts, ...(concurrency === undefined ? {} : { concurrency }) });
  const items = batchesOf(progress.done, chosen.size, progress.nextBatch);
  const batches = await folder.writeManifest(index, items);
  await folder.updateState({ stage: index, status: "running" });
  return {
    runId: folder.runId,
    done: false,
    stage: index,
    name: stage.name,
    kind: stage.kind,
    function: functionOf(stage),
    manifestKey: `runs/${folder.runId}/${folder.manifestKey(index)}`,
    batches,
    maxConcurrency: chosen.concurrency,
    childType: chosen.childType,
    childSeconds:
      chosen.childType === "EXPRESS" ? facts.stepFunctions.expressTimeoutSeconds : STANDARD_SECONDS,
    tierMB: chosen.tierMB,
    threads: chosen.threads,
    doneBefore: progress.doneCount,
    turn: 1,
    idleTurns: 0,
  };
}

export function functionOf(stage: Stage): StageFunction {
  if (stage.kind === "reduce" || stage.kind === "tally") return "reduce";
  return stage.kind === "pyramid" ? "pyramid" : "run-tasks";
}
