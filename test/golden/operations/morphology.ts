import type { KernelCall } from "../../../shared/index.ts";
import {
  binaryClosing,
  binaryDilation,
  binaryErosion,
  binaryOpening,
  closing,
  dilation,
  erosion,
  greyClosing,
  greyDilation,
  greyErosion,
  greyOpening,
  maximum,
  median,
  minimum,
  opening,
  percentile,
} from "../../../shared/kernels/index.ts";
import type { Operation, Operations } from "./operation.ts";

type Call<Options> = (options: Options) => KernelCall;

/**
 * Grey morphology of scipy, or of scikit-image, whose names have no "grey". At the array's ends blocks are cut, so that the
 * kernel's own mode says what lies beyond. `steps` is 2 for an opening or closing, which looks twice as far.
 */
function grey(
  scipy: Call<Parameters<typeof greyErosion>[0]>,
  skimage: Call<Parameters<typeof erosion>[0]>,
  steps: number,
): Operation {
  return ([image], { size, mode, footprint, lib }) => {
    if (lib !== "skimage") return image.mapOverlap(scipy({ size, mode }), { depth: steps });
    return image.mapOverlap(skimage({ footprint }), { depth: steps * radiusOf(footprint) });
  };
}

function radiusOf(disk: string): number {
  return Number(/^disk\((\d+)\)$/.exec(disk)![1]);
}

function binary(call: Call<Parameters<typeof binaryErosion>[0]>, steps: number): Operation {
  return ([mask], { structure, iterations, border_value: borderValue }) =>
    mask.mapOverlap(
      call({ ...(structure === "3x3 full" ? { size: 3 } : { connectivity: 1 }), iterations, borderValue }),
      { depth: steps * iterations },
    );
}

export const morphology: Operations = {
  median_filter: ([image], { size, footprint, mode }) =>
    size === undefined
      ? image.mapOverlap(median({ footprint, mode }), { depth: radiusOf(footprint) })
      : image.mapOverlap(median({ size, mode }), { depth: (size - 1) / 2 }),
  percentile_filter: ([image], { percentile: q, size }) =>
    image.mapOverlap(percentile({ percentile: q, size }), { depth: (size - 1) / 2 }),
  minimum_filter: ([image], { size, mode }) =>
    image.mapOverlap(minimum({ size, mode }), { depth: (size - 1) / 2 }),
  maximum_filter: ([image], { size, mode }) =>
    image.mapOverlap(maximum({ size, mode }), { depth: (size - 1) / 2 }),
  grey_erosion: grey(greyErosion, erosion, 1),
  grey_dilation: grey(greyDilation, dilation, 1),
  grey_opening: grey(greyOpening, opening, 2),
  grey_closing: grey(greyClosing, closing, 2),
  binary_erosion: binary(binaryErosion, 1),
  binary_dilation: binary(binaryDilation, 1),
  binary_opening: binary(binaryOpening, 2),
  binary_closing: binary(binaryClosing, 2),
};
