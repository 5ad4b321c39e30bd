import type { DefineCommand } from "./index.ts";

export const defineSchema: DefineCommand = (program) => {
  program
    .command("schema")
    .description("the JSON Schema of a pipeline file, for editors")
    .action(async () => {
      const [{ pipelineSchema }, { z }] = await Promise.all([
        import("../../shared/pipeline/schema.ts"),
        import("zod"),
      ]);
      process.stdout.write(`${JSON.stringify(z.toJSONSchema(pipelineSchema, { io: "input" }), null, 2)}\n`);
    });
};
