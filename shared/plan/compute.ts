import { type AxisMap, axisMap } from "../block/boundary.ts";
import { blocksMeeting } from "../block/chunk-grid.ts";
import type { DType } from "../block/dtype.ts";
import { intersect, type Region, regionOf, stopOf } from "../block/region.ts";
import type { KernelStep, Program } from "./schema.ts";

/**
 * What carries a program out: the engine's machine moves real blocks, the planner's only counts bytes. Both go through
 * the one recursion below, so that the projected peak follows the same allocations as the run.
 */
export interface Machine<B> {
  read(array: string, dtype: DType, region: Region): Promise<B>;
  alloc(dtype: DType, shape: readonly number[]): B;
  /** A new block gathered from `block` (the read interval of each axis) as the maps say. */
  gather(block: B, maps: readonly AxisMap[]): B;
  /** A new block: the box of `shape` at `from`. */
  crop(block: B, from: readonly number[], shape: readonly number[]): B;
  /** Copies a box of one block into another. */
  paste(from: B, at: readonly number[], into: B, to: readonly number[], shape: readonly number[]): void;
  kernel(step: KernelStep, inputs: readonly B[]): B;
  cast(block: B, dtype: DType): B;
  free(block: B): void;
}

/**
 * Computes a region of a program's result, pulling from each step what the next one needs. At each step the
 * intermediate is cut to the array and extended by that step's own boundary, so fused chains have right edges.
 */
export function computeRegion<B>(program: Program, region: Region, machine: Machine<B>): Promise<B> {
  return computeNode(program, program.nodes.length - 1, region, machine);
}

async function computeNode<B>(
  program: Program,
  index: number,
  region: Region,
  machine: Machine<B>,
): Promise<B> {
  const node = program.nodes[index]!;
  switch (node.kind) {
    case "read":
      return machine.read(node.array, node.dtype, region);
    case "cast": {
      const input = await computeNode(program, node.input, region, machine);
      const result = machine.cast(input, node.dtype);
      machine.free(input);
      return result;
    }
    case "kernel":
      return node.blocks
        ? blockByBlock(program, node, node.blocks, region, machine)
        : extended(program, node, region, machine);
  }
}

/** A kernel that depends on its block: every lazy chunk that the region meets is computed whole. */
async function blockByBlock<B>(
  program: Program,
  step: KernelStep,
  blocks: readonly (readonly number[])[],
  region: Region,
  machine: Machine<B>,
): Promise<B> {
  let result: B | undefined;
  for (const block of blocksMeeting(region, blocks)) {
    const part = intersect(block, region);
    const computed = await extended(program, step, block, machine);
    if (same(block, region)) return computed;
    result ??= machine.alloc(step.dtype, region.shape);
    const from = part.start.map((s, i) => s - block.start[i]!);
    const to = part.start.map((s, i) => s - region.start[i]!);
    machine.paste(computed, from, result, to, part.shape);
    machine.free(computed);
  }
  return result ?? machine.alloc(step.dtype, region.shape);
}

async function extended<B>(
  program: Program,
  step: KernelStep,
  region: Region,
  machine: Machine<B>,
): Promise<B> {
  const stop = stopOf(region);
  const maps = region.start.map((start, axis) => {
    const [before, after] = step.halo[axis]!;
    return axisMap(start - before, stop[axis]! + after, step.shape[axis]!, step.boundary[axis]!);
  });
  const inner = regionOf(
    maps.map((m) => m.readStart),
    maps.map((m) => m.readStop),
  );
  const inputs: B[] = [];
  for (const input of step.inputs) {
    const block = await computeNode(program, input, inner, machine);
    if (!maps.some((m) => m.index)) {
      inputs.push(block);
      continue;
    }
    inputs.push(machine.gather(block, maps));
    machine.free(block);
  }
  const computed = machine.kernel(step, inputs);
  for (const input of inputs) machine.free(input);
  const from = region.start.map((start, axis) => start - maps[axis]!.start);
  const whole = maps.every((m, axis) => m.start === region.start[axis] && m.stop === stop[axis]);
  if (whole) return computed;
  const trimmed = machine.crop(computed, from, region.shape);
  machine.free(computed);
  return trimmed;
}

function same(a: Region, b: Region): boolean {
  return a.start.every((s, i) => s === b.start[i]) && a.shape.every((n, i) => n === b.shape[i]);
}
