import type { Property } from "../../../shared/array/measure.ts";
import { gaussian, removeSmallObjects, rescaleIntensity, threshold } from "../../../shared/kernels/index.ts";
import type { Operation, Operations } from "./operation.ts";

/** A property of each label under an image, as the columns of the table that hold it. */
function measured(property: Property, columns: readonly string[] = [property]): Operation {
  return ([image, labels]) => ({ table: labels.measure({ image, properties: [property] }), columns });
}

/** Objects of a mask, whatever the chunks. */
export const labels: Operations = {
  binary_fill_holes: ([mask]) => mask.fillHoles(),
  remove_small_objects: ([mask], { max_size: maxSize, connectivity }) =>
    mask.removeSmall({ maxSize, connectivity }),
  remove_small_holes: ([mask], { max_size: maxSize, connectivity }) =>
    mask.removeSmallHoles({ maxSize, connectivity }),
  distance_transform_edt: ([mask]) => mask.distanceTransform(),
  sum_per_label: measured("intensity_sum"),
  mean_per_label: measured("intensity_mean"),
  maximum_per_label: measured("intensity_max"),
  center_of_mass_per_label: measured(
    "centroid_weighted",
    [0, 1, 2].map((axis) => `centroid_weighted-${axis}`),
  ),
  label: ([mask], { connectivity }) => mask.label({ connectivity }),
  "gauss1.5-rescale-threshold-remove_small": (
    [volume],
    { lo, hi, th, max_size: maxSize, connectivity },
    { dtype },
  ) =>
    // Each plane by itself: one chunk, and no neighbours along z.
    volume
      .mapOverlap(gaussian({ sigma: [0, 1.5, 1.5] }), { depth: [0, 6, 6], boundary: "reflect" })
      .mapBlocks(rescaleIntensity({ inRange: [lo, hi], outRange: [0, 1] }))
      .mapBlocks(threshold({ above: th }))
      .rechunk([1, -1, -1])
      .mapBlocks(removeSmallObjects({ maxSize, connectivity }), { dtype }),
};
