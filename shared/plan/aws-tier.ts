import { AWS_FACTS } from "./aws-facts.ts";
import { projectedPeak } from "./budget.ts";
import type { Stage } from "./schema.ts";

/** Memory of the functions that carry a stage's batches, and the worker threads of each. */
export interface StageTier {
  readonly tierMB: number;
  readonly threads: number;
}

/** What a deployed stack offers. */
export interface TierFacts {
  readonly lambda: {
    readonly tiersMB: readonly number[];
    readonly mbPerVcpu: number;
  };
}

/** Prices of tiers that differ by less are equal: rounding, and the process that each function pays once. */
const SAME_PRICE = 1.02;

/** vCPUs of a tier, as Lambda counts them: a function of 10,240 MB has six. */
export function vcpusOf(tierMB: number, { lambda }: TierFacts = AWS_FACTS): number {
  return Math.max(1, Math.round(tierMB / lambda.mbPerVcpu));
}

/** Bytes of a tier that a projection may take: of a MB, in which Lambda counts 2^20 bytes, a million. The rest is a margin. */
export function usableBytes(tierMB: number): number {
  return tierMB * 1e6;
}

/** The largest budget of a plan for one function, MiB: what the largest tier holds. */
export function largestBudgetMiB(tiersMB: readonly number[]): number {
  return Math.floor(usableBytes(Math.max(...tiersMB)) / 2 ** 20);
}

/**
 * The tier of a stage: where a thread costs least, the smallest such tier. Every tier's vCPU costs the same, so a larger one pays
 * only where tasks need more than a vCPU's share of memory, of which several then share one process. `wide` takes the largest of
 * those that cost the same: as many functions then have more vCPUs. A stage that no tier holds gets the largest, with one thread.
 */
export function tierOf(stage: Stage, facts: TierFacts = AWS_FACTS, wide = false): StageTier {
  const tiers = [...facts.lambda.tiersMB].sort((a, b) => a - b);
  const fitting = tiers.flatMap((tierMB) => {
    const threads = threadsIn(stage, tierMB, facts);
    return threads === 0 ? [] : [{ tierMB, threads }];
  });
  if (fitting.length === 0) return { tierMB: tiers.at(-1)!, threads: 1 };
  // the largest tier has six vCPUs for five and four fifths
  const price = ({ tierMB, threads }: StageTier): number =>
    tierMB / Math.min(threads, tierMB / facts.lambda.mbPerVcpu);
  const least = Math.min(...fitting.map(price));
  const cheapest = fitting.filter((tier) => price(tier) <= least * SAME_PRICE);
  return wide ? cheapest.at(-1)! : cheapest[0]!;
}

function threadsIn(stage: Stage, tierMB: number, facts: TierFacts): number {
  let threads = Math.min(vcpusOf(tierMB, facts), Math.max(1, stage.tasks));
  while (threads > 0 && projectedPeak(stage.memory, threads) > usableBytes(tierMB)) threads--;
  return threads;
}
