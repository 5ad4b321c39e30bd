import * as z from "zod";
import { DTYPES } from "../../block/dtype.ts";
import type { Kernel, ResolvedArgs } from "../kernel.ts";
import { edgeOf, type WindowMode } from "./edge.ts";
import {
  chainedReach,
  edgeSchema,
  originSchema,
  resolveWindow,
  type Window,
  windowSchema,
} from "./window.ts";
import {
  type Pick,
  windowExtreme,
  windowExtremeCost,
  windowExtremeReference,
  windowExtremeScratch,
} from "./window-extreme.ts";

const schema = z.strictObject({ ...windowSchema, ...edgeSchema, origin: originSchema });

type Resolved = { readonly window: Window; readonly mode: WindowMode; readonly cval: number };

/** The least element of each window. A NaN in the window gives NaN. Equals scipy.ndimage.minimum_filter. */
export const minimumKernel = extremeKernel("minimum", "least", "scipy.ndimage.minimum_filter");

/** The greatest element of each window. A NaN in the window gives NaN. Equals scipy.ndimage.maximum_filter. */
export const maximumKernel = extremeKernel("maximum", "greatest", "scipy.ndimage.maximum_filter");

function extremeKernel(name: string, pick: Pick, equals: string): Kernel<z.output<typeof schema>> {
  return {
    name,
    summary: `The ${pick} element of a window around each element`,
    equals,
    args: schema,
    inputs: 1,
    accepts: DTYPES,
    lengths: [],

    resolve(args, { axes }) {
      return { window: { ...resolveWindow(args, axes, name) }, mode: args.mode, cval: args.cval };
    },

    outputDType([input]) {
      return input!;
    },

    extent(args) {
      return chainedReach(resolved(args).window);
    },

    scratchBytes(shape, [input], args) {
      return windowExtremeScratch(shape, input!, resolved(args).window);
    },

    costPerElement(args, _ndim, [input]) {
      return windowExtremeCost(resolved(args).window, input!);
    },

    run(heap, [input], args) {
      return windowExtreme(heap, input!, resolved(args).window, pick, edgeOf(resolved(args)));
    },

    reference([input], args) {
      return windowExtremeReference(input!, resolved(args).window, pick, edgeOf(resolved(args)));
    },
  };
}

function resolved(args: ResolvedArgs): Resolved {
  return args as unknown as Resolved;
}
