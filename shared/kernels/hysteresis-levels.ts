import * as z from "zod";
import { newBlock, sizeOf } from "../block/block.ts";
import { DTYPES } from "../block/dtype.ts";
import { aligned } from "./free-list.ts";
import type { Kernel, ResolvedArgs } from "./kernel.ts";
import { thresholdKernel } from "./threshold.ts";

interface LevelsExports {
  addBytes(into: number, from: number, n: number): void;
}

const schema = z.strictObject({
  low: z.number().describe("x > low is 1"),
  high: z.number().describe("x > high is 2; a low above it counts as high"),
});

/**
 * What hysteresis thresholding looks at: 0 up to `low`, 1 above it, 2 above `high`, as uint8. Compares as `threshold` does; a
 * NaN is 0. The two masks of skimage.filters.apply_hysteresis_threshold in one array.
 */
export const hysteresisLevelsKernel: Kernel<z.output<typeof schema>> = {
  name: "hysteresisLevels",
  summary: "0, 1 above a low threshold, 2 above a high one",
  equals: "numpy.greater, twice",
  args: schema,
  inputs: 1,
  accepts: DTYPES,
  lengths: [],

  resolve({ low, high }) {
    return { low: Math.min(low, high), high };
  },

  outputDType() {
    return "uint8";
  },

  extent() {
    return { kind: "pointwise" };
  },

  scratchBytes(shape) {
    return aligned(sizeOf(shape));
  },

  costPerElement() {
    return 0.3;
  },

  run(heap, inputs, args) {
    const weak = thresholdKernel.run(heap, inputs, above(args, "low"));
    const strong = thresholdKernel.run(heap, inputs, above(args, "high"));
    const { addBytes } = heap.exports as unknown as LevelsExports;
    addBytes(weak.ptr, strong.ptr, strong.data.length);
    heap.free(strong);
    return heap.reshape(weak, weak.shape, "uint8");
  },

  reference(inputs, args) {
    const [weak, strong] = (["low", "high"] as const).map((name) =>
      thresholdKernel.reference(inputs, above(args, name)),
    );
    const levels = newBlock("uint8", weak!.shape);
    for (let i = 0; i < levels.data.length; i++)
      levels.data[i] = Number(weak!.data[i]) + Number(strong!.data[i]);
    return levels;
  },
};

function above(args: ResolvedArgs, name: "low" | "high"): ResolvedArgs {
  return { above: args[name]! };
}
