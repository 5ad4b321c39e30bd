import { randomUUID } from "node:crypto";
import { setTimeout } from "node:timers/promises";
import type { LambdaClient } from "@aws-sdk/client-lambda";
import { LamellaError } from "../../errors.ts";
import { AWS_FACTS } from "../../plan/aws-facts.ts";
import { tierOf } from "../../plan/aws-tier.ts";
import type { Plan } from "../../plan/schema.ts";
import type { BatchRunner } from "../local/engine.ts";
import type { BatchEvent, BatchItem, BatchResult } from "../protocol.ts";
import type { RunFolder } from "../run-folder.ts";
import { awsError } from "./errors.ts";
import { errorOfState, lossOf } from "./failures.ts";
import type { DeployedStack } from "./stack.ts";

/** Invokes at once: far below an account's 1,000, and enough that a hundred tasks take one turn. */
export const LAMBDA_WINDOW = 64;

/** How often what goes wrong is tried again, as under the state machine, and the longest pause before the next attempt. */
const PATIENCE = {
  throttle: { tries: 12, firstMs: 500, mostMs: 20_000 },
  fault: { tries: 6, firstMs: 500, mostMs: 20_000 },
  lost: { tries: 2, firstMs: 1_000, mostMs: 2_000 },
} as const;

/** How long invocations may go on after an interruption; what they do then still leaves its receipts. */
const GRACE_MS = 1_000;
/** A function's longest time, and its answer's way: who gave up before would invoke it a second time. */
const ANSWER_MS = 960_000;
/** The batches here belong to no child execution that could end before them. */
const YEAR_SECONDS = 31_536_000;

type Trouble = keyof typeof PATIENCE;
type Answer =
  | { readonly result: BatchResult }
  | { readonly trouble?: Trouble; readonly failure: LamellaError };

/** What invokes a function and gives its answer's text; `functionError` where it threw. */
export interface Invoker {
  invoke(functionName: string, payload: string): Promise<{ text: string; functionError: boolean }>;
  close(): Promise<void>;
}

interface TierFunction {
  readonly tierMB: number;
  readonly name: string;
}

/**
 * Runs batches by invoking the `run-tasks` function directly, with the same receipts as under the state machine: a small run
 * then doesn't wait for the seconds that a Distributed Map costs. A batch whose function runs out of memory or time goes to the next
 * larger one. Throws the batch's own coded error, and INTERRUPTED once it is closed, which it is soon after `signal` aborts: nothing is
 * invoked from then on.
 */
export class LambdaRunner implements BatchRunner {
  readonly #folder: RunFolder;
  readonly #functions: readonly TierFunction[];
  onRetry?: NonNullable<BatchRunner["onRetry"]>;
  readonly #signal: AbortSignal | undefined;
  readonly #invoker: Invoker;
  readonly #closed = new AbortController();
  #plan: Promise<Plan> | undefined;

  constructor(
    folder: RunFolder,
    stack: Pick<DeployedStack, "runTasksFunctions">,
    options: { readonly signal?: AbortSignal; readonly invoker?: Invoker } = {},
  ) {
    this.#folder = folder;
    this.#functions = functionsOf(stack);
    this.#signal = options.signal;
    this.#invoker = options.invoker ?? new LambdaInvoker();
    const close = () => void setTimeout(GRACE_MS, undefined, { ref: false }).then(() => this.close());
    options.signal?.addEventListener("abort", close, { once: true });
  }

  async enterStage(): Promise<boolean> {
    return false;
  }

