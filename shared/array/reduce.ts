import type { Axis } from "../block/axes.ts";
import { type DType, isFloat } from "../block/dtype.ts";
import { LamellaError } from "../errors.ts";
import { type ReductionName, reductionOf } from "../kernels/reduce/index.ts";
import { coarsenedAxis } from "./axis-facts.ts";
import { axisOf } from "./axis-of.ts";
import { castTo } from "./cast.ts";
import type { ArrayNode, ReduceNode } from "./nodes.ts";

export interface ReduceOptions {
  /** One axis or several, by index (negative from the end) or name; default: all. */
  readonly axis?: number | string | readonly (number | string)[];
  /** Keep reduced axes with length 1. */
  readonly keepdims?: boolean;
  /** std, var and their nan forms: the divisor is n - ddof. */
  readonly ddof?: number;
  /** How many partial results are joined at once. */
  readonly splitEvery?: number;
  /** Cast the result to this dtype. */
  readonly dtype?: DType;
  readonly step?: string;
}

/**
 * Reduces axes by a tree whose value does not depend on the chunks: integer sums are exact in 64 bits (wrapping as
 * numpy does), float sums are exact and rounded once; only products of floats are rounded at each step, in an order that
 * the chunks fix. Result dtypes are numpy's. argmax and argmin take one axis, or all: then they give the place in the
 * flattened array.
 */
export function reduce(input: ArrayNode, name: ReductionName, options: ReduceOptions = {}): ArrayNode {
  const step = options.step ?? name;
  // what isn't a float has no NaN to skip
  const operation = (name.startsWith("nan") && !isFloat(input.dtype) ? name.slice(3) : name) as ReductionName;
  const reducedAxes = axisList(options.axis, input.axes, step);
  const isArg = operation.includes("arg");
  if (isArg && reducedAxes.length !== 1 && reducedAxes.length !== input.shape.length) {
    throw new LamellaError("INVALID_ARGUMENT", `step ${step}: ${name} takes one axis, or none for all`, {
      hint: "Reshape first, or give one axis.",
    });
  }
  const keepdims = options.keepdims ?? false;
  const splitEvery = options.splitEvery ?? 16;
  if (!Number.isInteger(splitEvery) || splitEvery < 2) {
    throw new LamellaError(
      "INVALID_ARGUMENT",
      `step ${step}: splitEvery ${splitEvery} is not a whole number of at least 2`,
      { hint: "Leave it out for 16." },
    );
  }
  const ddof = options.ddof ?? 0;
  if (options.ddof !== undefined && !/std|var/.test(operation)) {
    throw new LamellaError("INVALID_ARGUMENT", `step ${step}: ddof is for std and var, not for ${name}`, {
      hint: "Leave ddof out.",
    });
  }
  if (!Number.isInteger(ddof)) {
    throw new LamellaError("INVALID_ARGUMENT", `step ${step}: ddof ${ddof} is not a whole number`, {
      hint: "Use 1 for a sample's deviation, 0 for a population's.",
    });
  }
  const keep = (axis: number): boolean => keepdims || !reducedAxes.includes(axis);
  const pick = <T>(values: readonly T[]): T[] => values.filter((_, axis) => keep(axis));
  const empty = reducedAxes.some((axis) => input.shape[axis] === 0);
  if (empty && /min|max/.test(operation)) {
    throw new LamellaError("INVALID_ARGUMENT", `step ${step}: ${name} of an axis of length 0 has no value`, {
      hint: "Check the slices before this step: one of them leaves nothing of the axis.",
    });
  }
  const node: ReduceNode = Object.freeze({
    kind: "reduce",
    operation,
    input,
    reducedAxes,
    keepdims,
    ddof,
    splitEvery,
    shape: pick(input.shape.map((n, axis) => (reducedAxes.includes(axis) ? 1 : n))),
    chunks: pick(input.chunks.map((blocks, axis) => (reducedAxes.includes(axis) ? [1] : blocks))),
    dtype: reductionOf([operation]).outputDType(operation, input.dtype),
    axes: pick(
      input.axes.map((axis, i) => (reducedAxes.includes(i) ? reducedAxis(axis, input.shape[i]!) : axis)),
    ),
    ...(input.channels && !reducedAxes.includes(input.axes.findIndex((a) => a.type === "channel"))
      ? { channels: input.channels }
      : {}),
    step,
  });
  return options.dtype === undefined ? node : castTo(node, options.dtype, step);
}

/** An axis that stays with one element for all of its own: as wide as they are, in their middle. */
function reducedAxis(axis: Axis, n: number): Axis {
  return n > 1 ? coarsenedAxis(axis, n) : axis;
}

function axisList(axis: ReduceOptions["axis"], axes: readonly Axis[], step: string): number[] {
  if (axis === undefined) return axes.map((_, i) => i);
  const list = (Array.isArray(axis) ? axis : [axis]) as readonly (number | string)[];
  const found = list.map((entry) => axisOf(entry, axes, step));
  return [...new Set(found)].sort((a, b) => a - b);
}
