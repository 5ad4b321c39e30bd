import { copyBox } from "../../block/copy.ts";
import { type Region, regionOf } from "../../block/region.ts";
import { downsample } from "../../kernels/downsample/index.ts";
import type { HeapBlock } from "../../kernels/heap.ts";
import { minMax } from "../../kernels/reduce/min-max.ts";
import { objectShape } from "../../plan/builder.ts";
import { computeRegion } from "../../plan/compute.ts";
import { levelPart } from "../../plan/level-parts.ts";
import { computeParts, partsOf, type TaskParts } from "../../plan/parts.ts";
import type { MapStage, Write } from "../../plan/schema.ts";
import { taskRegion } from "../../plan/task-region.ts";
import { HeapMachine } from "../machine.ts";
import { mergeStatistics, type ObjectRecord, type Statistics, type TaskOutcome } from "../outcome.ts";
import type { WorkerSession } from "../session.ts";
import { BlockWriter, writeBlock } from "../write-block.ts";
import { runInParts } from "./level-parts.ts";

/** Computes a box of the program's result and writes it, and the levels shrunk from it. */
export async function runMapTask(
  session: WorkerSession,
  stage: MapStage,
  task: number,
): Promise<TaskOutcome> {
  const region = taskRegion(stage.grid, task);
  const shapeOf = (array: string) => objectShape(session.stored(array).spec);
  const parts = partsOf(stage.program, region, stage.writes, shapeOf);
  if (parts) return writeParts(session, stage, parts);
  const part = levelPart(stage, session.plan.arrays);
  if (part) return runInParts(session, stage, region, part);
  const block = await computeRegion(stage.program, region, new HeapMachine(session));
  const statistics =
    stage.statisticsAxis === undefined ? undefined : measure(session, block, region, stage.statisticsAxis);
  const objects = await writeLevels(session, stage.writes, block, region);
  return statistics ? { objects, statistics } : { objects };
}

/** Computes one object after the other, and writes it while the next one is computed. */
async function writeParts(session: WorkerSession, stage: MapStage, parts: TaskParts): Promise<TaskOutcome> {
  const writer = await BlockWriter.open(session, stage.writes[0]!.array);
  const axis = stage.statisticsAxis;
  const statistics: Statistics = {};
  try {
    for await (const [part, block] of computeParts(stage.program, parts, new HeapMachine(session))) {
      if (axis !== undefined) mergeStatistics(statistics, measure(session, block, part, axis));
      await writer.add(block, part);
      session.heap.free(block);
    }
  } finally {
    await writer.settle();
  }
  const objects = writer.records();
  return axis === undefined ? { objects } : { objects, statistics };
}

/** Writes a block and its pyramid levels; frees it. */
export async function writeLevels(
  session: WorkerSession,
  writes: readonly Write[],
  first: HeapBlock,
  region: Region,
): Promise<ObjectRecord[]> {
  const objects: ObjectRecord[] = [];
  let block = first;
  let start = region.start;
  for (const write of writes) {
    if (write.factors) {
      const next = downsample(session.heap, block, write.factors, write.method ?? "mean");
      session.heap.free(block);
      block = next;
      start = start.map((s, axis) => Math.floor(s / write.factors![axis]!));
    }
    const { shape } = session.stored(write.array).spec;
    // A last odd row is dropped: a block at the end may shrink to nothing, or to beyond the level's end.
    const inside = regionOf(
      start,
      start.map((s, axis) => Math.min(s + block.shape[axis]!, shape[axis]!)),
    );
    if (inside.shape.every((n) => n > 0) || shape.some((n) => n === 0)) {
      objects.push(...(await writeBlock(session, write.array, block, inside)));
    }
  }
  session.heap.free(block);
  return objects;
}

/** Smallest and largest value per index of an axis (-1: of the whole), for display windows. */
export function measure(session: WorkerSession, block: HeapBlock, region: Region, axis: number): Statistics {
  const { heap } = session;
  if (axis < 0 || block.shape[axis] === 1) {
    const range = minMax(heap, block);
    return range ? { [axis < 0 ? 0 : region.start[axis]!]: [range.min, range.max] } : {};
  }
  const statistics: Statistics = {};
  const shape = block.shape.map((n, i) => (i === axis ? 1 : n));
  const origin = shape.map(() => 0);
  for (let i = 0; i < block.shape[axis]!; i++) {
    const slice = heap.alloc(block.dtype, shape);
    copyBox(
      block,
      origin.map((_, k) => (k === axis ? i : 0)),
      slice,
      origin,
      shape,
    );
    const range = minMax(heap, slice);
    heap.free(slice);
    if (range) statistics[region.start[axis]! + i] = [range.min, range.max];
  }
  return statistics;
}
