import { LamellaError } from "../../errors.ts";
import { type LabelRows, type RowLayout, unpackRows } from "../../kernels/label-rows.ts";
import { rowLayout } from "../../kernels/label-table.ts";
import { soleTaskLimit } from "../../plan/budget.ts";
import { rowBytes } from "../../plan/compile-measure.ts";
import type { MeasureStage } from "../../plan/schema.ts";
import type { WorkerSession } from "../session.ts";
import { FILES_IN_FLIGHT, getLabelFile } from "./label-files.ts";

export function layoutOf(stage: MeasureStage): RowLayout {
  return rowLayout(stage.properties, stage.grid.shape.length, stage.labelDType, stage.imageDType);
}

/** The file of one part of a block's labels, or of all blocks'. */
export function rowsKey(stage: MeasureStage, block: number | "all", part: number): string {
  return `label/${stage.side}/${block}.rows.${part}`;
}

/** The joined rows, part by part. */
export function joinedRows(session: WorkerSession, stage: MeasureStage): AsyncGenerator<LabelRows> {
  return rowFiles(session, stage.parts, (part) => rowsKey(stage, "all", part));
}

/** Files of rows in order, the next ones read ahead. */
export async function* rowFiles(
  session: WorkerSession,
  count: number,
  key: (i: number) => string,
): AsyncGenerator<LabelRows> {
  const ahead: Promise<Uint8Array>[] = [];
  for (let i = 0; i < count + FILES_IN_FLIGHT; i++) {
    if (i < count) {
      const file = getLabelFile(session, key(i));
      file.catch(() => {});
      ahead.push(file);
    }
    if (i >= FILES_IN_FLIGHT && ahead.length > 0) yield unpackRows(await ahead.shift()!);
  }
  while (ahead.length > 0) yield unpackRows(await ahead.shift()!);
}

/** How many rows one of `shares` tasks may hold at once. */
export function mostRows(session: WorkerSession, stage: MeasureStage, shares: number): number {
  return Math.floor(soleTaskLimit(session.plan.budget) / Math.max(1, shares) / rowBytes(layoutOf(stage)));
}

/** Throws OVER_MEMORY where a task would hold more rows than the budget has room for. */
export function requireRoom(stage: MeasureStage, labels: number, most: number): void {
  if (labels <= most) return;
  throw new LamellaError(
    "OVER_MEMORY",
    `${stage.name}: there are more than ${most} labels to measure, which is all that the budget has room for`,
    {
      hint: "Give more --memory, measure fewer properties, or remove small objects first (op removeSmall).",
      details: { stage: stage.name, most },
    },
  );
}
