import { edgeKernel } from "./edge-filter.ts";

/**
 * Prewitt edges: differences smoothed by 1 1 1 along the other axes. Gives float32 for bool, integers up to 16 bits,
 * float16 and float32, else float64. Equals scipy.ndimage.prewitt with `axis`, skimage.filters.prewitt without.
 */
export const prewittKernel = edgeKernel({
  name: "prewitt",
  summary: "Edges by differences smoothed with 1 1 1: along an axis, or their magnitude",
  smoothing: [1, 1],
});
