import { LamellaError } from "../../errors.ts";
import { AWS_FACTS } from "../../plan/aws-facts.ts";
import { largestBudgetMiB } from "../../plan/aws-tier.ts";
import { stepFunctions } from "./clients.ts";
import { awsError } from "./errors.ts";

/** A deployed stack, as far as the command line needs it. */
export interface DeployedStack {
  readonly stateMachineArn: string;
  readonly controlBucket: string;
  readonly dataBucket: string;
  /**
   * The functions that run batches, by their memory in MB, for runs without the state machine: published versions, so that a run goes
   * on with the code that it began with. Empty where the environment names the stack and not its functions.
   */
  readonly runTasksFunctions: { readonly [tierMB: number]: string };
  /** The largest budget of a plan: what the largest of its functions holds, MiB. */
  readonly workerMemoryMiB: number;
  /** The schema of the plans that it runs; absent where the environment names the stack. */
  readonly planVersion?: number;
  /** Whether steps of uploads may use the kernels that `lamella publish` puts there; absent where the environment names the stack. */
  readonly uploadKernels?: boolean;
}

export const DEFAULT_STACK = "Lamella";

/** The tags that the stack puts on its state machine. `infra/stack.ts` writes them. */
export const STACK_TAGS = {
  controlBucket: "lamella:control-bucket",
  dataBucket: "lamella:data-bucket",
  /** One a tier: this, a hyphen, and its memory in MB. */
  runTasksFunction: "lamella:run-tasks-function",
  planVersion: "lamella:plan-version",
  uploadKernels: "lamella:upload-kernels",
} as const;

/**
 * Finds a deployed stack. LAMELLA_STATE_MACHINE (an ARN), LAMELLA_CONTROL_BUCKET and LAMELLA_DATA_BUCKET name it
 * outright; else it is the state machine of the stack's name (`name`, LAMELLA_STACK, or "Lamella") in the current
 * account and region, whose tags tell the rest: this needs states:ListStateMachines and states:ListTagsForResource.
 * Throws STACK_NOT_FOUND, NO_CREDENTIALS, ACCESS_DENIED.
 */
export async function findStack(name?: string): Promise<DeployedStack> {
  const environment = fromEnvironment();
  if (environment && name === undefined) return environment;
  const wanted = name ?? process.env["LAMELLA_STACK"] ?? DEFAULT_STACK;
  const { client, sfn } = await stepFunctions();
  const doing = `looking for stack ${wanted}`;
  try {
    for await (const page of sfn.paginateListStateMachines({ client }, {})) {
      const machine = page.stateMachines?.find((candidate) => candidate.name === wanted);
      if (!machine?.stateMachineArn) continue;
      const resourceArn = machine.stateMachineArn;
      const { tags = [] } = await client.send(new sfn.ListTagsForResourceCommand({ resourceArn }));
      return fromTags(wanted, resourceArn, new Map(tags.map(({ key, value }) => [key, value])));
    }
  } catch (error) {
    throw awsError(error, doing);
  }
  throw notFound(`there is no stack ${wanted} in ${await client.config.region()} of this account`);
}

function fromEnvironment(): DeployedStack | undefined {
  const stateMachineArn = process.env["LAMELLA_STATE_MACHINE"];
  const controlBucket = process.env["LAMELLA_CONTROL_BUCKET"];
  if (!stateMachineArn && !controlBucket) return undefined;
  if (!stateMachineArn || !controlBucket) {
    throw notFound("LAMELLA_STATE_MACHINE and LAMELLA_CONTROL_BUCKET go together, and one is not set");
  }
  const dataBucket = process.env["LAMELLA_DATA_BUCKET"] ?? "";
  const workerMemoryMiB = largestBudgetMiB(AWS_FACTS.lambda.tiersMB);
  return { stateMachineArn, controlBucket, dataBucket, runTasksFunctions: {}, workerMemoryMiB };
}

function fromTags(
  name: string,
  stateMachineArn: string,
  tags: ReadonlyMap<string | undefined, string | undefined>,
): DeployedStack {
  const controlBucket = tags.get(STACK_TAGS.controlBucket);
  const dataBucket = tags.get(STACK_TAGS.dataBucket);
  if (!controlBucket || !dataBucket) {
    throw notFound(
      `the state machine ${name} is not one of Lamella's: it has no tag ${STACK_TAGS.controlBucket}`,
    );
  }
  const runTasksFunctions: { [tierMB: number]: string } = {};
  for (const [key, value] of tags) {
    const tierMB = /-(\d+)$/.exec(key ?? "")?.[1];
    if (value && tierMB && key?.startsWith(STACK_TAGS.runTasksFunction))
      runTasksFunctions[Number(tierMB)] = value;
  }
  const tiersMB = Object.keys(runTasksFunctions).map(Number);
  const planVersion = tags.get(STACK_TAGS.planVersion);
  return {
    stateMachineArn,
    controlBucket,
    dataBucket,
    runTasksFunctions,
    workerMemoryMiB: largestBudgetMiB(tiersMB.length > 0 ? tiersMB : AWS_FACTS.lambda.tiersMB),
    ...(planVersion ? { planVersion: Number(planVersion) } : {}),
    uploadKernels: tags.get(STACK_TAGS.uploadKernels) === "true",
  };
}

function notFound(message: string): LamellaError {
  return new LamellaError("STACK_NOT_FOUND", message, {
    hint: "Deploy it with `lamella deploy`, or check AWS_PROFILE, AWS_REGION, --stack and LAMELLA_STACK.",
  });
}
