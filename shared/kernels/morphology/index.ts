import type { Kernel } from "../kernel.ts";
import * as binary from "./binary.ts";
import * as grey from "./grey.ts";
import { fillHolesKernel, removeSmallHolesKernel } from "./holes.ts";

/** All kernels of this folder. */
export const MORPHOLOGY_KERNELS: readonly Kernel[] = [
  grey.erosionKernel,
  grey.dilationKernel,
  grey.openingKernel,
  grey.closingKernel,
  grey.whiteTophatKernel,
  grey.blackTophatKernel,
  grey.greyErosionKernel,
  grey.greyDilationKernel,
  grey.greyOpeningKernel,
  grey.greyClosingKernel,
  binary.binaryErosionKernel,
  binary.binaryDilationKernel,
  binary.binaryOpeningKernel,
  binary.binaryClosingKernel,
  fillHolesKernel,
  removeSmallHolesKernel,
];
