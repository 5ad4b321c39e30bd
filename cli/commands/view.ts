import { runPlaceOptions } from "../run-choice.ts";
import { parseInteger } from "../values.ts";
import type { ViewFlags } from "../view-here.ts";
import type { DefineCommand } from "./index.ts";

export const defineView: DefineCommand = (program) => {
  const command = program
    .command("view")
    .description("shows images in the browser: channels, Z and time, labels, pixel values, chunks")
    .argument(
      "[zarr...]",
      "an OME-Zarr, a Zarr array, an image file: a path, s3:// or https://; several are shown side by side",
    )
    .option("--run <run>", "the inputs and outputs of a run, side by side");
  runPlaceOptions(command)
    .option("--port <n>", "of the server on 127.0.0.1; default: any that is free", parseInteger)
    .option("--no-open", "don't open the browser")
    .option("--json", "print one JSON document: the address, and what is shown")
    .action(async (uris: string[], flags: ViewFlags) => {
      const { viewHere } = await import("../view-here.ts");
      await viewHere(uris, flags);
    });
};
