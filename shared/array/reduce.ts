import type { Axis } from "../block/axes.ts";
import { LamellaError } from "../errors.ts";
import { reductionOf } from "../kernels/reduce/index.ts";
import { axisOf } from "./axis-of.ts";
import type { ArrayNode, ReduceNode } from "./nodes.ts";

export interface ReduceOptions {
  /** One axis or several, by index (negative from the end) or name; default: all. */
  readonly axis?: number | string | readonly (number | string)[];
  /** Keep reduced axes with length 1. */
  readonly keepdims?: boolean;
  /** std and var: the divisor is n - ddof. */
  readonly ddof?: number;
  /** How many partial results are joined at once. */
  readonly splitEvery?: number;
  readonly step?: string;
}

/**
 * Reduces axes by a tree whose value does not depend on the chunks: integer sums are exact in 64 bits (wrapping as
 * numpy does), float sums are exact and rounded once. Result dtypes are numpy's.
 */
export function reduce(
  input: ArrayNode,
  operation: ReduceNode["operation"],
  options: ReduceOptions = {},
): ArrayNode {
  const step = options.step ?? operation;
  const reducedAxes = axisList(options.axis, input.axes, step);
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
  if (options.ddof !== undefined && operation !== "std" && operation !== "var") {
    throw new LamellaError(
      "INVALID_ARGUMENT",
      `step ${step}: ddof is for std and var, not for ${operation}`,
      {
        hint: "Leave ddof out.",
      },
    );
  }
  if (!Number.isInteger(ddof)) {
    throw new LamellaError("INVALID_ARGUMENT", `step ${step}: ddof ${ddof} is not a whole number`, {
      hint: "Use 1 for a sample's deviation, 0 for a population's.",
    });
  }
  const keep = (axis: number): boolean => keepdims || !reducedAxes.includes(axis);
  const pick = <T>(values: readonly T[]): T[] => values.filter((_, axis) => keep(axis));
  const empty = reducedAxes.some((axis) => input.shape[axis] === 0);
  if (empty && (operation === "min" || operation === "max")) {
    throw new LamellaError(
      "INVALID_ARGUMENT",
      `step ${step}: ${operation} of an axis of length 0 has no value`,
      { hint: "Check the slices before this step: one of them leaves nothing of the axis." },
    );
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
    axes: pick(input.axes),
    ...(input.channels && !reducedAxes.includes(input.axes.findIndex((a) => a.type === "channel"))
      ? { channels: input.channels }
      : {}),
    step,
  });
  return node;
}

function axisList(axis: ReduceOptions["axis"], axes: readonly Axis[], step: string): number[] {
  if (axis === undefined) return axes.map((_, i) => i);
  const list = (Array.isArray(axis) ? axis : [axis]) as readonly (number | string)[];
  const found = list.map((entry) => axisOf(entry, axes, step));
  return [...new Set(found)].sort((a, b) => a - b);
}
