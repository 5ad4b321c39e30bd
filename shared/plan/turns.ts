import { gridShape } from "../block/chunk-grid.ts";
import type { ChunkedSource } from "../block/chunked-source.ts";
import { indexOfCell } from "../block/grid-order.ts";
import type { TaskGrid } from "./schema.ts";

/**
 * The task that will take whole the chunk of a source that begins at `start`; infinite once that task is done, since then only
 * borders are asked for. Undefined where tasks don't consist of whole chunks of that source.
 */
export function turnOfChunks(
  grid: TaskGrid,
  source: Pick<ChunkedSource, "shape" | "chunkShape">,
  task: number,
): ((start: readonly number[]) => number) | undefined {
  const { shape, block } = grid;
  const whole =
    source.shape.length === shape.length &&
    shape.every(
      (n, axis) =>
        source.shape[axis] === n && (block[axis]! >= n || block[axis]! % source.chunkShape[axis]! === 0),
    );
  if (!whole) return undefined;
  const cells = gridShape(shape, block);
  return (start) => {
    const cell = start.map((s, axis) => Math.floor(s / block[axis]!));
    const owner = indexOfCell(cell, cells);
    return owner < task ? Number.POSITIVE_INFINITY : owner;
  };
}
