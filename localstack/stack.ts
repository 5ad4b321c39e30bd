import { readFile } from "node:fs/promises";
import path from "node:path";
import { run } from "./commands.ts";
import { environmentFor } from "./environment.ts";
import type { Instance } from "./instance.ts";
import { instanceFolder, projectRoot } from "./paths.ts";

/** What the deployed stack is called by: its outputs. */
export interface StackOutputs {
  readonly DataBucket: string;
  readonly ControlBucket: string;
  readonly StateMachine: string;
}

/** Bootstraps LocalStack's account and deploys the stack with plain `cdk`, as one would to AWS. */
export async function deploy(
  instance: Instance,
  show: boolean,
  context: Context = {},
): Promise<StackOutputs> {
  const outputs = path.join(instanceFolder(instance.name), "outputs.json");
  await cdk(instance, ["bootstrap"], show, context);
  const options = ["--require-approval", "never", "--outputs-file", outputs];
  await cdk(instance, ["deploy", ...options], show, context);
  const stacks = JSON.parse(await readFile(outputs, "utf8")) as { readonly [stack: string]: StackOutputs };
  const [only] = Object.values(stacks);
  if (!only) throw new Error(`${outputs} names no stack`);
  return only;
}

/** Removes the stack. Its buckets stay on AWS; LocalStack removes them too. */
export async function destroy(instance: Instance, show: boolean, context: Context = {}): Promise<void> {
  await cdk(instance, ["destroy", "--force"], show, context);
}

/** Values in the place of those of `cdk.json`: another stack's name, for one. */
export type Context = { readonly [name: string]: string };

async function cdk(
  instance: Instance,
  args: readonly string[],
  show: boolean,
  context: Context,
): Promise<void> {
  const output = path.join(instanceFolder(instance.name), `cdk.out-${context["stackName"] ?? ""}`);
  const given = Object.entries(context).flatMap(([name, value]) => ["--context", `${name}=${value}`]);
  await run(
    path.join(projectRoot, "node_modules/.bin/cdk"),
    [...args, ...given, "--output", output, "--no-notices", "--no-color", "--progress", "events", "--ci"],
    {
      cwd: projectRoot,
      env: {
        ...environmentFor(instance.endpoint),
        CDK_DISABLE_VERSION_CHECK: "1",
        CDK_DISABLE_CLI_TELEMETRY: "true",
      },
      show,
    },
  );
}
