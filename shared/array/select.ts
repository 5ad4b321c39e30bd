import type { Axis } from "../block/axes.ts";
import { LamellaError } from "../errors.ts";
import { hintOfNames } from "../nearest-name.ts";
import { coordinatesOf } from "./axis-facts.ts";
import { axisOf } from "./axis-of.ts";
import { type IndexEntry, parseIndex, type SliceEntry } from "./index-expression.ts";
import type { ArrayNode } from "./nodes.ts";
import { take } from "./take.ts";
import { slice } from "./view.ts";

/** Coordinates from `start` on and before `stop`, either open; of those every `step`-th element, from the end where negative. */
export interface CoordinateRange {
  readonly start?: number;
  readonly stop?: number;
  readonly step?: number;
}

/** What `sel` takes per axis: a label, or a list of them; a coordinate; or a half-open range of coordinates. */
export type Selection = {
  readonly [axis: string]: string | number | readonly string[] | readonly [number, number] | CoordinateRange;
};

/** What `isel` takes per axis: an element; a slice, also as numpy writes it; or a list of elements. */
export type IndexSelection = { readonly [axis: string]: number | string | readonly number[] | SliceEntry };

/**
 * Selection by axis name: a label (of a channel, or a coordinate that is text) picks that element, and the axis goes; a list of
 * labels those in that order; a number the element nearest to that coordinate (beyond either end, the last one there); a pair, or
 * { start, stop, step }, the elements whose coordinates lie in [start, stop), whichever way they run. Coordinates are in the axis's
 * unit. Throws INVALID_ARGUMENT for what is not a coordinate, NOT_FOUND for a label that the axis has not. Equals xarray's sel
 * with method "nearest".
 */
export function sel(input: ArrayNode, selection: Selection, step = "sel"): ArrayNode {
  return picked(input, selection, step, (wanted, axis) => selected(wanted, axis, input, step));
}

/** Selection by axis name and place, as xarray's isel: an element drops its axis, slices and lists keep it. Throws INVALID_ARGUMENT. */
export function isel(input: ArrayNode, selection: IndexSelection, step = "isel"): ArrayNode {
  return picked(input, selection, step, (wanted) => {
    if (typeof wanted !== "string") return wanted;
    const [entry] = parseIndex(wanted, 1, step);
    if (entry !== null && entry !== undefined && !wanted.includes(",")) return entry;
    throw new LamellaError("INVALID_ARGUMENT", `step ${step}: "${wanted}" is not the index of one axis`, {
      hint: 'Write it as numpy does: "3", "2:8" or "::2".',
    });
  });
}

type Picked = number | SliceEntry | readonly number[];

function picked<W>(
  input: ArrayNode,
  selection: { readonly [axis: string]: W },
  step: string,
  pick: (wanted: W, axis: number) => Picked,
): ArrayNode {
  const entries = input.axes.map((): IndexEntry => ({}));
  let node = input;
  for (const [name, wanted] of Object.entries(selection)) {
    const axis = axisOf(name, input.axes, step);
    const found = pick(wanted, axis);
    if (isList(found)) node = take(node, found, axis, step);
    else entries[axis] = found;
  }
  const whole = entries.every(
    (entry) => typeof entry === "object" && entry !== null && Object.keys(entry).length === 0,
  );
  return whole && node !== input ? node : slice(node, entries, step);
}

function isList(found: Picked): found is readonly number[] {
  return Array.isArray(found);
}

function selected(wanted: Selection[string], axis: number, input: ArrayNode, step: string): Picked {
  const facts = input.axes[axis]!;
  const n = input.shape[axis]!;
  if (typeof wanted === "string") return labelled(wanted, axis, input, step);
  if (typeof wanted === "number") return nearest(wanted, facts, n, step);
  if (Array.isArray(wanted) && wanted.every((label) => typeof label === "string"))
    return wanted.map((label: string) => labelled(label, axis, input, step));
  if (Array.isArray(wanted)) {
    if (wanted.length !== 2) throw notACoordinate(wanted, facts, step);
    return ranged({ start: wanted[0] as number, stop: wanted[1] as number }, facts, n, step);
  }
  if (typeof wanted !== "object" || wanted === null) throw notACoordinate(wanted, facts, step);
  return ranged(wanted as CoordinateRange, facts, n, step);
}

