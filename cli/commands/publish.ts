import type { DefineCommand } from "./index.ts";

export interface PublishFlags {
  readonly stack?: string;
  readonly json?: boolean;
}

export const definePublish: DefineCommand = (program) => {
  program
    .command("publish")
    .description(
      "puts a module of own kernels where uploads to a stack may use it, and prints how steps name it",
    )
    .argument("<module>", "a TypeScript or JavaScript file")
    .option("--stack <name>", 'the stack; default "Lamella", or LAMELLA_STACK')
    .option("--json", "print one JSON document")
    .action(async (module: string, flags: PublishFlags) => {
      const { publishKernels } = await import("../publish-kernels.ts");
      await publishKernels(module, flags);
    });
};
