import type { DefineCommand } from "./index.ts";

export interface StackFlags {
  readonly stack?: string;
  readonly context?: readonly string[];
  readonly yes?: boolean;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

export const defineDeploy: DefineCommand = (program) => {
  program
    .command("deploy")
    .description("deploys the stack to the AWS account of your credentials, or brings it up to date")
    .option("--stack <name>", 'its name; default "Lamella", or LAMELLA_STACK')
    .option(
      "--context <name=value>",
      "an option of the stack, as in infra/README.md; repeatable",
      (pair: string, all: readonly string[] = []) => [...all, pair],
    )
    .option("--yes", "don't ask, whatever rights change")
    .option("--json", "print one JSON document")
    .option("--quiet", "don't show what cdk says")
    .action(async (flags: StackFlags) => {
      const { deployStack } = await import("../deploy-stack.ts");
      await deployStack(flags);
    });
};
