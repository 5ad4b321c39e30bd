import * as z from "zod";
import type { Axis } from "../../block/axes.ts";
import { sizeOf } from "../../block/block.ts";
import { DTYPES } from "../../block/dtype.ts";
import { aligned } from "../free-list.ts";
import type { Kernel, ResolvedArgs } from "../kernel.ts";
import { expandPerAxis, type PerAxis, perAxisSchema, spatialAxes } from "../per-axis.ts";
import {
  type DistanceAxis,
  firstPass,
  firstPassReference,
  nextPass,
  nextPassBytes,
  nextPassReference,
  rootsReference,
  squareRoots,
} from "./passes.ts";

const schema = z.strictObject({
  sampling: perAxisSchema(z.number().positive())
    .default(1)
    .describe("Distance of neighbouring elements per axis"),
});

/**
 * The distance of each element that isn't 0 to the nearest that is, along the spatial axes, as float64; infinity where
 * the block has no 0. Equals scipy.ndimage.distance_transform_edt.
 */
export const distanceTransformEdtKernel: Kernel<z.output<typeof schema>> = {
  name: "distanceTransformEdt",
  summary: "The Euclidean distance of each element to the nearest 0",
  equals: "scipy.ndimage.distance_transform_edt",
  args: schema,
  inputs: 1,
  accepts: DTYPES,
  lengths: [],

  resolve(args, { axes }) {
    return { passes: distanceAxes(args.sampling as PerAxis<number>, axes).map((pass) => ({ ...pass })) };
  },

  outputDType() {
    return "float64";
  },

  extent(args, ndim) {
    const along = new Set(passesOf(args).map(({ axis }) => axis));
    return {
      kind: "wholeBlock",
      axes: Array.from({ length: ndim }, (_, axis) => along.has(axis)),
      instead: "the operation distanceTransform looks at the whole array",
    };
  },

  scratchBytes(shape, [input], args) {
    const lines = passesOf(args)
      .slice(1)
      .map(({ axis }) => nextPassBytes(shape[axis]!));
    const mask = input === "bool" ? 0 : aligned(sizeOf(shape));
    return Math.max(mask, ...lines);
  },

  costPerElement(args) {
    return 2 + 12 * passesOf(args).length;
  },

  run(heap, [input], args) {
    const [first, ...next] = passesOf(args);
    // Without axes an element is its own nearest neighbour, or has none: it is a line by itself.
    if (!first) {
      const lines = heap.reshape(input!, [input!.data.length, 1]);
      return heap.reshape(firstPass(heap, lines, { axis: 1, spacing: 1 }), input!.shape);
    }
    const output = firstPass(heap, input!, first);
    for (const pass of next) nextPass(heap, output, pass);
    squareRoots(heap, output);
    return output;
  },

  reference([input], args) {
    const [first, ...next] = passesOf(args);
    if (!first) {
      const lines = { ...input!, shape: [input!.data.length, 1] };
      return { ...firstPassReference(lines, { axis: 1, spacing: 1 }), shape: input!.shape };
    }
    let squares = firstPassReference(input!, first);
    for (const pass of next) squares = nextPassReference(squares, pass);
    return rootsReference(squares);
  },
};

/** The spatial axes with their sampling, the last one first: its lines are contiguous. */
export function distanceAxes(sampling: PerAxis<number>, axes: readonly Axis[]): DistanceAxis[] {
  const spacing = expandPerAxis(sampling, axes, { parameter: "sampling", neutral: 1 });
  return spatialAxes(axes)
    .flatMap((is, axis) => (is ? [{ axis, spacing: spacing[axis]! }] : []))
    .reverse();
}

function passesOf(args: ResolvedArgs): readonly DistanceAxis[] {
  return args["passes"] as unknown as readonly DistanceAxis[];
}
