// biome-ignore-all lint/suspicious/noTemplateCurlyInString: CloudFormation substitutes them when it deploys
import { LOST_WORKERS } from "../shared/engine/aws/lost-workers.ts";
import { type Asl, fields, INVOKE, RETRY, RETRY_LOST, THROTTLES } from "./asl.ts";

const BATCH = ["runId", "stage", "batch", "start", "end", "threads"];
/** What stays the same while a batch goes from tier to tier. */
const CHILD = [...BATCH, "functions", "tiersMB", "lastTier", "childSeconds"];
const AFTER_DEATH: Asl = {
  ...fields(...CHILD),
  again: true,
  "lost.$": "States.Format('{}{}@{} ', $.lost, $.failure.Error, States.ArrayGetItem($.tiersMB, $.tier))",
};
const LIFE: Asl = {
  "id.$": "$$.Execution.Id",
  "startedAt.$": "$$.Execution.StartTime",
  "seconds.$": "$.childSeconds",
};
/** Beyond a function's own timeout: an answer that was lost on its way. */
const ANSWER_SECONDS = 960;

/** The item of a batch's child, from the turn of the stage loop and the manifest's item. */
export const ITEM: Asl = {
  ...fields("runId", "stage", "threads", "functions", "tiersMB", "lastTier", "childSeconds"),
  "batch.$": "$$.Map.Item.Value.batch",
  "start.$": "$$.Map.Item.Value.start",
  "end.$": "$$.Map.Item.Value.end",
  tier: 0,
  again: false,
  lost: "",
};

/**
 * The states of a batch's child: its function; once more where it handed back what is left; where it ran out of memory or time, the
 * function of the next tier, once for each; and where none is left, the loss is written into the run. What dies of the last tier at the
 * first attempt is tried there once more, for invocations after a death mark which task is at work. A batch that is still
 * throttled after all attempts is left to the stage's next turn, as is one whose child has no time left.
 */
export function batchStates(): { readonly StartAt: string; readonly States: Asl } {
  return {
    StartAt: "Run batch",
    States: {
      "Run batch": {
        Type: "Task",
        Resource: INVOKE,
        Parameters: {
          "FunctionName.$": "States.ArrayGetItem($.functions, $.tier)",
          Payload: {
            ...fields(...BATCH, "again", "lost"),
            "retry.$": "$$.State.RetryCount",
            child: LIFE,
          },
        },
        ResultSelector: { "outcome.$": "$.Payload.outcome" },
        ResultPath: "$.result",
        TimeoutSeconds: ANSWER_SECONDS,
        Retry: RETRY,
        Catch: [
          { ErrorEquals: [...LOST_WORKERS], ResultPath: "$.failure", Next: "Larger tier?" },
          { ErrorEquals: THROTTLES, ResultPath: "$.failure", Next: "Left to the next turn" },
        ],
        Next: "Handed back?",
      },
      "Handed back?": {
        Type: "Choice",
        Choices: [{ Variable: "$.result.outcome", StringEquals: "again", Next: "Go on" }],
        Default: "Batch done",
      },
      "Go on": { Type: "Pass", Result: true, ResultPath: "$.again", Next: "Run batch" },
      "Larger tier?": {
        Type: "Choice",
        Choices: [
          { Variable: "$.tier", NumericLessThanPath: "$.lastTier", Next: "Escalate" },
          // these two name their task themselves
          { Variable: "$.failure.Error", StringEquals: "OUT_OF_TIME", Next: "Record loss" },
          { Variable: "$.failure.Error", StringEquals: "WORKER_DIED", Next: "Record loss" },
          { Variable: "$.lost", StringEquals: "", Next: "Once more" },
        ],
        Default: "Record loss",
      },
      Escalate: {
        Type: "Pass",
        Parameters: { ...AFTER_DEATH, "tier.$": "States.MathAdd($.tier, 1)" },
        Next: "Run batch",
      },
      "Once more": { Type: "Pass", Parameters: { ...AFTER_DEATH, ...fields("tier") }, Next: "Run batch" },
      "Record loss": {
        Type: "Task",
        Resource: INVOKE,
        Parameters: {
          FunctionName: "${FinalizeFunction}",
          Payload: {
            action: "lost",
            event: { ...fields(...BATCH, "lost"), child: LIFE },
            "failure.$": "$.failure",
          },
        },
        ResultPath: null,
        Retry: [...RETRY, RETRY_LOST],
        Catch: [{ ErrorEquals: ["States.ALL"], ResultPath: null, Next: "Batch lost" }],
        Next: "Batch lost",
      },
      "Batch lost": { Type: "Fail", ErrorPath: "$.failure.Error", CausePath: "$.failure.Cause" },
      "Left to the next turn": { Type: "Succeed", OutputPath: "$.failure" },
      "Batch done": { Type: "Succeed", OutputPath: "$.result" },
    },
  };
}
