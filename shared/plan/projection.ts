import { sizeOf } from "../block/block.ts";
import { type AxisMap, axisMap } from "../block/boundary.ts";
import { blocksMeeting, gridShape } from "../block/chunk-grid.ts";
import { type DType, itemSize } from "../block/dtype.ts";
import { type Region, regionOf } from "../block/region.ts";
import { downsampledShape, scratchBytes as downsampleScratch } from "../kernels/downsample/index.ts";
import { aligned, FreeList } from "../kernels/free-list.ts";
import { kernelNamed } from "../kernels/registry.ts";
import { computeRegion, type Machine } from "./compute.ts";
import { totalHalo } from "./halo.ts";
import type { KernelStep, Program, TaskGrid, Write } from "./schema.ts";

/** A block that isn't there: its dtype and shape, for counting. */
interface Ghost {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly ptr: number;
}

/** What encoding one object takes of the heap beyond its copy: a block of shuffled bytes and tables. */
export const CODEC_SCRATCH = 4 * 2 ** 20;

export function bytesOfShape(dtype: DType, shape: readonly number[]): number {
  return aligned(sizeOf(shape) * itemSize(dtype));
}

/** What the arrays behind a program look like to the reader. */
export type ChunkShapes = (array: string) => readonly number[];

/** Follows a program's allocations without making any. */
class CountingMachine implements Machine<Ghost> {
  live = 0;
  peak = 0;
  bytesRead = 0;
  objectsRead = 0;
  nanoseconds = 0;
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
    this.bytesRead += sizeOf(region.shape) * itemSize(dtype);
    const chunk = this.#chunkShapes(array);
    this.objectsRead += region.start.reduce(
      (n, s, i) =>
        n * (Math.floor((s + Math.max(1, region.shape[i]!) - 1) / chunk[i]!) - Math.floor(s / chunk[i]!) + 1),
      1,
    );
    this.nanoseconds += sizeOf(region.shape) * itemSize(dtype) * 0.6;
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
    const scratch = kernel.scratchBytes(shape, dtypes, step.args);
    this.nanoseconds += sizeOf(shape) * kernel.costPerElement(step.args, shape.length, dtypes);
    const output = this.alloc(step.dtype, shape);
    this.transient(scratch);
    return output;
  }

  cast(block: Ghost, dtype: DType): Ghost {
    this.nanoseconds += sizeOf(block.shape) * 0.3;
    return this.alloc(dtype, block.shape);
  }

  /** Memory that comes and goes within one call. */
  transient(bytes: number): void {
    if (this.live + bytes > this.peak) this.peak = this.live + bytes;
    this.#list.give(this.#list.take(aligned(bytes)), aligned(bytes));
  }
}

export interface TaskProjection {
  /** Largest kernel memory of any task, bytes: up to the highest address, since what is between blocks counts too. */
  readonly heap: number;
  /** Over all tasks. */
  readonly bytesRead: number;
  readonly objectsRead: number;
  readonly nanoseconds: number;
}

/**
 * Projects a map stage: the tasks of a grid differ by whether they lie first, last or between on each axis, so one of each
 * kind is followed and counted as often as it occurs. Where lazy chunks and tasks don't fit, those between differ too: then
 * those that reach farthest stand for them.
 */
export async function projectTasks(
  grid: TaskGrid,
  program: Program,
  writes: readonly Write[],
  chunkShapes: ChunkShapes,
  objectShapes: ChunkShapes,
): Promise<TaskProjection> {
  let heap = 0;
  let bytesRead = 0;
  let objectsRead = 0;
  let nanoseconds = 0;
  for (const { region, count } of representativeTasks(grid, program)) {
    const machine = await projectTask(region, program, writes, chunkShapes, objectShapes);
    heap = Math.max(heap, machine.peak, machine.extent);
    bytesRead += machine.bytesRead * count;
    objectsRead += machine.objectsRead * count;
    nanoseconds += machine.nanoseconds * count;
  }
  return { heap: heap + seamBytes(program, grid), bytesRead, objectsRead, nanoseconds };
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
): Promise<Pick<CountingMachine, "peak" | "extent" | "bytesRead" | "objectsRead" | "nanoseconds">> {
  const machine = new CountingMachine(chunkShapes);
  const block = await computeRegion(program, region, machine);
  countWrites(
    machine,
    block,
    writes,
    writes.map((write) => objectShapes(write.array)),
  );
  return machine;
}

