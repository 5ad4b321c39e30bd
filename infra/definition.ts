// biome-ignore-all lint/suspicious/noTemplateCurlyInString: CloudFormation substitutes them when it deploys
import { type Asl, fields, INVOKE, PARTITION, RETRY, RETRY_LOST } from "./asl.ts";
import { batchStates, ITEM } from "./batch-definition.ts";

/**
 * Turns of the stage loop that one execution has. Each leaves at most 71 events in its history, with every retry taken, and a
 * Standard execution may have 25,000: `test/infra/history.test.ts` counts them.
 */
export const TURNS_AN_EXECUTION = 300;

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
    Retry: [...RETRY, RETRY_LOST],
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
    ItemSelector: ITEM,
    MaxConcurrencyPath: "$.maxConcurrency",
    ToleratedFailurePercentage: 0,
    ItemProcessor: {
      ProcessorConfig: { Mode: "DISTRIBUTED", ExecutionType: executionType },
      ...batchStates(),
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
 * of `plan` and `finalize` (`StageTurn` with the functions' ARNs): keys, never data. A run of more stages than one
 * execution's history holds goes on in another, which this one waits for, so that it ends as the run does.
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
        Choices: [
          { Variable: "$.done", BooleanEquals: true, Next: "Finalize" },
          { Variable: "$.turn", NumericGreaterThan: TURNS_AN_EXECUTION, Next: "Go on in another execution" },
        ],
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
        { action: "check", ...fields("runId", "stage", "doneBefore", "turn", "idleTurns") },
        { Next: "All stages done?" },
      ),
      "Go on in another execution": {
        Type: "Task",
        Resource: `arn:${PARTITION}:states:::states:startExecution.sync:2`,
        Parameters: {
          "StateMachineArn.$": "$$.StateMachine.Id",
          Input: fields("runId", "stage"),
        },
        OutputPath: "$.Output",
        // what went wrong in it is written down by it
        Catch: [{ ErrorEquals: ["States.ALL"], ResultPath: "$.failure", Next: "Run failed, unrecorded" }],
        End: true,
      },
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
