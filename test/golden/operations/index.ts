import { arrays } from "./arrays.ts";
import { filters } from "./filters.ts";
import { labels } from "./labels.ts";
import type { Operations } from "./operation.ts";
import { pyramids } from "./pyramids.ts";
import { reductions } from "./reductions.ts";

/** Every operation of the golden index that Lamella has, by the index's name. */
export const OPERATIONS: Operations = { ...arrays, ...filters, ...labels, ...pyramids, ...reductions };

/** What isn't there yet, by the index's name, and why. */
export const NOT_YET: { readonly [op: string]: string } = {
  sobel: "not there yet",
  sobel_magnitude: "not there yet",
  prewitt: "not there yet",
  laplace: "not there yet",
  gaussian_laplace: "not there yet",
  canny: "not there yet",
  median_filter: "not there yet",
  uniform_filter: "not there yet",
  maximum_filter: "not there yet",
  minimum_filter: "not there yet",
  percentile_filter: "not there yet",
  grey_erosion: "not there yet",
  binary_erosion: "not there yet",
  grey_dilation: "not there yet",
  binary_dilation: "not there yet",
  grey_opening: "not there yet",
  binary_opening: "not there yet",
  grey_closing: "not there yet",
  binary_closing: "not there yet",
  binary_fill_holes: "not there yet",
  remove_small_objects: "not there yet",
  remove_small_holes: "not there yet",
  sum_per_label: "not there yet",
  mean_per_label: "not there yet",
  maximum_per_label: "not there yet",
  center_of_mass_per_label: "not there yet",
  distance_transform_edt: "not there yet",
  threshold_otsu: "not there yet",
  threshold_li: "not there yet",
  threshold_yen: "not there yet",
  threshold_triangle: "not there yet",
  threshold_mean: "not there yet",
  threshold_isodata: "not there yet",
  threshold_local: "not there yet",
  histogram: "not there yet",
  percentile: "not there yet",
  map_overlap: "not there yet",
  overlap: "not there yet",
  map_blocks: "not there yet",
  blockwise: "not there yet",
  where: "not there yet",
  masked_mean: "not there yet",
  argmax: "not there yet",
  argmin: "not there yet",
  any: "not there yet",
  all: "not there yet",
  cumsum: "not there yet",
  nansum: "not there yet",
  nanmean: "not there yet",
  nanmax: "not there yet",
  nanmin: "not there yet",
  roll: "not there yet",
  take: "not there yet",
  reshape: "not there yet",
  coarsen: "not there yet",
  downscale_local_mean: "not there yet",
  resize: "not there yet",
  apply_gufunc: "not there yet",
  tensordot: "not there yet",
  zoom: "not there yet",
  affine_transform: "not there yet",
};

/** Results of another dtype than the reference's, and why. */
export const OTHER_DTYPES: { readonly [op: string]: { readonly dtype: string; readonly why: string } } = {
  label: { dtype: "uint32", why: "labels are unsigned: uint32, and uint64 where there are more" },
};
