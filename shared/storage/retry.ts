import { setTimeout as sleep } from "node:timers/promises";

/** How often and how patiently to try again: full jitter between 0 and baseMs * 2^n, at most capMs. */
export interface RetryPolicy {
  /** All tries together, the first one too. */
  readonly attempts: number;
  readonly baseMs: number;
  readonly capMs: number;
}

/** Outlasts the minute that S3 takes to answer 503 while a prefix grows its partitions. */
export const PATIENT: RetryPolicy = { attempts: 9, baseMs: 200, capMs: 20_000 };

/**
 * Runs `attempt` until it succeeds, fails for good, or the policy's tries are used up; the last error is thrown.
 * An aborted signal ends it with the signal's reason. Source: AWS Architecture Blog, "Exponential Backoff And
 * Jitter" (2015).
 */
export async function withRetries<T>(
  policy: RetryPolicy,
  isTransient: (error: unknown) => boolean,
  signal: AbortSignal | undefined,
  attempt: (number: number) => Promise<T>,
): Promise<T> {
  for (let number = 1; ; number++) {
    signal?.throwIfAborted();
    try {
      return await attempt(number);
    } catch (error) {
      signal?.throwIfAborted();
      if (number >= policy.attempts || !isTransient(error)) throw error;
      await pause(Math.random() * Math.min(policy.capMs, policy.baseMs * 2 ** (number - 1)), signal);
    }
  }
}

async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await sleep(ms, undefined, signal === undefined ? {} : { signal });
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
}
