import type { DefineCommand } from "./index.ts";

export const defineSchema: DefineCommand = (program) => {
  program
    .command("schema")
    .description("the JSON Schema of a pipeline file, for editors")
    .option("--events", "of the documents that --events writes, instead")
    .action(async (flags: { events?: true }) => {
      if (flags.events) {
        const { eventJsonSchema } = await import("../events/json-schema.ts");
        process.stdout.write(`${JSON.stringify(eventJsonSchema(), null, 2)}\n`);
        return;
      }
      const { pipelineJsonSchema } = await import("../../shared/pipeline/json-schema.ts");
      process.stdout.write(`${JSON.stringify(pipelineJsonSchema(), null, 2)}\n`);
    });
};
