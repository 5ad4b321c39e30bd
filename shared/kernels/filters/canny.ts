import * as z from "zod";
import { newBlock, sizeOf } from "../../block/block.ts";
import { DTYPES } from "../../block/dtype.ts";
import { LamellaError } from "../../errors.ts";
import type { Kernel, ResolvedArgs } from "../kernel.ts";
import { cannyCost, cannyParameters, resolveCanny } from "./canny-edges.ts";
import {
  cannyScratch,
  eachSlab,
  gradientsReference,
  planeLayout,
  type ResolvedCanny,
  thinReference,
  thinSlab,
} from "./canny-gradients.ts";
import { blockBytes } from "./combine.ts";

interface JoinExports {
  joinEdges(
    codes: number,
    dst: number,
    rows: number,
    mid: number,
    cols: number,
    inner: number,
    stack: number,
  ): void;
}

const schema = z.strictObject({
  ...cannyParameters,
  useQuantiles: z
    .boolean()
    .default(false)
    .describe("The thresholds are quantiles, 0 to 1, of each plane's gradients"),
});

interface Resolved extends ResolvedCanny {
  readonly useQuantiles: boolean;
}

/**
 * Canny's edges of each plane: crests of the gradient of a Gaussian-smoothed image that are strong, or weak and joined
 * to strong ones by edges or corners. Gives bool. Equals skimage.feature.canny.
 */
export const cannyKernel: Kernel<z.output<typeof schema>> = {
  name: "canny",
  summary: "Canny's edges of each plane: strong crests of the gradient, and weak ones that continue them",
  equals: "skimage.feature.canny",
  args: schema,
  inputs: 1,
  accepts: DTYPES,
  lengths: ["sigma"],

  resolve({ useQuantiles, ...args }, { axes, inputs }) {
    if (!useQuantiles) return { ...resolveCanny("canny", args, axes, inputs[0]!), useQuantiles };
    const { lowThreshold = 0.1, highThreshold = 0.2 } = args;
    for (const quantile of [lowThreshold, highThreshold]) {
      if (quantile >= 0 && quantile <= 1) continue;
      throw new LamellaError("INVALID_ARGS", `canny's threshold ${quantile} is not a quantile`, {
        hint: "With useQuantiles thresholds are between 0 and 1.",
      });
    }
    // Quantiles aren't intensities, which are taken to be from 0 to 1.
    const unscaled = resolveCanny("canny", { ...args, lowThreshold, highThreshold }, axes, "float64");
    if (unscaled.plane[0] !== axes.length - 2 || unscaled.plane[1] !== axes.length - 1) {
      throw new LamellaError("INVALID_ARGS", "canny takes quantiles of planes whose axes are the last two", {
        hint: "Give thresholds as intensities, or transpose first.",
      });
    }
    return { ...unscaled, useQuantiles };
  },

  outputDType() {
    return "bool";
  },

  extent(args) {
    const { plane, sigma } = resolved(args);
    return {
      kind: "wholeBlock",
      axes: sigma.map((_, axis) => plane.includes(axis)),
      instead: "use the operation canny, which joins edges across chunks",
    };
  },

  scratchBytes(shape, [input], args) {
    if (sizeOf(shape) === 0) return 0;
    const slab = sizeOf(shape.slice(resolved(args).plane[0]));
    const sorted = resolved(args).useQuantiles ? blockBytes(slab, "float64") : 0;
    return cannyScratch(shape, input!, resolved(args)) + blockBytes(slab, "uint8") + sorted;
  },

  costPerElement(args, _ndim, [input]) {
    const quantiles = resolved(args).useQuantiles ? 100 : 0;
    return cannyCost(resolved(args), input!) + 1 + quantiles;
  },

  run(heap, [input], args) {
    const r = resolved(args);
    const edges = heap.alloc("bool", input!.shape);
    if (edges.data.length === 0) return edges;
    const layout = planeLayout(input!.shape, r.plane);
    const { rows, mid, cols, inner } = layout;
    const codes = heap.allocBytes(sizeOf(layout.shape));
    eachSlab(heap, input!, r, (gradients, start) => {
      const { low, high } = r.useQuantiles ? quantilesOf(gradients.size.data as Floats, r) : r;
      thinSlab(heap, gradients, layout, codes, low, high);
      // The gradients aren't needed any more, and take four bytes an element at least.
      const { joinEdges } = heap.exports as unknown as JoinExports;
      joinEdges(codes, edges.ptr + start, rows, mid, cols, inner, gradients.along.ptr);
    });
    heap.freeBytes(codes);
    return edges;
  },

  reference([input], args) {
    const r = resolved(args);
    const gradients = gradientsReference(input!, r);
    const codes = newBlock("uint8", input!.shape);
    const plane = r.useQuantiles ? sizeOf(input!.shape.slice(r.plane[0])) : codes.data.length;
    for (let start = 0; start < codes.data.length; start += plane) {
      const size = gradients.size.data.subarray(start, start + plane) as Floats;
      const { low, high } = r.useQuantiles ? quantilesOf(size, r) : r;
      const all = thinReference(gradients, r.plane, low, high).data as Uint8Array;
      (codes.data as Uint8Array).set(all.subarray(start, start + plane), start);
    }
    const edges = newBlock("bool", input!.shape);
    const { mid, cols, inner } = planeLayout(input!.shape, r.plane);
    const down = mid * cols * inner;
    const found = [...codes.data.keys()].filter((i) => codes.data[i] === 2);
    for (const i of found) edges.data[i] = 1;
    for (let i = found.pop(); i !== undefined; i = found.pop()) {
      for (const dy of [-down, 0, down]) {
        for (const dx of [-inner, 0, inner]) {
          const there = i + dy + dx;
          if (!codes.data[there] || edges.data[there]) continue;
          edges.data[there] = 1;
          found.push(there);
        }
      }
    }
    return edges;
  },
};

type Floats = Float32Array | Float64Array;

/** Gradients at two quantiles, interpolated linearly. Equals numpy.percentile. */
function quantilesOf(sizes: Floats, { low, high }: Resolved): { low: number; high: number } {
  const sorted = sizes.slice().sort();
  const last = sorted.length - 1;
  // A NaN is sorted last, and makes every quantile one.
  if (Number.isNaN(sorted[last])) return { low: Number.NaN, high: Number.NaN };
  const at = (quantile: number): number => {
    const below = Math.floor(quantile * last);
    const [a, b] = [sorted[below]!, sorted[Math.min(below + 1, last)]!];
    const t = quantile * last - below;
    return t < 0.5 ? a + (b - a) * t : b - (b - a) * (1 - t);
  };
  return { low: at(low), high: at(high) };
}

function resolved(args: ResolvedArgs): Resolved {
  return args as unknown as Resolved;
}
