import type { Axis, Channel } from "../block/axes.ts";
import { LamellaError } from "../errors.ts";
import { coordinatesOf, freeName, plainAxis, withoutCoordinates } from "./axis-facts.ts";
import { axisOf } from "./axis-of.ts";
import { type IndexEntry, parseIndex, resolveSlice, type SliceEntry } from "./index-expression.ts";
import type { ArrayNode, ViewNode } from "./nodes.ts";

/** Where an output axis of a view comes from: an input axis, its first element, and the distance to the next. */
interface ViewAxis {
  /** Input axis; -1 for a new axis of length 1. */
  readonly source: number;
  readonly start: number;
  readonly step: number;
  readonly count: number;
}

/**
 * numpy's basic indexing: elements drop their axis, slices may have steps and negative ends, null adds an axis. A slice
 * by 2 doubles the axis's scale; a dropped axis goes, its channel's name stays. Equals dask.array's x[index].
 */
export function slice(input: ArrayNode, index: string | readonly IndexEntry[], step = "slice"): ArrayNode {
  const entries =
    typeof index === "string" ? parseIndex(index, input.shape.length, step) : wholeIndex(index, input, step);
  const axes: ViewAxis[] = [];
  const fixed: [number, number][] = [];
  let axis = 0;
  for (const entry of entries) {
    if (entry === null) {
      axes.push({ source: -1, start: 0, step: 1, count: 1 });
      continue;
    }
    const n = input.shape[axis]!;
    if (typeof entry === "number") fixed.push([axis, elementOf(entry, n, input.axes[axis]!, step)]);
    else axes.push({ source: axis, ...resolveSlice(entry, n, step) });
    axis++;
  }
  return view(input, axes, fixed, step);
}

/** Axes in another order, by index or name; reversed without one. Equals numpy.transpose. */
export function transpose(
  input: ArrayNode,
  order: readonly (number | string)[] | undefined,
  step = "transpose",
): ArrayNode {
  const rank = input.shape.length;
  const wanted =
    order === undefined
      ? input.axes.map((_, i) => rank - 1 - i)
      : order.map((entry) => axisOf(entry, input.axes, step));
  if (wanted.length !== rank || new Set(wanted).size !== rank) {
    throw new LamellaError(
      "INVALID_ARGUMENT",
      `step ${step}: [${(order ?? []).join(", ")}] is not an order of ${rank} axes`,
      {
        hint: "Name each axis once.",
      },
    );
  }
  return view(
    input,
    wanted.map((source) => ({ source, start: 0, step: 1, count: input.shape[source]! })),
    [],
    step,
  );
}

/** Elements in reverse order along axes. Equals numpy.flip. */
export function flip(
  input: ArrayNode,
  axis: number | string | readonly (number | string)[] | undefined,
  step = "flip",
): ArrayNode {
  const list =
    axis === undefined
      ? input.axes.map((_, i) => i)
      : [axis].flat().map((entry) => axisOf(entry as number | string, input.axes, step));
  const axes = input.shape.map(
    (count, source): ViewAxis =>
      list.includes(source)
        ? { source, start: count - 1, step: -1, count }
        : { source, start: 0, step: 1, count },
  );
  return view(input, axes, [], step);
}

function view(
  input: ArrayNode,
  axes: readonly ViewAxis[],
  fixed: readonly (readonly [number, number])[],
  step: string,
): ViewNode {
  const channels = channelsOf(input, axes, fixed);
  return Object.freeze({
    kind: "view",
    input,
    sources: axes.map((axis) => axis.source),
    starts: axes.map((axis) => axis.start),
    steps: axes.map((axis) => axis.step),
    fixed,
    shape: axes.map((axis) => axis.count),
    chunks: axes.map((axis) => (axis.source < 0 ? [1] : blocksOf(input.chunks[axis.source]!, axis))),
    dtype: input.dtype,
    axes: axes.map((axis, i) => viewedAxis(input, axis, i)),
    ...(channels ? { channels } : {}),
    step,
  });
}

