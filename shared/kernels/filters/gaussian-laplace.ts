import { gaussianDerivativeKernel } from "./gaussian-derivative.ts";

/** The Laplacian of a Gaussian: its second derivatives along each axis, added. Equals scipy.ndimage.gaussian_laplace. */
export const gaussianLaplaceKernel = gaussianDerivativeKernel({
  name: "gaussianLaplace",
  summary: "The Laplacian of a Gaussian: blobs and edges of one size",
  equals: "scipy.ndimage.gaussian_laplace",
  order: 2,
  how: "sum",
});
