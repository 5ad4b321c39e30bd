import type { S3Limit } from "./s3-load.ts";

/** What a moment of a run is spent on: what would have to be otherwise for it to be shorter. */
export type Share =
  | "starting and checking"
  | "dispatch rate"
  | "Lambda's ramp"
  | "account's concurrency"
  | "functions at once"
  | S3Limit
  | "length of a batch"
  | "retries"
  | "last batches";

/** Seconds by what they were spent on. */
export class TimeShares {
  readonly #seconds = new Map<Share, number>();

  add(share: Share, seconds: number): void {
    if (seconds > 0) this.#seconds.set(share, (this.#seconds.get(share) ?? 0) + seconds);
  }

  addAll(other: TimeShares): void {
    for (const [share, seconds] of other.#seconds) this.add(share, seconds);
  }

  /** Largest first. */
  get sorted(): readonly (readonly [share: Share, seconds: number])[] {
    return [...this.#seconds].sort((a, b) => b[1] - a[1]);
  }
}
