import { LamellaError } from "../errors.ts";
import { openStore, parseUri } from "../storage/uri.ts";
import type { DeployedStack } from "./aws/stack.ts";
import type { FoundRun } from "./life.ts";
import type { CleanReport } from "./local/clean.ts";
import type { RunView } from "./run.ts";
import type { RunReport } from "./run-events.ts";
import type { RunState } from "./run-folder.ts";
import type { WatchOptions } from "./watch.ts";

/** The engine, which a program that never opens a run needs nothing of. */
const life = () => import("./life.ts");

export interface OpenRunOptions {
  /** Where the run is kept: "local", the default, or "aws" for a deployed stack, however it was started there. */
  readonly on?: "local" | "aws";
  /** The deployed stack; default "Lamella", or LAMELLA_STACK. */
  readonly stack?: string;
  /** Where runs here are kept. Default: `.lamella` in the current folder, or LAMELLA_RUNS. */
  readonly runs?: string;
}

/** A run that was begun before, by whomever: what `lamella status`, `watch`, `cancel`, `resume` and `clean` do. */
export class Run {
  readonly runId: string;
  readonly #found: FoundRun;

  constructor(found: FoundRun) {
    this.runId = found.folder.runId;
    this.#found = found;
  }

  /** Its state, with the progress that its receipts prove. */
  async status(): Promise<RunView> {
    const { readRunState } = await import("./run.ts");
    return readRunState(this.#found.folder);
  }

  /** Follows it to its end. Throws the run's own failure, and INTERRUPTED when the signal ends the watching alone. */
  async watch(options: WatchOptions = {}): Promise<RunReport> {
    const { carrierOf } = await life();
    const { watchRun } = await import("./watch.ts");
    return watchRun(this.#found.folder, await carrierOf(this.#found), options);
  }

  /** Stops it, and returns when nobody can write for it any more; it can be resumed. Throws RUN_ENDED where it has ended. */
  async cancel(options: { readonly signal?: AbortSignal } = {}): Promise<RunState> {
    return (await life()).stopRun(this.#found, options);
  }

  /** Goes on where its receipts end, on the engine that it was begun on, to its end. Throws RUN_ACTIVE while it runs on AWS. */
  async resume(
    options: { readonly verify?: boolean; readonly signal?: AbortSignal } = {},
  ): Promise<RunReport> {
    const { folder, stack } = this.#found;
    const plan = await folder.plan();
    const { mendedState } = await import("./damaged-state.ts");
    const { runLocally } = await import("./local/engine.ts");
    const state = stack ? await folder.state() : await mendedState(folder, () => {});
    if (!stack || state.status === "succeeded")
      return runLocally(folder, plan, { ...options, workers: stack ? 1 : plan.budget.workers });
    const way = state.engine === "lambda" ? "lambda" : "aws";
    const { verify, ...rest } = options;
    if (way === "aws")
      await (await import("./aws/resume.ts")).resumeOnAws(folder, plan, stack, verify ? { verify } : {});
    const { carryOut } = await import("./aws/carry-out.ts");
    return carryOut(folder, plan, stack, way, way === "aws" ? rest : options);
  }

  /** Removes its folder, intermediates, and what it began and didn't finish. Throws RUN_ACTIVE while it runs. */
  async clean(): Promise<CleanReport> {
    return (await life()).removeRun(this.#found);
  }
}

/** Opens a run by its id. Throws RUN_NOT_FOUND; on AWS STACK_NOT_FOUND and NO_CREDENTIALS too. */
export async function openRun(runId: string, options: OpenRunOptions = {}): Promise<Run> {
  const { on = "local", runs, stack } = options;
  const superfluous = on === "aws" ? runs && "runs" : stack && "stack";
  if (superfluous) {
    throw new LamellaError(
      "INVALID_ARGUMENT",
      `the option "${superfluous}" means nothing for runs on ${on}`,
      {
        hint:
          on === "aws"
            ? "Leave it out: the stack knows where its runs are."
            : 'Leave it out, or say on: "aws".',
      },
    );
  }
  const deployed: DeployedStack | undefined =
    on === "aws" ? await (await import("./aws/stack.ts")).findStack(stack) : undefined;
  const control = deployed
    ? await openStore(`s3://${deployed.controlBucket}`)
    : await openStore(parseUri(runs ?? process.env["LAMELLA_RUNS"] ?? ".lamella"));
  const { RunFolder } = await import("./run-folder.ts");
  const folder = new RunFolder(control, runId);
  // a run that isn't there is said so now; of one whose state is damaged, whoever asks for that
  if (!(await folder.store.head("state.json"))) await folder.state();
  return new Run(deployed ? { folder, stack: deployed } : { folder });
}
