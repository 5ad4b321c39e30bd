import { setTimeout as sleep } from "node:timers/promises";
import type { ReportData } from "../../shared/engine/report/report-data.ts";
import { RunRecord } from "../../shared/engine/report/run-record.ts";
import type { RunFolder } from "../../shared/engine/run-folder.ts";
import type { Plan } from "../../shared/plan/schema.ts";
import { EventHub } from "../../shared/serve/http/event-hub.ts";
import { htmlAnswer } from "../../shared/serve/http/page-mount.ts";
import { type LocalServer, startLocalServer } from "../../shared/serve/http/server.ts";
import { reportData } from "../report/report-data.ts";
import { embedded, reportHtml } from "../report/report-html.ts";

/** Milliseconds between two looks at a run; one that takes long makes the next wait ten times as long. */
const INTERVAL = 1_000;
/** How long the last state is there for who hasn't looked yet, or is loading it anew, ms. */
const GRACE = 10_000;

interface DashboardOptions {
  readonly place: string;
  readonly quiet: boolean;
}

/** The report of a run that goes on, served to the browser: it is made anew when something has happened. */
export class Dashboard {
  readonly #record: RunRecord;
  readonly #server: LocalServer;
  readonly #hub = new EventHub();
  readonly #options: DashboardOptions;
  readonly #ending = new AbortController();
  #data: ReportData | undefined;
  #text = "";
  #isNew = true;
  #hasEnded = false;

  static async start(folder: RunFolder, plan: Plan, options: DashboardOptions): Promise<Dashboard> {
    const dashboard = new Dashboard(folder, plan, await startLocalServer(), options);
    try {
      await dashboard.#look();
    } catch (error) {
      // Nobody else knows of the server: the process would live on for it.
      await dashboard.#server.close();
      throw error;
    }
    void dashboard.#keepLooking();
    return dashboard;
  }

  private constructor(folder: RunFolder, plan: Plan, server: LocalServer, options: DashboardOptions) {
    this.#record = new RunRecord(folder, plan);
    this.#server = server;
    this.#options = options;
    server.mount("", {
      answer: async ({ key }) => (key === "" ? htmlAnswer(await reportHtml(this.#data!, true)) : undefined),
    });
    server.mount("data.json", {
      answer: ({ key }) =>
        key === ""
          ? { status: 200, headers: { "Content-Type": "application/json" }, body: this.#text }
          : undefined,
    });
    server.mount("events", this.#hub);
  }

  get url(): string {
    return this.#server.url;
  }

  /** Something has happened. */
  changed(): void {
    this.#isNew = true;
  }

  /**
   * The run has ended. Its last state stays as long as somebody looks at it, and a while for who comes late; Ctrl-C ends it.
   * The process lives as long: this only says so.
   */
  async end(): Promise<void> {
    this.#hasEnded = true;
    this.#ending.abort();
    await this.#look().catch(() => {});
    this.#hub.send("changed", {});
    const close = (): void => void this.#server.close();
    process.once("SIGINT", close);
    process.once("SIGTERM", close);
    if (!this.#options.quiet && this.#hub.readers > 0)
      process.stderr.write("the dashboard stays until its page is closed, or Ctrl-C\n");
    void this.#closeWhenAlone().finally(() => {
      process.removeListener("SIGINT", close);
      process.removeListener("SIGTERM", close);
    });
  }

  async #closeWhenAlone(): Promise<void> {
    let gone = false;
    void this.#server.closed.then(() => {
      gone = true;
    });
    let seen = performance.now();
    while (!gone && performance.now() - seen < GRACE) {
      await sleep(250);
      if (this.#hub.readers > 0) seen = performance.now();
    }
    await this.#server.close();
  }

  async #keepLooking(): Promise<void> {
    let wait = INTERVAL;
    while (!this.#hasEnded) {
      await sleep(wait, undefined, { signal: this.#ending.signal, ref: false }).catch(() => {});
      if (this.#hasEnded || !this.#isNew || this.#hub.readers === 0) continue;
      const started = performance.now();
      // A look that fails is made again: the run is what matters.
      await this.#look().catch(() => {
        this.#isNew = true;
      });
      wait = Math.max(INTERVAL, 10 * (performance.now() - started));
      if (!this.#hasEnded) this.#hub.send("changed", {});
    }
  }

  async #look(): Promise<void> {
    this.#isNew = false;
    await this.#record.look(this.#hasEnded ? undefined : (await this.#record.folder.state()).stage);
    this.#data = await reportData(this.#record, this.#options.place);
    this.#text = embedded(this.#data);
  }
}
