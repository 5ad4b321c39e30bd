import type { AwsFacts } from "../plan/aws-facts.ts";
import type { Plan, Stage } from "../plan/schema.ts";
import type { Environments } from "./environments.ts";
import { KEEPER_MB, keeperSeconds } from "./keeper.ts";
import type { Random } from "./random.ts";
import { type Batches, simulateTurn } from "./simulate-turn.ts";
import { type ModelOptions, type StageModel, stageModel } from "./stage-model.ts";
import { type Dollars, Tally } from "./tally.ts";
import { type Share, TimeShares } from "./time-shares.ts";

/** A stage as it would go. Plain JSON. */
export interface SimulatedStage {
  readonly name: string;
  readonly kind: string;
  readonly tasks: number;
  readonly batches: number;
  readonly childType: "EXPRESS" | "STANDARD";
  readonly tierMB: number;
  readonly threads: number;
  /** Whether a task's time is the plan's estimate or that of a run. */
  readonly source: "estimate" | "measured";
  /** What a task takes of a thread, seconds, when nothing goes wrong. */
  readonly taskSeconds: StageModel["taskSeconds"];
  readonly seconds: number;
  /** Distributed Maps over it: more than one where batches were left. */
  readonly turns: number;
  /** Functions at once, the most, and on average while any worked. */
  readonly mostFunctions: number;
  /** Functions that the stack lets work at once: S3's rates may allow fewer than there could be. */
  readonly allowedFunctions: number;
  readonly meanFunctions: number;
  readonly invocations: number;
  readonly throttles: number;
  readonly faults: number;
  readonly escalations: number;
  readonly handBacks: number;
  /** Requests that S3 refused for a while. */
  readonly refused: number;
  readonly gbSeconds: number;
  readonly usd: Dollars;
  readonly spent: readonly (readonly [share: Share, seconds: number])[];
  readonly failed?: "out of time" | "out of memory" | "no progress";
}

export interface StageOptions extends ModelOptions {
  readonly random: Random;
  readonly environments: Environments;
  /** Run's time at which it begins, seconds. */
  readonly startedAt: number;
}

/** Turns in a row that may bring nothing, as the stage loop has it. */
const MOST_IDLE_TURNS = 3;
/** Receipts that are read at once, keys of a page of a listing, and what a task's part of a receipt takes to read: measured by `npm run bench -- scale`. */
const READ_AT_ONCE = 16;
const PAGE = 1000;
const CHECK_SECONDS_PER_TASK = 0.6e-6;
const REQUESTS_OF_A_CHECK = 8;

/** All turns of the stage loop for a stage, and the checks between them. */
export function simulateStage(
  plan: Plan,
  stage: Stage,
  options: StageOptions,
): { readonly stage: SimulatedStage; readonly shares: TimeShares } {
  const { facts, startedAt } = options;
  const model = stageModel(plan, stage, options);
  const shares = new TimeShares();
  const tally = new Tally();
  const { size, count } = model.batches;
  let batches: Batches = { count, sizeOf: (i) => Math.min(size, stage.tasks - i * size) };
  let { childType } = model.batches;
  let now = startedAt;
  let receipts = 0;
  let turns = 0;
  let idle = 0;
  let failed: SimulatedStage["failed"];
  for (;;) {
    const before = tally.tasks;
    turns++;
    receipts += batches.count;
    const turn = simulateTurn(model, batches, { ...options, shares, tally, childType, startedAt: now });
    const check = checkSeconds(receipts, stage.tasks, facts);
    tally.bill(KEEPER_MB, check);
    shares.add("starting and checking", check);
    now += turn.seconds + check;
    failed = turn.failed;
    const { left } = turn;
    if (failed !== undefined || left.length === 0) break;
    idle = tally.tasks > before ? 0 : idle + 1;
    if (idle >= MOST_IDLE_TURNS) {
      failed = "no progress";
      break;
    }
    batches = { count: left.length, sizeOf: (i) => left[i]! };
    childType = "STANDARD";
  }
  const { gets, puts, looks } = model.requests;
  const requests = {
    gets: stage.tasks * (gets + looks) + receipts,
    puts: stage.tasks * puts + turns,
    lists: (turns * receipts) / PAGE,
  };
  const busy = shares.sorted.reduce(
    (sum, [share, seconds]) => (share === "starting and checking" ? sum : sum + seconds),
    0,
  );
  return {
    shares,
    stage: {
      name: model.name,
      kind: model.kind,
      tasks: stage.tasks,
      batches: count,
      childType: model.batches.childType,
      tierMB: model.batches.tierMB,
      threads: model.batches.threads,
      source: model.source,
      taskSeconds: model.taskSeconds,
      seconds: now - startedAt,
      turns,
      mostFunctions: tally.mostFunctions,
      allowedFunctions: model.batches.concurrency,
      meanFunctions: busy > 0 ? tally.functionSeconds / busy : 0,
      invocations: tally.invocations,
      throttles: tally.throttles,
      faults: tally.faults,
      escalations: tally.deaths,
      handBacks: tally.handBacks,
      refused: Math.round(tally.refused),
      gbSeconds: tally.gbSeconds,
      usd: tally.dollars(requests, facts),
      spent: shares.sorted,
      ...(failed === undefined ? {} : { failed }),
    },
  };
}

/** The function that looks at the receipts of a stage and prepares the next turn. */
function checkSeconds(receipts: number, tasks: number, facts: AwsFacts): number {
  const { s3, lambda } = facts;
  const pages = Math.ceil(receipts / PAGE);
  return (
    keeperSeconds(REQUESTS_OF_A_CHECK, facts) +
    pages * s3.secondsPerPut +
    (receipts * s3.secondsPerGet) / READ_AT_ONCE +
    tasks * CHECK_SECONDS_PER_TASK * lambda.slowdown
  );
}
