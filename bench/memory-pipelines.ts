import path from "node:path";
import type { Json } from "../shared/errors.ts";

type Pipeline = { readonly [key: string]: Json };

/** A pipeline for each kind of stage, over one volume of uint16. Outputs go below `folder`. */
export function memoryPipelines(volume: string, folder: string): { readonly [name: string]: Pipeline } {
  const inputs = { image: { zarr: volume } };
  const output = (name: string, rest: { readonly [key: string]: Json } = {}) => ({
    [name]: { zarr: path.join(folder, `${name}.zarr`), ...rest },
  });
  const chunks = [16, 512, 512];
  const smooth = {
    op: "mapOverlap",
    in: "image",
    kernel: "gaussian",
    args: { sigma: 2 },
    depth: 8,
    boundary: "reflect",
    dtype: "uint16",
  };
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
