// biome-ignore-all lint/suspicious/noTemplateCurlyInString: CloudFormation substitutes them when it deploys
import type { Json } from "../shared/errors.ts";

/** A state of the Amazon States Language, or the whole machine, as plain JSON. */
type Asl = { readonly [key: string]: Json };

/** Faults of the service or of the network, not of the request: worth another attempt. */
const SERVICE_FAULTS = [
  "Lambda.ServiceException",
  "Lambda.AWSLambdaException",
  "Lambda.SdkClientException",
  "Lambda.ClientExecutionTimeoutException",
  "STORAGE_FAILED",
];
/** The function's process ended without an answer: out of memory, out of time, or a lost host. */
const LOST_WORKERS = ["Lambda.Unknown", "Sandbox.Timedout", "Runtime.ExitError", "States.Timeout"];

/**
 * What is tried again: throttles patiently, service faults a few times, a lost worker once. A user's error (a
 * coded error of Lamella) is in no list: another attempt would fail alike.
 */
const RETRY: readonly Asl[] = [
  {
    ErrorEquals: ["Lambda.TooManyRequestsException"],
    IntervalSeconds: 1,
    BackoffRate: 2,
    MaxAttempts: 12,
    MaxDelaySeconds: 60,
    JitterStrategy: "FULL",
  },
  {
    ErrorEquals: SERVICE_FAULTS,
    IntervalSeconds: 2,
    BackoffRate: 2,
    MaxAttempts: 6,
    MaxDelaySeconds: 60,
    JitterStrategy: "FULL",
  },
  { ErrorEquals: LOST_WORKERS, IntervalSeconds: 2, BackoffRate: 2, MaxAttempts: 1, JitterStrategy: "FULL" },
];

/** Stands for the partition in ARNs of the definition. */
export const PARTITION = "${Partition}";
const INVOKE = `arn:${PARTITION}:states:::lambda:invoke`;
const CATCH: readonly Asl[] = [
  { ErrorEquals: ["States.ALL"], ResultPath: "$.failure", Next: "Record failure" },
];

/** A function whose answer becomes the whole state: the run's id and the next turn of the loop. */
function invoke(functionArn: string, payload: Asl, next: Asl): Asl {
  return {
    Type: "Task",
    Resource: INVOKE,
    Parameters: { FunctionName: functionArn, Payload: payload },
    OutputPath: "$.Payload",
    Retry: RETRY,
    Catch: CATCH,
    ...next,
  };
}

/**
 * A stage's batches, one child each, over the manifest in the control bucket. A child's type is static in ASL,
 * hence two of these. Results go to the control bucket: ten thousand of them would not fit into the state.
 */
function stageMap(executionType: "STANDARD" | "EXPRESS"): Asl {
  return {
    Type: "Map",
    ItemReader: {
      Resource: `arn:${PARTITION}:states:::s3:getObject`,
      ReaderConfig: { InputType: "JSON" },
      Parameters: { Bucket: "${ControlBucket}", "Key.$": "$.manifestKey" },
    },
    ItemSelector: {
      "functionArn.$": "$.functionArn",
      "runId.$": "$.runId",
      "stage.$": "$.stage",
      "batch.$": "$$.Map.Item.Value.batch",
      "start.$": "$$.Map.Item.Value.start",
      "end.$": "$$.Map.Item.Value.end",
    },
    MaxConcurrencyPath: "$.maxConcurrency",
    ToleratedFailurePercentage: 0,
    ItemProcessor: {
      ProcessorConfig: { Mode: "DISTRIBUTED", ExecutionType: executionType },
      StartAt: "Run batch",
      States: {
        "Run batch": {
          Type: "Task",
          Resource: INVOKE,
          Parameters: {
            "FunctionName.$": "$.functionArn",
            Payload: {
              "runId.$": "$.runId",
              "stage.$": "$.stage",
              "batch.$": "$.batch",
              "start.$": "$.start",
              "end.$": "$.end",
            },
          },
          OutputPath: "$.Payload",
          Retry: RETRY,
          End: true,
        },
      },
    },
    ResultWriter: {
      Resource: `arn:${PARTITION}:states:::s3:putObject`,
      Parameters: {
        Bucket: "${ControlBucket}",
        "Prefix.$": "States.Format('maps/{}', $$.Execution.Name)",
      },
    },
    ResultPath: null,
    Catch: CATCH,
    Next: "Check receipts",
  };
}

/**
 * The machine that carries out a run, with `${...}` to be substituted at deployment: plan; for each stage a
 * Distributed Map over its manifest, then its receipts are checked; finalize. Between states travels the answer
 * of `plan` and `finalize` (`StageTurn` with the function's ARN): keys, never data.
 */
export function runDefinition(): Asl {
  const execution: Asl = { "name.$": "$$.Execution.Name", "startTime.$": "$$.Execution.StartTime" };
  return {
    Comment: "Lamella: carries out a plan, one Lambda a batch of output chunks",
    StartAt: "Plan",
    States: {
      Plan: invoke("${PlanFunction}", { "request.$": "$", execution }, { Next: "All stages done?" }),
      "All stages done?": {
        Type: "Choice",
        Choices: [{ Variable: "$.done", BooleanEquals: true, Next: "Finalize" }],
        Default: "Which children?",
      },
      "Which children?": {
        Type: "Choice",
        Choices: [{ Variable: "$.childType", StringEquals: "EXPRESS", Next: "Run stage, Express" }],
        Default: "Run stage, Standard",
      },
      "Run stage, Standard": stageMap("STANDARD"),
      "Run stage, Express": stageMap("EXPRESS"),
      "Check receipts": invoke(
        "${FinalizeFunction}",
        { action: "check", "runId.$": "$.runId", "stage.$": "$.stage" },
        { Next: "All stages done?" },
      ),
      Finalize: invoke("${FinalizeFunction}", { action: "finalize", "runId.$": "$.runId" }, { End: true }),
      "Record failure": {
        ...invoke(
          "${FinalizeFunction}",
          { action: "fail", "state.$": "$", execution },
          { Next: "Run failed" },
        ),
        Catch: [{ ErrorEquals: ["States.ALL"], ResultPath: "$.unrecorded", Next: "Run failed, unrecorded" }],
      },
      "Run failed": { Type: "Fail", Error: "Lamella.RunFailed", CausePath: "$.cause" },
      "Run failed, unrecorded": { Type: "Fail", Error: "Lamella.RunFailed", CausePath: "$.failure.Cause" },
    },
  };
}
