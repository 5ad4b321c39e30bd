import { LamellaError } from "../../shared/errors.ts";
import { choice } from "../values.ts";
import type { DefineCommand } from "./index.ts";

const KINDS = ["pipeline", "kernel"] as const;

export const defineNew: DefineCommand = (program) => {
  program
    .command("new")
    .description("a file to begin with, which runs as it is: a pipeline, or an own kernel")
    .argument("<kind>", KINDS.join(" or "), choice(KINDS))
    .argument("[file]", "the file to write; default: pipeline.yaml or kernels.ts")
    .option("--image <uri>", "of a pipeline: the image it reads; default: cells.ome.zarr")
    .action(async (kind: (typeof KINDS)[number], file: string | undefined, flags: { image?: string }) => {
      const { newKernel, newPipeline } = await import("../new-file.ts");
      if (kind === "pipeline") return newPipeline(file ?? "pipeline.yaml", flags.image ?? "cells.ome.zarr");
      if (flags.image !== undefined) {
        throw new LamellaError("INVALID_ARGUMENT", "--image is for a pipeline, and a kernel reads none", {
          hint: "Leave --image out.",
        });
      }
      return newKernel(file ?? "kernels.ts");
    });
};
