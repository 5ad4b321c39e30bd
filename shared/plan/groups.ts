import type { ArrayNode } from "../array/nodes.ts";
import { sizeOf } from "../block/block.ts";
import { gridShape, largestBlock } from "../block/chunk-grid.ts";
import { COMFORTABLE_TASK, worstAxis } from "./blocks.ts";
import type { PlanBuilder } from "./builder.ts";
import { totalHalo } from "./halo.ts";
import { projectTasks } from "./projection.ts";
import type { Program } from "./schema.ts";

/** Decoded bytes that one task of a tree's first level reads: enough to be worth a task, little enough to repeat. */
const GROUP_BYTES = 96 * 2 ** 20;

/** So few decoded bytes are read by one task even where other workers idle: joining results would take longer. */
const LITTLE_BYTES = 2 ** 20;

/** An array, and the axes that are gone when it has been reduced. */
export interface Reduced {
  readonly input: ArrayNode;
  readonly reducedAxes: readonly number[];
}

/** The tile's width on kept axes; lazy chunks on reduced ones, cut so that a box stays comfortable. */
export function fitReadBlock(node: Reduced, tile: readonly number[]): number[] {
  const chunk = largestBlock(node.input.chunks);
  const block = node.input.shape.map((n, axis) =>
    node.reducedAxes.includes(axis)
      ? Math.max(1, Math.min(n, chunk[axis]!))
      : Math.max(1, Math.min(n, tile[axis]!)),
  );
  for (const axis of node.reducedAxes) {
    while (sizeOf(block) * 8 > COMFORTABLE_TASK / 2 && block[axis]! > 1)
      block[axis] = Math.ceil(block[axis]! / 2);
  }
  return block;
}

/**
 * A box that steps with halos are computed for grows along the reduced axes while the halos weigh on it, a task stays comfortable and no
 * worker idles: planes by themselves with a halo of 6 would compute each plane thirteen times.
 */
export async function growReadBlock(
  builder: PlanBuilder,
  program: Program,
  node: Reduced,
  block: readonly number[],
): Promise<number[]> {
  const { shape } = node.input;
  const halo = totalHalo(program, shape.length).map(([before, after]) => before + after);
  const rejected = new Set(shape.map((_, axis) => axis).filter((axis) => !node.reducedAxes.includes(axis)));
  let grown = [...block];
  for (;;) {
    const axis = worstAxis(grown, shape, halo, rejected);
    if (axis < 0) return grown;
    const next = grown.map((n, i) => (i === axis ? Math.min(2 * n, shape[i]!) : n));
    const boxes = gridShape(shape, next).reduce((a, b) => a * b, 1);
    const { chunkShapes, objectShapes } = builder;
    const fits =
      boxes >= 2 * builder.budget.workers &&
      (await projectTasks({ shape: [...shape], block: next }, program, [], chunkShapes, objectShapes)).heap <=
        Math.min(COMFORTABLE_TASK, builder.limit / 2);
    if (fits) grown = next;
    else rejected.add(axis);
  }
}

/** Boxes per task along the reduced axes: last axes first, until a task reads enough or the workers would idle. */
export function groupsOf(node: Reduced, readBlock: readonly number[], workers: number): number[] {
  const group = readBlock.slice();
  const itemBytes = 2;
  for (const axis of [...node.reducedAxes].reverse()) {
    while (group[axis]! < node.input.shape[axis]!) {
      const grown = group.slice();
      grown[axis] = Math.min(
        group[axis]! * 2,
        Math.ceil(node.input.shape[axis]! / readBlock[axis]!) * readBlock[axis]!,
      );
      const tasks = gridShape(node.input.shape, grown).reduce((a, b) => a * b, 1);
      const bytes = sizeOf(grown) * itemBytes;
      if (bytes > GROUP_BYTES || (tasks < 2 * workers && bytes > LITTLE_BYTES)) return group;
      group[axis] = grown[axis]!;
    }
  }
  return group;
}
