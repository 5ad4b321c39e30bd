import type { Kernel } from "../kernel.ts";
import { adjustGammaKernel, adjustLogKernel, adjustSigmoidKernel } from "./adjust.ts";
import { cannyKernel } from "./canny.ts";
import { cannyEdgesKernel } from "./canny-edges.ts";
import { convolveKernel, correlateKernel } from "./correlate.ts";
import { differenceOfGaussiansKernel } from "./difference-of-gaussians.ts";
import { equalizeAdapthistKernel } from "./equalize-adapthist.ts";
import { equalizeHistKernel } from "./equalize-hist.ts";
import { gaussianGradientMagnitudeKernel } from "./gaussian-gradient-magnitude.ts";
import { gaussianLaplaceKernel } from "./gaussian-laplace.ts";
import { invertKernel } from "./invert.ts";
import { laplaceKernel } from "./laplace.ts";
import { prewittKernel } from "./prewitt.ts";
import { richardsonLucyKernel } from "./richardson-lucy.ts";
import { rollingBallKernel } from "./rolling-ball.ts";
import { sobelKernel } from "./sobel.ts";
import { thresholdLocalKernel } from "./threshold-local.ts";
import { uniformKernel } from "./uniform.ts";
import { unsharpMaskKernel } from "./unsharp-mask.ts";

/** The linear, derivative and enhancement kernels. */
export const FILTER_KERNELS: readonly Kernel[] = [
  adjustGammaKernel,
  adjustLogKernel,
  adjustSigmoidKernel,
  cannyEdgesKernel,
  cannyKernel,
  convolveKernel,
  correlateKernel,
  differenceOfGaussiansKernel,
  equalizeAdapthistKernel,
  equalizeHistKernel,
  gaussianGradientMagnitudeKernel,
  gaussianLaplaceKernel,
  invertKernel,
  laplaceKernel,
  prewittKernel,
  richardsonLucyKernel,
  rollingBallKernel,
  sobelKernel,
  thresholdLocalKernel,
  uniformKernel,
  unsharpMaskKernel,
];
