import { runPlaceOptions } from "../run-choice.ts";
import { collectSet, parsePort, parsePositive } from "../values.ts";
import type { ViewFlags } from "../view-here.ts";
import type { DefineCommand } from "./index.ts";

export const defineView: DefineCommand = (program) => {
  const command = program
    .command("view")
    .description("shows images, or the steps of a pipeline, in the browser")
    .argument(
      "[zarr...]",
      "an OME-Zarr, a Zarr array, an image file: a path, s3:// or https://; several are shown side by side",
    )
    .option("--run <run>", "the inputs and outputs of a run, side by side")
    .option(
      "--pipeline <file>",
      "a pipeline's inputs and steps, computed for the visible region, with a control for each number in args",
    )
    .option("--set <name=value>", "with --pipeline: a parameter of it; may be repeated", collectSet)
    .option("--workers <n>", "with --pipeline: worker threads; default: one a core", parsePositive)
    .option("--memory <MiB>", "with --pipeline: memory budget", parsePositive);
  runPlaceOptions(command)
    .option("--port <n>", "of the server on 127.0.0.1; default: any that is free", parsePort)
    .option("--no-open", "don't open the browser")
    .option("--json", "print one JSON document: the address, and what is shown")
    .action(async (uris: string[], flags: ViewFlags) => {
      const { viewHere } = await import("../view-here.ts");
      await viewHere(uris, flags);
    });
};
