import type { AwsFacts } from "../plan/aws-facts.ts";
import { BatchClock } from "./batch-clock.ts";
import type { Environment, Environments } from "./environments.ts";
import { EventQueue } from "./event-queue.ts";
import type { Random } from "./random.ts";
import { S3Load } from "./s3-load.ts";
import type { StageModel } from "./stage-model.ts";
import type { Tally } from "./tally.ts";
import type { Share, TimeShares } from "./time-shares.ts";

/** Batches with tasks left. */
export interface Batches {
  readonly count: number;
  /** Tasks of a batch; of the last, what is left. */
  sizeOf(batch: number): number;
}

/** What a turn of the stage loop leaves. */
export interface TurnResult {
  readonly seconds: number;
  /** Tasks of batches whose child had no time left, or no function: the stage's next turn has them. */
  readonly left: readonly number[];
  /** A task that takes longer than a function may, or that dies on every tier: the run fails. */
  readonly failed?: "out of time" | "out of memory";
}

export interface TurnOptions {
  readonly facts: AwsFacts;
  readonly random: Random;
  readonly environments: Environments;
  readonly shares: TimeShares;
  readonly tally: Tally;
  readonly childType: "EXPRESS" | "STANDARD";
  /** Run's time at which it begins, seconds. */
  readonly startedAt: number;
}

interface Child {
  left: number;
  tier: number;
  readonly startedAt: number;
  attempts: number;
  deaths: number;
}

interface Running {
  readonly child: Child;
  readonly environment: Environment;
  readonly functionName: string;
  readonly startedAt: number;
  readonly cold: number;
  readonly done: number;
  readonly end: "done" | "late" | "died" | "stuck";
}

/** Attempts at a throttled invocation, and the longest pause between them: those of the state machine's Retry. */
const THROTTLED_ATTEMPTS = 8;
const LONGEST_PAUSE = 60;
const FAULT_PAUSE = 2;
/** From here on a child is not invoked again: `Deadline.childGoesOn`. */
const CHILD_RESERVE = 60;
/** Of what a Distributed Map takes besides its children, the part before the first of them. */
const BEFORE_CHILDREN = 1 / 7;
/** Where all batches are under way, and more than this part of the functions still work, none of them is late yet. */
const WAVE = 0.5;

/**
 * One Distributed Map over a stage's batches, event by event: children are dispatched at their rate, invoke the tier's function, are
 * throttled, retried, escalated and handed back as infra/batch-definition.ts has it. Only children at work are held in memory.
 */
export function simulateTurn(model: StageModel, batches: Batches, options: TurnOptions): TurnResult {
  return new Turn(model, batches, options).run();
}

class Turn {
  readonly #model: StageModel;
  readonly #batches: Batches;
  readonly #options: TurnOptions;
  readonly #clock: BatchClock;
  readonly #load: S3Load;
  readonly #tiersMB: readonly number[];
  /** By the run's time: children that invoke, or invoke again. */
  readonly #invoking = new EventQueue<Child>();
  /** By the time that functions would have if S3 answered all at once: they all run at the same speed. */
  readonly #running = new EventQueue<Running>();
  readonly #left: number[] = [];
  #now: number;
  #work = 0;
  #dispatched = 0;
  #nextDispatch: number;
  #children = 0;
  #throttled = 0;
  /** Functions at work, the most so far. */
  #most = 0;
  #throttledBy: Share = "Lambda's ramp";
  #failed: TurnResult["failed"];

  constructor(model: StageModel, batches: Batches, options: TurnOptions) {
    const { facts, random, startedAt } = options;
    this.#model = model;
    this.#batches = batches;
    this.#options = options;
    this.#clock = new BatchClock(model, facts, random);
    this.#load = new S3Load(model, facts);
    const tiers = [...facts.lambda.tiersMB].sort((a, b) => a - b);
    this.#tiersMB = tiers.filter((tier) => tier >= model.batches.tierMB);
    this.#now = startedAt;
    this.#nextDispatch = startedAt + facts.stepFunctions.mapOverheadSeconds * BEFORE_CHILDREN;
  }

  run(): TurnResult {
    const { shares, tally, facts, startedAt } = this.#options;
    while (this.#failed === undefined) {
      const dispatch = this.#canDispatch ? Math.max(this.#now, this.#nextDispatch) : Number.POSITIVE_INFINITY;
      const invoke = this.#invoking.time;
      const { speed, limit } = this.#load.speed(this.#running.size);
      const end = this.#now + (this.#running.time - this.#work) / speed;
      const next = Math.min(dispatch, invoke, end);
      if (next === Number.POSITIVE_INFINITY) break;
      this.#pass(Math.max(0, next - this.#now), speed, limit);
      this.#now = Math.max(this.#now, next);
      tally.events++;
      if (end <= next) this.#end(this.#running.take()!);
      else if (invoke <= next) this.#invoke(this.#invoking.take()!);
      else this.#dispatch();
    }
    tally.refused += this.#load.refused;
    const after = facts.stepFunctions.mapOverheadSeconds * (1 - BEFORE_CHILDREN);
    shares.add("starting and checking", after);
    return {
      seconds: this.#now - startedAt + after,
      left: this.#left,
      ...(this.#failed === undefined ? {} : { failed: this.#failed }),
    };
  }

  get #canDispatch(): boolean {
    return this.#dispatched < this.#batches.count && this.#children < this.#model.batches.concurrency;
  }

  #pass(seconds: number, speed: number, limit: Share | undefined): void {
    this.#work += seconds * speed;
    this.#load.pass(seconds, this.#running.size);
    this.#options.shares.add(this.#shareNow(limit), seconds);
    const { tally } = this.#options;
    tally.functionSeconds += seconds * this.#running.size;
    this.#most = Math.max(this.#most, this.#running.size);
    tally.mostFunctions = Math.max(tally.mostFunctions, this.#most);
  }

