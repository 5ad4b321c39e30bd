import { setTimeout } from "node:timers/promises";
import type { LambdaClient } from "@aws-sdk/client-lambda";
import { LamellaError } from "../../errors.ts";
import type { BatchRunner } from "../local/engine.ts";
import type { BatchEvent, BatchItem, BatchResult } from "../protocol.ts";
import type { RunFolder } from "../run-folder.ts";
import { awsError } from "./errors.ts";
import { errorOfState } from "./failures.ts";

/** Invokes at once: far below an account's 1,000, and enough that a hundred tasks take one turn. */
export const LAMBDA_WINDOW = 64;
/** A batch whose function died or was throttled is invoked again this often. */
const TRIES = 4;
const FIRST_PAUSE_MS = 250;

/**
 * Runs batches by invoking the `run-tasks` function directly, with the same receipts as under the state machine: a small run
 * then doesn't wait for the seconds that a Distributed Map costs. Throws the batch's own coded error.
 */
export class LambdaRunner implements BatchRunner {
  readonly #folder: RunFolder;
  readonly #functionName: string;
  onRetry?: NonNullable<BatchRunner["onRetry"]>;
  #client: Promise<{ client: LambdaClient; sdk: typeof import("@aws-sdk/client-lambda") }> | undefined;

  constructor(folder: RunFolder, functionName: string) {
    this.#folder = folder;
    this.#functionName = functionName;
  }

  async enterStage(): Promise<void> {}

  async run(stage: number, item: BatchItem): Promise<BatchResult> {
    const event: BatchEvent = { runId: this.#folder.runId, stage, ...item };
    for (let attempt = 1; ; attempt++) {
      const answer = await this.#invoke(event, attempt);
      if (!("failure" in answer)) return answer;
      const died = answer.failure.code === "WORKER_DIED" || answer.failure.code === "STORAGE_FAILED";
      if (!died || attempt >= TRIES) throw answer.failure;
      this.onRetry?.(stage, item, answer.failure, attempt);
      await setTimeout(FIRST_PAUSE_MS * 2 ** attempt * (0.5 + Math.random()));
    }
  }

  async close(): Promise<void> {
    const connected = await this.#client?.catch(() => undefined);
    connected?.client.destroy();
  }

  async #invoke(event: BatchEvent, attempt: number): Promise<BatchResult | { failure: LamellaError }> {
    this.#client ??= connect();
    const { client, sdk } = await this.#client;
    try {
      const output = await client.send(
        new sdk.InvokeCommand({
          FunctionName: this.#functionName,
          Payload: Buffer.from(JSON.stringify(event)),
        }),
      );
      const text = Buffer.from(output.Payload ?? []).toString("utf8");
      if (output.FunctionError === undefined) return JSON.parse(text) as BatchResult;
      return { failure: failureOf(text) };
    } catch (thrown) {
      if (thrown instanceof sdk.TooManyRequestsException && attempt < TRIES) {
        return { failure: new LamellaError("STORAGE_FAILED", "Lambda throttles the invokes") };
      }
      throw awsError(thrown, `invoking ${this.#functionName}`);
    }
  }
}

/** Lambda's answer to a thrown error: `errorType` is our code where the handler threw. */
function failureOf(text: string): LamellaError {
  const { errorType } = JSON.parse(text) as { errorType?: string };
  return errorOfState({ Error: errorType, Cause: text });
}

async function connect() {
  const sdk = await import("@aws-sdk/client-lambda");
  // A batch may take minutes: the SDK must not give up on the answer, nor invoke a second time meanwhile.
  const client = new sdk.LambdaClient({ maxAttempts: 1, requestHandler: { requestTimeout: 900_000 } });
  return { sdk, client };
}
