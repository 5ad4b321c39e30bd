import { gaussianDerivativeKernel } from "./gaussian-derivative.ts";

/**
 * The length of the gradient of a Gaussian-smoothed image: the root of the sum of its squared first derivatives.
 * Equals scipy.ndimage.gaussian_gradient_magnitude.
 */
export const gaussianGradientMagnitudeKernel = gaussianDerivativeKernel({
  name: "gaussianGradientMagnitude",
  summary: "The length of the gradient of a Gaussian-smoothed image",
  equals: "scipy.ndimage.gaussian_gradient_magnitude",
  order: 1,
  how: { rootOver: 1 },
});
