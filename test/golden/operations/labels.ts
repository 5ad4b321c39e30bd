import { gaussian, removeSmallObjects, rescaleIntensity, threshold } from "../../../shared/kernels/index.ts";
import type { Operations } from "./operation.ts";

/** Objects of a mask, whatever the chunks. */
export const labels: Operations = {
  binary_fill_holes: ([mask]) => mask.fillHoles(),
  remove_small_objects: ([mask], { max_size: maxSize, connectivity }) =>
    mask.removeSmall({ maxSize, connectivity }),
  remove_small_holes: ([mask], { max_size: maxSize, connectivity }) =>
    mask.removeSmallHoles({ maxSize, connectivity }),
  distance_transform_edt: ([mask]) => mask.distanceTransform(),
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
