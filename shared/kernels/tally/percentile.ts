import { type DType, isBigInt } from "../../block/dtype.ts";
import type { Counts } from "./counts.ts";
import { elementOfKey } from "./keys.ts";

/** How a percentile that falls between two elements is made of them: numpy's names. */
export const PERCENTILE_METHODS = ["linear", "lower", "higher", "midpoint", "nearest"] as const;
export type PercentileMethod = (typeof PERCENTILE_METHODS)[number];

/** Between which elements, by rank from 0, a percentile lies, and how far from the first to the second. */
export interface Between {
  readonly lower: number;
  readonly upper: number;
  readonly fraction: number;
}

/** numpy's place of the percentile `q` (0 .. 100) among n elements. */
export function placeOf(q: number, n: number, method: PercentileMethod): Between {
  const place = (n - 1) * (q / 100);
  const floor = Math.floor(place);
  const ceil = Math.ceil(place);
  switch (method) {
    case "lower":
      return { lower: floor, upper: floor, fraction: 0 };
    case "higher":
      return { lower: ceil, upper: ceil, fraction: 0 };
    case "nearest": {
      const nearest = halfToEven(place);
      return { lower: nearest, upper: nearest, fraction: 0 };
    }
    case "midpoint":
      return { lower: floor, upper: ceil, fraction: floor === ceil ? 0 : 0.5 };
    case "linear": {
      if (place >= n - 1) return { lower: n - 1, upper: n - 1, fraction: 0 };
      return { lower: floor, upper: floor + 1, fraction: place - floor };
    }
  }
}

function halfToEven(x: number): number {
  const floor = Math.floor(x);
  const rest = x - floor;
  if (rest !== 0.5) return rest < 0.5 ? floor : floor + 1;
  return floor % 2 === 0 ? floor : floor + 1;
}

/** The ranks whose elements the percentiles need, ascending, each once. */
export function ranksOf(q: readonly number[], n: number, method: PercentileMethod): number[] {
  const ranks = new Set<number>();
  for (const one of q) {
    const { lower, upper, fraction } = placeOf(one, n, method);
    ranks.add(lower);
    if (fraction > 0) ranks.add(upper);
  }
  return [...ranks].sort((a, b) => a - b);
}

/** What is known of an element that is looked for by its rank: the high bits of its key, and its rank among those that share them. */
export interface Sought {
  readonly prefix: bigint;
  readonly rank: number;
}

/** Narrows each sought element by the digit that was counted. With NaN among the elements ranks may lie beyond: the last stands for them. */
export function narrow(
  sought: readonly Sought[],
  counts: Counts,
  bits: number,
  prefixes: readonly bigint[],
): Sought[] {
  const digits = 2 ** bits;
  return sought.map(({ prefix, rank }) => {
    const table = Math.max(0, prefixes.indexOf(prefix)) * digits;
    let before = 0;
    let digit = 0;
    for (; digit < digits - 1; digit++) {
      const here = counts.bins[table + digit]!;
      if (before + here > rank) break;
      before += here;
    }
    return { prefix: (prefix << BigInt(bits)) | BigInt(digit), rank: rank - before };
  });
}

/** numpy.percentile, from the elements of the ranks that it needs. NaN anywhere makes all of them NaN. */
export function percentiles(
  q: readonly number[],
  n: number,
  method: PercentileMethod,
  ranks: readonly number[],
  keys: readonly bigint[],
  dtype: DType,
  nan: number,
): Float64Array {
  const at = (rank: number) => elementOfKey(keys[ranks.indexOf(rank)]!, dtype);
  return Float64Array.from(q, (one) => {
    if (nan > 0) return Number.NaN;
    const { lower, upper, fraction } = placeOf(one, n, method);
    const a = at(lower);
    if (fraction === 0) return Number(a);
    const b = at(upper);
    // as numpy's, from the nearer end, so that it never leaves the interval
    const difference = isBigInt(dtype) ? Number(BigInt(b) - BigInt(a)) : Number(b) - Number(a);
    return fraction < 0.5 ? Number(a) + difference * fraction : Number(b) - difference * (1 - fraction);
  });
}
