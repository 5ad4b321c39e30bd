import { normalizeChunkShape, regularChunks } from "../block/chunk-grid.ts";
import { itemSize } from "../block/dtype.ts";
import { LamellaError } from "../errors.ts";
import { axisOf } from "./axis-of.ts";
import type { ArrayNode } from "./nodes.ts";

/** The chunks of one axis: a size, -1 for the whole axis, "auto", or the size of every chunk along it. */
export type AxisChunks = number | "auto" | readonly number[];

/**
 * Chunks as dask.array.rechunk takes them: one for all axes, a list with one per axis (a shorter list means the last axes,
 * with 1 in front), or a map by axis name or index, which leaves the other axes as they are.
 */
export type ChunkArgument = number | "auto" | readonly AxisChunks[] | { readonly [axis: string]: AxisChunks };

/** What "auto" makes chunks as large as, bytes: large enough to be read well, small enough to be held several times. */
const AUTO_BYTES = 16 * 2 ** 20;

/** The sizes of the chunks along each axis. Throws INVALID_ARGUMENT. */
export function chunksFrom(argument: ChunkArgument, input: ArrayNode, step: string): number[][] {
  const { shape } = input;
  const perAxis = spread(argument, input, step);
  const fixed = perAxis.map((each, axis) =>
    typeof each === "number" ? normalizeChunkShape([each], [shape[axis]!])[0]! : each,
  );
  const automatic = autoSizes(fixed, input);
  return fixed.map((each, axis) =>
    Array.isArray(each)
      ? listed(each, axis, input, step)
      : regularChunks([shape[axis]!], [each === "auto" ? automatic[axis]! : (each as number)])[0]!,
  );
}

function spread(argument: ChunkArgument, input: ArrayNode, step: string): AxisChunks[] {
  const { shape, axes, chunks } = input;
  if (typeof argument === "number" || argument === "auto") return shape.map(() => argument);
  if (Array.isArray(argument)) {
    const list = argument as readonly AxisChunks[];
    const lead = shape.length - list.length;
    if (lead >= 0) return shape.map((_, axis) => (axis < lead ? 1 : list[axis - lead]!));
    throw new LamellaError(
      "INVALID_ARGUMENT",
      `step ${step}: chunks have ${list.length} entries; the array has ${shape.length} axes`,
      { hint: "Give at most one entry per axis; a shorter list means the last axes." },
    );
  }
  const result: AxisChunks[] = chunks.map((blocks) => blocks);
  for (const [name, each] of Object.entries(argument)) result[axisOf(name, axes, step)] = each;
  return result;
}

/** The sizes as they are listed, which must add up to the axis. */
function listed(sizes: readonly number[], axis: number, input: ArrayNode, step: string): number[] {
  const length = input.shape[axis]!;
  const sum = sizes.reduce((a, b) => a + b, 0);
  const whole = sizes.length > 0 && sizes.every((n) => Number.isInteger(n) && (n > 0 || length === 0));
  if (whole && sum === length) return [...sizes];
  throw new LamellaError(
    "INVALID_ARGUMENT",
    `step ${step}: chunks [${sizes.join(", ")}] of axis ${axis} are not whole sizes above 0 that add up to its ${length} elements`,
    { hint: "List the size of every chunk along the axis, or give one size for all." },
  );
}

/** Sizes for the axes that are "auto": halved, the largest first, until a chunk has AUTO_BYTES at most. */
function autoSizes(fixed: readonly AxisChunks[], input: ArrayNode): number[] {
  const sizes = fixed.map((each, axis) => {
    if (each === "auto") return Math.max(1, input.shape[axis]!);
    return typeof each === "number" ? each : each.reduce((a, b) => Math.max(a, b), 1);
  });
  const bytes = () => sizes.reduce((a, b) => a * b, itemSize(input.dtype));
  while (bytes() > AUTO_BYTES) {
    const largest = fixed.reduce<number>(
      (best, each, axis) =>
        each === "auto" && sizes[axis]! > 1 && (best < 0 || sizes[axis]! > sizes[best]!) ? axis : best,
      -1,
    );
    if (largest < 0) break;
    sizes[largest] = Math.ceil(sizes[largest]! / 2);
  }
  return sizes;
}
