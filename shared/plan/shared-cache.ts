import { sizeOf } from "../block/block.ts";
import { borderBoxes, borderOffset } from "../block/borders.ts";
import { gridShape } from "../block/chunk-grid.ts";
import { itemSize } from "../block/dtype.ts";
import { MOST_BORDERS, type SharedChunksSize, slotBytes } from "../block/shared-chunks.ts";
import { MOST_CELLS } from "../block/shared-slots.ts";
import { BORDERS_PER_WORKER, WHOLE_CHUNKS_PER_WORKER } from "./budget.ts";
import { bordersByArray } from "./halo.ts";
import type { Plan, PlanArray } from "./schema.ts";
import { turnOfChunks } from "./turns.ts";

/** A stage must be able to keep so many chunks for each worker, or there is little to share. */
const LEAST_CHUNKS = 2;

/**
 * The chunks that the workers of this computer can share in a stage: those that tasks take whole in a known order, and neighbours the borders
 * of. Undefined where there are none, or others to be kept as well: then each worker keeps its own.
 */
export function sharedCache(
  plan: Pick<Plan, "stages" | "arrays">,
  index: number,
  workers: number,
): SharedChunksSize | undefined {
  const stage = plan.stages[index]!;
  if (stage.kind === "label" || stage.kind === "measure" || !("grid" in stage) || !("program" in stage))
    return undefined;
  const { grid, program } = stage;
  if (!program || stage.memory.cache === 0) return undefined;
  const widths = bordersByArray(program, grid);
  const arrays: string[] = [];
  let chunks = 0;
  let chunkBytes = 0;
  let borderBytes = 0;
  for (const id of new Set(program.nodes.flatMap((node) => (node.kind === "read" ? [node.array] : [])))) {
    const { shape, chunkShape, dtype } = layoutOf(plan.arrays[id]!);
    const around = widths.get(id);
    if (!around || !turnOfChunks(grid, { shape, chunkShape }, 0)) return undefined;
    // Each chunk lies in one task alone.
    if (around.every(([low, high]) => low + high === 0)) continue;
    const cells = gridShape(shape, chunkShape).reduce((a, b) => a * b, 1);
    if (cells > MOST_CELLS) return undefined;
    arrays.push(id);
    chunks += cells;
    const boxes = borderBoxes(chunkShape, around);
    if (boxes.length > MOST_BORDERS) return undefined;
    chunkBytes = Math.max(chunkBytes, sizeOf(chunkShape) * itemSize(dtype));
    borderBytes = Math.max(borderBytes, borderOffset(boxes, boxes.length, itemSize(dtype)));
  }
  const most = Math.floor((workers * WHOLE_CHUNKS_PER_WORKER) / slotBytes(chunkBytes));
  const wholeSlots = Math.min(chunks, most);
  if (arrays.length === 0 || wholeSlots < Math.min(chunks, LEAST_CHUNKS * workers)) return undefined;
  const borderSlots = Math.min(chunks, Math.floor((workers * BORDERS_PER_WORKER) / slotBytes(borderBytes)));
  return { wholeSlots, chunkBytes, borderSlots, borderBytes, arrays };
}

function layoutOf(array: PlanArray) {
  return array.role === "input" ? array : array.spec;
}
