import { LamellaError } from "../../errors.ts";
import { stepFunctions } from "./clients.ts";
import { awsError } from "./errors.ts";

/** A deployed stack, as far as the command line needs it. */
export interface DeployedStack {
  readonly stateMachineArn: string;
  readonly controlBucket: string;
  readonly dataBucket: string;
  /** The function that runs batches, for runs without the state machine; absent where the environment names the stack. */
  readonly runTasksFunction?: string;
  /** Memory of the functions that run batches, MiB. */
  readonly workerMemoryMiB: number;
}

export const DEFAULT_STACK = "Lamella";
/** Memory of a worker where the stack doesn't say, MiB. */
const DEFAULT_WORKER_MEMORY = 3538;

/** The tags that the stack puts on its state machine. `infra/stack.ts` writes them. */
export const STACK_TAGS = {
  controlBucket: "lamella:control-bucket",
  dataBucket: "lamella:data-bucket",
  runTasksFunction: "lamella:run-tasks-function",
  workerMemoryMiB: "lamella:worker-memory-mib",
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
  throw notFound(`there is no stack ${wanted} in this account and region`);
}

function fromEnvironment(): DeployedStack | undefined {
  const stateMachineArn = process.env["LAMELLA_STATE_MACHINE"];
  const controlBucket = process.env["LAMELLA_CONTROL_BUCKET"];
  if (!stateMachineArn && !controlBucket) return undefined;
  if (!stateMachineArn || !controlBucket) {
    throw notFound("LAMELLA_STATE_MACHINE and LAMELLA_CONTROL_BUCKET go together, and one is not set");
  }
  const dataBucket = process.env["LAMELLA_DATA_BUCKET"] ?? "";
  return { stateMachineArn, controlBucket, dataBucket, workerMemoryMiB: DEFAULT_WORKER_MEMORY };
}

function fromTags(
  name: string,
  stateMachineArn: string,
  tags: ReadonlyMap<string | undefined, string | undefined>,
): DeployedStack {
  const controlBucket = tags.get(STACK_TAGS.controlBucket);
  const dataBucket = tags.get(STACK_TAGS.dataBucket);
  const runTasksFunction = tags.get(STACK_TAGS.runTasksFunction);
  if (!controlBucket || !dataBucket) {
    throw notFound(
      `the state machine ${name} is not one of Lamella's: it has no tag ${STACK_TAGS.controlBucket}`,
    );
  }
  return {
    stateMachineArn,
    controlBucket,
    dataBucket,
    ...(runTasksFunction ? { runTasksFunction } : {}),
    workerMemoryMiB: Number(tags.get(STACK_TAGS.workerMemoryMiB) ?? DEFAULT_WORKER_MEMORY),
  };
}

function notFound(message: string): LamellaError {
  return new LamellaError("STACK_NOT_FOUND", message, {
    hint: "Deploy it with `npx cdk deploy`, or check AWS_PROFILE, AWS_REGION, --stack and LAMELLA_STACK.",
  });
}
