import { stridesOf } from "../block/block.ts";
import { type AxisMap, axisMap } from "../block/boundary.ts";
import { blocksMeeting } from "../block/chunk-grid.ts";
import type { DType } from "../block/dtype.ts";
import { intersect, type Region, regionOf, stopOf } from "../block/region.ts";
import type { ConcatenateStep, KernelStep, Program, ViewStep } from "./schema.ts";

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
  /** A new block of `shape` whose element at (i, j, ...) is the block's element at origin + i * strides[0] + j * strides[1] ... */
  view(block: B, origin: number, strides: readonly number[], shape: readonly number[]): B;
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
    case "concatenate":
      return concatenated(program, node, region, machine);
    case "view":
      return viewed(program, node, region, machine);
    case "kernel":
      return node.blocks
        ? blockByBlock(program, node, node.blocks, region, machine)
        : extended(program, node, region, machine);
  }
}

/** The parts of a region that each input has, pasted beside each other. */
async function concatenated<B>(
  program: Program,
  node: ConcatenateStep,
  region: Region,
  machine: Machine<B>,
): Promise<B> {
  const { axis } = node;
  const from = region.start[axis]!;
  const to = from + region.shape[axis]!;
  let result: B | undefined;
  for (const [i, input] of node.inputs.entries()) {
    const offset = node.offsets[i]!;
    const end = node.offsets[i + 1] ?? node.shape[axis]!;
    const low = Math.max(from, offset);
    const high = Math.min(to, end);
    if (low >= high) continue;
    const part: Region = {
      start: region.start.map((s, k) => (k === axis ? low - offset : s)),
      shape: region.shape.map((n, k) => (k === axis ? high - low : n)),
    };
    const block = await computeNode(program, input, part, machine);
    if (low === from && high === to) return block;
    result ??= machine.alloc(node.dtype, region.shape);
    const origin = part.shape.map(() => 0);
    machine.paste(
      block,
      origin,
      result,
      origin.map((_, k) => (k === axis ? low - from : 0)),
      part.shape,
    );
    machine.free(block);
  }
  return result ?? machine.alloc(node.dtype, region.shape);
}

/** Picks and reorders: the box of the input that holds every element picked is computed, then walked with strides. */
async function viewed<B>(program: Program, node: ViewStep, region: Region, machine: Machine<B>): Promise<B> {
  const start = new Array<number>(node.inputRank).fill(0);
  const stop = new Array<number>(node.inputRank).fill(1);
  for (const [axis, index] of node.fixed) {
    start[axis] = index;
    stop[axis] = index + 1;
  }
  for (const [axis, source] of node.sources.entries()) {
    if (source < 0) continue;
    const first = node.starts[axis]! + region.start[axis]! * node.steps[axis]!;
    const last = first + (region.shape[axis]! - 1) * node.steps[axis]!;
    start[source] = region.shape[axis] === 0 ? 0 : Math.min(first, last);
    stop[source] = region.shape[axis] === 0 ? 0 : Math.max(first, last) + 1;
  }
  const box = regionOf(start, stop);
  const block = await computeNode(program, node.input, box, machine);
  const inner = stridesOf(box.shape);
  let origin = 0;
  const strides = node.sources.map((source, axis) => {
    if (source < 0) return 0;
    if (node.steps[axis]! < 0) origin += (box.shape[source]! - 1) * inner[source]!;
    return node.steps[axis]! * inner[source]!;
  });
  const result = machine.view(block, region.shape.some((n) => n === 0) ? 0 : origin, strides, region.shape);
  machine.free(block);
  return result;
}

/**
 * A kernel that depends on its block: every lazy chunk that the region meets is computed whole. What the blocks need of
 * the steps before is computed once for all of them, so that their halos aren't.
 */
async function blockByBlock<B>(
  program: Program,
  step: KernelStep,
  chunks: readonly (readonly number[])[],
  region: Region,
  machine: Machine<B>,
): Promise<B> {
  const blocks = [...blocksMeeting(region, chunks)].map((block) => ({ block, ...reachOf(step, block) }));
  const [only] = blocks;
  if (only && blocks.length === 1 && same(only.block, region))
    return extended(program, step, region, machine);

  const result = machine.alloc(step.dtype, region.shape);
  if (blocks.length === 0) return result;
  const union = boundingBox(blocks.map(({ inner }) => inner));
  const inputs: B[] = [];
  for (const input of step.inputs) inputs.push(await computeNode(program, input, union, machine));
  for (const { block, maps, inner } of blocks) {
    const from = inner.start.map((s, axis) => s - union.start[axis]!);
    const pieces = inputs.map((input) => machine.crop(input, from, inner.shape));
    const computed = runStep(step, block, maps, pieces, machine);
    const part = intersect(block, region);
    const at = part.start.map((s, axis) => s - block.start[axis]!);
    const to = part.start.map((s, axis) => s - region.start[axis]!);
    machine.paste(computed, at, result, to, part.shape);
    machine.free(computed);
  }
  for (const input of inputs) machine.free(input);
  return result;
}

async function extended<B>(
  program: Program,
  step: KernelStep,
  region: Region,
  machine: Machine<B>,
): Promise<B> {
  const { maps, inner } = reachOf(step, region);
  const inputs: B[] = [];
  for (const input of step.inputs) inputs.push(await computeNode(program, input, inner, machine));
  return runStep(step, region, maps, inputs, machine);
}

/** What a region needs of a step's inputs: per axis the mapped interval, and the box of the array that holds it. */
function reachOf(step: KernelStep, region: Region): { readonly maps: AxisMap[]; readonly inner: Region } {
  const stop = stopOf(region);
  const maps = region.start.map((start, axis) => {
    const [before, after] = step.halo[axis]!;
    return axisMap(start - before, stop[axis]! + after, step.shape[axis]!, step.boundary[axis]!);
  });
  const inner = regionOf(
    maps.map((m) => m.readStart),
    maps.map((m) => m.readStop),
  );
  return { maps, inner };
}

/** Extends the inputs by the boundary, runs the kernel, trims. Frees the inputs. */
function runStep<B>(
  step: KernelStep,
  region: Region,
  maps: readonly AxisMap[],
  inputs: readonly B[],
  machine: Machine<B>,
): B {
  const padded = maps.some((m) => m.index)
    ? inputs.map((input) => {
        const gathered = machine.gather(input, maps);
        machine.free(input);
        return gathered;
      })
    : inputs;
  const computed = machine.kernel(step, padded);
  for (const input of padded) machine.free(input);
  const stop = stopOf(region);
  if (maps.every((m, axis) => m.start === region.start[axis] && m.stop === stop[axis])) return computed;
  const from = region.start.map((start, axis) => start - maps[axis]!.start);
  const trimmed = machine.crop(computed, from, region.shape);
  machine.free(computed);
  return trimmed;
}

function boundingBox(regions: readonly Region[]): Region {
  const first = regions[0]!;
  const start = first.start.map((_, axis) => Math.min(...regions.map((r) => r.start[axis]!)));
  const stop = first.start.map((_, axis) => Math.max(...regions.map((r) => r.start[axis]! + r.shape[axis]!)));
  return regionOf(start, stop);
}

function same(a: Region, b: Region): boolean {
  return a.start.every((s, i) => s === b.start[i]) && a.shape.every((n, i) => n === b.shape[i]);
}
