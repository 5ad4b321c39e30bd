import { sizeOf } from "../block/block.ts";
import type { AxisMap } from "../block/boundary.ts";
import { type DType, itemSize } from "../block/dtype.ts";
import type { Region } from "../block/region.ts";
import { downsampledShape, scratchBytes as downsampleScratch } from "../kernels/downsample/index.ts";
import { aligned, FreeList } from "../kernels/free-list.ts";
import type { KernelBox } from "../kernels/kernel.ts";
import type { RegionFacts } from "../kernels/region/region-op.ts";
import { regionOpNamed } from "../kernels/region/registry.ts";
import { kernelNamed } from "../kernels/registry.ts";
import { unknownScalars } from "../kernels/scalars.ts";
import type { BlockCall } from "./blockwise-needs.ts";
import { computeRegion } from "./compute.ts";
import { totalHalo } from "./halo.ts";
import { PARTS_AT_ONCE, partsOfRegion, shrinking } from "./level-parts.ts";
import type { Machine, NextStep } from "./machine.ts";
import { computeParts, partsOf } from "./parts.ts";
import { neighbouringTasks, representativeTasks } from "./representative-tasks.ts";
import type { BlockwiseStep, KernelStep, OpStep, Program, TaskGrid, Write } from "./schema.ts";

/** A block that isn't there: its dtype and shape, for counting. */
interface Ghost {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly ptr: number;
}

/** What encoding one object takes of the heap beyond its copy: a block of shuffled bytes and tables. */
export const CODEC_SCRATCH = 4 * 2 ** 20;

/** What a decoded byte costs that is read, and one that is encoded and written, nanoseconds. */
export const DECODE_NANOSECONDS = 0.6;
export const ENCODE_NANOSECONDS = 2;

export function bytesOfShape(dtype: DType, shape: readonly number[]): number {
  return aligned(sizeOf(shape) * itemSize(dtype));
}

/** What the arrays behind a program look like to the reader. */
export type ChunkShapes = (array: string) => readonly number[];

const CAST_NANOSECONDS = 0.3;
/** What an own kernel is supposed to cost per element of its result, nanoseconds. */
const OWN_NANOSECONDS = 10;

/** Follows a program's allocations without making any. */
class CountingMachine implements Machine<Ghost> {
  live = 0;
  peak = 0;
  bytesRead = 0;
  objectsRead = 0;
  nanoseconds = 0;
  /** Told of every region that is read. */
  onRead: ((array: string, region: Region) => void) | undefined;
  readonly #list = new FreeList();
  readonly #chunkShapes: ChunkShapes;

  constructor(chunkShapes: ChunkShapes) {
    this.#chunkShapes = chunkShapes;
  }