/** An object cut out of a block that holds several, its shuffled copy, and the codec's tables. */
function encodeScratch(block: Ghost, object: readonly number[]): number {
  const shape = object.map((n) => Math.max(1, n));
  const single = shape.every((n, axis) => n === block.shape[axis]);
  return (single ? 0 : bytesOfShape(block.dtype, shape)) + CODEC_SCRATCH;
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
    machine.transient(encodeScratch(block, objects[i]!));
    machine.nanoseconds += sizeOf(block.shape) * itemSize(block.dtype) * 2;
  }
}

/** One task of each kind, with how many of that kind there are. */
export function* representativeTasks(
  grid: TaskGrid,
  program: Program,
): Generator<{ region: Region; count: number }> {
  const cells = gridShape(grid.shape, grid.block);
  const perAxis = cells.map((n, axis) => {
    if (n === 1) return [{ at: 0, count: 1 }];
    if (n === 2)
      return [
        { at: 0, count: 1 },
        { at: 1, count: 1 },
      ];
    return [
      { at: 0, count: 1 },
      ...farthest(grid, program, axis, n).map((at, _, all) => ({ at, count: (n - 2) / all.length })),
      { at: n - 1, count: 1 },
    ];
  });
  const pick = perAxis.map(() => 0);
  for (;;) {
    const kinds = pick.map((k, axis) => perAxis[axis]![k]!);
    const start = kinds.map((kind, axis) => kind.at * grid.block[axis]!);
    const stop = start.map((s, axis) => Math.min(s + grid.block[axis]!, grid.shape[axis]!));
    yield { region: regionOf(start, stop), count: kinds.reduce((n, kind) => n * kind.count, 1) };
    let axis = pick.length - 1;
    for (; axis >= 0; axis--) {
      if (++pick[axis]! < perAxis[axis]!.length) break;
      pick[axis] = 0;
    }
    if (axis < 0) return;
  }
}

/** How many tasks at either end of an axis are compared: more than any sensible period of chunks and tasks. */
const MOST_COMPARED = 64;

/** Those of the tasks between first and last, along one axis, of which none needs more of every step than another. */
function farthest(grid: TaskGrid, program: Program, axis: number, cells: number): number[] {
  const block = grid.block[axis]!;
  let kept: { at: number; lengths: number[] }[] = [];
  for (let at = 1; at < cells - 1; at++) {
    if (at === MOST_COMPARED) at = Math.max(at, cells - 1 - MOST_COMPARED);
    const lengths = reach(program, axis, at * block, (at + 1) * block);
    if (kept.some((other) => covers(other.lengths, lengths))) continue;
    kept = [...kept.filter((other) => !covers(lengths, other.lengths)), { at, lengths }];
  }
  return kept.map(({ at }) => at);
}

function covers(a: readonly number[], b: readonly number[]): boolean {
  return a.every((length, i) => length >= b[i]!);
}

/**
 * Elements along an axis of every block that the steps of a chain, back to a view, hold to give [start, stop) of its
 * result.
 */
function reach(program: Program, axis: number, start: number, stop: number): number[] {
  let [from, to] = [start, stop];
  const lengths: number[] = [];
  // What comes before a view or a seam lies on other axes, or elsewhere on this one.
  for (let node = program.nodes.at(-1); node?.kind === "kernel" || node?.kind === "cast"; ) {
    lengths.push(to - from);
    if (node.kind === "kernel") {
      const [before, after] = node.halo[axis]!;
      const { shape, boundary, blocks } = node;
      const extend = (a: number, b: number) => axisMap(a - before, b + after, shape[axis]!, boundary[axis]!);
      let longest = 0;
      if (blocks) {
        const met = [...blocksMeeting({ start: [from], shape: [to - from] }, [blocks[axis]!])];
        for (const {
          start: [s],
          shape: [n],
        } of met) {
          const map = extend(s!, s! + n!);
          longest = Math.max(longest, map.stop - map.start);
        }
        from = met[0]?.start[0] ?? from;
        to = met.length > 0 ? met.at(-1)!.start[0]! + met.at(-1)!.shape[0]! : to;
      }
      const map = extend(from, to);
      [from, to] = [map.readStart, map.readStop];
      lengths.push(longest, map.stop - map.start, to - from);
    }
    node = program.nodes[node.kind === "cast" ? node.input : node.inputs[0]!];
  }
  return lengths;
}
