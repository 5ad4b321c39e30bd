import type { RunEvent } from "../shared/engine/local/engine.ts";
import { formatBytes, formatSeconds } from "./format.ts";
import { paint } from "./paint.ts";

/** How often a line is printed where there is no terminal, ms. */
const PLAIN_INTERVAL = 10_000;
const LIVE_INTERVAL = 100;

/** Shows a run's progress on stderr: one live line a stage on a terminal, a plain line now and then otherwise. */
export class Progress {
  readonly #live: boolean;
  readonly #quiet: boolean;
  #name = "";
  #last = 0;

  constructor(options: { quiet?: boolean | undefined }) {
    this.#quiet = options.quiet ?? false;
    this.#live = process.stderr.isTTY === true;
  }

  readonly on = (event: RunEvent): void => {
    if (this.#quiet) return;
    if (event.type === "stage") {
      this.#name = event.name;
      this.#last = performance.now();
      if (event.done > 0) this.#line(`${event.name}: ${event.done} of ${event.tasks} tasks were done before`);
      return;
    }
    if (event.type === "stage-end") {
      const { report } = event;
      const speed =
        report.seconds > 0 ? formatBytes((report.bytesRead + report.bytesWritten) / report.seconds) : "";
      const memory = `${report.peakMiB} of ${report.projectedMiB} MiB`;
      this.#line(
        `${paint("green", "✓")} ${report.name.padEnd(22)} ${String(report.tasks).padStart(6)} tasks  ${formatSeconds(report.seconds).padStart(8)}` +
          `  read ${formatBytes(report.bytesRead)}, wrote ${formatBytes(report.bytesWritten)}, ${speed}/s  memory ${memory}`,
      );
      return;
    }
    const now = performance.now();
    const interval = this.#live ? LIVE_INTERVAL : PLAIN_INTERVAL;
    if (now - this.#last < interval || event.done === event.tasks) return;
    this.#last = now;
    const left = event.done > 0 ? (event.seconds / event.done) * (event.tasks - event.done) : 0;
    const rate = formatBytes((event.bytesRead + event.bytesWritten) / Math.max(event.seconds, 1e-3));
    const text = `${this.#name}: ${event.done} of ${event.tasks} tasks, ${rate}/s, ${formatSeconds(left)} left`;
    if (this.#live) process.stderr.write(`\r\u001b[K${bar(event.done / event.tasks)} ${text}`);
    else process.stderr.write(`${text}\n`);
  };

  /** Of work without stages: how much of it is done. */
  share(text: string, done: number, total: number): void {
    if (this.#quiet || done >= total) return;
    const now = performance.now();
    if (this.#last === 0) this.#last = now;
    if (now - this.#last < (this.#live ? LIVE_INTERVAL : PLAIN_INTERVAL)) return;
    this.#last = now;
    const line = `${Math.floor((100 * done) / total)}%, ${text}`;
    if (this.#live) process.stderr.write(`\r\u001b[K${bar(done / total)} ${line}`);
    else process.stderr.write(`${line}\n`);
  }

  note(text: string): void {
    if (!this.#quiet) this.#line(text);
  }

  #line(text: string): void {
    process.stderr.write(this.#live ? `\r\u001b[K${text}\n` : `${text}\n`);
  }
}

function bar(share: number): string {
  const filled = Math.round(share * 20);
  return paint("cyan", "█".repeat(filled)) + paint("dim", "░".repeat(20 - filled));
}
