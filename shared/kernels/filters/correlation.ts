import * as z from "zod";
import { sizeOf } from "../../block/block.ts";
import { DTYPES } from "../../block/dtype.ts";
import { castBlock, castReference } from "../cast.ts";
import type { Kernel, ResolvedArgs } from "../kernel.ts";
import { perAxisSchema } from "../per-axis.ts";
import { edgeOf } from "../rank/edge.ts";
import { reachOf } from "../rank/window.ts";
import { linearDType } from "../separable.ts";
import { axesSchema } from "./axes.ts";
import { blockBytes } from "./combine.ts";
import { type FilterEnds, modeParameters } from "./mode.ts";
import { weighWindow, weighWindowReference, weighWindowScratch } from "./weighted-window.ts";
import { resolveWeights, type WeightedWindow, weightsSchema } from "./weights.ts";

const schema = z.strictObject({
  weights: weightsSchema.describe(
    "Nested lists of numbers; of fewer axes than the array they mean the last ones",
  ),
  axes: axesSchema.optional().describe("The axes of the weights, by name or index, instead of the last ones"),
  origin: perAxisSchema(z.int())
    .default(0)
    .describe("Moves the weights towards lower indices, per axis; 0 centres them"),
  ...modeParameters(),
});

type Resolved = WeightedWindow & FilterEnds;

/**
 * The kernel that correlates with weights, or convolves: with the weights reversed. Gives float32 for bool, integers up
 * to 16 bits, float16 and float32, else float64.
 */
export function correlationKernel(
  name: "correlate" | "convolve",
  summary: string,
): Kernel<z.output<typeof schema>> {
  return {
    name,
    summary,
    equals: `scipy.ndimage.${name}`,
    args: schema,
    inputs: 1,
    accepts: DTYPES,
    lengths: [],

    resolve(args, { axes }) {
      const { window, weights } = resolveWeights(args, axes, name, name === "convolve");
      return { window: { ...window }, weights, mode: args.mode, cval: args.cval };
    },

    outputDType([input]) {
      return linearDType(input!);
    },

    extent(args) {
      return { kind: "reach", reach: reachOf(resolved(args).window) };
    },

    scratchBytes(shape, [input], args) {
      const { window, weights } = resolved(args);
      const dtype = linearDType(input!);
      const image = input === dtype ? 0 : blockBytes(sizeOf(shape), dtype);
      return image + weighWindowScratch(shape, dtype, window, weights.length);
    },

    costPerElement(args, _ndim, [input]) {
      return (linearDType(input!) === "float32" ? 1 : 2) * (0.6 + 0.12 * resolved(args).weights.length);
    },

    run(heap, [input], args) {
      const { window, weights, ...ends } = resolved(args);
      const dtype = linearDType(input!.dtype);
      const image = input!.dtype === dtype ? input! : castBlock(heap, input!, dtype);
      try {
        return weighWindow(heap, image, window, weights, "sumOfProducts", edgeOf(ends));
      } finally {
        if (image !== input) heap.free(image);
      }
    },

    reference([input], args) {
      const { window, weights, ...ends } = resolved(args);
      const image = castReference(input!, linearDType(input!.dtype));
      return weighWindowReference(image, window, weights, "sumOfProducts", edgeOf(ends));
    },
  };
}

function resolved(args: ResolvedArgs): Resolved {
  return args as unknown as Resolved;
}
