import type { RunEvent } from "../../shared/engine/run-events.ts";
import type { Plan } from "../../shared/plan/schema.ts";
import { formatBytes, formatCount, formatSeconds } from "../format.ts";
import { paint } from "../paint.ts";
import { LiveText } from "./live-text.ts";
import {
  bar,
  countColumns,
  doneLine,
  liveLine,
  nameColumns,
  plainLine,
  type StageView,
} from "./progress-line.ts";
import { printable } from "./text-width.ts";

/** How often a line is printed where there is no terminal, ms; with --verbose. */
const PLAIN_INTERVAL = 10_000;
const VERBOSE_INTERVAL = 1_000;
const LIVE_INTERVAL = 100;
/** How often the live line is drawn without anything new: memory and time go on. */
const TICK = 500;
/** Columns of lines that go to a file. */
const PLAIN_COLUMNS = 160;

export interface ProgressOptions {
  readonly quiet?: boolean | undefined;
  readonly verbose?: boolean | undefined;
  /** Whose stages are shown. */
  readonly plan?: Plan | undefined;
  /** Whose memory is shown between batches: this process, where it carries the run out. */
  readonly memory?: (() => number) | undefined;
  readonly stream?: NodeJS.WriteStream;
}

interface Current {
  readonly name: string;
  readonly before: number;
  done: number;
  readonly tasks: number;
  bytes: number;
  seconds: number;
  /** When `seconds` was told. */
  at: number;
  memory: number | undefined;
}

/** Shows a run's progress on stderr: one live line a stage on a terminal, a plain line now and then otherwise. */
export class Progress {
  readonly #options: ProgressOptions;
  readonly #text: LiveText;
  readonly #names: readonly string[];
  readonly #count: number;
  #current: Current | undefined;
  #last = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: ProgressOptions) {
    this.#options = options;
    this.#text = new LiveText(options.stream ?? process.stderr);
    this.#names = options.plan?.stages.map(({ name }) => name) ?? [];
    this.#count = countColumns(options.plan?.stages.map(({ tasks }) => tasks) ?? []);
  }

  readonly on = (event: RunEvent): void => {
    if (this.#options.quiet) return;
    switch (event.type) {
      case "stage":
        this.#begin(event);
        break;
      case "batch":
        this.#batch(event);
        break;
      case "retry": {
        const { start, end } = event.item;
        const which = end - start === 1 ? `task ${start}` : `tasks ${start} to ${end - 1}`;
        const name = printable(this.#current?.name ?? "");
        this.note(
          `${paint("yellow", `retry[${event.code}]`)}: ${name}, ${which}: ${printable(event.message)}`,
        );
        break;
      }
      case "damaged":
        this.note(
          `${paint("yellow", "warning")}: ${printable(event.key)} is damaged: what it says was done is done again`,
        );
        break;
      case "stage-end": {
        this.close();
        const columns = this.#text.live ? this.#text.columns : PLAIN_COLUMNS;
        const name = nameColumns([...this.#names, event.report.name], columns);
        this.#text.line(doneLine(event.report, name, this.#count, columns));
      }
    }
  };

  /** Of work without stages: how much of it is done. */
  share(text: string, done: number, total: number): void {
    if (this.#options.quiet || done >= total) return;
    const now = performance.now();
    if (this.#last === 0) this.#last = now;
    if (now - this.#last < this.#interval) return;
    this.#last = now;
    const line = `${Math.floor((100 * done) / total)}%, ${text}`;
    if (this.#text.live) this.#text.draw(`${paint("cyan", bar(done / total))} ${line}`);
    else this.#text.line(line);
  }

  note(text: string): void {
    if (!this.#options.quiet) this.#text.line(text);
  }

  /** The live line goes, and nothing is drawn any more: the run has ended, however it did. */
  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#current = undefined;
    this.#text.clear();
  }

  get #interval(): number {
    if (this.#text.live) return LIVE_INTERVAL;
    return this.#options.verbose ? VERBOSE_INTERVAL : PLAIN_INTERVAL;
  }

  #begin({ name, tasks, done }: Extract<RunEvent, { type: "stage" }>): void {
    this.close();
    const at = performance.now();
    this.#current = { name, tasks, done, before: done, bytes: 0, seconds: 0, at, memory: undefined };
    this.#last = at;
    if (done > 0)
      this.#text.line(
        `${printable(name)}: ${formatCount(done)} of ${formatCount(tasks)} tasks were done before`,
      );
    if (!this.#text.live || done === tasks) return;
    this.#draw();
    this.#timer = setInterval(() => this.#draw(), TICK);
    this.#timer.unref();
  }

  #batch(event: Extract<RunEvent, { type: "batch" }>): void {
    const current = this.#current;
    if (!current) return;
    current.done = event.done;
    current.bytes = event.bytesRead + event.bytesWritten;
    current.seconds = event.seconds;
    current.at = performance.now();
    current.memory = event.batch?.effort?.rss ?? current.memory;
    if (this.#options.verbose && event.batch) this.#noteBatch(current.name, event.batch);
    if (current.at - this.#last < this.#interval || event.done === event.tasks) return;
    this.#last = current.at;
    if (this.#text.live) this.#draw();
    else this.#text.line(plainLine(this.#view(current)));
  }

  /** With --verbose each batch leaves a line. */
  #noteBatch(name: string, batch: NonNullable<Extract<RunEvent, { type: "batch" }>["batch"]>): void {
    const { start, end, seconds, bytesRead, bytesWritten, effort } = batch;
    const who = effort
      ? `, ${effort.worker}, ${effort.cacheHits} of ${effort.cacheHits + effort.cacheMisses} chunks cached`
      : "";
    this.#text.line(
      paint(
        "dim",
        `  ${printable(name)} ${start} to ${end - 1}: ${formatSeconds(seconds)}, read ${formatBytes(bytesRead)}, wrote ${formatBytes(bytesWritten)}${who}`,
      ),
    );
  }

  #draw(): void {
    if (!this.#current) return;
    const { columns } = this.#text;
    const name = nameColumns([...this.#names, this.#current.name], columns);
    this.#text.draw(liveLine(this.#view(this.#current), name, this.#count, columns));
  }

  #view(current: Current): StageView {
    const since = (performance.now() - current.at) / 1000;
    const did = current.done - current.before;
    const left = did > 0 ? (current.seconds / did) * (current.tasks - current.done) - since : undefined;
    return {
      name: current.name,
      done: current.done,
      tasks: current.tasks,
      bytesPerSecond: current.bytes / Math.max(current.seconds, 1e-3),
      secondsLeft: left === undefined ? undefined : Math.max(0, left),
      memory: this.#options.memory?.() ?? current.memory,
      budgetMiB: this.#options.plan?.budget.memoryMiB,
    };
  }
}
