import { LamellaError } from "../errors.ts";
import { PLAN_VERSION, type Plan, parsePlan } from "../plan/schema.ts";
import type { ObjectStore } from "../storage/store.ts";
import type { RunProcess } from "./local/run-process.ts";
import type { BatchItem, RunStatus } from "./protocol.ts";
import { seal, sealOf, unseal } from "./sealed.ts";

/** What `status` shows; the plan and the receipts hold the rest. */
export interface RunState {
  readonly runId: string;
  readonly status: RunStatus;
  /** This computer; a state machine; or functions that a process on a computer invokes. */
  readonly engine: "local" | "aws" | "lambda";
  readonly createdAt: string;
  readonly updatedAt: string;
  /** Stage at work, or the one that failed. */
  readonly stage?: number;
  readonly outputs: { readonly [name: string]: string };
  readonly planHash: string;
  /** Who carries it out, or did last; of runs that a process on a computer carries out. */
  readonly process?: RunProcess;
  /** The names of the executions that carried it out on a state machine, the last one last. Absent: one, of the run's id. */
  readonly executions?: readonly string[];
  /** It hasn't claimed all of its outputs yet: its process may have ended in the middle of that. */
  readonly claiming?: true;
  /** Intermediates stay after success. */
  readonly keep?: true;
  readonly failure?: RunFailure;
}

export interface RunFailure {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
  readonly stage?: number;
  readonly task?: number;
}

const STATUSES: ReadonlySet<unknown> = new Set<RunStatus>([
  "planned",
  "running",
  "succeeded",
  "failed",
  "cancelled",
]);

/** Whether what every reader goes by is there. Earlier versions sealed none, so a document without a seal may hold anything. */
function isState(document: object): document is RunState {
  const { runId, status, engine, createdAt, updatedAt, outputs, planHash } = document as Partial<RunState>;
  const areTexts = [runId, engine, createdAt, updatedAt, planHash].every(
    (value) => typeof value === "string",
  );
  return areTexts && STATUSES.has(status) && typeof outputs === "object" && outputs !== null;
}

const text = new TextEncoder();

/** ASCII text that is added to: of millions of lines no string is kept. */
class GrowingBytes {
  #bytes = Buffer.allocUnsafe(2 ** 16);
  #length = 0;

  add(line: string): void {
    if (this.#length + line.length > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(2 * this.#bytes.length + line.length);
      this.#bytes.copy(larger, 0, 0, this.#length);
      this.#bytes = larger;
    }
    this.#length += this.#bytes.write(line, this.#length, "latin1");
  }

  get whole(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }
}

/** The folder of one run: `runs/<id>/` under the control store. */
export class RunFolder {
  readonly runId: string;
  readonly store: ObjectStore;
  readonly #control: ObjectStore;

  constructor(control: ObjectStore, runId: string) {
    if (!/^[A-Za-z0-9][A-Za-z0-9_-]{3,80}$/.test(runId)) {
      throw new LamellaError("RUN_NOT_FOUND", `"${runId}" is not a run id`, {
        hint: "`lamella runs` lists the runs.",
      });
    }
    this.runId = runId;
    this.store = control.child(`runs/${runId}`);
    this.#control = control;
  }

