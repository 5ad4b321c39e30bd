import type { Kernel } from "../kernel.ts";
import { maximumKernel, minimumKernel } from "./extremes.ts";

/** All kernels of this folder. */
export const RANK_KERNELS: readonly Kernel[] = [minimumKernel, maximumKernel];
