import type { Kernel } from "../kernel.ts";
import { maximumKernel, minimumKernel } from "./extremes.ts";
import { medianKernel, percentileKernel, rankFilterKernel } from "./rank.ts";

/** All kernels of this folder. */
export const RANK_KERNELS: readonly Kernel[] = [
  medianKernel,
  percentileKernel,
  rankFilterKernel,
  minimumKernel,
  maximumKernel,
];
