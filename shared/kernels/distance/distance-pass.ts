import * as z from "zod";
import { sizeOf } from "../../block/block.ts";
import { DTYPES } from "../../block/dtype.ts";
import { LamellaError } from "../../errors.ts";
import { aligned } from "../free-list.ts";
import type { Kernel, ResolvedArgs } from "../kernel.ts";
import { axisIndex } from "../per-axis.ts";
import {
  firstPass,
  firstPassReference,
  nextPass,
  nextPassBytes,
  nextPassReference,
  rootsReference,
  squareRoots,
} from "./passes.ts";

const schema = z.strictObject({
  axis: z.union([z.int(), z.string()]).describe("The axis of this pass"),
  first: z.boolean().default(false).describe("Take a mask, rather than the squares of a pass before"),
  last: z.boolean().default(false).describe("Give distances, rather than squares for another pass"),
  sampling: z.number().positive().default(1).describe("Distance of neighbouring elements along the axis"),
});

interface Resolved {
  readonly axis: number;
  readonly first: boolean;
  readonly last: boolean;
  readonly sampling: number;
}

/**
 * One axis of a Euclidean distance transform, as float64: passes along all axes, the first of a mask and the last giving
 * roots, are scipy.ndimage.distance_transform_edt. A pass needs whole lines along its own axis only; the operation
 * `distanceTransform` is made of these.
 */
export const distancePassKernel: Kernel<z.output<typeof schema>> = {
  name: "distancePass",
  summary: "One axis of a Euclidean distance transform; the operation distanceTransform is made of these",
  equals: "scipy.ndimage.distance_transform_edt, one axis at a time",
  args: schema,
  inputs: 1,
  accepts: DTYPES,
  lengths: [],

  resolve(args, { axes, inputs }) {
    if (!args.first && inputs[0] !== "float64") {
      throw new LamellaError(
        "INVALID_ARGS",
        `distancePass takes the squares of a pass before, not ${inputs[0]}`,
        {
          hint: "Say first: true for a mask.",
        },
      );
    }
    const { first, last, sampling } = args;
    return { axis: axisIndex(args.axis, axes, "distancePass's axis"), first, last, sampling };
  },

  outputDType() {
    return "float64";
  },

  extent(args, ndim) {
    const { axis } = resolved(args);
    return {
      kind: "wholeBlock",
      axes: Array.from({ length: ndim }, (_, i) => i === axis),
      instead: "the operation distanceTransform looks at the whole array",
    };
  },

  scratchBytes(shape, [input], args) {
    const { axis, first } = resolved(args);
    if (first) return input === "bool" ? 0 : aligned(sizeOf(shape));
    return nextPassBytes(shape[axis]!);
  },

  costPerElement(args) {
    return resolved(args).first ? 3 : 13;
  },

  run(heap, [input], args) {
    const { axis, first, last, sampling } = resolved(args);
    const pass = { axis, spacing: sampling };
    const output = first ? firstPass(heap, input!, pass) : heap.copyIn(input!);
    if (!first) nextPass(heap, output, pass);
    if (last) squareRoots(heap, output);
    return output;
  },

  reference([input], args) {
    const { axis, first, last, sampling } = resolved(args);
    const squares = (first ? firstPassReference : nextPassReference)(input!, { axis, spacing: sampling });
    return last ? rootsReference(squares) : squares;
  },
};

function resolved(args: ResolvedArgs): Resolved {
  return args as unknown as Resolved;
}
