import { LamellaError } from "../shared/errors.ts";
import type { ObjectStore } from "../shared/storage/store.ts";
import type { RunPipelineFlags } from "./run-pipeline.ts";

/** The control bucket's store of a deployed stack. */
export async function awsControlStore(stack: string | undefined): Promise<ObjectStore> {
  throw notDeployed(stack);
}

export async function runOnAws(_file: string, flags: RunPipelineFlags): Promise<void> {
  throw notDeployed(flags.stack);
}

function notDeployed(stack: string | undefined): LamellaError {
  return new LamellaError("STACK_NOT_FOUND", `stack ${stack ?? "Lamella"} is not deployed here`);
}
