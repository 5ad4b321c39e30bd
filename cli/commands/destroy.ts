import type { StackFlags } from "./deploy.ts";
import type { DefineCommand } from "./index.ts";

export const defineDestroy: DefineCommand = (program) => {
  program
    .command("destroy")
    .description("removes the stack; its buckets and what is in them stay")
    .option("--stack <name>", 'its name; default "Lamella", or LAMELLA_STACK')
    .option("--yes", "don't ask")
    .option("--json", "print one JSON document")
    .option("--quiet", "don't show what cdk says")
    .action(async (flags: Omit<StackFlags, "context">) => {
      const { destroyStack } = await import("../destroy-stack.ts");
      await destroyStack(flags);
    });
};
