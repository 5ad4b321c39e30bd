import type { Kernel } from "../kernel.ts";
import { distancePassKernel } from "./distance-pass.ts";
import { distanceTransformEdtKernel } from "./distance-transform-edt.ts";
import { expandLabelsKernel } from "./expand-labels.ts";

/** All kernels of this folder. */
export const DISTANCE_KERNELS: readonly Kernel[] = [
  distancePassKernel,
  distanceTransformEdtKernel,
  expandLabelsKernel,
];
