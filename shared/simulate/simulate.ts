import { STAGE_CONCURRENCY } from "../plan/aws-batches.ts";
import { AWS_FACTS, type AwsFacts } from "../plan/aws-facts.ts";
import { specBytes } from "../plan/builder.ts";
import { estimateCost } from "../plan/cost.ts";
import type { Plan } from "../plan/schema.ts";
import { Environments } from "./environments.ts";
import { keeperSeconds } from "./keeper.ts";
import type { MeasuredStage } from "./measured.ts";
import { Random } from "./random.ts";
import { type SimulatedStage, simulateStage } from "./simulate-stage.ts";
import type { Dollars } from "./tally.ts";
import { type Share, TimeShares } from "./time-shares.ts";

/** A run of a plan on AWS as it would go. Plain JSON. */
export interface Simulation {
  readonly seconds: number;
  readonly usd: Dollars;
  readonly tasks: number;
  readonly batches: number;
  /** Decoded bytes of the plan's inputs, and of what it writes where the user wants it. */
  readonly bytesInput: number;
  readonly bytesOutput: number;
  /** What most of the time is spent on. */
  readonly bottleneck: { readonly what: Share; readonly seconds: number; readonly stage: string };
  /** Seconds by what they were spent on, largest first. */
  readonly spent: readonly (readonly [share: Share, seconds: number])[];
  readonly stages: readonly SimulatedStage[];
  /** Environments that Lambda started. */
  readonly environments: number;
  /** The run would fail: why, and in which stage. */
  readonly failed?: { readonly stage: string; readonly why: "out of time" | "out of memory" | "no progress" };
  /** What the plan's own arithmetic says, which knows no accidents, and of S3 no splitting of prefixes. */
  readonly leastSeconds: number;
  readonly estimatedUsd: number;
  readonly concurrency: number;
  readonly seed: number;
  readonly factsCollected: string;
}

export interface SimulateOptions {
  readonly facts?: AwsFacts;
  /** Functions that a stage has at once; more than the account's quota supposes that it was raised. */
  readonly concurrency?: number;
  readonly seed?: number;
  /** Times of a run, by the names of its stages, instead of the plan's estimates. */
  readonly measured?: ReadonlyMap<string, MeasuredStage>;
}

/** Before its first stage a run is planned or loaded and claims its outputs; after its last one it writes their metadata. */
const REQUESTS_TO_BEGIN = 8;
const REQUESTS_TO_END = 12;

/**
 * Simulates a run on AWS, event by event: dispatch rates, Lambda's ramp, S3's rates with refusals, slow environments and requests,
 * faults, escalations, hand-backs, turns of the stage loop, prices. The same plan, facts and seed give the same figures.
 */
export function simulate(plan: Plan, options: SimulateOptions = {}): Simulation {
  const { concurrency = STAGE_CONCURRENCY, seed = 1, measured } = options;
  const facts = withQuota(options.facts ?? AWS_FACTS, concurrency);
  const random = new Random(seed);
  const environments = new Environments(facts, random);
  const shares = new TimeShares();
  const stages: SimulatedStage[] = [];
  let now = keeperSeconds(REQUESTS_TO_BEGIN, facts);
  shares.add("starting and checking", now);
  let failed: Simulation["failed"];
  for (const stage of plan.stages) {
    if (stage.tasks === 0) continue;
    const options = {
      facts,
      concurrency,
      random,
      environments,
      startedAt: now,
      ...(measured ? { measured } : {}),
    };
    const simulated = simulateStage(plan, stage, options);
    stages.push(simulated.stage);
    shares.addAll(simulated.shares);
    now += simulated.stage.seconds;
    if (simulated.stage.failed === undefined) continue;
    failed = { stage: stage.name, why: simulated.stage.failed };
    break;
  }
  const end = Object.keys(plan.outputs).length * keeperSeconds(REQUESTS_TO_END, facts);
  shares.add("starting and checking", end);
  const cost = estimateCost(plan, facts, concurrency);
  return {
    seconds: now + end,
    usd: sumOf(stages),
    tasks: stages.reduce((n, stage) => n + stage.tasks, 0),
    batches: stages.reduce((n, stage) => n + stage.batches, 0),
    ...bytesOf(plan),
    bottleneck: bottleneckOf(shares, stages),
    spent: shares.sorted,
    stages,
    environments: environments.started,
    ...(failed ? { failed } : {}),
    leastSeconds: cost.wallSeconds,
    estimatedUsd: cost.usd,
    concurrency,
    seed,
    factsCollected: facts.collected,
  };
}

function withQuota(facts: AwsFacts, concurrency: number): AwsFacts {
  if (concurrency <= facts.lambda.concurrency) return facts;
  return { ...facts, lambda: { ...facts.lambda, concurrency } };
}

function bottleneckOf(shares: TimeShares, stages: readonly SimulatedStage[]): Simulation["bottleneck"] {
  const [what, seconds] = shares.sorted[0] ?? ["starting and checking", 0];
  const secondsIn = ({ spent }: SimulatedStage): number => spent.find(([share]) => share === what)?.[1] ?? 0;
  const most = stages.reduce<SimulatedStage | undefined>(
    (a, b) => (a === undefined || secondsIn(b) > secondsIn(a) ? b : a),
    undefined,
  );
  return { what, seconds, stage: most?.name ?? "" };
}

function sumOf(stages: readonly SimulatedStage[]): Dollars {
  const sum = (of: (usd: Dollars) => number): number => stages.reduce((total, { usd }) => total + of(usd), 0);
  return {
    lambda: sum((usd) => usd.lambda),
    stepFunctions: sum((usd) => usd.stepFunctions),
    s3: sum((usd) => usd.s3),
    total: sum((usd) => usd.total),
  };
}

function bytesOf(plan: Plan): Pick<Simulation, "bytesInput" | "bytesOutput"> {
  let bytesInput = 0;
  let bytesOutput = 0;
  for (const array of Object.values(plan.arrays)) {
    if (array.role === "input") bytesInput += specBytes(array);
    else if (array.role === "output") bytesOutput += specBytes(array.spec);
  }
  return { bytesInput, bytesOutput };
}