  /** As many as the threads of the stage's function: with fewer its vCPUs would be paid for and idle. */
  async tasksAtOnce(stage: number): Promise<number> {
    return (await this.#tierOf(stage)).threads;
  }

  async run(stage: number, item: BatchItem): Promise<BatchResult> {
    const { functions, threads } = await this.#tierOf(stage);
    // what an earlier attempt at a batch of this number left is none of this one's
    const child = { id: randomUUID(), startedAt: new Date().toISOString(), seconds: YEAR_SECONDS };
    let event: BatchEvent = { runId: this.#folder.runId, stage, ...item, threads, child };
    let [current, ...larger] = functions;
    const tries = { throttle: 0, fault: 0, lost: 0 };
    const parts: BatchResult[] = [];
    for (;;) {
      this.#requireOpen();
      const answer = await this.#attempt(current!.name, event);
      if ("result" in answer) {
        parts.push(answer.result);
        if (answer.result.outcome !== "again") return joined(parts);
        event = { ...event, again: true };
        continue;
      }
      this.#requireOpen();
      const { trouble, failure } = answer;
      if (trouble === undefined || this.#signal?.aborted) throw failure;
      if (++tries[trouble] >= PATIENCE[trouble].tries && !(trouble === "lost" && larger.length > 0))
        throw trouble === "lost" ? await lossOf(this.#folder, event, failure) : failure;
      this.onRetry?.(stage, item, failure, tries[trouble]);
      if (trouble === "lost") {
        const error = String(failure.details["error"] ?? failure.code);
        event = { ...event, again: true, lost: `${event.lost ?? ""}${error}@${current!.tierMB} ` };
        if (larger.length > 0) {
          [current, ...larger] = larger;
          tries.lost = 0;
        }
      }
      const { firstMs, mostMs } = PATIENCE[trouble];
      const longest = Math.min(mostMs, firstMs * 2 ** Math.max(0, tries[trouble] - 1));
      // full jitter: invokes that were throttled together don't come back together
      const { signal } = this.#closed;
      await setTimeout(longest * Math.random(), undefined, { signal }).catch(() => {});
    }
  }

  #requireOpen(): void {
    if (!this.#closed.signal.aborted) return;
    throw new LamellaError("INTERRUPTED", `run ${this.#folder.runId} has ended, or was interrupted`, {
      hint: `Go on with it: lamella resume ${this.#folder.runId}.`,
    });
  }

  /** The functions that a stage's batches go to: the planner's tier, and the larger ones. */
  async #tierOf(stage: number): Promise<{ functions: readonly TierFunction[]; threads: number }> {
    this.#plan ??= this.#folder.plan();
    const tiersMB = this.#functions.map(({ tierMB }) => tierMB);
    const facts = { lambda: { ...AWS_FACTS.lambda, tiersMB } };
    const { tierMB, threads } = tierOf((await this.#plan).stages[stage]!, facts);
    return { functions: this.#functions.filter((each) => each.tierMB >= tierMB), threads };
  }

  /** Functions that are at work go on by themselves; nobody waits for their answers, and what fails is not tried again. */
  close(): Promise<void> {
    this.#closed.abort();
    return this.#invoker.close();
  }

  async #attempt(functionName: string, event: BatchEvent): Promise<Answer> {
    try {
      const { text, functionError } = await this.#invoker.invoke(functionName, JSON.stringify(event));
      if (!functionError) return { result: JSON.parse(text) as BatchResult };
      const failure = failureOf(text);
      if (failure.code === "WORKER_DIED" || failure.code === "OUT_OF_TIME")
        return { trouble: "lost", failure };
      if (failure.code === "STORAGE_FAILED") return { trouble: "fault", failure };
      return { failure };
    } catch (thrown) {
      const trouble = troubleOf(thrown);
      const failure = awsError(thrown, `invoking ${functionName}`);
      return trouble ? { trouble, failure } : { failure };
    }
  }
}

/** What another attempt may mend: throttles, faults of the service and of the network. */
function troubleOf(thrown: unknown): Trouble | undefined {
  if (!(thrown instanceof Error)) return undefined;
  const { $metadata, code } = thrown as { $metadata?: { httpStatusCode?: number }; code?: string };
  const status = $metadata?.httpStatusCode;
  if (status === 429 || /TooManyRequests|Throttl/i.test(thrown.name)) return "throttle";
  if (status !== undefined && status >= 500) return "fault";
  const network = /^(ECONN|EPIPE|ETIMEDOUT|EAI_AGAIN|ENETUNREACH|EHOSTUNREACH)/.test(code ?? "");
  return network || /^(TimeoutError|NetworkingError)$/.test(thrown.name) ? "fault" : undefined;
}

/** Lambda's answer to a thrown error: `errorType` is our code where the handler threw. */
function failureOf(text: string): LamellaError {
  const { errorType } = JSON.parse(text) as { errorType?: string };
  return errorOfState({ Error: errorType, Cause: text });
}

/** Ascending by memory. Throws STACK_NOT_FOUND where the environment names the stack and not its functions. */
function functionsOf({ runTasksFunctions }: Pick<DeployedStack, "runTasksFunctions">): TierFunction[] {
  const found = Object.entries(runTasksFunctions).map(([tierMB, name]) => ({ tierMB: Number(tierMB), name }));
  if (found.length > 0) return found.sort((a, b) => a.tierMB - b.tierMB);
  const name = process.env["LAMELLA_RUN_TASKS_FUNCTION"];
  if (name) return [{ tierMB: Math.max(...AWS_FACTS.lambda.tiersMB), name }];
  throw new LamellaError(
    "STACK_NOT_FOUND",
    "the environment names the stack, but not its run-tasks function",
    { hint: "Set LAMELLA_RUN_TASKS_FUNCTION to the one with most memory, or name the stack with --stack." },
  );
}

/** What the invocations of one batch did together; the last has its effort whole. */
function joined(parts: readonly BatchResult[]): BatchResult {
  const sum = (of: (part: BatchResult) => number): number =>
    parts.reduce((total, part) => total + of(part), 0);
  return {
    ...parts.at(-1)!,
    tasks: sum(({ tasks }) => tasks),
    bytesRead: sum(({ bytesRead }) => bytesRead),
    bytesWritten: sum(({ bytesWritten }) => bytesWritten),
    seconds: sum(({ seconds }) => seconds),
  };
}

class LambdaInvoker implements Invoker {
  readonly #closed = new AbortController();
  #client: Promise<{ client: LambdaClient; sdk: typeof import("@aws-sdk/client-lambda") }> | undefined;

  async invoke(functionName: string, payload: string): Promise<{ text: string; functionError: boolean }> {
    this.#client ??= connect();
    const { client, sdk } = await this.#client;
    const output = await client.send(
      new sdk.InvokeCommand({ FunctionName: functionName, Payload: Buffer.from(payload) }),
      { abortSignal: this.#closed.signal },
    );
    const text = Buffer.from(output.Payload ?? []).toString("utf8");
    return { text, functionError: output.FunctionError !== undefined };
  }

  async close(): Promise<void> {
    this.#closed.abort();
    const connected = await this.#client?.catch(() => undefined);
    connected?.client.destroy();
  }
}

async function connect() {
  const sdk = await import("@aws-sdk/client-lambda");
  const agent = { maxSockets: LAMBDA_WINDOW, keepAlive: true };
  const client = new sdk.LambdaClient({
    // A batch may take minutes: the SDK must not give up on the answer, nor invoke a second time meanwhile.
    maxAttempts: 1,
    requestHandler: { requestTimeout: ANSWER_MS, httpAgent: agent, httpsAgent: agent },
  });
  return { sdk, client };
}
