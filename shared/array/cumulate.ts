import { LamellaError } from "../errors.ts";
import { type Cumulation, cumulatedDType } from "../kernels/reduce/index.ts";
import { axisOf } from "./axis-of.ts";
import type { ArrayNode, CumulateNode } from "./nodes.ts";

export interface CumulateOptions {
  /** By index (negative from the end) or name; may be left out of one-dimensional arrays. */
  readonly axis?: number | string;
  readonly step?: string;
}

/**
 * Running sums or products along an axis, whatever the chunks: dask.array.cumsum and cumprod, with numpy's dtypes. Integers wrap
 * at 64 bits; each sum of floats is the exact one, rounded once; products of floats are rounded at each step, in an
 * order that the chunks fix.
 */
export function cumulate(input: ArrayNode, name: Cumulation, options: CumulateOptions = {}): ArrayNode {
  const step = options.step ?? name;
  if (options.axis === undefined && input.shape.length !== 1) {
    throw new LamellaError("INVALID_ARGUMENT", `step ${step}: ${name} needs an axis`, {
      hint: "Name one; or reshape to one dimension first, as numpy does without an axis.",
    });
  }
  const node: CumulateNode = Object.freeze({
    kind: "cumulate",
    operation: name,
    input,
    axis: axisOf(options.axis ?? 0, input.axes, step),
    shape: input.shape,
    chunks: input.chunks,
    dtype: cumulatedDType(input.dtype),
    axes: input.axes,
    ...(input.channels ? { channels: input.channels } : {}),
    step,
  });
  return node;
}
