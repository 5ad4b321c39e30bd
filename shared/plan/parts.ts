import { readBox } from "../block/boundary.ts";
import { chunkRegion, chunksMeeting } from "../block/chunk-grid.ts";
import type { Region } from "../block/region.ts";
import type { KernelBox } from "../kernels/kernel.ts";
import { LEAST_ROW } from "../kernels/row-step.ts";
import { branches, computeRegion } from "./compute.ts";
import type { Machine, NextStep } from "./machine.ts";
import { boxOf, rowsFor } from "./next-step.ts";
import type { KernelStep, Program, Write } from "./schema.ts";

/** A task's region in the objects that it writes, each of which can be computed from what is read for all. */
export interface TaskParts {
  readonly regions: readonly Region[];
  readonly step: KernelStep;
  readonly next: NextStep | undefined;
  readonly box: KernelBox;
  readonly region: Region;
}

/**
 * Whether a task can compute and write one object after the other of the box that it has read, so that it never holds its whole
 * result, nor copies objects out of it: where the last step is a kernel that takes any part of a box, and levels aren't made of the result.
 */
export function partsOf(
  program: Program,
  region: Region,
  writes: readonly Write[],
  objectShapes: (array: string) => readonly number[],
): TaskParts | undefined {
  const [write] = writes;
  if (!write || writes.length > 1 || write.factors || branches(program)) return undefined;
  const last = program.nodes.at(-1)!;
  const before = rowsFor(program, last, region);
  const step = before ?? last;
  const box = step.kind === "kernel" && boxOf(step, region);
  if (step.kind !== "kernel" || !box) return undefined;
  const object = objectShapes(write.array);
  if (object.length !== region.shape.length || region.shape.includes(0)) return undefined;
  if (object.every((n, axis) => n >= region.shape[axis]!)) return undefined;
  const regions = [...chunksMeeting(region, object)].map((at) => chunkRegion(step.shape, object, at));
  if (before && regions.some(({ shape }) => shape.at(-1)! < LEAST_ROW)) return undefined;
  return { regions, step, next: before && (last as NextStep), box, region };
}

/** The parts one after the other, as `computeRegion` would give them. Who takes a block frees it. */
export async function* computeParts<B>(
  program: Program,
  { regions, step, next, box, region }: TaskParts,
  machine: Machine<B>,
): AsyncGenerator<readonly [part: Region, block: B]> {
  const before = { ...program, nodes: program.nodes.slice(0, step.inputs[0]! + 1) };
  const input = await computeRegion(before, readBox(box.maps), machine);
  for (const part of regions) {
    const from = box.from.map((at, axis) => at + part.start[axis]! - region.start[axis]!);
    yield [part, machine.boxed(step, input, { ...box, from, shape: part.shape }, next)];
  }
  machine.free(input);
}
