import * as z from "zod";
import { newBlock, sizeOf } from "../../block/block.ts";
import { DTYPES, type DType, isFloat } from "../../block/dtype.ts";
import type { Kernel, ResolvedArgs } from "../kernel.ts";
import { axisIndex } from "../per-axis.ts";
import {
  type AxisFilter,
  linearDType,
  separable,
  separableReference,
  separableScratch,
} from "../separable.ts";
import { AXES, axesOf, axesSchema, axisSchema } from "./axes.ts";
import { blockBytes, combine, combineReference } from "./combine.ts";
import { type EdgePlanes, edgePlanes, edgePlanesScratch } from "./edge-planes.ts";
import { imgAsFloat, imgAsFloatReference, largestOf } from "./img-as-float.ts";
import { boundaryOfMode, type FilterEnds, modeParameters } from "./mode.ts";

const schema = z.strictObject({
  axis: axisSchema
    .optional()
    .describe("The derivative along this axis, by name or index; the magnitude over all axes by default"),
  axes: axesSchema.optional().describe(AXES),
  ...modeParameters(),
});

interface Resolved extends FilterEnds {
  /** Of the derivative; null for the magnitude. */
  readonly axis: number | null;
  /** Those of the magnitude, or those that the derivative is smoothed along besides. */
  readonly axes: readonly number[];
}

/** An edge filter: what is smoothed across the derivative, by weights of distance 0 and 1. */
export interface EdgeFilter {
  readonly name: string;
  readonly summary: string;
  readonly smoothing: readonly [centre: number, beside: number];
}

/**
 * The kernel of an edge filter. With `axis` the difference of the two neighbours along it, smoothed along the other
 * axes by whole weights: scipy's. Without, the root of the mean square of all axes' derivatives, each smoothed by
 * weights whose sum is 1, of integers as 0 or -1 to 1 of their dtype: scikit-image's; of a single axis the derivative itself.
 */
export function edgeKernel({ name, summary, smoothing }: EdgeFilter): Kernel<z.output<typeof schema>> {
  const sum = smoothing[0] + 2 * smoothing[1];

  /** A derivative along one axis, smoothed along the others. */
  function derivative(args: Resolved, axis: number, divisor: number): AxisFilter[] {
    const difference: AxisFilter = { axis, weights: Float64Array.of(0, 1), symmetry: "odd" };
    const smooth = args.axes
      .filter((other) => other !== axis)
      .map((other): AxisFilter => {
        const filter: AxisFilter = {
          axis: other,
          weights: Float64Array.from(smoothing),
          symmetry: "even",
          divisor,
        };
        // scikit-image filters once over all axes: beyond the ends, where all is constant, there is no difference.
        const beyond = args.axis === null && args.mode === "constant";
        return beyond ? { ...filter, boundary: { constant: 0 } } : filter;
      });
    return [difference, ...smooth];
  }

  /** How planes of the last two axes are filtered at once; undefined where the filter extends over others. */
  function planesOf(args: Resolved, ndim: number, input: DType): EdgePlanes | undefined {
    const { axis, axes } = args;
    const over = new Set(axis === null ? axes : [...axes, axis]);
    if (over.size !== 2 || !over.has(ndim - 1) || !over.has(ndim - 2)) return undefined;
    // Without the other axis there is no smoothing.
    if (axis !== null && !axes.some((other) => other !== axis)) return undefined;
    const boundary = boundaryOfMode(args);
    if (axis === null) {
      const factor = 1 / largestOf(input);
      return { which: "magnitude", factor, smoothing, divisor: sum, boundary, smoothConstant: 0 };
    }
    const which = axis === ndim - 1 ? "alongColumns" : "alongRows";
    return { which, factor: 1, smoothing, divisor: 1, boundary, smoothConstant: args.cval };
  }

  return {
    name,
    summary,
    equals: `scipy.ndimage.${name} with axis, skimage.filters.${name} without`,
    args: schema,
    inputs: 1,
    accepts: DTYPES,
    lengths: [],

    resolve(args, { axes }) {
      const axis = args.axis === undefined ? null : axisIndex(args.axis, axes, `${name}'s axis`);
      return { axis, axes: axesOf(args.axes, axes, `${name}'s axes`), mode: args.mode, cval: args.cval };
    },

    outputDType([input]) {
      return linearDType(input!);
    },

    extent(args, ndim) {
      const { axis, axes } = resolved(args);
      const reach = Array.from({ length: ndim }, (_, i) => {
        const looks = i === axis || axes.includes(i) ? 1 : 0;
        return [looks, looks] as const;
      });
      return { kind: "reach", reach };
    },

    scratchBytes(shape, [input], args) {
      const { axis, axes } = resolved(args);
      if (axis === null && axes.length === 0) return 0;
      const dtype = linearDType(input!);
      if (planesOf(resolved(args), shape.length, input!)) return edgePlanesScratch(shape, dtype);
      const pass = separableScratch(shape, derivative(resolved(args), axis ?? axes[0]!, sum), input!);
      const passes = Math.max(
        pass,
        ...axes.map((a) => separableScratch(shape, derivative(resolved(args), a, sum), dtype)),
      );
      if (axis !== null) return pass;
      const block = blockBytes(sizeOf(shape), dtype);
      return passes + (isFloat(input!) ? 0 : block) + (axes.length > 1 ? block : 0);
    },

    costPerElement(args, ndim, [input]) {
      const { axis, axes } = resolved(args);
      const perPass = linearDType(input!) === "float32" ? 0.4 : 0.9;
      if (planesOf(resolved(args), ndim, input!)) return perPass * 2;
      const passes = axis === null ? axes.length * (axes.length + 0.7) + 1 : axes.length;
      return perPass * Math.max(1, passes);
    },

    run(heap, [input], args) {
      const r = resolved(args);
      const boundary = boundaryOfMode(r);
      const dtype = linearDType(input!.dtype);
      const planes = planesOf(r, input!.shape.length, input!.dtype);
      if (planes) {
        const output = heap.alloc(dtype, input!.shape);
        edgePlanes(heap, input!, output, planes);
        return output;
      }
      if (r.axis !== null) return separable(heap, input!, derivative(r, r.axis, 1), boundary);
      if (r.axes.length === 0) {
        const nothing = heap.alloc(dtype, input!.shape);
        (nothing.data as Float64Array).fill(0);
        return nothing;
      }
      const own = isFloat(input!.dtype);
      const image = own ? input! : imgAsFloat(heap, input!, dtype);
      try {
        const parts = r.axes.map((axis) => () => separable(heap, image, derivative(r, axis, sum), boundary));
        return r.axes.length === 1
          ? parts[0]!()
          : combine(heap, parts, { rootOver: Math.sqrt(r.axes.length) });
      } finally {
        if (!own) heap.free(image);
      }
    },

    reference([input], args) {
      const r = resolved(args);
      const boundary = boundaryOfMode(r);
      const dtype = linearDType(input!.dtype);
      if (r.axis !== null) return separableReference(input!, derivative(r, r.axis, 1), boundary);
      if (r.axes.length === 0) return newBlock(dtype, input!.shape);
      const image = imgAsFloatReference(input!, dtype);
      const parts = r.axes.map((axis) => separableReference(image, derivative(r, axis, sum), boundary));
      return r.axes.length === 1
        ? parts[0]!
        : combineReference(parts, { rootOver: Math.sqrt(r.axes.length) });
    },
  };
}

function resolved(args: ResolvedArgs): Resolved {
  return args as unknown as Resolved;
}
