import { requireCountable, requireFewBlocks } from "../block/limits.ts";
import { LamellaError } from "../errors.ts";
import { freeName, pickedChannels, plainAxis, withoutCoordinates } from "./axis-facts.ts";
import { axisOf } from "./axis-of.ts";
import type { ArrayNode, ViewNode } from "./nodes.ts";
import { opNode } from "./op-node.ts";
import { slice } from "./view.ts";

/** Each element of an axis several times in a row. Equals numpy.repeat with one number and an axis: the scale shrinks by it. */
export function repeat(input: ArrayNode, repeats: number, axis: number | string, step = "repeat"): ArrayNode {
  const at = axisOf(axis, input.axes, step);
  checkCount(repeats, "repeats", step);
  const n = input.shape[at]!;
  if (repeats === 0)
    return slice(
      input,
      input.shape.map((_, i) => (i === at ? { stop: 0 } : {})),
      step,
    );
  requireFewBlocks(repeats * input.chunks[at]!.length, `step ${step}: the result of repeat`);
  return opNode({
    name: "repeat",
    op: "repeat",
    args: { axis: at, repeats },
    inputs: [input],
    shape: input.shape.map((size, i) => (i === at ? size * repeats : size)),
    chunks: input.chunks.map((blocks, i) =>
      i === at ? blocks.flatMap((b) => new Array<number>(repeats).fill(b)) : blocks,
    ),
    axes: input.axes.map((a, i) =>
      i === at && a.type === "channel"
        ? withoutCoordinates(a)
        : i === at
          ? {
              ...withoutCoordinates(a),
              scale: a.scale / repeats,
              translation: a.translation - ((repeats - 1) / 2) * (a.scale / repeats),
            }
          : a,
    ),
    ...pickedChannels(input, at, n * repeats, (i) => Math.floor(i / repeats)),
    step,
  });
}

/** The whole array several times along its axes; a list shorter than the rank means the last axes, a longer one adds axes. Equals numpy.tile. */
export function tile(input: ArrayNode, reps: number | readonly number[], step = "tile"): ArrayNode {
  const list = [reps].flat();
  for (const n of list) checkCount(n, "reps", step);
  const added = Math.max(0, list.length - input.shape.length);
  const base = added === 0 ? input : slice(input, new Array<null>(added).fill(null), step);
  const times = base.shape.map((_, i) => list[i - (base.shape.length - list.length)] ?? 1);
  const part = times.every((n) => n > 0)
    ? base
    : slice(
        base,
        times.map((n) => (n > 0 ? {} : { stop: 0 })),
        step,
      );
  if (times.every((n) => n <= 1)) return part;
  const shape = part.shape.map((n, i) => n * times[i]!);
  for (const [i, n] of times.entries())
    requireFewBlocks(n * part.chunks[i]!.length, `step ${step}: the result of tile`);
  const channel = part.axes.findIndex((a) => a.type === "channel");
  return opNode({
    name: "tile",
    op: "pad",
    args: { before: shape.map(() => 0), boundary: shape.map(() => "wrap") },
    inputs: [part],
    shape,
    chunks: part.chunks.map((blocks, i) =>
      times[i]! > 1 && part.shape[i]! > 0 ? Array.from({ length: times[i]! }, () => blocks).flat() : blocks,
    ),
    ...(channel < 0
      ? part.channels
        ? { channels: part.channels }
        : {}
      : pickedChannels(part, channel, shape[channel]!, (i) => i % part.shape[channel]!)),
    step,
  });
}

/** Axes of length 1, and new ones in front, as long as wanted, without copies. Equals numpy.broadcast_to. */
export function broadcastTo(input: ArrayNode, shape: readonly number[], step = "broadcastTo"): ArrayNode {
  const lead = shape.length - input.shape.length;
  const fits =
    lead >= 0 &&
    shape.every(
      (n, i) =>
        Number.isInteger(n) &&
        n >= 0 &&
        (i < lead || n === input.shape[i - lead] || input.shape[i - lead] === 1),
    );
  if (!fits) {
    throw new LamellaError(
      "SHAPE_MISMATCH",
      `step ${step}: [${input.shape.join(", ")}] can't be broadcast to [${shape.join(", ")}]`,
      { hint: "Axes are matched from the last; each is equal, or 1 in the array, or new in front." },
    );
  }
  requireCountable(shape, step);
  const stretched = shape.map((n, i) => i >= lead && n !== input.shape[i - lead]);
  const channel = input.axes.findIndex((a) => a.type === "channel");
  const node: ViewNode = Object.freeze({
    kind: "view",
    input,
    sources: shape.map((_, i) => (i < lead ? -1 : i - lead)),
    starts: shape.map(() => 0),
    steps: shape.map((_, i) => (stretched[i] || i < lead ? 0 : 1)),
    fixed: [],
    shape: [...shape],
    chunks: shape.map((n, i) => (stretched[i] || i < lead ? [n] : input.chunks[i - lead]!)),
    dtype: input.dtype,
    axes: shape.map((_, i) =>
      i < lead ? plainAxis(freeName(`new_${i}`, input.axes)) : input.axes[i - lead]!,
    ),
    ...(channel < 0
      ? input.channels
        ? { channels: input.channels }
        : {}
      : pickedChannels(input, channel, shape[lead + channel]!, (i) => (stretched[lead + channel] ? 0 : i))),
    step,
  });
  return node;
}

function checkCount(n: number, parameter: string, step: string): void {
  if (Number.isInteger(n) && n >= 0) return;
  throw new LamellaError(
    "INVALID_ARGUMENT",
    `step ${step}: ${parameter} ${String(n)} is not a whole number, zero or more`,
    { hint: "1 leaves an axis as it is." },
  );
}
