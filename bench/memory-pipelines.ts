import path from "node:path";
import type { Json } from "../shared/errors.ts";
import { GAUSSIAN_STEP } from "./gaussian-step.ts";

/** Functions of the benchmark's own, for a pipeline that brings its kernel. */
const OWN_KERNELS = path.join(import.meta.dirname, "memory-kernels.ts");

/** Budgets, MiB, of the pipelines that are planned otherwise in more memory. */
export const MEMORY_MIB: { readonly [name: string]: number } = { "two passes": 550 };

type Pipeline = { readonly [key: string]: Json };

/** A pipeline for each kind of stage, over one volume of uint16. Outputs go below `folder`. */
export function memoryPipelines(volume: string, folder: string): { readonly [name: string]: Pipeline } {
  const inputs = { image: { zarr: volume } };
  const output = (name: string, rest: { readonly [key: string]: Json } = {}) => ({
    [name]: { zarr: path.join(folder, `${name}.zarr`), ...rest },
  });
  const chunks = [16, 512, 512];
  const smooth = GAUSSIAN_STEP;
  const binary = {
    smooth: { ...smooth, args: { sigma: 1.5 }, depth: 6, dtype: "float32" },
    scaled: {
      op: "mapBlocks",
      in: "smooth",
      kernel: "rescaleIntensity",
      args: { outRange: [0, 1] },
      dtype: "float32",
    },
    binary: { op: "mapBlocks", in: "scaled", kernel: "threshold", args: { above: 0.3 }, dtype: "bool" },
  };
  return {
    gaussian: { inputs, steps: { smooth }, outputs: output("smooth", { chunks, codec: "blosc" }) },
    "gaussian, gzip": { inputs, steps: { smooth }, outputs: output("smooth", { chunks, codec: "gzip" }) },
    "four steps, pyramid": {
      inputs,
      steps: {
        ...binary,
        cleaned: {
          op: "mapBlocks",
          in: "binary",
          kernel: "removeSmallObjects",
          args: { minSize: 50 },
          dtype: "bool",
        },
      },
      outputs: output("cleaned", { chunks, codec: "blosc", pyramid: { levels: 4, method: "mode" } }),
    },
    reductions: {
      inputs,
      steps: {
        projected: { op: "max", in: "image", axis: 0 },
        deviation: { op: "std", in: "image" },
        profile: { op: "mean", in: "image", axis: [1, 2] },
      },
      outputs: { ...output("projected"), ...output("deviation"), ...output("profile") },
    },
    pyramid: {
      inputs,
      steps: { same: { op: "astype", in: "image", dtype: "uint16" } },
      outputs: output("same", { chunks, pyramid: { levels: 5, method: "mean" } }),
    },
    labels: {
      inputs,
      steps: { ...binary, labels: { op: "label", in: "binary" } },
      outputs: output("labels", { chunks }),
    },
    rechunk: {
      inputs,
      steps: { columns: { op: "rechunk", in: "image", chunks: [64, 128, 128] } },
      outputs: output("columns"),
    },
    median: {
      inputs,
      steps: {
        median: {
          op: "mapOverlap",
          in: "image",
          kernel: "median",
          args: { size: 3 },
          depth: 1,
          boundary: "reflect",
        },
      },
      outputs: output("median", { chunks }),
    },
    expression: {
      inputs,
      steps: { ratio: { op: "mapBlocks", in: "image", expr: "image / (image + 1.0)", dtype: "float32" } },
      outputs: output("ratio", { chunks }),
    },
    cumsum: {
      inputs,
      steps: { cumsum: { op: "cumsum", in: "image", axis: 0 } },
      outputs: output("cumsum", { chunks }),
    },
    components: {
      inputs,
      steps: {
        ...binary,
        big: { op: "removeSmall", in: "binary", minSize: 200 },
        filled: { op: "fillHoles", in: "big" },
      },
      outputs: output("filled", { chunks }),
    },
    measure: {
      inputs,
      steps: {
        ...binary,
        labels: { op: "label", in: "binary" },
        objects: { op: "measure", in: "labels", image: "image" },
      },
      outputs: { ...output("labels", { chunks }), objects: { csv: path.join(folder, "objects.csv") } },
    },
    canny: {
      inputs,
      steps: { edges: { op: "canny", in: "image", sigma: 2, lowThreshold: 20, highThreshold: 60 } },
      outputs: output("edges", { chunks }),
    },
    watershed: {
      inputs,
      steps: {
        corner: { op: "slice", in: "image", index: "0:16, 0:1024, 0:1024" },
        smooth: { ...smooth, in: "corner", dtype: "float32" },
        mask: { op: "mapBlocks", in: "smooth", kernel: "threshold", args: { above: 400 } },
        peaks: { op: "peakLocalMax", in: "smooth", minDistance: 5, thresholdAbs: 400 },
        inverse: { op: "mapBlocks", in: "smooth", expr: "-smooth" },
        basins: { op: "watershed", in: "inverse", markers: "peaks", mask: "mask" },
      },
      outputs: output("basins", { chunks }),
    },
    "distance transform": {
      inputs,
      steps: {
        mask: { op: "mapBlocks", in: "image", kernel: "threshold", args: { above: 200 } },
        distance: { op: "distanceTransform", in: "mask", dtype: "float32" },
      },
      outputs: output("distance", { chunks }),
    },
    "expand labels": {
      inputs,
      steps: {
        ...binary,
        labels: { op: "label", in: "binary" },
        grown: { op: "expandLabels", in: "labels", distance: 4 },
      },
      outputs: output("grown", { chunks }),
    },
    "own kernel": {
      inputs,
      steps: { low: { op: "mapBlocks", in: "image", module: `${OWN_KERNELS}#minusLow` } },
      outputs: output("low", { chunks }),
    },
    "rescale, threshold": {
      inputs,
      steps: {
        rescaled: {
          op: "rescale",
          in: "image",
          inRange: { percentiles: [1, 99] },
          outRange: [0, 1],
          dtype: "float32",
        },
        bright: { op: "thresholdOtsu", in: "image" },
      },
      outputs: { ...output("rescaled", { chunks }), ...output("bright", { chunks }) },
    },
    "stored steps": {
      inputs,
      steps: {
        smooth: { ...smooth, dtype: "float32" },
        edges: {
          op: "mapOverlap",
          in: "smooth",
          kernel: "sobel",
          depth: 1,
          boundary: "reflect",
        },
        mean: { op: "mean", in: "edges" },
        strong: { op: "mapBlocks", in: "edges", kernel: "threshold", args: { above: { step: "mean" } } },
      },
      outputs: { ...output("smooth", { chunks }), ...output("strong", { chunks }) },
    },
    "two passes": {
      inputs,
      steps: { columns: { op: "rechunk", in: "image", chunks: [-1, -1, 4] } },
      outputs: output("columns", { codec: "none" }),
    },
    zoom: {
      inputs,
      steps: { half: { op: "zoom", in: "image", zoom: [1, 0.5, 0.5], order: 1 } },
      outputs: output("half", { chunks }),
    },
    regions: {
      inputs,
      steps: {
        windows: { op: "coarsen", in: "image", reduction: "mean", axes: { 1: 2, 2: 2 }, dtype: "float32" },
        turned: { op: "rot90", in: "windows", axes: [1, 2] },
        padded: { op: "pad", in: "turned", padWidth: 8, mode: "reflect" },
      },
      outputs: output("padded", { chunks }),
    },
    counts: {
      inputs,
      steps: {
        histogram: { op: "histogram", in: "image", bins: 256, range: [0, 4096] },
        percentile: { op: "percentile", in: "image", q: [1, 50, 99] },
      },
      outputs: { ...output("histogram"), ...output("percentile") },
    },
  };
}
