import { Stack, Tags } from "aws-cdk-lib";
import { Construct } from "constructs";
import { STACK_TAGS } from "../shared/engine/aws/stack.ts";
import { PLAN_VERSION } from "../shared/plan/schema.ts";
import { Alarms } from "./alarms.ts";
import { BioFormatsTask } from "./bioformats-task.ts";
import { LamellaBuckets } from "./buckets.ts";
import { StackBudget } from "./budget.ts";
import { checkOptions } from "./context.ts";
import { RunDashboard } from "./dashboard.ts";
import { DeadLetters } from "./dead-letters.ts";
import { encryptionKey } from "./encryption.ts";
import { INGEST_TIMEOUT, LamellaFunctions } from "./functions.ts";
import { inputRights } from "./input-buckets.ts";
import { type RunMetric, runMetric } from "./metrics.ts";
import { type FunctionNetwork, LamellaNetwork } from "./network.ts";
import { Notifications } from "./notifications.ts";
import { DEFAULTS, type LamellaOptions } from "./options.ts";
import { RunStateMachine } from "./state-machine.ts";
import { retentionOf, type Surroundings } from "./surroundings.ts";
import { UploadTrigger } from "./upload-trigger.ts";

export interface LamellaProps extends LamellaOptions {
  /** Name of the state machine, by which `lamella run --stack NAME` finds all; default: the stack's name. */
  readonly name?: string;
}

/**
 * Everything that runs Lamella on AWS: a data bucket whose `incoming/` starts conversions, a control bucket for the folders of
 * runs, the functions, the state machine that fans batches out to them, and what watches over them. For an own CDK app;
 * `LamellaStack` is this in a stack of its own. Throws INVALID_ARGUMENT for options that don't go together.
 */
export class Lamella extends Construct {
  readonly buckets: LamellaBuckets;
  readonly functions: LamellaFunctions;
  readonly stateMachineArn: string;
  readonly deadLetters: DeadLetters;
  readonly notifications: Notifications | undefined;
  readonly dashboard: RunDashboard | undefined;

  constructor(scope: Construct, id: string, props: LamellaProps = {}) {
    super(scope, id);
    // what the constructs below are written for, whatever the flags of the app that they stand in
    for (const flag of FLAGS) this.node.setContext(flag, true);
    checkOptions(props);
    const options = { ...DEFAULTS, ...props };
    const name = props.name ?? Stack.of(this).stackName;
    const inputBuckets = props.inputBuckets ?? [];
    const logRetention = retentionOf(options.logRetentionDays);

    const key = encryptionKey(this, props.kmsKey);
    this.buckets = new LamellaBuckets(this, "Buckets", {
      runRetentionDays: options.runRetentionDays,
      key,
      versioning: props.versioning ?? false,
      dataBucket: props.dataBucket,
    });
    const { data, control } = this.buckets;
    const surroundings: Surroundings = {
      key,
      network: networkOf(props, () => {
        return new LamellaNetwork(this, "Network", {
          buckets: [data, control],
          inputBuckets,
          logRetention,
          key,
        });
      }),
      logRetention,
      environment: { STACK_NAME: name, LAMELLA_HTTPS_HOSTS: options.httpsHosts.join(",") },
    };
    this.deadLetters = new DeadLetters(this, "DeadLetters", { key, timeout: INGEST_TIMEOUT });
    this.functions = new LamellaFunctions(this, "Functions", {
      buckets: this.buckets,
      deadLetters: this.deadLetters,
      inputs: inputRights(this, inputBuckets),
      surroundings,
      tiersMB: options.tiersMB,
      maxConcurrency: options.maxConcurrency,
      uploadKernels: props.uploadKernels ?? false,
    });
    const machine = new RunStateMachine(this, "Runs", {
      buckets: this.buckets,
      functions: this.functions,
      name,
      surroundings,
      timeoutHours: options.runTimeoutHours,
    });
    this.stateMachineArn = machine.arn;
    const uploads = new UploadTrigger(this, "Uploads", {
      buckets: this.buckets,
      functions: this.functions,
      machine,
      deadLetters: this.deadLetters,
    });
    if (props.bioFormatsImage)
      new BioFormatsTask(this, "BioFormats", {
        buckets: this.buckets,
        deadLetters: this.deadLetters,
        image: props.bioFormatsImage,
        surroundings,
      });

    // the command line finds the stack by its state machine, and the rest by these tags
    const tags = Tags.of(machine);
    tags.add(STACK_TAGS.controlBucket, control.bucketName);
    tags.add(STACK_TAGS.dataBucket, data.bucketName);
    for (const { memoryMiB, version } of this.functions.runTasks)
      tags.add(`${STACK_TAGS.runTasksFunction}-${memoryMiB}`, version.functionArn);
    tags.add(STACK_TAGS.planVersion, String(PLAN_VERSION));
    if (props.uploadKernels) tags.add(STACK_TAGS.uploadKernels, "true");

    const metrics = {
      functions: this.functions.all,
      ingest: this.functions.ingest,
      deadLetters: this.deadLetters.queue,
      uploadRuleName: uploads.ruleName,
      runs: (metric: RunMetric) => runMetric(machine.arn, metric),
    };
    if (options.alarms) {
      this.notifications = new Notifications(this, "Notifications", {
        key,
        email: props.alarmEmail,
        stateMachineArn: machine.arn,
      });
      new Alarms(this, "Alarms", { name, metrics, notifications: this.notifications });
    }
    if (options.dashboard)
      this.dashboard = new RunDashboard(this, "Dashboard", { name, stateMachineArn: machine.arn, metrics });
    if (props.budgetUsd !== undefined && this.notifications) {
      // what costs carry: each resource of this construct has it
      const tag = { key: COST_TAG, value: name };
      Tags.of(this).add(tag.key, tag.value);
      new StackBudget(this, "Budget", {
        limit: props.budgetUsd,
        tag,
        notifications: this.notifications,
      });
    }
  }
}

/** Of `cdk.json`: access logs by a bucket's policy, since no bucket here takes access control lists. */
const FLAGS = ["@aws-cdk/aws-s3:serverAccessLogsUseBucketPolicy"];

/** Marks what a budget counts. */
const COST_TAG = "lamella:stack";

function networkOf({ vpc, vpcSubnets, vpcSecurityGroups }: LamellaOptions, own: () => FunctionNetwork) {
  if (vpc === undefined) return undefined;
  if (vpc === "own") return own();
  return { subnetIds: vpcSubnets ?? [], securityGroupIds: vpcSecurityGroups ?? [] };
}
