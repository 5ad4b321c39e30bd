import type { Kernel } from "../kernel.ts";
import { cannyKernel } from "./canny.ts";
import { cannyEdgesKernel } from "./canny-edges.ts";
import { gaussianGradientMagnitudeKernel } from "./gaussian-gradient-magnitude.ts";
import { gaussianLaplaceKernel } from "./gaussian-laplace.ts";
import { laplaceKernel } from "./laplace.ts";
import { prewittKernel } from "./prewitt.ts";
import { sobelKernel } from "./sobel.ts";
import { thresholdLocalKernel } from "./threshold-local.ts";
import { uniformKernel } from "./uniform.ts";

/** The linear, derivative and enhancement kernels. */
export const FILTER_KERNELS: readonly Kernel[] = [
  cannyEdgesKernel,
  cannyKernel,
  gaussianGradientMagnitudeKernel,
  gaussianLaplaceKernel,
  laplaceKernel,
  prewittKernel,
  sobelKernel,
  thresholdLocalKernel,
  uniformKernel,
];
