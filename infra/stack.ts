import { CfnOutput, Stack, type StackProps, Tags } from "aws-cdk-lib";
import type { Construct } from "constructs";
import { STACK_TAGS } from "../shared/engine/aws/stack.ts";
import { BioFormatsTask } from "./bioformats-task.ts";
import { LamellaBuckets } from "./buckets.ts";
import { DeadLetters } from "./dead-letters.ts";
import { LamellaFunctions, WORKER_MEMORY_MIB } from "./functions.ts";
import { RunStateMachine } from "./state-machine.ts";
import { UploadTrigger } from "./upload-trigger.ts";

export interface LamellaStackProps extends StackProps {
  /** Days that a run's folder stays in the control bucket; it can be resumed until then. */
  readonly runRetentionDays: number;
  /** A container image with `bfconvert` and `aws`: adds the task that reads what is uploaded under `bioformats/`. */
  readonly bioFormatsImage?: string | undefined;
}

/**
 * Everything that runs Lamella on AWS: a data bucket whose `incoming/` starts conversions, a control bucket for the
 * folders of runs, six functions, and the state machine that fans batches out to them.
 */
export class LamellaStack extends Stack {
  constructor(scope: Construct, id: string, props: LamellaStackProps) {
    super(scope, id, props);

    const buckets = new LamellaBuckets(this, "Buckets", { runRetentionDays: props.runRetentionDays });
    const deadLetters = new DeadLetters(this, "DeadLetters");
    const functions = new LamellaFunctions(this, "Functions", { buckets, deadLetters });
    const machine = new RunStateMachine(this, "Runs", { buckets, functions, name: this.stackName });
    new UploadTrigger(this, "Uploads", { buckets, functions, machine, deadLetters });
    if (props.bioFormatsImage)
      new BioFormatsTask(this, "BioFormats", { buckets, deadLetters, image: props.bioFormatsImage });

    // the command line finds the stack by its state machine, and the rest by these tags
    const tags = Tags.of(machine);
    tags.add(STACK_TAGS.controlBucket, buckets.control.bucketName);
    tags.add(STACK_TAGS.dataBucket, buckets.data.bucketName);
    tags.add(STACK_TAGS.runTasksFunction, functions.runTasks.function.functionName);
    tags.add(STACK_TAGS.workerMemoryMiB, String(WORKER_MEMORY_MIB));

    new CfnOutput(this, "DataBucket", {
      value: buckets.data.bucketName,
      description: "Inputs and outputs; an image uploaded under incoming/ is converted",
    });
    new CfnOutput(this, "ControlBucket", {
      value: buckets.control.bucketName,
      description: "Plans, manifests and receipts of runs",
    });
    new CfnOutput(this, "StateMachine", {
      value: machine.arn,
      description: "Carries out runs: start-execution takes a pipeline, a pipelineUri or a convert request",
    });
  }
}
