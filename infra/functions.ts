import { Duration } from "aws-cdk-lib";
import { Construct } from "constructs";
import { INTERMEDIATE_FOLDERS, WORKER_FOLDERS } from "../shared/engine/worker-folders.ts";
import type { LamellaBuckets } from "./buckets.ts";
import type { FunctionName } from "./bundle.ts";
import type { DeadLetters } from "./dead-letters.ts";
import { LamellaFunction } from "./function.ts";
import type { InputRights } from "./input-buckets.ts";
import { inFolder, listBuckets, neverOn, onObjects } from "./permissions.ts";
import type { Surroundings } from "./surroundings.ts";

export interface LamellaFunctionsProps {
  readonly buckets: LamellaBuckets;
  readonly deadLetters: DeadLetters;
  readonly inputs: InputRights;
  readonly surroundings: Surroundings;
}

/** Time of the function that uploads' events go to. */
export const INGEST_TIMEOUT = Duration.minutes(1);

/** Memory of the functions that compute, in MiB: two vCPUs' worth. */
export const WORKER_MEMORY_MIB = 3538;

/** The six functions, with the least rights that each needs. */
export class LamellaFunctions extends Construct {
  readonly plan: LamellaFunction;
  readonly runTasks: LamellaFunction;
  readonly reduce: LamellaFunction;
  readonly pyramid: LamellaFunction;
  readonly finalize: LamellaFunction;
  readonly ingest: LamellaFunction;

  /** Every function, however many. */
  get all(): LamellaFunction[] {
    return this.node.children.filter((child) => child instanceof LamellaFunction);
  }

  constructor(scope: Construct, id: string, props: LamellaFunctionsProps) {
    super(scope, id);
    const { buckets, deadLetters, inputs, surroundings } = props;
    const { data, control } = buckets;
    const environment = {
      CONTROL_BUCKET: control.bucketName,
      DATA_BUCKET: data.bucketName,
    };
    const runs = inFolder(control, "runs");
    const uploads = inFolder(control, "uploads");
    const images = inFolder(data, "");
    const incoming = inFolder(data, "incoming");
    // bundles come from those who deploy and submit; what a run writes under incoming/ would start a run
    const neverWritten = neverOn("s3:PutObject", inFolder(control, "runs/*/kernels"), incoming);
    const written = WORKER_FOLDERS.map((folder) => inFolder(control, `runs/*/${folder}`));
    const intermediates = INTERMEDIATE_FOLDERS.map((folder) => inFolder(control, `runs/*/${folder}`));
    const bounded = "A run's id is not known at deployment; the right ends at these folders of runs.";

    const worker = (construct: string, name: FunctionName, description: string): LamellaFunction => {
      const made = new LamellaFunction(this, construct, {
        name,
        description,
        memoryMiB: WORKER_MEMORY_MIB,
        timeout: Duration.minutes(15),
        environment: { ...environment, ...inputs.environment },
        statements: [
          listBuckets(data, control),
          onObjects("s3:GetObject", images, runs),
          onObjects("s3:PutObject", images, ...written),
          neverWritten,
          ...inputs.statements,
        ],
        surroundings,
      });
      for (const { finding } of [runs, ...written]) made.acknowledge(finding, bounded);
      inputs.acknowledge(made);
      made.acknowledge(images.finding, "Users name inputs and outputs anywhere in their data bucket.");
      return made;
    };
    this.runTasks = worker("RunTasks", "run-tasks", "Computes a batch of output chunks");
    this.reduce = worker("Reduce", "reduce", "Merges partial results of one level of a tree reduction");
    this.pyramid = worker("Pyramid", "pyramid", "Computes a batch of pyramid chunks");

    const stages = {
      ...environment,
      RUN_TASKS_FUNCTION: this.runTasks.function.functionArn,
      REDUCE_FUNCTION: this.reduce.function.functionArn,
      PYRAMID_FUNCTION: this.pyramid.function.functionArn,
      WORKER_MEMORY_MIB: String(WORKER_MEMORY_MIB),
    };
    this.plan = new LamellaFunction(this, "Plan", {
      name: "plan",
      description: "Compiles a request to a plan, or loads one, and claims its outputs",
      memoryMiB: 1769,
      timeout: Duration.minutes(15),
      environment: { ...stages, ...inputs.environment },
      statements: [
        listBuckets(data, control),
        onObjects("s3:GetObject", images, runs, uploads),
        onObjects("s3:PutObject", images, runs),
        onObjects("s3:DeleteObject", images),
        neverWritten,
        ...inputs.statements,
      ],
      surroundings,
    });
    this.finalize = new LamellaFunction(this, "Finalize", {
      name: "finalize",
      description: "Checks a stage's receipts, ends a run, or records its failure",
      memoryMiB: 1769,
      timeout: Duration.minutes(15),
      environment: stages,
      statements: [
        listBuckets(data, control),
        onObjects("s3:GetObject", images, runs, uploads),
        onObjects("s3:PutObject", images, runs),
        onObjects("s3:DeleteObject", images, ...intermediates),
        neverWritten,
      ],
      surroundings,
    });
    const converted = inFolder(data, "converted");
    this.ingest = new LamellaFunction(this, "Ingest", {
      name: "ingest",
      description: "Starts the conversion of an uploaded image",
      memoryMiB: 256,
      timeout: INGEST_TIMEOUT,
      environment,
      statements: [
        listBuckets(data, control),
        onObjects("s3:GetObject", incoming, converted, uploads),
        onObjects("s3:PutObject", converted, uploads),
      ],
      deadLetterQueue: deadLetters.queue,
      surroundings,
    });
    inputs.acknowledge(this.plan);
    for (const { finding } of intermediates) this.finalize.acknowledge(finding, bounded);

    for (const made of [this.plan, this.finalize]) {
      made.acknowledge(runs.finding, bounded);
      made.acknowledge(
        uploads.finding,
        "Records of uploads are named by a hash; the right ends at the uploads/ folder.",
      );
      made.acknowledge(images.finding, "Users name inputs and outputs anywhere in their data bucket.");
    }
    this.ingest.acknowledge(
      incoming.finding,
      "Uploads may have any name; the right ends at the incoming/ folder.",
    );
    this.ingest.acknowledge(
      converted.finding,
      "Outputs follow the names of uploads; the right ends at converted/.",
    );
    this.ingest.acknowledge(
      uploads.finding,
      "Records of uploads are named by a hash; the right ends at uploads/.",
    );
  }
}
