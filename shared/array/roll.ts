import { LamellaError } from "../errors.ts";
import { axisOf } from "./axis-of.ts";
import { concatenate } from "./concatenate.ts";
import type { ArrayNode } from "./nodes.ts";
import { reshape } from "./reshape.ts";
import { slice } from "./view.ts";

/**
 * Elements moved along axes, those beyond an end coming in at the other. Equals numpy.roll; without an axis over the flat array.
 * The frame stays: axes keep scale and origin; names of channels move with their channels.
 */
export function roll(
  input: ArrayNode,
  shift: number | readonly number[],
  axis?: number | string | readonly (number | string)[],
  step = "roll",
): ArrayNode {
  const shifts = [shift].flat() as number[];
  for (const n of shifts) {
    if (Number.isSafeInteger(n)) continue;
    throw new LamellaError("INVALID_ARGUMENT", `step ${step}: shift ${String(n)} is not a whole number`, {
      hint: "Use affineTransform with an offset to shift by parts of an element.",
    });
  }
  if (axis === undefined) {
    const total = shifts.reduce((a, b) => a + b, 0);
    if (input.shape.length === 1) return rolled(input, 0, total, step);
    const flat = rolled(reshape(input, [-1], step), 0, total, step);
    const { axes, channels } = input;
    return Object.freeze({ ...reshape(flat, input.shape, step), axes, ...(channels ? { channels } : {}) });
  }
  const list = ([axis].flat() as (number | string)[]).map((entry) => axisOf(entry, input.axes, step));
  if (shifts.length !== 1 && list.length !== 1 && shifts.length !== list.length) {
    throw new LamellaError(
      "INVALID_ARGUMENT",
      `step ${step}: ${shifts.length} shifts don't fit ${list.length} axes`,
      { hint: "Give one shift, or one for each axis." },
    );
  }
  const count = Math.max(shifts.length, list.length);
  let node = input;
  for (let i = 0; i < count; i++) {
    node = rolled(
      node,
      list.length === 1 ? list[0]! : list[i]!,
      shifts.length === 1 ? shifts[0]! : shifts[i]!,
      step,
    );
  }
  return node;
}

function rolled(input: ArrayNode, axis: number, shift: number, step: string): ArrayNode {
  const n = input.shape[axis]!;
  const by = n === 0 ? 0 : ((shift % n) + n) % n;
  if (by === 0) return input;
  const part = (start: number, stop: number) =>
    slice(
      input,
      input.shape.map((_, i) => (i === axis ? { start, stop } : {})),
      step,
    );
  const node = concatenate([part(n - by, n), part(0, n - by)], axis, step);
  // The frame stays, and what is known of single elements goes with them.
  const axes = input.axes.map((a, i) =>
    i === axis && node.axes[i]!.coordinates ? { ...a, coordinates: node.axes[i]!.coordinates } : a,
  );
  return Object.freeze({ ...node, axes });
}
