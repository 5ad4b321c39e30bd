import type { Rounding } from "./rounding.ts";

/** A histogram as scikit-image's thresholds take it: from the first bin to the last, with their centres. */
export interface ThresholdInput {
  readonly counts: Float64Array;
  readonly centres: Float64Array;
  /** The least value that may lie in the first bin. */
  readonly origin: number;
  /** How near an iteration has to come: half of what values are apart at least. */
  readonly tolerance: number;
  /** How products and sums with centres are rounded: float64 with integer images, float32 with narrower floats. */
  readonly round: Rounding;
  /** Natural logarithm of the kernel module, the same on every machine. */
  readonly log: (x: number) => number;
}

/** A method of choosing a threshold from a histogram: a value, and not always a centre. */
export type ThresholdMethod = (input: ThresholdInput) => number;

/** numpy.cumsum in a precision, from either end. */
export function running(values: Float64Array, round: Rounding, backwards = false): Float64Array {
  const sums = new Float64Array(values.length);
  let sum = 0;
  for (let k = 0; k < values.length; k++) {
    const i = backwards ? values.length - 1 - k : k;
    sum = round(sum + values[i]!);
    sums[i] = sum;
  }
  return sums;
}

/** numpy.argmax: the first of the largest; the first NaN before all. */
export function argmaxOf(values: Float64Array): number {
  let best = 0;
  for (let i = 0; i < values.length; i++) {
    if (Number.isNaN(values[i])) return i;
    if (values[i]! > values[best]!) best = i;
  }
  return best;
}

/** Counts as scikit-image takes them into float32. */
export function inFloat32(counts: Float64Array): Float64Array {
  return Float64Array.from(counts, Math.fround);
}
