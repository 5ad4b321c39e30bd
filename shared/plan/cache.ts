import { type BorderWidths, WORTH_KEEPING } from "../block/borders.ts";
import { BORDERS_PER_WORKER, WHOLE_CHUNKS_PER_WORKER } from "./budget.ts";
import { specBytes } from "./builder.ts";
import { haloByArray } from "./halo.ts";
import { readsOfTask } from "./projection.ts";
import type { PlanArray, Program, TaskGrid } from "./schema.ts";
import { taskRegion } from "./task-region.ts";

/**
 * Most bytes of decoded chunks that a worker keeps between the tasks of a stage which reads a program's inputs in boxes of
 * `block`. A chunk that lies in one task alone is dropped by it, so nothing is kept where there are no halos either.
 */
export function cachedBytes(
  program: Program,
  arrays: { readonly [id: string]: PlanArray },
  block: readonly number[],
): number {
  const widths = haloByArray(program);
  let whole = 0;
  let borders = 0;
  for (const id of new Set(program.nodes.flatMap((node) => (node.kind === "read" ? [node.array] : [])))) {
    const { shape, chunkShape, dtype } = layoutOf(arrays[id]!);
    const around = widths.get(id);
    const bytes = specBytes({ shape, dtype });
    const aligned =
      block.length === shape.length &&
      shape.every((n, axis) => block[axis]! >= n || block[axis]! % chunkShape[axis]! === 0);
    if (around && aligned && around.every(([low, high]) => low + high === 0)) continue;
    whole += bytes;
    if (around) borders += borderShare(around, chunkShape) * bytes;
  }
  const kept = Math.min(whole, WHOLE_CHUNKS_PER_WORKER) + Math.min(borders, BORDERS_PER_WORKER);
  return Math.ceil(Math.min(kept, Math.max(whole, borders)));
}

/** Whether the only task of a grid reads each array in one box: then no chunk is needed again. */
export async function readsOnce(grid: TaskGrid, program: Program): Promise<boolean> {
  const arrays = (await readsOfTask(taskRegion(grid, 0), program)).map(({ array }) => array);
  return new Set(arrays).size === arrays.length;
}

function layoutOf(array: PlanArray) {
  return array.role === "input" ? array : array.spec;
}

/** The borders that are kept of a chunk, as a part of it. */
function borderShare(widths: BorderWidths, chunkShape: readonly number[]): number {
  return widths.reduce((sum, [low, high], axis) => {
    const share = (low + high) / Math.max(1, chunkShape[axis]!);
    return share > WORTH_KEEPING ? sum : sum + share;
  }, 0);
}
