import type { RunFolder } from "../run-folder.ts";
import type { Carrier } from "../watch.ts";
import { executionFailure, executionName } from "./execution.ts";
import type { DeployedStack } from "./stack.ts";

/** Milliseconds between two looks at the execution, of which Step Functions allows 15 a second to a whole account. */
const EXECUTION_INTERVAL = 20_000;

/** The execution that carries a run out on a deployed stack. */
export function executionOf({ stateMachineArn }: DeployedStack, folder: RunFolder): Carrier {
  return {
    gone: async () => executionFailure(stateMachineArn, executionName(await folder.state())),
    interval: EXECUTION_INTERVAL,
    look: `lamella status ${folder.runId}`,
  };
}
