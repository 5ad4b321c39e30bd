import { choice, collectSet, parseUsd } from "../values.ts";
import { runOptions } from "./convert.ts";
import type { DefineCommand } from "./index.ts";

export const defineRun: DefineCommand = (program) => {
  const command = program
    .command("run")
    .description("compiles a pipeline file and runs it")
    .argument("<pipeline>", "pipeline file, YAML or JSON: a path or s3://")
    .option(
      "--on <engine>",
      "local (the default), aws (Step Functions and Lambda), or lambda (functions invoked from here: for small runs)",
      choice(["local", "aws", "lambda"] as const),
    )
    .option("--set <name=value>", "a parameter of the pipeline; may be repeated", collectSet)
    .option("--max-cost <USD>", "refuse a plan that would cost more on AWS", parseUsd)
    .option("--resume <run>", "go on with an earlier run of the same plan")
    .option("--verify", "with --resume: compare the checksum of every object")
    .option(
      "--pin-inputs",
      "list the chunks of Zarr and N5 inputs, so that a change of any is found when the run ends or is resumed",
    )
    .option("--detach", "with --on aws: return as soon as the run has started")
    .option("--stack <name>", "with --on aws or lambda: the deployed stack");
  runOptions(command).action(async (pipeline: string, flags) => {
    const { runPipeline } = await import("../run-pipeline.ts");
    await runPipeline(pipeline, flags);
  });
};