function labelled(label: string, axis: number, input: ArrayNode, step: string): number {
  const facts = input.axes[axis]!;
  const own = coordinatesOf(facts, input.shape[axis]!)?.filter((value) => typeof value === "string") ?? [];
  const channels = facts.type === "channel" ? (input.channels ?? []).map((channel) => channel.label) : [];
  const labels = own.length > 0 ? own : channels;
  const found = labels.indexOf(label);
  if (found >= 0) return found;
  throw new LamellaError("NOT_FOUND", `step ${step}: axis ${facts.name} has no label "${label}"`, {
    hint: hintOfNames(label, labels),
  });
}

function nearest(coordinate: number, axis: Axis, n: number, step: string): number {
  const known = coordinatesOf(axis, n);
  checkNumber(coordinate, axis, step);
  if (n === 0) {
    throw new LamellaError(
      "INVALID_ARGUMENT",
      `step ${step}: axis ${axis.name} has no elements to select from`,
      {
        hint: "Check the slices before this step: one of them leaves nothing of the axis.",
      },
    );
  }
  if (!known) {
    const at = Math.round((coordinate - axis.translation) / axis.scale);
    return Math.min(Math.max(at, 0), n - 1);
  }
  const values = numbers(known, axis, step);
  let best = 0;
  for (const [i, value] of values.entries())
    if (Math.abs(value - coordinate) < Math.abs(values[best]! - coordinate)) best = i;
  return best;
}

function ranged(range: CoordinateRange, axis: Axis, n: number, step: string): Picked {
  const { start, stop, step: by = 1 } = range;
  for (const end of [start, stop]) if (end !== undefined) checkNumber(end, axis, step);
  if (!Number.isInteger(by) || by === 0) {
    throw new LamellaError("INVALID_ARGUMENT", `step ${step}: ${String(by)} is not the step of a slice`, {
      hint: "Give a whole number of elements; -1 turns them around.",
    });
  }
  const known = coordinatesOf(axis, n);
  if (known) {
    const values = numbers(known, axis, step);
    const inside = values.flatMap((value, i) =>
      value >= (start ?? Number.NEGATIVE_INFINITY) && value < (stop ?? Number.POSITIVE_INFINITY) ? [i] : [],
    );
    const every = by > 0 ? inside : inside.reverse();
    return every.filter((_, i) => i % Math.abs(by) === 0);
  }
  const clip = (coordinate: number): number =>
    Math.max(0, Math.min(n, Math.ceil((coordinate - axis.translation) / axis.scale - 1e-9)));
  const from = start === undefined ? 0 : clip(start);
  const to = stop === undefined ? n : clip(stop);
  if (by > 0) return { start: from, stop: to, step: by };
  // From the last one back; before element 0 there is nothing to stop at.
  if (to <= from) return { start: 0, stop: 0 };
  return from === 0 ? { start: to - 1, step: by } : { start: to - 1, stop: from - 1, step: by };
}

function numbers(values: readonly (number | string)[], axis: Axis, step: string): readonly number[] {
  if (values.every((value) => typeof value === "number")) return values as readonly number[];
  throw new LamellaError("INVALID_ARGUMENT", `step ${step}: axis ${axis.name} has labels, not coordinates`, {
    hint: `Select by label: ${values.slice(0, 5).join(", ")}${values.length > 5 ? ", ..." : ""}.`,
  });
}

function checkNumber(coordinate: unknown, axis: Axis, step: string): void {
  if (typeof coordinate !== "number" || Number.isNaN(coordinate))
    throw notACoordinate(coordinate, axis, step);
}

function notACoordinate(wanted: unknown, axis: Axis, step: string): LamellaError {
  return new LamellaError(
    "INVALID_ARGUMENT",
    `step ${step}: ${String(wanted)} is not a coordinate on axis ${axis.name}`,
    {
      hint: "Give a number in the axis's unit, a pair [from, to), a label, or a list of labels.",
    },
  );
}
