import type { DefineCommand } from "./index.ts";

export const defineSchema: DefineCommand = (program) => {
  program
    .command("schema")
    .description("the JSON Schema of a pipeline file, for editors")
    .action(async () => {
      const { pipelineJsonSchema } = await import("../../shared/pipeline/json-schema.ts");
      process.stdout.write(`${JSON.stringify(pipelineJsonSchema(), null, 2)}\n`);
    });
};
