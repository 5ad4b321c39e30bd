import { LamellaError } from "../errors.ts";
import { axisOf } from "./axis-of.ts";
import type { ArrayNode } from "./nodes.ts";
import { flip, slice, transpose } from "./view.ts";

type AxisName = number | string;

/** Axes of length 1 taken out: those named, or all. Equals numpy.squeeze. A channel's name stays. */
export function squeeze(
  input: ArrayNode,
  axis?: AxisName | readonly AxisName[],
  step = "squeeze",
): ArrayNode {
  const list =
    axis === undefined
      ? input.shape.flatMap((n, i) => (n === 1 ? [i] : []))
      : ([axis].flat() as AxisName[]).map((entry) => axisOf(entry, input.axes, step));
  const long = list.find((i) => input.shape[i] !== 1);
  if (long !== undefined) {
    throw new LamellaError(
      "SHAPE_MISMATCH",
      `step ${step}: axis ${input.axes[long]!.name} has ${input.shape[long]} elements, not 1`,
      { hint: "Only axes of length 1 can be squeezed; slice picks an element of another." },
    );
  }
  return slice(
    input,
    input.shape.map((_, i) => (list.includes(i) ? 0 : {})),
    step,
  );
}

/** New axes of length 1 at these places of the result. Equals numpy.expand_dims. */
export function expandDims(
  input: ArrayNode,
  axis: number | readonly number[],
  step = "expandDims",
): ArrayNode {
  const list = [axis].flat() as number[];
  const rank = input.shape.length + list.length;
  const places = list.map((place) => placeOf(place, rank, step));
  if (new Set(places).size < places.length) throw twice(list, step);
  return slice(
    input,
    Array.from({ length: rank }, (_, i) => (places.includes(i) ? null : {})),
    step,
  );
}

/** Two axes in each other's place. Equals numpy.swapaxes. */
export function swapaxes(input: ArrayNode, a: AxisName, b: AxisName, step = "swapaxes"): ArrayNode {
  const [one, other] = [axisOf(a, input.axes, step), axisOf(b, input.axes, step)];
  const order = input.shape.map((_, i) => (i === one ? other : i === other ? one : i));
  return transpose(input, order, step);
}

/** Axes moved to other places, the rest in their order. Equals numpy.moveaxis. */
export function moveaxis(
  input: ArrayNode,
  source: AxisName | readonly AxisName[],
  destination: number | readonly number[],
  step = "moveaxis",
): ArrayNode {
  const rank = input.shape.length;
  const from = ([source].flat() as AxisName[]).map((entry) => axisOf(entry, input.axes, step));
  const to = ([destination].flat() as number[]).map((place) => placeOf(place, rank, step));
  if (from.length !== to.length) {
    throw new LamellaError(
      "INVALID_ARGUMENT",
      `step ${step}: ${from.length} axes can't go to ${to.length} places`,
      { hint: "Give a destination for each source." },
    );
  }
  if (new Set(from).size < from.length || new Set(to).size < to.length) throw twice([...from, ...to], step);
  const rest = input.shape.map((_, i) => i).filter((i) => !from.includes(i));
  const order = input.shape.map((_, i) => (to.includes(i) ? from[to.indexOf(i)]! : rest.shift()!));
  return transpose(input, order, step);
}

/**
 * A plane turned by 90 degrees `k` times, from the first of `axes` towards the second. Equals numpy.rot90. The picture turns and
 * the axes stay: where both are of one type, they keep their names, and their scales change places.
 */
export function rot90(
  input: ArrayNode,
  k = 1,
  axes: readonly [AxisName, AxisName] = [0, 1],
  step = "rot90",
): ArrayNode {
  const [a, b] = axes.map((entry) => axisOf(entry, input.axes, step)) as [number, number];
  if (axes.length !== 2 || a === b || !Number.isInteger(k)) {
    throw new LamellaError(
      "INVALID_ARGUMENT",
      `step ${step}: rot90 takes a whole number of turns and two different axes`,
      { hint: "k: 1 is a quarter, in the plane of axes: [y, x]." },
    );
  }
  const turns = ((k % 4) + 4) % 4;
  if (turns === 0) return input;
  if (turns === 2) return flip(input, [a, b], step);
  const turned =
    turns === 1 ? swapaxes(flip(input, b, step), a, b, step) : flip(swapaxes(input, a, b, step), b, step);
  if (input.axes[a]!.type !== input.axes[b]!.type) return turned;
  const named = turned.axes.map((axis, i) => ({ ...axis, name: input.axes[i]!.name }));
  return Object.freeze({ ...turned, axes: named });
}

function placeOf(place: number, rank: number, step: string): number {
  const at = place < 0 ? place + rank : place;
  if (Number.isInteger(at) && at >= 0 && at < rank) return at;
  throw new LamellaError(
    "INVALID_ARGUMENT",
    `step ${step}: ${String(place)} is not one of the ${rank} axes of the result`,
    { hint: "Axes count from 0, or from the end by negative numbers." },
  );
}

function twice(places: readonly number[], step: string): LamellaError {
  return new LamellaError("INVALID_ARGUMENT", `step ${step}: [${places.join(", ")}] names an axis twice`, {
    hint: "Name each axis once, by its place from 0, or from the end by negative numbers.",
  });
}
