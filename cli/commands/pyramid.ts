import type { BudgetFlags } from "../convert-here.ts";
import type { RunFlags } from "../run-plan.ts";
import { pyramidOptions, runOptions } from "./convert.ts";
import type { DefineCommand } from "./index.ts";

export interface PyramidFlags extends BudgetFlags, RunFlags {
  readonly levels?: number;
  readonly downsample?: "mean" | "mode" | "nearest" | "max" | "min" | "median";
  readonly factors?: number[] | "auto";
}

export const definePyramid: DefineCommand = (program) => {
  const command = program
    .command("pyramid")
    .description(
      "adds levels to an OME-Zarr that is there, its labels too; the full resolution stays as it is",
    )
    .argument(
      "<zarr>",
      "an image, a root of several, a plate, or (behind #) an array in a group: a path or s3://",
    );
  runOptions(pyramidOptions(command)).action(async (uri: string, flags: PyramidFlags) => {
    const { pyramidHere } = await import("../pyramid-here.ts");
    await pyramidHere(uri, flags);
  });
};
