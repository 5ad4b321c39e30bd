import * as z from "zod";
import { sizeOf } from "../../block/block.ts";
import { DTYPES } from "../../block/dtype.ts";
import { castBlock, castReference } from "../cast.ts";
import {
  expandSigma,
  gaussianFilters,
  radiiOf,
  SIGMA,
  type Sigma,
  sigmaSchema,
  smooths,
  truncateSchema,
} from "../gaussian-filters.ts";
import type { Kernel, ResolvedArgs } from "../kernel.ts";
import {
  type AxisFilter,
  linearDType,
  separable,
  separableReference,
  separableScratch,
} from "../separable.ts";
import { blockBytes, combine, combineReference } from "./combine.ts";
import { boundaryOfMode, type FilterEnds, modeParameters } from "./mode.ts";

const schema = z.strictObject({
  sigma: sigmaSchema.describe(SIGMA),
  ...modeParameters(),
  truncate: truncateSchema.default(4).describe("Standard deviations at which the Gaussian is cut"),
});

interface Resolved extends FilterEnds {
  readonly sigma: readonly number[];
  readonly radius: readonly number[];
}

/** What is made of a Gaussian's derivatives along each axis. */
export interface GaussianDerivative {
  readonly name: string;
  readonly summary: string;
  readonly equals: string;
  readonly order: 1 | 2;
  readonly how: "sum" | { readonly rootOver: number };
}

/**
 * A kernel that combines the Gaussian's derivatives of one order along each axis, smoothed along the others. Axes whose
 * sigma is 0 are left alone: neither smoothed nor derived along, as with scipy's `axes`.
 */
export function gaussianDerivativeKernel({
  name,
  summary,
  equals,
  order,
  how,
}: GaussianDerivative): Kernel<z.output<typeof schema>> {
  /** The filters of each axis' derivative. */
  function derivatives(args: ResolvedArgs): AxisFilter[][] {
    const { sigma, radius } = resolved(args);
    return sigma.flatMap((value, axis) => {
      const orders = sigma.map((_, i) => (i === axis ? order : 0));
      return smooths(value) ? [gaussianFilters(sigma, orders, radius)] : [];
    });
  }

  return {
    name,
    summary,
    equals,
    args: schema,
    inputs: 1,
    accepts: DTYPES,
    lengths: ["sigma"],

    resolve(args, { axes }) {
      const sigma = expandSigma(args.sigma as Sigma, axes, `${name}'s sigma`);
      return { sigma, radius: radiiOf(sigma, args.truncate), mode: args.mode, cval: args.cval };
    },

    outputDType([input]) {
      return linearDType(input!);
    },

    extent(args) {
      return { kind: "reach", reach: resolved(args).radius.map((r) => [r, r] as const) };
    },

    scratchBytes(shape, [input], args) {
      const all = derivatives(args);
      if (all.length === 0) return 0;
      const passes = all.map((filters) => separableScratch(shape, filters, input!));
      return Math.max(...passes) + (all.length > 1 ? blockBytes(sizeOf(shape), linearDType(input!)) : 0);
    },

    costPerElement(args, _ndim, [input]) {
      const { sigma, radius } = resolved(args);
      const perTap = linearDType(input!) === "float32" ? 0.12 : 0.24;
      const once = radius.reduce((sum, r, i) => (smooths(sigma[i]!) ? sum + 0.4 + r * perTap : sum), 0.3);
      return once * Math.max(1, sigma.filter(smooths).length);
    },

    run(heap, [input], args) {
      const boundary = boundaryOfMode(resolved(args));
      const all = derivatives(args);
      if (all.length === 0) return castBlock(heap, input!, linearDType(input!.dtype));
      return combine(
        heap,
        all.map((filters) => () => separable(heap, input!, filters, boundary)),
        how,
      );
    },

    reference([input], args) {
      const boundary = boundaryOfMode(resolved(args));
      const all = derivatives(args);
      if (all.length === 0) return castReference(input!, linearDType(input!.dtype));
      return combineReference(
        all.map((filters) => separableReference(input!, filters, boundary)),
        how,
      );
    },
  };
}

function resolved(args: ResolvedArgs): Resolved {
  return args as unknown as Resolved;
}
