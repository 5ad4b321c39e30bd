import path from "node:path";
import { setTimeout } from "node:timers/promises";
import { DEFAULT_STACK } from "../shared/engine/aws/stack.ts";
import { run } from "./commands.ts";
import { awsEnvironment, environmentFor } from "./environment.ts";
import type { Instance } from "./instance.ts";
import { instanceFolder, projectRoot } from "./paths.ts";

/** What the deployed stack is called by: its outputs. */
export interface StackOutputs {
  readonly DataBucket: string;
  readonly ControlBucket: string;
  readonly StateMachine: string;
  readonly DeadLetterQueue: string;
  readonly RedriveQueue: string;
}

/** Named, and asked for where no app is, so that no app is synthesized to learn it. */
const ENVIRONMENT = "aws://000000000000/us-east-1";

/** Bootstraps LocalStack's account and deploys the stack with plain `cdk`, as one would to AWS. */
export async function deploy(
  instance: Instance,
  show: boolean,
  context: Context = {},
): Promise<StackOutputs> {
  await cdk(instance, ["bootstrap", ENVIRONMENT], show, {}, instanceFolder(instance.name));
  await cdk(instance, ["deploy", "--require-approval", "never"], show, context);
  return outputsOf(instance, context["stackName"] ?? DEFAULT_STACK);
}

/** LocalStack calls a stack complete a moment before it has its outputs, so that those that cdk saw may be none. */
async function outputsOf({ endpoint }: Instance, StackName: string): Promise<StackOutputs> {
  const sdk = await import("@aws-sdk/client-cloudformation");
  const { AWS_REGION: region, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY } = awsEnvironment(endpoint);
  const credentials = { accessKeyId: AWS_ACCESS_KEY_ID!, secretAccessKey: AWS_SECRET_ACCESS_KEY! };
  const client = new sdk.CloudFormationClient({ endpoint, region: region!, credentials });
  for (const end = Date.now() + 60_000; Date.now() < end; await setTimeout(100)) {
    const { Stacks } = await client.send(new sdk.DescribeStacksCommand({ StackName }));
    const found = (Stacks?.[0]?.Outputs ?? []).map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue]);
    if (found.length > 0) return Object.fromEntries(found) as StackOutputs;
  }
  throw new Error(`stack ${StackName} has no outputs`);
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
  cwd = projectRoot,
): Promise<void> {
  const output = path.join(instanceFolder(instance.name), `cdk.out-${context["stackName"] ?? ""}`);
  const given = Object.entries(context).flatMap(([name, value]) => ["--context", `${name}=${value}`]);
  await run(
    path.join(projectRoot, "node_modules/.bin/cdk"),
    [...args, ...given, "--output", output, "--no-notices", "--no-color", "--progress", "events", "--ci"],
    {
      cwd,
      env: {
        ...environmentFor(instance.endpoint),
        CDK_DISABLE_VERSION_CHECK: "1",
        CDK_DISABLE_CLI_TELEMETRY: "true",
      },
      show,
    },
  );
}
