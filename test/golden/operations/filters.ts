import type { BoundaryInput, KernelCall, LazyArray } from "../../../shared/index.ts";
import {
  gaussian,
  gaussianLaplace,
  laplace,
  prewitt,
  sobel,
  thresholdLocal,
  uniform,
} from "../../../shared/kernels/index.ts";
import type { GoldenCase } from "../../support/golden.ts";
import type { Operations } from "./operation.ts";

/** scipy's `mode` and `cval` as a boundary. */
export function boundaryOf({ mode = "reflect", cval = 0 }: { mode?: string; cval?: number }): BoundaryInput {
  return mode === "constant" ? { constant: cval } : (mode as BoundaryInput);
}

/** A filter of the whole array, as scipy.ndimage runs it: a depth that covers the reach, its mode as the boundary. */
export function filtered(
  image: LazyArray,
  kernel: KernelCall,
  depth: number | readonly number[],
  params: { mode?: string; cval?: number },
  golden?: GoldenCase,
): LazyArray {
  const boundary = boundaryOf(params);
  return image.mapOverlap(kernel, {
    depth,
    boundary,
    ...(golden?.dtype === "uint16" ? { dtype: golden.dtype } : {}),
  });
}

export const filters: Operations = {
  gaussian_filter: ([image], params, golden) => {
    const { sigma, order, truncate = 4 } = params;
    const radius = (s: number) => Math.floor(truncate * s + 0.5);
    return filtered(
      image,
      gaussian({
        sigma,
        ...(truncate === 4 ? {} : { truncate }),
        ...(order === undefined ? {} : { order }),
      }),
      Array.isArray(sigma) ? sigma.map(radius) : radius(sigma),
      params,
      golden,
    );
  },
  sobel: ([image], { axis, mode }) => filtered(image, sobel({ axis }), 1, { mode }),
  sobel_magnitude: ([image]) => filtered(image, sobel(), 1, {}),
  prewitt: ([image], { axis }) => filtered(image, prewitt({ axis }), 1, {}),
  laplace: ([image], { mode }) => filtered(image, laplace(), 1, { mode }),
  gaussian_laplace: ([image], { sigma, mode }) =>
    filtered(image, gaussianLaplace({ sigma }), 4 * sigma, { mode }),
  uniform_filter: ([image], { size, mode }) => filtered(image, uniform({ size }), (size - 1) / 2, { mode }),
  threshold_local: ([image], { block_size: blockSize, method, offset, mode }) =>
    filtered(
      image,
      thresholdLocal({ blockSize, method, offset }),
      // The Gaussian's sigma is (blockSize - 1) / 6, cut at 4 of them.
      Math.floor((4 * (blockSize - 1)) / 6 + 0.5),
      { mode },
    ),
  canny: ([image], { sigma, low_threshold: lowThreshold, high_threshold: highThreshold, mode }) =>
    image.canny({ sigma, lowThreshold, highThreshold, mode }),
  rescale_intensity: ([image], { in_range: inRange, out_range: outRange }) =>
    image.rescale({ inRange, outRange }),
};