  /** The folder of another run that is kept beside this one. Throws RUN_NOT_FOUND for what is no run id. */
  beside(runId: string): RunFolder {
    return new RunFolder(this.#control, runId);
  }

  async plan(): Promise<Plan> {
    const bytes = await this.store.get("plan.json");
    if (!bytes) {
      throw new LamellaError("RUN_NOT_FOUND", `there is no run ${this.runId} in ${this.store.uri}`, {
        hint: "`lamella runs` lists the runs; --runs DIR or LAMELLA_RUNS names another folder.",
      });
    }
    const document = this.#whole("plan.json", bytes);
    const { version } = document as { version?: unknown };
    // A plan of another version says so, whatever else has changed in it.
    if (version === PLAN_VERSION) this.#requireSeal("plan.json", bytes);
    return parsePlan(document);
  }

  async writePlan(plan: Plan): Promise<void> {
    await this.store.put("plan.json", seal(plan, 1), { contentType: "application/json" });
  }

  async state(): Promise<RunState> {
    const bytes = await this.store.get("state.json");
    if (!bytes) {
      throw new LamellaError("RUN_NOT_FOUND", `there is no run ${this.runId} in ${this.store.uri}`, {
        hint: "`lamella runs` lists the runs; --runs DIR or LAMELLA_RUNS names another folder.",
      });
    }
    const state = this.#whole("state.json", bytes);
    this.#requireSeal("state.json", bytes);
    if (!isState(state)) throw this.#damaged("state.json", "it holds no run's state");
    return state;
  }

  async writeState(state: RunState): Promise<void> {
    await this.store.put("state.json", seal(state, 1), { contentType: "application/json" });
  }

  async updateState(change: Partial<RunState>): Promise<RunState> {
    const { failure, ...before } = await this.state();
    // A run that goes on, or has succeeded, is no longer in the state that it failed in.
    const goesOn = change.status !== undefined && ["planned", "running", "succeeded"].includes(change.status);
    const state = {
      ...before,
      ...(failure && !goesOn ? { failure } : {}),
      ...change,
      updatedAt: new Date().toISOString(),
    };
    await this.writeState(state);
    return state;
  }

  manifestKey(stage: number): string {
    return `manifest/${stage}.json`;
  }

  /** Writes a JSON array, one item a line, and tells how many there were. */
  async writeManifest(stage: number, items: Iterable<BatchItem>): Promise<number> {
    const bytes = new GrowingBytes();
    let count = 0;
    for (const item of items) bytes.add(`${count++ === 0 ? "[" : ","}\n${JSON.stringify(item)}`);
    bytes.add(count === 0 ? "[]\n" : "\n]\n");
    await this.store.put(this.manifestKey(stage), bytes.whole, { contentType: "application/json" });
    return count;
  }

  /** Asks the workers of this run to stop. */
  async requestCancel(): Promise<void> {
    await this.store.put("cancel", text.encode("{}\n"));
  }

  async isCancelled(): Promise<boolean> {
    return (await this.store.head("cancel")) !== undefined;
  }

  async clearCancel(): Promise<void> {
    await this.store.delete("cancel");
  }

  /** A document with a checksum; undefined where it isn't there, or isn't what was written, which `onDamage` is told of. `emptied` as of `unseal`. */
  async sealed<T>(
    key: string,
    onDamage?: (bytes: Uint8Array) => void,
    emptied?: string,
  ): Promise<T | undefined> {
    const bytes = await this.store.get(key);
    const document = bytes && unseal<T>(bytes, emptied);
    if (bytes && document === undefined) onDamage?.(bytes);
    return document;
  }

  async json<T>(key: string): Promise<T | undefined> {
    const bytes = await this.store.get(key);
    return bytes ? (JSON.parse(Buffer.from(bytes).toString("utf8")) as T) : undefined;
  }

  /** A document that a run can't go on without, but for its seal. Throws PLAN_INVALID where it doesn't parse. */
  #whole(key: string, bytes: Uint8Array): object {
    try {
      const { crc32: _, ...document } = JSON.parse(Buffer.from(bytes).toString("utf8")) as {
        crc32?: unknown;
      };
      return document;
    } catch (cause) {
      throw this.#damaged(key, "it is not whole JSON", cause);
    }
  }

  /** PLAN_INVALID where a document isn't what its seal is of. Earlier versions sealed none. */
  #requireSeal(key: string, bytes: Uint8Array): void {
    if (sealOf(bytes) === "broken") throw this.#damaged(key, "it is not what was written");
  }

  #damaged(key: string, how: string, cause?: unknown): LamellaError {
    return new LamellaError("PLAN_INVALID", `${this.store.uri}/${key} is damaged: ${how}`, {
      hint:
        key === "state.json"
          ? `\`lamella resume ${this.runId}\` goes on by its plan and receipts, on this computer; on AWS start a new run, with --overwrite.`
          : "Start a new run, with --overwrite for the same output.",
      details: { runId: this.runId, key },
      ...(cause === undefined ? {} : { cause }),
    });
  }
}
