import type { StageData } from "../engine/report/report-data.ts";
import { LamellaError } from "../errors.ts";

/** What a run took for a stage, so that another plan's stage of the same name can be foretold. */
export interface MeasuredStage {
  /** Seconds of one thread for a stage that takes so many decoded bytes, halos included, in so many tasks. */
  secondsFor(takenBytes: number, tasks: number): number;
  /** Bytes that were moved, over those of which the plan spoke: what compression leaves. */
  readonly readRatio: number;
  readonly writtenRatio: number;
  /** Times of single tasks over their mean; absent where there are too few to draw from. */
  readonly factors?: readonly number[];
}

/** Tasks whose times are drawn from; fewer say little of how they differ. */
const ENOUGH = 16;
/** Times that are kept: of more, an even selection. */
const MOST = 4096;

/** The stages of a report, by name. Throws INVALID_ARGUMENT where nothing in it was timed; `where` names it. */
export function measuredStages(
  stages: readonly StageData[],
  where: string,
): ReadonlyMap<string, MeasuredStage> {
  const measured = new Map<string, MeasuredStage>();
  for (const stage of stages) {
    const { name, tasks, done, busySeconds } = stage;
    if (done === 0 || busySeconds <= 0) continue;
    const part = done / tasks;
    const plannedTaken = stage.plannedTaken * part;
    const factors = factorsOf(stage.heat?.ms ?? []);
    measured.set(name, {
      secondsFor: (takenBytes, wanted) =>
        plannedTaken > 0 ? (busySeconds * takenBytes) / plannedTaken : (busySeconds * wanted) / done,
      readRatio: ratio(stage.bytesRead, stage.plannedDecoded * part),
      writtenRatio: ratio(stage.bytesWritten, stage.plannedWritten * part),
      ...(factors ? { factors } : {}),
    });
  }
  if (measured.size > 0) return measured;
  throw new LamellaError("INVALID_ARGUMENT", `${where} tells of no stage how long its tasks took`, {
    hint: "Name a run that did something, or what `lamella report RUN --json` printed of one.",
  });
}

/** Nothing is said of what was not planned. */
function ratio(moved: number, planned: number): number {
  return planned > 0 && moved > 0 ? moved / planned : 1;
}

function factorsOf(ms: readonly number[]): number[] | undefined {
  const known = ms.filter((value) => value > 0);
  if (known.length < ENOUGH) return undefined;
  const every = Math.ceil(known.length / MOST);
  const some = known.filter((_, i) => i % every === 0);
  const mean = some.reduce((a, b) => a + b, 0) / some.length;
  return some.map((value) => value / mean);
}
