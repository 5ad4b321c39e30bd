import { READ_AHEAD } from "../block/read-region.ts";
import type { AwsFacts } from "../plan/aws-facts.ts";
import { PATIENT } from "../storage/retry.ts";
import { laneSeconds, type StageModel } from "./stage-model.ts";

/** What S3 may be short of. */
export type S3Limit = "S3 reads" | "S3 writes" | "looks at claims" | "looks at the cancel marker";

interface Load {
  readonly limit: S3Limit;
  /** Requests a second of one function that isn't held up. */
  readonly rate: number;
  /** Requests a second that S3 answers before it has split the prefixes. */
  readonly capacity: number;
  /** How often they have been split in two. */
  splits: number;
  /** Seconds under full load since the last split. */
  loaded: number;
}

/**
 * Requests of the functions of a stage against the rates of the prefixes that they go to. All functions are alike, so where a prefix
 * can't answer them all, each is slowed down by the same factor: the requests that are refused wait and are made again. Under
 * sustained load S3 splits a prefix, which doubles what it answers.
 */
export class S3Load {
  readonly #loads: readonly Load[];
  readonly #splitSeconds: number;
  readonly #lanes: number;
  /** Requests that were answered 503; they are not billed. Source: Amazon S3 User Guide, "Billing for Amazon S3 error responses". */
  refused = 0;

  constructor(model: StageModel, facts: AwsFacts) {
    const { threads } = model.batches;
    const perSecond = threads / Math.max(1e-9, laneSeconds(model, facts, threads));
    const { gets, puts, looks } = model.requests;
    const load = (limit: S3Limit, rate: number, capacity: number): Load => ({
      limit,
      rate,
      capacity,
      splits: 0,
      loaded: 0,
    });
    this.#loads = [
      load("S3 reads", gets * perSecond, facts.s3.getsPerSecond * model.readPrefixes),
      load("S3 writes", puts * perSecond, facts.s3.putsPerSecond * model.writtenPrefixes),
      load("looks at claims", looks * perSecond, facts.s3.getsPerSecond * Math.max(1, looks)),
      load("looks at the cancel marker", Math.min(1, perSecond), facts.s3.getsPerSecond),
    ];
    this.#splitSeconds = facts.s3.splitSeconds;
    this.#lanes = READ_AHEAD * threads;
  }

  /** How fast each of so many functions gets on: 1 where nothing is refused; and what holds them up. */
  speed(functions: number): { readonly speed: number; readonly limit: S3Limit | undefined } {
    let speed = 1;
    let limit: S3Limit | undefined;
    for (const load of this.#loads) {
      const possible = (load.capacity * 2 ** load.splits) / (functions * load.rate);
      if (possible >= speed) continue;
      speed = possible;
      limit = load.limit;
    }
    return { speed, limit };
  }

  /** Lets seconds go by with so many functions at work. */
  pass(seconds: number, functions: number): void {
    const { speed, limit } = this.speed(functions);
    const load = this.#loads.find((each) => each.limit === limit);
    if (!load) return;
    const answered = functions * load.rate * speed * seconds;
    const waiting = (this.#lanes / load.rate) * (1 / speed - 1);
    this.refused += answered * refusalsFor(waiting);
    load.loaded += seconds;
    if (load.loaded < this.#splitSeconds) return;
    load.loaded = 0;
    load.splits++;
  }
}

/** How often a request is refused that has to wait so many seconds on average before it is answered. */
function refusalsFor(seconds: number): number {
  let low = 0;
  let high = 1 - 1e-6;
  for (let i = 0; i < 24; i++) {
    const middle = (low + high) / 2;
    if (waitOf(middle) < seconds) low = middle;
    else high = middle;
  }
  return low / (1 - low);
}

/** Seconds that a request waits where each try is refused with this probability: full jitter, as `withRetries` does it. */
function waitOf(refusal: number): number {
  let seconds = 0;
  let reached = refusal;
  let longest: number = PATIENT.baseMs;
  for (; longest < PATIENT.capMs; longest *= 2) {
    seconds += (reached * longest) / 2000;
    reached *= refusal;
  }
  return seconds + (reached * PATIENT.capMs) / 2000 / (1 - refusal);
}
