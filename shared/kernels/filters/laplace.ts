import * as z from "zod";
import { sizeOf } from "../../block/block.ts";
import { DTYPES } from "../../block/dtype.ts";
import { castBlock, castReference } from "../cast.ts";
import type { Kernel, ResolvedArgs } from "../kernel.ts";
import {
  type AxisFilter,
  linearDType,
  separable,
  separableReference,
  separableScratch,
} from "../separable.ts";
import { AXES, axesOf, axesSchema } from "./axes.ts";
import { blockBytes, combine, combineReference } from "./combine.ts";
import { boundaryOfMode, type FilterEnds, modeParameters } from "./mode.ts";

const schema = z.strictObject({
  axes: axesSchema.optional().describe(AXES),
  ...modeParameters(),
});

interface Resolved extends FilterEnds {
  readonly axes: readonly number[];
}

/**
 * The sum of the second differences 1 -2 1 along each axis. Gives float32 for bool, integers up to 16 bits, float16 and
 * float32, else float64. Equals scipy.ndimage.laplace.
 */
export const laplaceKernel: Kernel<z.output<typeof schema>> = {
  name: "laplace",
  summary: "The Laplacian: second differences along each axis, added",
  equals: "scipy.ndimage.laplace",
  args: schema,
  inputs: 1,
  accepts: DTYPES,
  lengths: [],

  resolve({ axes: given, mode, cval }, { axes }) {
    return { axes: axesOf(given, axes, "laplace's axes"), mode, cval };
  },

  outputDType([input]) {
    return linearDType(input!);
  },

  extent(args, ndim) {
    const { axes } = resolved(args);
    const reach = Array.from(
      { length: ndim },
      (_, i) => (axes.includes(i) ? [1, 1] : [0, 0]) as [number, number],
    );
    return { kind: "reach", reach };
  },

  scratchBytes(shape, [input], args) {
    const { axes } = resolved(args);
    if (axes.length === 0) return 0;
    const passes = axes.map((axis) => separableScratch(shape, secondDifference(axis), input!));
    return Math.max(...passes) + (axes.length > 1 ? blockBytes(sizeOf(shape), linearDType(input!)) : 0);
  },

  costPerElement(args, _ndim, [input]) {
    return (linearDType(input!) === "float32" ? 0.6 : 1.3) * Math.max(1, resolved(args).axes.length);
  },

  run(heap, [input], args) {
    const { axes } = resolved(args);
    const boundary = boundaryOfMode(resolved(args));
    if (axes.length === 0) return castBlock(heap, input!, linearDType(input!.dtype));
    return combine(
      heap,
      axes.map((axis) => () => separable(heap, input!, secondDifference(axis), boundary)),
      "sum",
    );
  },

  reference([input], args) {
    const { axes } = resolved(args);
    const boundary = boundaryOfMode(resolved(args));
    if (axes.length === 0) return castReference(input!, linearDType(input!.dtype));
    return combineReference(
      axes.map((axis) => separableReference(input!, secondDifference(axis), boundary)),
      "sum",
    );
  },
};

function secondDifference(axis: number): AxisFilter[] {
  return [{ axis, weights: Float64Array.of(-2, 1), symmetry: "even" }];
}

function resolved(args: ResolvedArgs): Resolved {
  return args as unknown as Resolved;
}
