import type { StageReport } from "../../shared/engine/run-events.ts";
import { formatBytes, formatCount, formatSeconds } from "../format.ts";
import { paint } from "../paint.ts";
import { fitted, printable, taken, widthOf } from "./text-width.ts";

/** How far the stage at work is. */
export interface StageView {
  readonly name: string;
  readonly done: number;
  readonly tasks: number;
  /** Bytes read and written a second, since the stage began. */
  readonly bytesPerSecond: number;
  /** Unknown until something is done. */
  readonly secondsLeft: number | undefined;
  /** Resident set of who carries it out, bytes, and what the plan allows. */
  readonly memory: number | undefined;
  readonly budgetMiB: number | undefined;
}

/** A part of a line; the lowest ranks go first where there is no room. */
interface Part {
  readonly text: string;
  readonly rank: number;
  readonly style?: "cyan" | "dim" | "green";
}

/** Columns of names: wide enough to tell stages apart, narrow enough for what is said of them. */
const WIDEST_NAME = 32;
const NARROWEST_NAME = 8;
const BAR = 16;

/** Columns for the names of a plan's stages, so that those of its lines stand below each other. */
export function nameColumns(names: readonly string[], columns: number): number {
  const widest = Math.max(NARROWEST_NAME, ...names.map((name) => widthOf(printable(name))));
  return Math.max(NARROWEST_NAME, Math.min(widest, WIDEST_NAME, Math.floor(columns / 3)));
}

/** Digits that the task counts of a plan take, so that they stand below each other. */
export function countColumns(tasks: readonly number[]): number {
  return Math.max(1, ...tasks.map((n) => formatCount(n).length));
}

/** The line of the stage at work. */
export function liveLine(view: StageView, name: number, count: number, columns: number): string {
  const share = view.tasks > 0 ? view.done / view.tasks : 1;
  const left = view.secondsLeft === undefined ? "" : `ETA ${formatSeconds(view.secondsLeft)}`;
  return fittedLine(
    [
      { text: "·", rank: 9, style: "cyan" },
      { text: fitted(printable(view.name), name), rank: 10 },
      { text: bar(share), rank: 3, style: "cyan" },
      { text: `${Math.floor(share * 100)}%`.padStart(4), rank: 4 },
      {
        text: `${formatCount(view.done).padStart(count)}/${formatCount(view.tasks).padStart(count)}`,
        rank: 8,
      },
      { text: view.bytesPerSecond > 0 ? perSecond(view.bytesPerSecond) : "".padEnd(10), rank: 6 },
      { text: left.padEnd(13), rank: 7 },
      { text: memoryText(view), rank: 5 },
    ],
    columns,
  );
}

/** The line that stays of a stage that is done. */
export function doneLine(report: StageReport, name: number, count: number, columns: number): string {
  const { seconds, bytesRead, bytesWritten, peakMiB, projectedMiB } = report;
  const speed = seconds > 0 ? perSecond((bytesRead + bytesWritten) / seconds) : "";
  return fittedLine(
    [
      { text: "✓", rank: 9, style: "green" },
      { text: fitted(printable(report.name), name), rank: 10 },
      {
        text: `${formatCount(report.tasks).padStart(count)} ${report.tasks === 1 ? "task " : "tasks"}`,
        rank: 8,
      },
      { text: formatSeconds(seconds).padStart(10), rank: 7 },
      { text: speed.padStart(10), rank: 6 },
      {
        text: `read ${formatBytes(bytesRead).padEnd(7)} wrote ${formatBytes(bytesWritten).padEnd(7)}`,
        rank: 4,
      },
      { text: `peak ${peakMiB} of ${projectedMiB} MiB`, rank: 5 },
    ],
    columns,
  );
}

/** What is printed now and then where there is no terminal. */
export function plainLine(view: StageView): string {
  const parts = [
    `${printable(view.name)}: ${formatCount(view.done)} of ${formatCount(view.tasks)} tasks`,
    ...(view.bytesPerSecond > 0 ? [perSecond(view.bytesPerSecond).trim()] : []),
    ...(view.secondsLeft === undefined ? [] : [`${formatSeconds(view.secondsLeft)} left`]),
    ...(view.memory === undefined ? [] : [`memory ${memoryText(view)}`]),
  ];
  return parts.join(", ");
}

function memoryText({ memory, budgetMiB }: StageView): string {
  if (memory === undefined) return "";
  const now = Math.ceil(memory / 2 ** 20);
  return budgetMiB === undefined ? `${now} MiB` : `${now} of ${budgetMiB} MiB`;
}

function perSecond(bytes: number): string {
  return `${formatBytes(bytes)}/s`.padStart(10);
}

export function bar(share: number): string {
  const filled = Math.max(0, Math.min(BAR, Math.round(share * BAR)));
  return "█".repeat(filled) + "░".repeat(BAR - filled);
}

/** Parts side by side, without those that don't fit; what is left is cut rather than wrapped. */
function fittedLine(parts: readonly Part[], columns: number): string {
  const kept = parts.filter(({ text }) => text !== "");
  const width = () => kept.reduce((sum, { text }) => sum + widthOf(text) + 2, -2);
  while (kept.length > 1 && width() > columns) {
    const least = kept.reduce((a, b) => (b.rank < a.rank ? b : a));
    kept.splice(kept.indexOf(least), 1);
  }
  if (kept.length === 1) return taken(kept[0]!.text, columns);
  return kept
    .map(({ text, style }) => (style ? paint(style, text) : text))
    .join("  ")
    .trimEnd();
}
