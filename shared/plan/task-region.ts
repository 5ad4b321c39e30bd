import { chunkRegion, gridShape } from "../block/chunk-grid.ts";
import { cellAt } from "../block/grid-order.ts";
import type { Region } from "../block/region.ts";
import type { TaskGrid } from "./schema.ts";

/** The box of a task: tasks are numbered so that near boxes come near each other. */
export function taskRegion(grid: TaskGrid, task: number): Region {
  return chunkRegion(grid.shape, grid.block, cellAt(task, gridShape(grid.shape, grid.block)));
}

/** The axes along which labels of neighbouring blocks may touch: those that connect, and that the grid cuts. */
export function joinedAxes(grid: TaskGrid, connected: readonly boolean[]): boolean[] {
  const cells = gridShape(grid.shape, grid.block);
  return connected.map((connects, axis) => connects && cells[axis]! > 1);
}
