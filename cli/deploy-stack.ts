import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { readContext } from "../infra/context.ts";
import { LamellaError } from "../shared/errors.ts";
import { canAsk } from "./ask.ts";
import { requireBootstrapped, whoAmI } from "./aws-account.ts";
import { runCdk } from "./cdk-app.ts";
import type { StackFlags } from "./commands/deploy.ts";
import { table } from "./format.ts";
import { stackNameOf } from "./stack-name.ts";

/**
 * Deploys the stack by `cdk`, and prints its outputs. Throws INVALID_ARGUMENT and UNKNOWN_KEY for its options before anything is
 * asked of AWS, NO_CREDENTIALS, NOT_BOOTSTRAPPED, CDK_NOT_FOUND and DEPLOY_FAILED.
 */
export async function deployStack(flags: StackFlags): Promise<void> {
  const stack = stackNameOf(flags.stack);
  const context = flags.context ?? [];
  readContext({ ...contextOf(context), stackName: stack });
  if (!flags.yes && !canAsk())
    throw new LamellaError("INVALID_ARGUMENT", "nobody can be asked here, and --yes was not given", {
      hint: "Add --yes to deploy whatever rights change.",
    });
  const account = await whoAmI();
  await requireBootstrapped(account);
  process.stderr.write(`deploying ${stack} to account ${account.account}, region ${account.region}\n`);
  const folder = await fs.mkdtemp(path.join(os.tmpdir(), "lamella-deploy-"));
  try {
    const outputsFile = path.join(folder, "outputs.json");
    await runCdk(
      [
        "deploy",
        ...["--require-approval", flags.yes ? "never" : "broadening"],
        ...["--outputs-file", outputsFile, "--output", path.join(folder, "cdk.out")],
      ],
      {
        context: [...context, `stackName=${stack}`],
        interactive: !flags.yes,
        ...(flags.quiet ? { quiet: true } : {}),
      },
    );
    const all = JSON.parse(await fs.readFile(outputsFile, "utf8")) as {
      readonly [stack: string]: { readonly [name: string]: string };
    };
    const outputs = all[stack] ?? {};
    const answer = { stack, account: account.account, region: account.region, outputs };
    process.stdout.write(flags.json ? `${JSON.stringify(answer)}\n` : `${table(Object.entries(outputs))}\n`);
  } finally {
    await fs.rm(folder, { recursive: true, force: true });
  }
}

/** NAME=VALUE pairs as an object. Throws INVALID_ARGUMENT for what is none, and for the name of the stack. */
export function contextOf(pairs: readonly string[]): { [name: string]: string } {
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf("=");
      if (at > 0 && !pair.startsWith("stackName=")) return [pair.slice(0, at), pair.slice(at + 1)];
      throw new LamellaError("INVALID_ARGUMENT", `--context ${pair} is no name=value`, {
        hint: at > 0 ? "The stack's name is given by --stack." : "For instance --context kmsKey=own",
      });
    }),
  );
}
