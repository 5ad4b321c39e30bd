import { type Boundary, type BoundaryInput, parseBoundary } from "../block/boundary.ts";
import { LamellaError } from "../errors.ts";
import { expandPerAxis } from "../kernels/per-axis.ts";
import { resolveLengths } from "./lengths.ts";
import type { ArrayNode } from "./nodes.ts";

/** How far blocks are extended, and what lies beyond the array. */
export interface HaloOptions {
  /** Elements (or lengths, "2 um") of the neighbourhood: a number, a list per axis of numbers or [before, after], or a map by axis name. */
  readonly depth: PerAxisInput;
  /** What lies beyond the array: one for all axes, a list per axis, or a map by axis name. Default "none", as in Dask. */
  readonly boundary?: BoundaryInput | readonly BoundaryInput[] | { readonly [axis: string]: BoundaryInput };
}

export type PerAxisInput =
  | number
  | string
  | readonly (number | string | readonly [number | string, number | string])[]
  | { readonly [axis: string]: number | string | readonly [number | string, number | string] };

/** Elements before and after each axis. Throws INVALID_ARGUMENT for what is no whole number of them. */
export function depthPerAxis(depth: PerAxisInput, input: ArrayNode): (readonly [number, number])[] {
  const elements = resolveLengths({ depth }, ["depth"], input.axes, "ceil")["depth"];
  return expandPerAxis<number | readonly [number, number]>(elements as number, input.axes, {
    parameter: "depth",
    neutral: 0,
  }).map((value) => {
    const pair = typeof value === "number" ? ([value, value] as const) : value;
    if (!Array.isArray(pair) || pair.length !== 2 || pair.some((n) => !Number.isInteger(n) || n < 0)) {
      throw new LamellaError(
        "INVALID_ARGUMENT",
        `depth ${JSON.stringify(value)} is not a whole number of elements, zero or more`,
        {
          hint: "Give a number, or [before, after], per axis.",
        },
      );
    }
    return pair as readonly [number, number];
  });
}

/** The boundary of each axis. Throws INVALID_ARGUMENT for one that isn't known. */
export function boundaryPerAxis(
  boundary: NonNullable<HaloOptions["boundary"]>,
  input: ArrayNode,
): Boundary[] {
  const isMap = typeof boundary === "object" && !Array.isArray(boundary) && !("constant" in boundary);
  if (!isMap && !Array.isArray(boundary)) return input.axes.map(() => parseBoundary(boundary));
  return expandPerAxis<unknown>(boundary as never, input.axes, {
    parameter: "boundary",
    neutral: "none",
  }).map(parseBoundary);
}
