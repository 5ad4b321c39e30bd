import { LamellaError } from "../../errors.ts";
import { awsError } from "./errors.ts";
import type { DeployedStack } from "./stack.ts";

/** The names of the log groups of a stack's functions, from its resources: needs cloudformation:ListStackResources. */
export async function functionLogGroups({ stateMachineArn }: DeployedStack): Promise<string[]> {
  const sdk = await import("@aws-sdk/client-cloudformation");
  const client = new sdk.CloudFormationClient({ maxAttempts: 6 });
  // the machine has its stack's name
  const name = stateMachineArn.split(":").at(-1) ?? "";
  const groups: string[] = [];
  try {
    for await (const page of sdk.paginateListStackResources({ client }, { StackName: name })) {
      for (const { ResourceType, PhysicalResourceId } of page.StackResourceSummaries ?? [])
        if (ResourceType === "AWS::Logs::LogGroup" && PhysicalResourceId) groups.push(PhysicalResourceId);
    }
  } catch (thrown) {
    throw awsError(thrown, `listing the log groups of stack ${name}`);
  } finally {
    client.destroy();
  }
  // the state machine's own tells of states, not of what functions say
  const ofFunctions = groups.filter((group) => !group.startsWith("/aws/vendedlogs/states/")).sort();
  if (ofFunctions.length > 0) return ofFunctions;
  throw new LamellaError("STACK_NOT_FOUND", `stack ${name} has no log groups`, {
    hint: "Deploy it again, or read the logs in the CloudWatch console.",
  });
}
