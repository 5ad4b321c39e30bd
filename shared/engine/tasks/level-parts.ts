import { copyBox } from "../../block/copy.ts";
import type { Region } from "../../block/region.ts";
import { downsample, downsampledShape } from "../../kernels/downsample/index.ts";
import { computeRegion } from "../../plan/compute.ts";
import { PARTS_AT_ONCE, partsOfRegion, shrinking } from "../../plan/level-parts.ts";
import type { MapStage } from "../../plan/schema.ts";
import { HeapMachine } from "../machine.ts";
import { mergeStatistics, type ObjectRecord, type Statistics, type TaskOutcome } from "../outcome.ts";
import type { WorkerSession } from "../session.ts";
import { writeBlock } from "../write-block.ts";
import { measure, writeLevels } from "./map-task.ts";

/**
 * Computes a box of the program's result and writes it and its levels, one part of the box after the other: a few at a time, so that one is computed while
 * others are read and written.
 */
export async function runInParts(
  session: WorkerSession,
  stage: MapStage,
  region: Region,
  part: readonly number[],
): Promise<TaskOutcome> {
  const { heap } = session;
  const { direct, shrunk, rest } = shrinking(stage.writes);
  const { dtype } = session.stored(rest[0]!.array).spec;
  const level = heap.alloc(dtype, downsampledShape(region.shape, shrunk.factors));
  const parts = partsOfRegion(region, part);
  const objects: ObjectRecord[][] = parts.map(() => []);
  const statistics: Statistics = {};
  const runPart = async (i: number): Promise<void> => {
    const box = parts[i]!;
    const block = await computeRegion(stage.program, box, new HeapMachine(session));
    if (stage.statisticsAxis !== undefined)
      mergeStatistics(statistics, measure(session, block, box, stage.statisticsAxis));
    if (direct) objects[i] = await writeBlock(session, direct.array, block, box);
    const small = downsample(heap, block, shrunk.factors, shrunk.method);
    heap.free(block);
    const to = box.start.map((s, axis) => Math.floor((s - region.start[axis]!) / shrunk.factors[axis]!));
    // a last odd row is dropped
    const kept = small.shape.map((n, axis) => Math.min(n, level.shape[axis]! - to[axis]!));
    const origin = kept.map(() => 0);
    if (kept.every((n) => n > 0)) copyBox(small, origin, level, to, kept);
    heap.free(small);
  };
  let next = 0;
  const lane = async (): Promise<void> => {
    try {
      while (next < parts.length) await runPart(next++);
    } catch (error) {
      next = parts.length;
      throw error;
    }
  };
  // All must have ended before the heap is given up.
  const ends = await Promise.allSettled(Array.from({ length: PARTS_AT_ONCE }, lane));
  for (const end of ends) if (end.status === "rejected") throw end.reason;
  const start = region.start.map((s, axis) => Math.floor(s / shrunk.factors[axis]!));
  const levels = await writeLevels(session, rest, level, { start, shape: level.shape });
  return {
    objects: [...objects.flat(), ...levels],
    ...(stage.statisticsAxis === undefined ? {} : { statistics }),
  };
}
