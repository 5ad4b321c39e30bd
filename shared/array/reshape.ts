import type { Axis } from "../block/axes.ts";
import { sizeOf } from "../block/block.ts";
import { largestBlock, regularChunks } from "../block/chunk-grid.ts";
import { LamellaError } from "../errors.ts";
import { groupAxes } from "../kernels/region/reshape-pieces.ts";
import { freeName, plainAxis } from "./axis-facts.ts";
import type { ArrayNode } from "./nodes.ts";
import { opNode } from "./op-node.ts";

/**
 * The same elements in C order under another shape, one entry of which may be -1. Equals numpy.reshape and dask.array.reshape. An
 * axis that stays as long, between what stays as large, is kept with all that is known of it; the others are plain. Throws
 * SHAPE_MISMATCH, INVALID_ARGUMENT.
 */
export function reshape(input: ArrayNode, wanted: readonly number[] | number, step = "reshape"): ArrayNode {
  const shape = completed([wanted].flat() as number[], input.shape, step);
  const same = shape.length === input.shape.length && shape.every((n, i) => n === input.shape[i]);
  if (same) return input;
  const { axes, chunks } = sizeOf(shape) === 0 ? emptyFacts(shape) : factsOf(input, shape);
  const channel = input.axes.findIndex((axis) => axis.type === "channel");
  const keepsChannels =
    input.channels && (channel < 0 || input.shape[channel] === 1 || axes.some((a) => a.type === "channel"));
  return opNode({
    name: "reshape",
    op: "reshape",
    args: {},
    inputs: [input],
    shape,
    chunks,
    axes,
    ...(keepsChannels ? { channels: input.channels } : {}),
    step,
  });
}

function completed(wanted: readonly number[], shape: readonly number[], step: string): number[] {
  const size = sizeOf(shape);
  const known = sizeOf(wanted.filter((n) => n !== -1));
  const open = wanted.filter((n) => n === -1).length;
  for (const n of wanted) {
    if (Number.isInteger(n) && n >= -1) continue;
    throw new LamellaError("INVALID_ARGUMENT", `step ${step}: ${String(n)} is not the length of an axis`, {
      hint: "Lengths are whole numbers; one may be -1, for what is left.",
    });
  }
  const fits = open === 0 ? known === size : open === 1 && known > 0 && size % known === 0;
  if (fits) return wanted.map((n) => (n === -1 ? size / known : n));
  throw new LamellaError(
    "SHAPE_MISMATCH",
    `step ${step}: [${shape.join(", ")}] (${size} elements) can't be reshaped to [${wanted.join(", ")}]`,
    { hint: open > 1 ? "Only one length may be -1." : "The number of elements must stay the same." },
  );
}

function emptyFacts(shape: readonly number[]) {
  return { axes: shape.map((_, i) => plainAxis(`dim_${i}`)), chunks: regularChunks(shape, shape) };
}

function factsOf(input: ArrayNode, shape: readonly number[]): { axes: Axis[]; chunks: number[][] } {
  const chunks: number[][] = [];
  const kept: (Axis | undefined)[] = [];
  const largest = largestBlock(input.chunks);
  for (const { from, to } of groupAxes(input.shape, shape)) {
    if (from.length === 1 && to.length === 1) {
      kept[to[0]!] = input.axes[from[0]!]!;
      chunks[to[0]!] = [...input.chunks[from[0]!]!];
      continue;
    }
    // Blocks of about as many elements as they have now, from the last axis on.
    let left = from.reduce((n, axis) => n * Math.max(1, largest[axis]!), 1);
    for (const axis of [...to].reverse()) {
      const size = Math.max(1, Math.min(left, shape[axis]!));
      chunks[axis] = regularChunks([shape[axis]!], [size])[0]!;
      left = Math.floor(left / size);
    }
  }
  const named = kept.filter((axis) => axis !== undefined);
  const axes = shape.map((_, i): Axis => {
    const axis = kept[i] ?? plainAxis(freeName(`dim_${i}`, named));
    if (!kept[i]) named.push(axis);
    return axis;
  });
  return { axes, chunks };
}
