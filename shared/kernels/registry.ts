import { LamellaError } from "../errors.ts";
import { DISTANCE_KERNELS } from "./distance/index.ts";
import { FILTER_KERNELS } from "./filters/registry.ts";
import { gaussianKernel } from "./gaussian.ts";
import { hysteresisLevelsKernel } from "./hysteresis-levels.ts";
import type { Kernel } from "./kernel.ts";
import { hintOfKernel } from "./kernel-hint.ts";
import { labelKernel } from "./label.ts";
import { MORPHOLOGY_KERNELS } from "./morphology/index.ts";
import { peakLocalMaxKernel } from "./peak-local-max.ts";
import { RANK_KERNELS } from "./rank/index.ts";
import { removeSmallObjectsKernel } from "./remove-small-objects.ts";
import { rescaleIntensityKernel } from "./rescale-intensity.ts";
import { thresholdKernel } from "./threshold.ts";
import { watershedKernel } from "./watershed.ts";

const BUILT_IN: readonly Kernel[] = [
  ...DISTANCE_KERNELS,
  ...FILTER_KERNELS,
  ...MORPHOLOGY_KERNELS,
  ...RANK_KERNELS,
  gaussianKernel,
  hysteresisLevelsKernel,
  labelKernel,
  peakLocalMaxKernel,
  removeSmallObjectsKernel,
  rescaleIntensityKernel,
  thresholdKernel,
  watershedKernel,
];

const KERNELS: ReadonlyMap<string, Kernel> = new Map(BUILT_IN.map((kernel) => [kernel.name, kernel]));

/** The built-in kernel of that name. Throws UNKNOWN_KERNEL, with the nearest known name. */
export function kernelNamed(name: string): Kernel {
  const kernel = KERNELS.get(name);
  if (kernel !== undefined) return kernel;
  throw new LamellaError("UNKNOWN_KERNEL", `there is no kernel "${name}"`, {
    hint: hintOfKernel(name, KERNELS.keys()),
    details: { kernel: name },
  });
}

/** Whether a built-in kernel has that name. */
export function isKernel(name: string): boolean {
  return KERNELS.has(name);
}

/** All built-in kernels, by name. */
export function allKernels(): readonly Kernel[] {
  return [...KERNELS.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}
