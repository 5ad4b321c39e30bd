import { type Receipt, rangesOfReceipt } from "../receipts.ts";
import type { BatchTiming } from "../timing.ts";
import type { Bars } from "./report-data.ts";

/** Bars that a timeline can hold; beyond, those of a worker that follow each other share one. */
const MOST_BARS = 12_000;

interface Bar {
  readonly stage: number;
  readonly worker: string;
  readonly at: number;
  end: number;
  readonly task: number;
  count: number;
  bytes: number;
  memory: number;
}

/** The batches of a run, by worker and time. */
export class BarList {
  readonly #bars: Bar[] = [];

  add(receipt: Receipt, { startedAt, worker, rss }: BatchTiming): void {
    const { stage, start, seconds, bytesRead, bytesWritten } = receipt;
    this.#bars.push({
      stage,
      worker,
      at: startedAt,
      end: startedAt + 1000 * seconds,
      task: start,
      count: rangesOfReceipt(receipt).reduce((sum, [first, end]) => sum + end - first, 0),
      bytes: bytesRead + bytesWritten,
      memory: rss / 2 ** 20,
    });
  }

  get count(): number {
    return this.#bars.length;
  }

  /** Columns of at most `MOST_BARS` bars, and the workers that they are of. `merged`: how many batches share a bar. */
  get columns(): { readonly lanes: string[]; readonly bars: Bars; readonly merged: number } {
    const collator = new Intl.Collator("en", { numeric: true });
    const lanes = [...new Set(this.#bars.map(({ worker }) => worker))].sort(collator.compare);
    const numbers = new Map(lanes.map((name, i) => [name, i]));
    const merged = Math.max(1, Math.ceil(this.#bars.length / MOST_BARS));
    const sorted = [...this.#bars].sort(
      (a, b) => numbers.get(a.worker)! - numbers.get(b.worker)! || a.at - b.at,
    );
    const bars = merged === 1 ? sorted : mergeRuns(sorted, merged);
    const origin = bars.reduce((least, { at }) => Math.min(least, at), Number.POSITIVE_INFINITY);
    const column = (value: (bar: Bar) => number): number[] => bars.map((bar) => Math.round(value(bar)));
    return {
      lanes,
      merged,
      bars: {
        origin: Number.isFinite(origin) ? origin : 0,
        stage: column(({ stage }) => stage),
        lane: column(({ worker }) => numbers.get(worker)!),
        at: column(({ at }) => at - origin),
        ms: bars.map(({ at, end }) => Math.round(10 * (end - at)) / 10),
        task: column(({ task }) => task),
        count: column(({ count }) => count),
        bytes: column(({ bytes }) => bytes),
        memory: column(({ memory }) => memory),
      },
    };
  }
}

/** Up to `many` bars of a worker and stage that follow each other as one. */
function mergeRuns(sorted: readonly Bar[], many: number): Bar[] {
  const runs: Bar[] = [];
  let held = 0;
  for (const bar of sorted) {
    const last = runs.at(-1);
    if (last && held < many && last.worker === bar.worker && last.stage === bar.stage) {
      last.end = Math.max(last.end, bar.end);
      last.count += bar.count;
      last.bytes += bar.bytes;
      last.memory = Math.max(last.memory, bar.memory);
      held++;
    } else {
      runs.push({ ...bar });
      held = 1;
    }
  }
  return runs;
}
