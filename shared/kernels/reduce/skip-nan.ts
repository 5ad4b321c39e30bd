import type { Accumulator, AccumulatorKind } from "./accumulator.ts";

/** An accumulator that is given `value` where an element is NaN: what changes nothing that it gathers. */
export function skippingNaN(
  accumulator: Accumulator,
  kind: AccumulatorKind,
  id: number,
  value: number,
): Accumulator {
  return { ...accumulator, kind, id, insteadOfNaN: value };
}
