import { expect, test } from "vitest";
import { gaussianKernel } from "../../shared/kernels/gaussian.ts";
import { removeSmallObjectsKernel } from "../../shared/kernels/remove-small-objects.ts";
import { rescaleIntensityKernel } from "../../shared/kernels/rescale-intensity.ts";
import { thresholdKernel } from "../../shared/kernels/threshold.ts";
import { countMismatches, goldenBlock, goldenCases } from "../support/golden.ts";
import { imageAxes, runKernel } from "../support/kernels.ts";

test.each(goldenCases("gauss1.5-rescale-threshold-remove_small"))(
  "smooth, rescale, threshold, clean: $id",
  (golden) => {
    const { lo, hi, th, max_size: maxSize, connectivity } = golden.params;
    const expected = goldenBlock(golden.expected);
    // Each plane on its own: time points are neither smoothed into each other nor connected.
    const axes = imageAxes("tyx");
    const smooth = runKernel(gaussianKernel, { sigma: 1.5 }, [goldenBlock(golden.inputs[0]!)], axes);
    const scaled = runKernel(rescaleIntensityKernel, { inRange: [lo, hi], outRange: [0, 1] }, [smooth], axes);
    const binary = runKernel(thresholdKernel, { above: th }, [scaled], axes);
    const cleaned = runKernel(removeSmallObjectsKernel, { maxSize, connectivity }, [binary], axes);
    const allowed = Number(/<=(.+)/.exec(golden.compare)![1]) * expected.data.length;
    expect(countMismatches(cleaned, expected, 0, 0)).toBeLessThanOrEqual(allowed);
  },
);
