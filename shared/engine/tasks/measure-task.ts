import { serialize } from "node:v8";
import { gridShape } from "../../block/chunk-grid.ts";
import { encodeCsv } from "../../formats/table/csv.ts";
import { encodeParquet } from "../../formats/table/parquet.ts";
import { emptyRows, packRows, pushRow, RowJoiner, splitRows } from "../../kernels/label-rows.ts";
import { type TableColumn, tableColumns } from "../../kernels/label-table.ts";
import { measureBlock } from "../../kernels/measure-labels.ts";
import { computeRegion } from "../../plan/compute.ts";
import type { MeasureStage } from "../../plan/schema.ts";
import { taskRegion } from "../../plan/task-region.ts";
import { HeapMachine } from "../machine.ts";
import type { ObjectRecord, TaskOutcome } from "../outcome.ts";
import type { WorkerSession } from "../session.ts";
import { dropLabels } from "./drop-labels.ts";
import { putLabelFile } from "./label-files.ts";
import { joinedRows, layoutOf, mostRows, requireRoom, rowFiles, rowsKey } from "./row-files.ts";

/**
 * Measuring labels: `local` measures the labels of each block and leaves their rows, split by label into parts; `join` adds
 * up one part of all blocks; `table` sorts the parts into one table and writes it as a file in the run's folder, from where
 * it goes to its place when the run has succeeded.
 */
export async function runMeasureTask(
  session: WorkerSession,
  stage: MeasureStage,
  task: number,
): Promise<TaskOutcome> {
  switch (stage.phase) {
    case "local":
      return { objects: await measureLocally(session, stage, task) };
    case "join":
      return { objects: [await joinPart(session, stage, task)] };
    case "table":
      return { objects: [await writeTable(session, stage)] };
    case "drop":
      return { objects: await dropLabels(session, stage, task) };
  }
}

async function measureLocally(
  session: WorkerSession,
  stage: MeasureStage,
  task: number,
): Promise<ObjectRecord[]> {
  const { heap } = session;
  const region = taskRegion(stage.grid, task);
  const machine = new HeapMachine(session);
  const labels = await computeRegion(stage.program, region, machine);
  const image = stage.imageProgram && (await computeRegion(stage.imageProgram, region, machine));
  const rows = measureBlock(heap, labels, image, region.start, layoutOf(stage));
  heap.free(labels);
  if (image) heap.free(image);
  const records: ObjectRecord[] = [];
  for (const [part, own] of splitRows(rows, layoutOf(stage), stage.parts).entries())
    records.push(await putLabelFile(session, rowsKey(stage, task, part), packRows(own)));
  return records;
}

async function joinPart(session: WorkerSession, stage: MeasureStage, part: number): Promise<ObjectRecord> {
  const blocks = gridShape(stage.grid.shape, stage.grid.block).reduce((a, b) => a * b, 1);
  const joiner = new RowJoiner(layoutOf(stage));
  const most = mostRows(session, stage, Math.min(stage.parts, session.plan.budget.workers));
  for await (const rows of rowFiles(session, blocks, (block) => rowsKey(stage, block, part))) {
    joiner.take(rows);
    requireRoom(stage, joiner.rows.labels.length, most);
  }
  return putLabelFile(session, rowsKey(stage, "all", part), packRows(joiner.rows));
}

async function writeTable(session: WorkerSession, stage: MeasureStage): Promise<ObjectRecord> {
  const layout = layoutOf(stage);
  const all = emptyRows(layout);
  // The rows, their columns, and the file that is made of these.
  const most = mostRows(session, stage, 3);
  for await (const rows of joinedRows(session, stage)) {
    for (let i = 0; i < rows.labels.length; i++) pushRow(all, rows, i);
    requireRoom(stage, all.labels.length, most);
  }
  const columns = tableColumns(all, layout, stage.properties, stage.axes);
  const bytes = await encodeTable(columns, stage.format!);
  return putLabelFile(session, stage.file!, bytes);
}

async function encodeTable(
  columns: readonly TableColumn[],
  format: NonNullable<MeasureStage["format"]>,
): Promise<Uint8Array> {
  if (format === "csv") return encodeCsv(columns);
  if (format === "parquet") return encodeParquet(columns);
  return serialize(columns);
}