  alloc(dtype: DType, shape: readonly number[]): Ghost {
    const bytes = bytesOfShape(dtype, shape);
    this.live += bytes;
    if (this.live > this.peak) this.peak = this.live;
    return { dtype, shape, ptr: this.#list.take(bytes) };
  }

  /** Memory up to the highest address, holes between blocks included. */
  get extent(): number {
    return this.#list.high;
  }

  free(block: Ghost): void {
    const bytes = bytesOfShape(block.dtype, block.shape);
    this.live -= bytes;
    this.#list.give(block.ptr, bytes);
  }

  async read(array: string, dtype: DType, region: Region): Promise<Ghost> {
    const block = this.alloc(dtype, region.shape);
    this.onRead?.(array, region);
    this.bytesRead += sizeOf(region.shape) * itemSize(dtype);
    const chunk = this.#chunkShapes(array);
    this.transient(decodeScratch(dtype, region.shape, chunk));
    this.objectsRead += region.start.reduce(
      (n, s, i) =>
        n * (Math.floor((s + Math.max(1, region.shape[i]!) - 1) / chunk[i]!) - Math.floor(s / chunk[i]!) + 1),
      1,
    );
    this.nanoseconds += sizeOf(region.shape) * itemSize(dtype) * DECODE_NANOSECONDS;
    return block;
  }

  gather(block: Ghost, maps: readonly AxisMap[]): Ghost {
    return this.alloc(
      block.dtype,
      maps.map((m) => m.stop - m.start),
    );
  }

  crop(block: Ghost, _from: readonly number[], shape: readonly number[]): Ghost {
    return this.alloc(block.dtype, shape);
  }

  paste(): void {}

  view(block: Ghost, _origin: number, _strides: readonly number[], shape: readonly number[]): Ghost {
    this.nanoseconds += sizeOf(shape) * 1.5;
    return this.alloc(block.dtype, shape);
  }

  kernel(step: KernelStep, inputs: readonly Ghost[]): Ghost {
    const kernel = kernelNamed(step.kernel);
    const shape = inputs[0]!.shape;
    const dtypes = inputs.map((input) => input.dtype);
    const args = unknownScalars(step.args);
    const scratch = kernel.scratchBytes(shape, dtypes, args);
    this.nanoseconds += sizeOf(shape) * kernel.costPerElement(args, shape.length, dtypes);
    const output = this.alloc(step.dtype, shape);
    this.transient(scratch);
    return output;
  }

  boxed(step: KernelStep, input: Ghost, box: KernelBox, next: NextStep | undefined): Ghost {
    const kernel = kernelNamed(step.kernel);
    const { dtype } = input;
    this.nanoseconds += sizeOf(box.shape) * kernel.costPerElement(step.args, box.shape.length, [dtype]);
    if (next) this.nanoseconds += sizeOf(box.shape) * costOfNext(step, next);
    const output = this.alloc((next ?? step).dtype, box.shape);
    this.transient(kernel.boxed!.scratchBytes(box.shape, dtype, step.args, next !== undefined));
    return output;
  }

  op(
    step: OpStep,
    facts: RegionFacts,
    region: Region,
    _inputs: readonly Ghost[],
    boxes: readonly Region[],
  ): Ghost {
    const op = regionOpNamed(step.op);
    this.nanoseconds += sizeOf(region.shape) * op.costPerElement(step.args, facts);
    const output = this.alloc(step.dtype, region.shape);
    this.transient(op.scratchBytes(step.args, region, boxes, facts));
    return output;
  }

  /** The function gets copies of its blocks, and takes as much again as its step says, before its result is copied in. */
  async call(step: BlockwiseStep, call: BlockCall, inputs: readonly (Ghost | undefined)[]): Promise<Ghost> {
    const taken = inputs.reduce((n, input) => n + (input ? bytesOfShape(input.dtype, input.shape) : 0), 0);
    this.nanoseconds += sizeOf(call.shape) * (step.call ? OWN_NANOSECONDS : 1);
    if (!step.call) return this.alloc(step.dtype, call.shape);
    const output = bytesOfShape(step.dtype, call.shape);
    this.transient(Math.ceil(taken * (1 + step.scratch)) + output);
    const result = this.alloc(step.dtype, call.shape);
    this.transient(output);
    return result;
  }

  cast(block: Ghost, dtype: DType): Ghost {
    this.nanoseconds += sizeOf(block.shape) * CAST_NANOSECONDS;
    return this.alloc(dtype, block.shape);
  }

  /** Memory that comes and goes within one call. */
  transient(bytes: number): void {
    if (this.live + bytes > this.peak) this.peak = this.live + bytes;
    this.#list.give(this.#list.take(aligned(bytes)), aligned(bytes));
  }
}

/** Nanoseconds per element. */
function costOfNext(step: KernelStep, next: NextStep): number {
  if (next.kind === "cast") return CAST_NANOSECONDS;
  const facts = { shape: next.shape, dtype: next.dtype, inputs: [step] };
  return regionOpNamed(next.op).costPerElement(next.args, facts);
}

export interface TaskProjection {
  /** Largest kernel memory of any task, bytes: up to the highest address, since what is between blocks counts too. */
  readonly heap: number;
  /** Over all tasks: bytes of the regions they take, and the chunks that these lie in, counted for each task. */
  readonly bytesRead: number;
  readonly objectsRead: number;
  readonly nanoseconds: number;
}

/**
 * Projects a map stage: the tasks of a grid differ by whether they lie first, last or between on each axis, so one of each
 * kind is followed and counted as often as it occurs. Where lazy chunks and tasks don't fit, those between differ too: then
 * those that reach farthest stand for them. With `part`, tasks compute and shrink their box in such parts.
 */
export async function projectTasks(
  grid: TaskGrid,
  program: Program,
  writes: readonly Write[],
  chunkShapes: ChunkShapes,
  objectShapes: ChunkShapes,
  part?: readonly number[],
): Promise<TaskProjection> {
  let heap = 0;
  let bytesRead = 0;
  let objectsRead = 0;
  let nanoseconds = 0;
  for (const { region, count } of representativeTasks(grid, program)) {
    const machine = await projectTask(region, program, writes, chunkShapes, objectShapes, part);
    heap = Math.max(heap, machine.peak, machine.extent);
    bytesRead += machine.bytesRead * count;
    objectsRead += machine.objectsRead * count;
    nanoseconds += machine.nanoseconds * count;
  }
  const most = Math.max(heap, await climb(grid, program, writes, chunkShapes, objectShapes));
  return { heap: most + seamBytes(program, grid), bytesRead, objectsRead, nanoseconds };
}

/**
 * Behind a view, or an operation with boxes of its own, the axes are others, so that its tasks can't be compared axis by axis: those along each axis in turn are
 * followed, from the one that holds most so far.
 */
async function climb(
  grid: TaskGrid,
  program: Program,
  writes: readonly Write[],
  chunkShapes: ChunkShapes,
  objectShapes: ChunkShapes,
): Promise<number> {
  if (!program.nodes.some(hasOwnBoxes)) return 0;
  let most = 0;
  let best = grid.shape.map(() => 0);
  for (let round = 0; round < 2; round++) {
    for (const axis of grid.shape.keys()) {
      for (const { cell, region } of neighbouringTasks(grid, best, axis)) {
        const { peak, extent } = await projectTask(region, program, writes, chunkShapes, objectShapes);
        if (Math.max(peak, extent) <= most) continue;
        most = Math.max(peak, extent);
        best = cell;
      }
    }
  }
  return most;
}

/** What a task across a seam of joined arrays holds besides: the result of the join while its parts are computed. */
function seamBytes(program: Program, grid: TaskGrid): number {
  const halo = totalHalo(program, grid.shape.length);
  let bytes = 0;
  for (const node of program.nodes) {
    if (node.kind !== "concatenate") continue;
    const box =
      node.shape.length === grid.shape.length
        ? node.shape.map((n, axis) => Math.min(n, grid.block[axis]! + halo[axis]![0] + halo[axis]![1]))
        : grid.block;
    bytes += bytesOfShape(node.dtype, box);
  }
  return bytes;
}

/** What one task reads, holds at most, and costs. */
export async function projectTask(
  region: Region,
  program: Program,
  writes: readonly Write[],
  chunkShapes: ChunkShapes,
  objectShapes: ChunkShapes,
  part?: readonly number[],
): Promise<Pick<CountingMachine, "peak" | "extent" | "bytesRead" | "objectsRead" | "nanoseconds">> {
  const machine = new CountingMachine(chunkShapes);
  if (part) {
    await projectParts(machine, region, program, writes, objectShapes, part);
    return machine;
  }
  const objects = writes.map((write) => objectShapes(write.array));
  const parts = partsOf(program, region, writes, objectShapes);
  if (!parts) {
    countWrites(machine, await computeRegion(program, region, machine), writes, objects);
    return machine;
  }
  for await (const [, block] of computeParts(program, parts, machine)) {
    countWrites(machine, block, writes, objects);
    machine.free(block);
  }
  return machine;
}

/** As engine/tasks/level-parts.ts goes: each part while those before it are still there. */
async function projectParts(
  machine: CountingMachine,
  region: Region,
  program: Program,
  writes: readonly Write[],
  objectShapes: ChunkShapes,
  part: readonly number[],
): Promise<void> {
  const { direct, shrunk, rest } = shrinking(writes);
  const { dtype } = program.nodes.at(-1)!;
  const level = machine.alloc(dtype, downsampledShape(region.shape, shrunk.factors));
  const live: Ghost[] = [];
  for (const box of partsOfRegion(region, part)) {
    const block = await computeRegion(program, box, machine);
    if (direct) countWrite(machine, block, objectShapes(direct.array));
    const next = machine.alloc(dtype, downsampledShape(box.shape, shrunk.factors));
    machine.transient(downsampleScratch(shrunk.factors, shrunk.method));
    machine.nanoseconds += sizeOf(box.shape) * 0.4;
    machine.free(next);
    live.push(block);
    if (live.length === PARTS_AT_ONCE) machine.free(live.shift()!);
  }
  for (const block of live) machine.free(block);
  countWrites(
    machine,
    level,
    rest,
    rest.map((write) => objectShapes(write.array)),
  );
}

/** A chunk that is decoded beside the block, and copied there row by row; one that lies in the block as it is stored is decoded there. */
function decodeScratch(dtype: DType, box: readonly number[], chunk: readonly number[]): number {
  if (box.length !== chunk.length || chunk.some((n, axis) => n > box[axis]!)) return 0;
  const cut = chunk.findLastIndex((n, axis) => n !== box[axis]);
  return sizeOf(chunk.slice(0, Math.max(0, cut))) === 1 ? 0 : bytesOfShape(dtype, chunk);
}

/** An object cut out of a block that holds several, its shuffled copy, and the codec's tables. */
function encodeScratch(block: Ghost, object: readonly number[]): number {
  const shape = object.map((n) => Math.max(1, n));
  const single = shape.every((n, axis) => n === block.shape[axis]);
  return (single ? 0 : bytesOfShape(block.dtype, shape)) + CODEC_SCRATCH;
}

/** Nodes behind which a task's box isn't the same axis by axis. */
function hasOwnBoxes({ kind }: Program["nodes"][number]): boolean {
  return kind === "view" || kind === "op" || kind === "blockwise";
}

function countWrites(
  machine: CountingMachine,
  first: Ghost,
  writes: readonly Write[],
  objects: readonly (readonly number[])[],
): void {
  let block = first;
  for (const [i, write] of writes.entries()) {
    if (write.factors) {
      const shape = downsampledShape(block.shape, write.factors);
      const next = machine.alloc(block.dtype, shape);
      machine.transient(downsampleScratch(write.factors, write.method ?? "mean"));
      machine.nanoseconds += sizeOf(block.shape) * 0.4;
      machine.free(block);
      block = next;
    }
    countWrite(machine, block, objects[i]!);
  }
}

function countWrite(machine: CountingMachine, block: Ghost, object: readonly number[]): void {
  machine.transient(encodeScratch(block, object));
  machine.nanoseconds += sizeOf(block.shape) * itemSize(block.dtype) * ENCODE_NANOSECONDS;
}

/** The regions that one task reads, in order. */
export async function readsOfTask(
  region: Region,
  program: Program,
): Promise<{ readonly array: string; readonly region: Region }[]> {
  const reads: { array: string; region: Region }[] = [];
  const machine = new CountingMachine(() => region.shape.map(() => Number.MAX_SAFE_INTEGER));
  machine.onRead = (array, part) => reads.push({ array, region: part });
  await computeRegion(program, region, machine);
  return reads;
}
