import type { RunEvent } from "../../shared/engine/run-events.ts";
import type { RunFolder } from "../../shared/engine/run-folder.ts";
import { type LamellaError, toLamellaError } from "../../shared/errors.ts";
import type { Plan } from "../../shared/plan/schema.ts";
import { documentOf, type EventBody, failureOf, startOf, warningsOf } from "../events/event-documents.ts";
import { EventWriter } from "../events/event-writer.ts";
import { paint } from "../paint.ts";
import { Progress } from "../progress/progress.ts";
import { replayCommand } from "../replay-command.ts";
import type { Dashboard } from "./dashboard.ts";
import { checkObserving, type ObserveFlags } from "./options.ts";

/** A run that is shown. */
export interface Observed {
  readonly folder: RunFolder;
  readonly plan: Plan;
  /** Somebody else carries it out: that the watching ends doesn't end it. */
  readonly isWatched?: boolean;
  /** Whose memory the progress shows: this process, where it does the work. */
  readonly memory?: () => number;
  /** Options with which other commands find it: `--on aws`. */
  readonly place?: string;
}

/**
 * Everything that looks at a run while it goes on: the progress on stderr, events in a file, the dashboard, the report at its
 * end. It knows no engine, only what all of them tell.
 */
export class Observation {
  readonly #flags: ObserveFlags;
  readonly #events: EventWriter | undefined;
  #progress: Progress;
  #observed: Observed | undefined;
  #dashboard: Dashboard | undefined;

  /** Throws INVALID_ARGUMENT, OUTPUT_EXISTS for files that can't be written, before a run begins. */
  static async open(flags: ObserveFlags): Promise<Observation> {
    await checkObserving(flags);
    return new Observation(flags);
  }

  private constructor(flags: ObserveFlags) {
    this.#flags = flags;
    this.#progress = new Progress(flags);
    if (flags.events !== undefined) this.#events = new EventWriter(flags.events, (text) => this.#warn(text));
  }

  /** Whether single batches are shown, which costs who watches from afar a request each. */
  get wantsBatches(): boolean {
    return this.#events !== undefined || this.#flags.verbose === true;
  }

  note(text: string): void {
    this.#progress.note(text);
  }

  readonly on = (event: RunEvent): void => {
    this.#progress.on(event);
    const document = this.#events && documentOf(event, this.#observed!.plan);
    if (document) this.#tell(document);
    this.#dashboard?.changed();
  };

  /** Shows a run while `work` carries it out or watches it, and how it ends; throws what `work` throws. */
  async follow<T>(observed: Observed, work: () => Promise<T>): Promise<T> {
    const { folder, plan, isWatched = false, memory, place = "" } = observed;
    this.#observed = observed;
    this.#progress = new Progress({ ...this.#flags, plan, memory });
    const started = performance.now();
    const { status, engine, outputs } = await folder.state();
    this.#tell(startOf(plan, { engine, resumed: status !== "planned", outputs }));
    if (!isWatched) for (const warning of warningsOf(plan)) this.#tell(warning);
    let result = status;
    try {
      if (this.#flags.dashboard) await this.#showDashboard(folder, plan, place);
      const answer = await work();
      result = "succeeded";
      return answer;
    } catch (thrown) {
      const error = toLamellaError(thrown);
      result = this.#ended(error, isWatched, place);
      throw thrown;
    } finally {
      this.#progress.close();
      const seconds = (performance.now() - started) / 1000;
      const told = result === "planned" ? "failed" : result;
      this.#tell({ event: "run-end", status: told as "succeeded", seconds, outputs: { ...outputs } });
      this.#events?.close();
      await this.#writeReport(folder, plan, place);
      await this.#dashboard?.end();
    }
  }

  #ended(error: LamellaError, isWatched: boolean, place: string) {
    const interrupted = isWatched ? "running" : "interrupted";
    const status =
      error.code === "INTERRUPTED" ? interrupted : error.code === "CANCELLED" ? "cancelled" : "failed";
    if (status === "failed") {
      const { runId } = this.#observed!.folder;
      this.#tell(failureOf(error, runId));
      const replay = replayCommand(runId, error.details);
      if (replay) this.note(`that task alone: ${replay}${place === "" ? "" : ` ${place}`}`);
    }
    return status as "failed";
  }

  #tell(body: EventBody): void {
    this.#events?.write(this.#observed!.folder.runId, body);
  }

  async #showDashboard(folder: RunFolder, plan: Plan, place: string): Promise<void> {
    const { Dashboard } = await import("./dashboard.ts");
    this.#dashboard = await Dashboard.start(folder, plan, { place, quiet: this.#flags.quiet ?? false });
    // Asked for, so said in any case: nobody can guess it.
    process.stderr.write(`dashboard ${this.#dashboard.url}\n`);
  }

  async #writeReport(folder: RunFolder, plan: Plan, place: string): Promise<void> {
    if (this.#flags.report === undefined) return;
    try {
      const { writeReport } = await import("../report/write-report.ts");
      await writeReport(folder, plan, this.#flags.report, place);
      this.note(`report ${this.#flags.report}`);
    } catch (error) {
      // How the run ended is what matters, and its folder still has what the report would show.
      this.#warn(`the report was not written: ${toLamellaError(error).message}`);
    }
  }

  #warn(text: string): void {
    this.#progress.close();
    process.stderr.write(`${paint("yellow", "warning")}: ${text}\n`);
  }
}
