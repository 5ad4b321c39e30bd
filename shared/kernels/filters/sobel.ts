import { edgeKernel } from "./edge-filter.ts";

/**
 * Sobel edges: differences smoothed by 1 2 1 along the other axes. Gives float32 for bool, integers up to 16 bits,
 * float16 and float32, else float64. Equals scipy.ndimage.sobel with `axis`, skimage.filters.sobel without.
 */
export const sobelKernel = edgeKernel({
  name: "sobel",
  summary: "Edges by differences smoothed with 1 2 1: along an axis, or their magnitude",
  smoothing: [2, 1],
});
