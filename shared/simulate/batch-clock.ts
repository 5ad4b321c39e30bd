import { CHECKPOINT_MS } from "../engine/lambda/batch-lanes.ts";
import { LONGER, RESERVE_MS } from "../engine/lambda/deadline.ts";
import type { AwsFacts } from "../plan/aws-facts.ts";
import type { Random } from "./random.ts";
import type { StageModel } from "./stage-model.ts";

/** Tasks whose times are drawn one by one; of a stage with more, several are drawn as one. */
const MOST_DRAWN = 4_000_000;
/** Seconds between checkpoints: what a function that dies loses. */
const CHECKPOINT_SECONDS = CHECKPOINT_MS / 1000;

/** How an invocation for a batch ended. */
export interface Invocation {
  readonly seconds: number;
  /** Tasks that need not be done again. */
  readonly done: number;
  /** `late`: its time was up; `stuck`: a task takes longer than a function may. */
  readonly end: "done" | "late" | "died" | "stuck";
}

/** Seconds until a function is ended, and until its child execution is. */
export interface Limits {
  readonly function: number;
  readonly child: number;
}

/** How long the batches of a stage take: the lanes of `BatchLanes`, with times that are drawn. */
export class BatchClock {
  readonly #model: StageModel;
  readonly #random: Random;
  readonly #facts: AwsFacts;
  /** Tasks that are drawn as one. */
  readonly #unit: number;
  readonly #death: number;
  readonly #lanes: Float64Array;
  readonly #isFirst: Uint8Array;
  /** Requests until the next slow one, and tasks until the next death: cheaper than asking at each. */
  #untilSlow: number;
  #untilDeath: number;

  constructor(model: StageModel, facts: AwsFacts, random: Random) {
    this.#model = model;
    this.#facts = facts;
    this.#random = random;
    this.#unit = Math.max(1, Math.ceil(model.tasks / MOST_DRAWN));
    this.#lanes = new Float64Array(model.batches.threads);
    this.#isFirst = new Uint8Array(model.batches.threads);
    this.#death = facts.simulation.deathsPerMillionTasks / 1e6;
    this.#untilSlow = random.trials(facts.simulation.slowRequests);
    this.#untilDeath = random.trials(this.#death);
  }

  /** Carries out what is left of a batch, in an environment that is so slow. */
  run(left: number, slowness: number, limits: Limits): Invocation {
    const reserve = RESERVE_MS / 1000;
    const limit = Math.max(1, Math.min(limits.function, limits.child) - reserve);
    const count = Math.min(this.#lanes.length, left);
    const lanes = this.#lanes.subarray(0, count).fill(0);
    this.#isFirst.fill(1);
    let longest = 0;
    let done = 0;
    let isLate = false;
    while (left > 0) {
      const lane = soonest(lanes);
      const from = lanes[lane]!;
      const isFirst = this.#isFirst[lane] === 1;
      if (from >= limit || (!isFirst && limit - from <= LONGER * longest)) {
        isLate = true;
        break;
      }
      const tasks = Math.min(this.#unit, left);
      const seconds = this.#seconds(tasks, slowness, count);
      this.#untilDeath -= tasks;
      if (this.#untilDeath <= 0) return this.#dies(from + seconds * this.#random.next(), done);
      this.#isFirst[lane] = 0;
      if (from + seconds > limit) {
        if (isFirst && limits.function < limits.child) return { seconds: limit, done, end: "stuck" };
        isLate = true;
        lanes[lane] = limit;
        continue;
      }
      lanes[lane] = from + seconds;
      longest = Math.max(longest, seconds / tasks);
      done += tasks;
      left -= tasks;
    }
    const seconds = lanes.reduce((a, b) => Math.max(a, b), 0);
    return { seconds, done, end: isLate && left > 0 ? "late" : "done" };
  }

  #dies(seconds: number, done: number): Invocation {
    this.#untilDeath = this.#random.trials(this.#death);
    const kept = Math.floor(seconds / CHECKPOINT_SECONDS) * CHECKPOINT_SECONDS;
    return { seconds, done: seconds > 0 ? Math.floor((done * kept) / seconds) : 0, end: "died" };
  }

  /** So many tasks, one after the other on a thread, while as many threads share the function's network. */
  #seconds(tasks: number, slowness: number, threads: number): number {
    const { taskSeconds, requests, spread } = this.#model;
    const { compute, waiting, network } = taskSeconds;
    let factor: number;
    if (typeof spread === "number") factor = this.#random.factor(spread / Math.sqrt(tasks));
    else if (tasks === 1) factor = spread[Math.floor(this.#random.next() * spread.length)]!;
    else factor = this.#random.factor(deviationOf(spread) / Math.sqrt(tasks));
    const alone = compute * factor * slowness + waiting + network;
    const seconds = tasks * Math.max(alone, threads * network);
    this.#untilSlow -= tasks * (requests.gets + requests.puts + requests.looks);
    let slow = 0;
    while (this.#untilSlow <= 0) {
      this.#untilSlow += this.#random.trials(this.#facts.simulation.slowRequests);
      slow++;
    }
    return seconds + slow * this.#facts.simulation.slowRequestSeconds;
  }
}

function soonest(lanes: Float64Array): number {
  let lane = 0;
  for (let i = 1; i < lanes.length; i++) if (lanes[i]! < lanes[lane]!) lane = i;
  return lane;
}

const deviations = new WeakMap<readonly number[], number>();

/** Of times over their mean. */
function deviationOf(factors: readonly number[]): number {
  let deviation = deviations.get(factors);
  if (deviation === undefined) {
    deviation = Math.sqrt(factors.reduce((sum, f) => sum + (f - 1) ** 2, 0) / factors.length);
    deviations.set(factors, deviation);
  }
  return deviation;
}
