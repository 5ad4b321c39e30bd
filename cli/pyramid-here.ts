import { pyramidOutput } from "../shared/pipeline/pyramid.ts";
import { compile } from "../shared/plan/compile.ts";
import type { PyramidFlags } from "./commands/pyramid.ts";
import { compileFlags } from "./convert-here.ts";
import { printReport, runPlanHere } from "./run-plan.ts";

/** Adds levels to the images of a Zarr, on this computer. */
export async function pyramidHere(uri: string, flags: PyramidFlags): Promise<void> {
  const { levels, downsample, factors } = flags;
  const output = await pyramidOutput(uri, {
    ...(levels === undefined ? {} : { levels }),
    ...(downsample === undefined ? {} : { downsample }),
    ...(factors === undefined ? {} : { factors }),
  });
  printReport(await runPlanHere(await compile([output], compileFlags(flags)), flags), flags);
}
