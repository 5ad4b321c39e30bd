import { stridesOf } from "../../block/block.ts";
import { gridShape } from "../../block/chunk-grid.ts";
import { cellAt } from "../../block/grid-order.ts";
import type { Region } from "../../block/region.ts";
import { LamellaError } from "../../errors.ts";
import type { HeapBlock } from "../../kernels/heap.ts";
import { labelBlock, relabel } from "../../kernels/label.ts";
import type { LabelStage } from "../../plan/schema.ts";
import { HeapMachine } from "../machine.ts";
import type { TaskOutcome } from "../outcome.ts";
import type { WorkerSession } from "../session.ts";
import { faceLayout, facePlane } from "./faces.ts";
import { getLabelFile, labelKey, putLabelFile } from "./label-files.ts";
import { joinBlock } from "./label-join.ts";
import { uniteLabels } from "./label-union.ts";
import { taskRegion, writeLevels } from "./map-task.ts";

export async function runLabelTask(
  session: WorkerSession,
  stage: LabelStage,
  task: number,
): Promise<TaskOutcome> {
  switch (stage.phase) {
    case "local":
      return labelLocally(session, stage, task);
    case "join":
      return { objects: [await joinBlock(session, stage, cellOf(stage, task))] };
    case "union":
      return { objects: await uniteLabels(session, stage) };
    case "write":
      return writeLabels(session, stage, task);
  }
}

function cellOf(stage: LabelStage, task: number): number[] {
  return cellAt(task, gridShape(stage.grid.shape, stage.grid.block));
}

/** Number of a block: C order of the grid's cells. */
export function blockNumber(cell: readonly number[], cells: readonly number[]): number {
  return cell.reduce((n, c, axis) => n * cells[axis]! + c, 0);
}

async function labelLocally(session: WorkerSession, stage: LabelStage, task: number): Promise<TaskOutcome> {
  const region = taskRegion(stage.grid, task);
  const block = blockNumber(cellOf(stage, task), gridShape(stage.grid.shape, stage.grid.block));
  const { labels, count, firsts } = await label(session, stage, region);
  const global = new Float64Array(count);
  const strides = stridesOf(stage.grid.shape);
  const inner = stridesOf(region.shape);
  for (let i = 0; i < count; i++) global[i] = globalIndex(firsts[i]!, inner, region, strides);
  const layout = faceLayout(region.shape, stage.connected);
  const faces = new Uint32Array(layout.reduce((n, face) => n + face.length, 0));
  for (const face of layout) {
    faces.set(facePlane(labels.data as Uint32Array, region.shape, face.axis, face.side), face.offset);
  }
  session.heap.free(labels);
  const objects = [
    await putLabelFile(session, labelKey(stage.side, block, "firsts"), new Uint8Array(global.buffer)),
    await putLabelFile(session, labelKey(stage.side, block, "faces"), new Uint8Array(faces.buffer)),
  ];
  return { objects };
}

async function writeLabels(session: WorkerSession, stage: LabelStage, task: number): Promise<TaskOutcome> {
  const region = taskRegion(stage.grid, task);
  const block = blockNumber(cellOf(stage, task), gridShape(stage.grid.shape, stage.grid.block));
  const { labels, count } = await label(session, stage, region);
  const write = stage.writes![0]!;
  const { dtype } = session.stored(write.array).spec;
  const bytes = await getLabelFile(session, labelKey(stage.side, block, "map"));
  const final = dtype === "uint64" ? new BigUint64Array(bytes) : new Uint32Array(bytes);
  if (final.length !== count + 1) {
    throw new LamellaError(
      "CHUNK_DECODE",
      `the map of label block ${block} has ${final.length} entries for ${count} labels`,
      {
        hint: "The mask changed while it was labelled: run again.",
      },
    );
  }
  const { heap } = session;
  const mapping = heap.copyIn({
    dtype: dtype === "uint64" ? "uint64" : "uint32",
    shape: [final.length],
    data: final,
  });
  const numbered = relabel(heap, labels, mapping);
  heap.free(mapping);
  heap.free(labels);
  return { objects: await writeLevels(session, stage.writes!, numbered, region) };
}

/** Labels of one block by itself; the same whenever it is done again. */
async function label(
  session: WorkerSession,
  stage: LabelStage,
  region: Region,
): Promise<{ labels: HeapBlock; count: number; firsts: Float64Array }> {
  const source = await session.source(stage.mask);
  const mask = await new HeapMachine(session).read(stage.mask, source.dtype, region);
  const result = labelBlock(session.heap, mask, stage.connectivity, stage.connected);
  session.heap.free(mask);
  return result;
}

function globalIndex(
  local: number,
  inner: readonly number[],
  region: Region,
  strides: readonly number[],
): number {
  let rest = local;
  let index = 0;
  for (let axis = 0; axis < inner.length; axis++) {
    const c = Math.floor(rest / inner[axis]!);
    rest -= c * inner[axis]!;
    index += (region.start[axis]! + c) * strides[axis]!;
  }
  return index;
}
