import { collectSet, parsePort, parsePositive } from "../values.ts";
import type { DefineCommand } from "./index.ts";

export const defineServe: DefineCommand = (program) => {
  program
    .command("serve")
    .description(
      "serves each step of a pipeline as an OME-Zarr on 127.0.0.1; chunks are computed when asked for",
    )
    .argument("<pipeline>", "pipeline file, YAML or JSON: a path or s3://")
    .option("--port <n>", "port; default any that is free", parsePort)
    .option("--set <name=value>", "a parameter of the pipeline; may be repeated", collectSet)
    .option("--workers <n>", "worker threads; default: one a core", parsePositive)
    .option("--memory <MiB>", "memory budget, the cache of computed chunks included", parsePositive)
    .option("--json", "print one JSON document: the address, and that of each step")
    .option("--quiet", "no progress")
    .action(async (pipeline: string, flags) => {
      const { serveHere } = await import("../serve-here.ts");
      await serveHere(pipeline, flags);
    });
};
