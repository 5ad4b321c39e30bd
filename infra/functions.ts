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
  /** Memory of the functions that compute, MB: each stage gets the one that suits it. */
  readonly tiersMB: readonly number[];
  /** Functions that one stage of a run may have at once. */
  readonly maxConcurrency: number;
  /** Runs may use the kernels that lie under `kernels/` of the control bucket, which deployers alone write. */
  readonly uploadKernels: boolean;
}

/** Time of the function that uploads' events go to. */
export const INGEST_TIMEOUT = Duration.minutes(1);

const PUBLISHED = "Published kernels are named by their digest; the right ends at the kernels/ folder.";

/** The functions that carry the batches of some kinds of stages: one a memory tier, ascending. */
export type TieredFunction = readonly LamellaFunction[];

/** The functions, with the least rights that each needs: six, of which three are there on every memory tier. */
export class LamellaFunctions extends Construct {
  readonly plan: LamellaFunction;
  readonly runTasks: TieredFunction;
  readonly reduce: TieredFunction;
  readonly pyramid: TieredFunction;
  readonly finalize: LamellaFunction;
  readonly ingest: LamellaFunction;

  /** Every function, however many. */
  get all(): LamellaFunction[] {
    return this.node.children.filter((child) => child instanceof LamellaFunction);
  }

  /** What the state machine invokes. */
  get invoked(): LamellaFunction[] {
    return [this.plan, this.finalize, ...this.runTasks, ...this.reduce, ...this.pyramid];
  }

  constructor(scope: Construct, id: string, props: LamellaFunctionsProps) {
    super(scope, id);
    const [smallest = 0, ...larger] = [...props.tiersMB].sort((a, b) => a - b);
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
    const kernels = props.uploadKernels ? [inFolder(control, "kernels")] : [];
    const neverWritten = neverOn("s3:PutObject", inFolder(control, "runs/*/kernels"), ...kernels, incoming);
    const written = WORKER_FOLDERS.map((folder) => inFolder(control, `runs/*/${folder}`));
    const intermediates = INTERMEDIATE_FOLDERS.map((folder) => inFolder(control, `runs/*/${folder}`));
    const bounded = "A run's id is not known at deployment; the right ends at these folders of runs.";

    const worker = (construct: string, name: FunctionName, description: string): TieredFunction => {
      const options = {
        name,
        description,
        memoryMiB: smallest,
        timeout: Duration.minutes(15),
        environment: { ...environment, ...inputs.environment, FUNCTION_KIND: name },
        statements: [
          listBuckets(data, control),
          onObjects("s3:GetObject", images, runs, ...kernels),
          onObjects("s3:PutObject", images, ...written),
          neverWritten,
          ...inputs.statements,
        ],
        surroundings,
      };
      const made = new LamellaFunction(this, construct, options);
      for (const { finding } of [runs, ...written]) made.acknowledge(finding, bounded);
      for (const { finding } of kernels) made.acknowledge(finding, PUBLISHED);
      inputs.acknowledge(made);
      made.acknowledge(images.finding, "Users name inputs and outputs anywhere in their data bucket.");
      const twins = larger.map(
        (memoryMiB) =>
          new LamellaFunction(this, `${construct}${memoryMiB}`, { ...options, memoryMiB, twin: made }),
      );
      return [made, ...twins];
    };
    this.runTasks = worker("RunTasks", "run-tasks", "Computes a batch of output chunks");
    this.reduce = worker("Reduce", "reduce", "Merges partial results of one level of a tree reduction");
    this.pyramid = worker("Pyramid", "pyramid", "Computes a batch of pyramid chunks");

    const stages = {
      ...environment,
      RUN_TASKS_FUNCTIONS: arnsOf(this.runTasks),
      REDUCE_FUNCTIONS: arnsOf(this.reduce),
      PYRAMID_FUNCTIONS: arnsOf(this.pyramid),
      TIERS_MB: [smallest, ...larger].join(","),
      MAX_CONCURRENCY: String(props.maxConcurrency),
    };
    this.plan = new LamellaFunction(this, "Plan", {
      name: "plan",
      description: "Compiles a request to a plan, or loads one, and claims its outputs",
      memoryMiB: 1769,
      timeout: Duration.minutes(15),
      environment: {
        ...stages,
        ...inputs.environment,
        ...(props.uploadKernels ? { UPLOAD_KERNELS: "true" } : {}),
      },
      statements: [
        listBuckets(data, control),
        onObjects("s3:GetObject", images, runs, uploads, ...kernels),
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
      environment: { ...stages, ...inputs.environment },
      statements: [
        listBuckets(data, control),
        onObjects("s3:GetObject", images, runs, uploads),
        onObjects("s3:PutObject", images, runs),
        onObjects("s3:DeleteObject", images, ...intermediates),
        neverWritten,
        // pinned inputs are listed again at the end
        ...inputs.listing,
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
    for (const { finding } of kernels) this.plan.acknowledge(finding, PUBLISHED);
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

function arnsOf(tiers: TieredFunction): string {
  return tiers.map(({ version }) => version.functionArn).join(",");
}