  /** What holds the stage up at this moment. */
  #shareNow(limit: Share | undefined): Share {
    if (this.#dispatched === 0) return "starting and checking";
    if (limit !== undefined) return limit;
    if (this.#throttled > 0) return this.#throttledBy;
    if (this.#dispatched >= this.#batches.count) {
      if (this.#running.size === 0) return "retries";
      const isWave = this.#running.size > WAVE * this.#most;
      return isWave
        ? this.#most < this.#model.batches.concurrency
          ? "length of a batch"
          : "functions at once"
        : "last batches";
    }
    return this.#children >= this.#model.batches.concurrency ? "functions at once" : "dispatch rate";
  }

  #dispatch(): void {
    const { facts, childType, tally } = this.#options;
    const { expressDispatchPerSecond, standardDispatchPerSecond, secondsPerTransition } = facts.stepFunctions;
    const rate = childType === "EXPRESS" ? expressDispatchPerSecond : standardDispatchPerSecond;
    this.#nextDispatch = this.#now + 1 / rate;
    const left = this.#batches.sizeOf(this.#dispatched++);
    this.#children++;
    tally.children++;
    if (childType === "EXPRESS") tally.expressChildren++;
    else tally.transitions += facts.stepFunctions.transitionsPerChild;
    this.#invoking.add(this.#now + secondsPerTransition, {
      left,
      tier: 0,
      startedAt: this.#now,
      attempts: 0,
      deaths: 0,
    });
  }

  #invoke(child: Child): void {
    const { environments, random, facts, tally } = this.#options;
    if (child.attempts > 0) this.#throttled--;
    const tierMB = this.#tiersMB[child.tier]!;
    const functionName = `${this.#model.function} ${tierMB}`;
    const started = environments.invoke(functionName, this.#now);
    if (typeof started === "string") {
      this.#throttledBy = started === "ramp" ? "Lambda's ramp" : "account's concurrency";
      this.#throttle(child);
      return;
    }
    child.attempts = 0;
    tally.invocations++;
    const { environment, isCold } = started;
    if (random.next() < facts.simulation.faultsPerMillionInvocations / 1e6) {
      environments.release(functionName, environment, true);
      tally.faults++;
      this.#pay(1);
      this.#invoking.add(this.#now + random.next() * FAULT_PAUSE, child);
      return;
    }
    const cold = isCold ? facts.lambda.coldStartSeconds : 0;
    const around = cold + this.#batchSeconds();
    // its clock runs on while S3 holds it up
    const { speed } = this.#load.speed(this.#running.size + 1);
    const limits = {
      function: (facts.lambda.timeoutSeconds - around) * speed,
      child: (this.#childSeconds - (this.#now - child.startedAt) - around) * speed,
    };
    const { seconds, done, end } = this.#clock.run(child.left, environment.slowness, limits);
    this.#running.add(this.#work + around + seconds, {
      child,
      environment,
      functionName,
      startedAt: this.#now,
      cold,
      done,
      end,
    });
  }

  get #childSeconds(): number {
    const { childType, facts } = this.#options;
    return childType === "EXPRESS" ? facts.stepFunctions.expressTimeoutSeconds : Number.POSITIVE_INFINITY;
  }

  /** What an invocation takes besides its tasks: its mark, the cancel marker, the receipt, and the mark again. */
  #batchSeconds(): number {
    const { s3, stepFunctions } = this.#options.facts;
    return 3 * s3.secondsPerPut + 2 * s3.secondsPerGet + stepFunctions.secondsPerTransition;
  }

  #throttle(child: Child): void {
    const { random, tally } = this.#options;
    tally.throttles++;
    this.#pay(1);
    if (++child.attempts > THROTTLED_ATTEMPTS) {
      this.#leave(child);
      return;
    }
    this.#throttled++;
    const pause = random.next() * Math.min(LONGEST_PAUSE, 2 ** (child.attempts - 1));
    this.#invoking.add(this.#now + pause, child);
  }

  #end({ child, environment, functionName, startedAt, done, end }: Running): void {
    const { environments, tally } = this.#options;
    const died = end === "died" || end === "stuck";
    environments.release(functionName, environment, died);
    const seconds = this.#now - startedAt;
    const tierMB = this.#tiersMB[child.tier]!;
    tally.bill(tierMB, seconds);
    tally.tasks += done;
    child.left -= done;
    if (died) {
      tally.deaths++;
      this.#pay(3);
      if (child.tier < this.#tiersMB.length - 1) child.tier++;
      else if (end === "stuck") this.#failed = "out of time";
      else if (++child.deaths > 1) this.#failed = "out of memory";
      this.#again(child);
    } else if (child.left === 0) {
      this.#leaveNothing(child);
    } else if (this.#now - child.startedAt > this.#childSeconds - CHILD_RESERVE) this.#leave(child);
    else {
      tally.handBacks++;
      this.#pay(3);
      this.#again(child);
    }
  }

  /** Further states that a child passes through. */
  #pay(transitions: number): void {
    const { tally, childType } = this.#options;
    if (childType === "STANDARD") tally.transitions += transitions;
  }

  #again(child: Child): void {
    this.#invoking.add(this.#now + 2 * this.#options.facts.stepFunctions.secondsPerTransition, child);
  }

  #leave(child: Child): void {
    this.#left.push(child.left);
    this.#leaveNothing(child);
  }

  #leaveNothing(child: Child): void {
    const { tally, childType } = this.#options;
    this.#children--;
    if (childType === "EXPRESS") tally.expressSeconds += this.#now - child.startedAt;
  }
}
