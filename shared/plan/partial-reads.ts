import { sizeOf } from "../block/block.ts";
import { gridShape } from "../block/chunk-grid.ts";
import { itemSize } from "../block/dtype.ts";
import { regionOf } from "../block/region.ts";
import { readsOfTask } from "./projection.ts";
import type { PlanArray, Program, TaskGrid } from "./schema.ts";
import { layoutOf } from "./traffic.ts";

/** Bytes of the chunks that a task in the middle of a grid looks at, for each element that it computes: what it would decode without a cache. */
export async function partialReads(
  grid: TaskGrid,
  program: Program,
  arrays: { readonly [id: string]: PlanArray },
): Promise<number> {
  const { shape, block } = grid;
  const start = gridShape(shape, block).map((n, axis) => Math.floor((n - 1) / 2) * block[axis]!);
  const region = regionOf(
    start,
    start.map((s, axis) => Math.min(s + block[axis]!, shape[axis]!)),
  );
  let bytes = 0;
  for (const read of await readsOfTask(region, program)) {
    const { shape: whole, chunkShape, dtype } = layoutOf(arrays[read.array]!);
    const box = read.region.start.map((from, axis) => {
      const chunk = chunkShape[axis]!;
      const to = from + read.region.shape[axis]!;
      const end = Math.min(Math.ceil(to / chunk) * chunk, whole[axis]!);
      return Math.max(0, end - Math.floor(from / chunk) * chunk);
    });
    bytes += sizeOf(box) * itemSize(dtype);
  }
  return bytes / Math.max(1, sizeOf(region.shape));
}
