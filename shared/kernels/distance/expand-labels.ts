import * as z from "zod";
import { newBlock, sizeOf } from "../../block/block.ts";
import { bytesOf, itemSize } from "../../block/dtype.ts";
import { aligned } from "../free-list.ts";
import type { Heap } from "../heap.ts";
import type { Kernel, ResolvedArgs } from "../kernel.ts";
import { MASK_DTYPES } from "../label.ts";
import { expandPerAxis, type PerAxis, perAxisSchema, spatialAxes } from "../per-axis.ts";
import { linesOf } from "./passes.ts";

interface ExpandExports {
  startExpansion(labels: number, size: number, squares: number, n: number): void;
  expandPass(
    labels: number,
    size: number,
    squares: number,
    outer: number,
    n: number,
    inner: number,
    spacing: number,
    most: number,
    scratch: number,
  ): void;
  cutExpansion(labels: number, size: number, squares: number, n: number, distance: number): void;
}

const PANEL = 8;

const schema = z.strictObject({
  distance: z
    .number()
    .nonnegative()
    .default(1)
    .describe("How far labels grow, in elements, or in the unit of spacing"),
  spacing: perAxisSchema(z.number().positive())
    .default(1)
    .describe("Distance of neighbouring elements per axis"),
});

interface Resolved {
  readonly distance: number;
  /** Per axis; 0 where labels don't grow. */
  readonly steps: readonly number[];
  readonly spacing: readonly number[];
}

/**
 * Labels grow into the background along the spatial axes, up to a distance, without meeting each other. Of labels equally
 * near, that of the element with the lowest index wins, the last axis compared first: scikit-image's rule. Gives the
 * input's dtype. Equals skimage.segmentation.expand_labels.
 */
export const expandLabelsKernel: Kernel<z.output<typeof schema>> = {
  name: "expandLabels",
  summary: "Grows labels into the background up to a distance",
  equals: "skimage.segmentation.expand_labels",
  args: schema,
  inputs: 1,
  accepts: MASK_DTYPES,
  lengths: [],

  resolve({ distance, spacing: given }, { axes }) {
    const spacing = expandPerAxis(given as PerAxis<number>, axes, {
      parameter: "expandLabels' spacing",
      neutral: 1,
    });
    const spatial = spatialAxes(axes);
    // A quotient just below a whole number may be rounding; one step too many is cut off again.
    const steps = spacing.map((s, axis) => (spatial[axis] ? Math.floor((distance / s) * (1 + 1e-12)) : 0));
    return { distance, spacing, steps };
  },

  outputDType([input]) {
    return input!;
  },

  extent(args) {
    return { kind: "reach", reach: resolved(args).steps.map((n) => [n, n] as const) };
  },

  scratchBytes(shape, [input], args) {
    if (sizeOf(shape) === 0) return 0;
    const lines = resolved(args).steps.map((most, axis) =>
      most > 0 ? lineBytes(shape[axis]!, itemSize(input!)) : 0,
    );
    return aligned(8 * sizeOf(shape)) + Math.max(0, ...lines);
  },

  costPerElement(args) {
    return resolved(args).steps.reduce((sum, most) => sum + (most > 0 ? 8 + 1.5 * most : 0), 4);
  },

  run(heap, [input], args) {
    const output = heap.alloc(input!.dtype, input!.shape);
    bytesOf(output.data).set(bytesOf(input!.data));
    if (output.data.length > 0)
      expand(heap, output.ptr, input!.shape, itemSize(input!.dtype), resolved(args));
    return output;
  },

  reference([input], args) {
    const { distance, spacing, steps } = resolved(args);
    const { shape, data, dtype } = input!;
    const length = { length: data.length };
    let squares = Float64Array.from(length, (_, i) => (Number(data[i]) === 0 ? Infinity : 0));
    let nearest: number[] = Array.from(length, (_, i) => i);
    for (const [axis, most] of steps.entries()) {
      const { n, inner } = linesOf(shape, axis);
      const from = nearest.map((_, at) => {
        const p = Math.floor(at / inner) % n;
        let best = at;
        let least = Infinity;
        for (let q = Math.max(0, p - most); q <= Math.min(n - 1, p + most); q++) {
          const away = spacing[axis]! * Math.abs(q - p);
          const square = squares[at + (q - p) * inner]! + away * away;
          if (square < least) {
            least = square;
            best = at + (q - p) * inner;
          }
        }
        return { best, least };
      });
      nearest = from.map(({ best }) => nearest[best]!);
      squares = Float64Array.from(from, ({ least }) => least);
    }
    const result = newBlock(dtype, shape);
    const target = result.data as { [i: number]: number | bigint };
    for (let i = 0; i < data.length; i++)
      if (Math.sqrt(squares[i]!) <= distance) target[i] = data[nearest[i]!]!;
    return result;
  },
};

/** The first axis first, so that the last one decides between equals. */
function expand(
  heap: Heap,
  labels: number,
  shape: readonly number[],
  size: number,
  { distance, spacing, steps }: Resolved,
): void {
  const { startExpansion, expandPass, cutExpansion } = heap.exports as unknown as ExpandExports;
  const length = sizeOf(shape);
  const squares = heap.allocBytes(8 * length);
  startExpansion(labels, size, squares, length);
  for (const [axis, most] of steps.entries()) {
    if (most === 0) continue;
    const { outer, n, inner } = linesOf(shape, axis);
    const scratch = heap.allocBytes(lineBytes(n, size));
    expandPass(labels, size, squares, outer, n, inner, spacing[axis]!, most, scratch);
    heap.freeBytes(scratch);
  }
  cutExpansion(labels, size, squares, length, distance);
  heap.freeBytes(squares);
}

function lineBytes(n: number, size: number): number {
  return aligned(PANEL * n * (8 + size));
}

function resolved(args: ResolvedArgs): Resolved {
  return args as unknown as Resolved;
}
