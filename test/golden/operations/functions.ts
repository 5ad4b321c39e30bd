import { moduleKernel } from "../../../shared/index.ts";
import { uniform } from "../../../shared/kernels/index.ts";
import { api } from "../../support/traced.ts";
import type { Operations } from "./operation.ts";

const own = (name: string) => moduleKernel(new URL("../kernels.ts", import.meta.url), name);

/** A case of another function than those that are known here would be compared with the wrong one. */
function expectFunction(fn: string, beginning: string): void {
  if (!fn.startsWith(beginning)) throw new Error(`no function "${fn}"`);
}

/** Operations that a function is handed to, and expressions. */
export const functions: Operations = {
  map_overlap: ([image], { fn, depth, boundary, trim }, { id }) => {
    if (id === "mapoverlap2d_asym") {
      expectFunction(fn, "x + shift by one row from above");
      return image.mapOverlap(own("plusRowAbove"), { depth, boundary, extent: "depth" });
    }
    expectFunction(fn, "uniform_filter size 3 mode=constant cval=0");
    return image.mapOverlap(uniform({ size: 3, mode: "constant" }), { depth, boundary, trim });
  },
  overlap: ([image], { depth, boundary }) => image.overlap({ depth, boundary }),
  map_blocks: ([image], _, { id, dtype }) =>
    image.mapBlocks(own(id === "mapblocks_blockid" ? "blockId" : "minusMin"), { dtype }),
  apply_gufunc: (
    inputs,
    { signature, fn, output = 0, output_sizes: outputSizes },
    { inputs: names, dtype },
  ) => {
    const kernel = { mean: "meanOfLast", "mean,": "meanAndStd", "matmul,": "matmul", "np.diff": "diff" }[
      fn.split(" ")[0] as string
    ];
    const outputs = signature.split("->")[1].split("),").length;
    return api.applyGufunc(own(kernel!), signature, inputs.slice(0, names.length), {
      outputDtypes: outputs > 1 ? [dtype, dtype] : dtype,
      ...(outputSizes ? { outputSizes } : {}),
    })[output]!;
  },
  blockwise: ([a, b, c], _, { id }) => {
    switch (id) {
      case "ratio_W4":
        return api.expr("(float32(a) - float32(b)) / float32(c)", { a, b, c });
      case "ndvi":
        return api.expr("(float32(a) - float32(b)) / (float32(a) + float32(b))", { a, b });
      case "mask_W4":
        return api.expr("series * mask", { series: a, mask: b });
      case "outer_sum":
        return api.expr("mask + series", { mask: a.slice(":, 0:1"), series: b.slice("0, 0") });
      case "u16_wrap_add":
        return api.expr("a + b * 40", { a, b });
      case "u16_wrap_sub":
        return api.expr("a - b", { a, b });
      default:
        throw new Error(`no expression for ${id}`);
    }
  },
  where: ([series, mask]) => api.where(mask, series, 7),
  masked_mean: ([series, mask]) =>
    api.expr("total / count", {
      total: api.where(mask, series, 0).sum({ axis: [1, 2] }),
      count: api.where(mask, 1, 0).sum(),
    }),
};