/** How many of the picked elements fall into each block, in the view's order; blocks without any go. */
function blocksOf(blocks: readonly number[], { start, step, count }: ViewAxis): number[] {
  const counts: number[] = [];
  let from = 0;
  for (const size of blocks) {
    // Picks i with from <= start + i * step < from + size.
    const [low, high] = step > 0 ? [from, from + size - 1] : [from + size - 1, from];
    const first = Math.max(0, Math.ceil((low - start) / step));
    const last = Math.min(count - 1, Math.floor((high - start) / step));
    if (last >= first) counts.push(last - first + 1);
    from += size;
  }
  if (counts.length === 0) return [0];
  return step > 0 ? counts : counts.reverse();
}

function viewedAxis(input: ArrayNode, { source, start, step, count }: ViewAxis, index: number): Axis {
  if (source < 0) return plainAxis(freeName(`new_${index}`, input.axes));
  const axis = input.axes[source]!;
  const known = coordinatesOf(axis, input.shape[source]!);
  if (known)
    return { ...axis, coordinates: Array.from({ length: count }, (_, i) => known[start + i * step]!) };
  if (axis.type === "channel") return withoutCoordinates(axis);
  const first = step > 0 ? start : start + step * Math.max(0, count - 1);
  return {
    ...withoutCoordinates(axis),
    scale: axis.scale * Math.abs(step),
    translation: axis.translation + first * axis.scale,
  };
}

function channelsOf(
  input: ArrayNode,
  axes: readonly ViewAxis[],
  fixed: readonly (readonly [number, number])[],
): readonly Channel[] | undefined {
  const channels = input.channels;
  const axis = input.axes.findIndex((a) => a.type === "channel");
  if (!channels || axis < 0) return channels;
  const dropped = fixed.find(([source]) => source === axis);
  const kept = axes.find((a) => a.source === axis);
  const picked = dropped
    ? [dropped[1]]
    : Array.from({ length: kept?.count ?? 0 }, (_, i) => kept!.start + i * kept!.step);
  return picked.map((i) => channels[i] ?? { label: `Channel ${i}` });
}

function wholeIndex(index: readonly IndexEntry[], input: ArrayNode, step: string): IndexEntry[] {
  const given = index.filter((entry) => entry !== null).length;
  if (given > input.shape.length) {
    throw new LamellaError(
      "INVALID_ARGUMENT",
      `step ${step}: ${given} index entries for ${input.shape.length} axes`,
      { hint: "Give at most one entry per axis, and null for each new one." },
    );
  }
  for (const entry of index) {
    const numbers = typeof entry === "object" && entry !== null ? bounds(entry) : [entry];
    for (const number of numbers) {
      if (number === undefined ? numbers.length > 1 : number === null || Number.isSafeInteger(number))
        continue;
      throw new LamellaError(
        "INVALID_ARGUMENT",
        `step ${step}: ${String(number)} in the index is not a whole number`,
        {
          hint: "Entries are whole numbers, { start, stop, step } of whole numbers, or null for a new axis.",
        },
      );
    }
  }
  return [...index, ...Array.from({ length: input.shape.length - given }, () => ({}))];
}

function bounds({ start, stop, step }: SliceEntry): (number | undefined)[] {
  return [start, stop, step];
}

function elementOf(index: number, n: number, axis: Axis, step: string): number {
  const at = index < 0 ? index + n : index;
  if (Number.isInteger(at) && at >= 0 && at < n) return at;
  throw new LamellaError(
    "INVALID_ARGUMENT",
    `step ${step}: index ${index} is out of range of axis ${axis.name}, which has ${n} elements`,
    n > 0 ? { hint: `Use ${-n} to ${n - 1}.` } : { hint: "Leave the axis whole: it is empty." },
  );
}
