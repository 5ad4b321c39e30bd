import * as z from "zod";
import { DTYPES } from "../../block/dtype.ts";
import { LamellaError } from "../../errors.ts";
import type { Kernel, ResolvedArgs } from "../kernel.ts";
import { expandPerAxis, type PerAxis, perAxisSchema } from "../per-axis.ts";
import { linearDType, reachOf, separable, separableReference, separableScratch } from "../separable.ts";
import { boxedSeparable } from "../separable-box.ts";
import { boundaryOfMode, type FilterEnds, modeParameters } from "./mode.ts";
import { uniformFilters } from "./uniform-filters.ts";

const schema = z.strictObject({
  size: perAxisSchema(z.int().positive())
    .default(3)
    .describe("How many elements are averaged per axis; 1 leaves an axis alone"),
  origin: perAxisSchema(z.int())
    .default(0)
    .describe("Moves the averaged elements towards lower indices, per axis; 0 centres them"),
  ...modeParameters(),
});

interface Resolved extends FilterEnds {
  readonly size: readonly number[];
  readonly origin: readonly number[];
}

/**
 * The mean of a box. Gives float32 for bool, integers up to 16 bits, float16 and float32, else float64. Each mean is
 * added up anew, so that it depends on nothing beyond its box. Equals scipy.ndimage.uniform_filter.
 */
export const uniformKernel: Kernel<z.output<typeof schema>> = {
  name: "uniform",
  summary: "The mean of the elements in a box",
  equals: "scipy.ndimage.uniform_filter",
  args: schema,
  inputs: 1,
  accepts: DTYPES,
  lengths: [],

  resolve(args, { axes }) {
    const size = expandPerAxis(args.size as PerAxis<number>, axes, {
      parameter: "uniform's size",
      neutral: 1,
    });
    const origin = expandPerAxis(args.origin as PerAxis<number>, axes, {
      parameter: "uniform's origin",
      neutral: 0,
    });
    for (const [i, n] of size.entries()) {
      const before = Math.floor(n / 2) + origin[i]!;
      if (n > 1 && (before < 0 || before >= n)) {
        throw new LamellaError(
          "INVALID_ARGS",
          `uniform's origin ${origin[i]} moves the box off its element on axis ${axes[i]!.name}`,
          { hint: `With size ${n} it may be ${-Math.floor(n / 2)} to ${Math.floor((n - 1) / 2)}.` },
        );
      }
    }
    return { size, origin, mode: args.mode, cval: args.cval };
  },

  outputDType([input]) {
    return linearDType(input!);
  },

  extent(args, ndim) {
    const reach = new Array<readonly [number, number]>(ndim).fill([0, 0]);
    for (const filter of filtersOf(args)) reach[filter.axis] = reachOf(filter);
    return { kind: "reach", reach };
  },

  scratchBytes(shape, [input], args) {
    return separableScratch(shape, filtersOf(args), input!);
  },

  costPerElement(args, _ndim, [input]) {
    const perTap = linearDType(input!) === "float32" ? 0.06 : 0.12;
    return filtersOf(args).reduce((sum, { divisor }) => sum + 0.4 + divisor! * perTap, 0.3);
  },

  run(heap, [input], args) {
    return separable(heap, input!, filtersOf(args), boundaryOfMode(resolved(args)));
  },

  boxed: boxedSeparable(filtersOf, (args) => boundaryOfMode(resolved(args))),

  reference([input], args) {
    return separableReference(input!, filtersOf(args), boundaryOfMode(resolved(args)));
  },
};

function filtersOf(args: ResolvedArgs) {
  return uniformFilters(resolved(args).size, resolved(args).origin);
}

function resolved(args: ResolvedArgs): Resolved {
  return args as unknown as Resolved;
}
