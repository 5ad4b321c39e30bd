import { sizeOf } from "../block/block.ts";
import type { ArraySpec } from "../zarr/spec.ts";
import { workerMemory } from "./budget.ts";
import { bufferBytes, type PlanBuilder } from "./builder.ts";
import { cachedBytes } from "./cache.ts";
import { isPointwise } from "./pointwise.ts";
import type { PlanArray, Program, StageEstimate, StageMemory } from "./schema.ts";

/** What a task of a tree's stage, or of one over blocks without halos, holds and passes on. */
export interface TreeTask {
  readonly heap: number;
  /** What it reads of arrays, and in boxes of which shape. */
  readonly reading?: { readonly program: Program; readonly block: readonly number[] };
  /** The array that it writes, and of how many objects; default: one. */
  readonly writing?: ArraySpec;
  readonly objects?: number;
  /** Bytes of partial results outside of kernel memory: those being packed, read or written. */
  readonly states: number;
}

/** Of what the readers and writers of arrays let go of, what they don't give back at once. */
export const UNRELEASED = 16 * 2 ** 20;

/**
 * The memory of a worker that carries out such tasks. It is less than that of other stages: a box is a few chunks, of the
 * result a task writes few objects, and chunks and objects on this computer are given back as soon as they are done
 * with. What comes over a network isn't.
 */
export function treeMemory(builder: PlanBuilder, task: TreeTask, estimate: StageEstimate): StageMemory {
  const { heap, states } = task;
  const buffers = treeBuffers(builder, task) + states;
  const cache = task.reading ? cachedBytes(task.reading.program, builder.arrays, task.reading.block) : 0;
  const memory = workerMemory(heap, buffers, cache, estimate);
  // Borders that a halo needs are cut, kept and dropped all the time, beside boxes of many chunks.
  if (cache > 0 || Object.values(builder.arrays).some(isRemote)) return memory;
  return { ...memory, garbage: Math.min(memory.garbage, UNRELEASED + states) };
}

/** Encoded and decoded chunks and objects in flight, bytes. */
export function treeBuffers(
  builder: PlanBuilder,
  { reading, writing, objects = 1 }: Omit<TreeTask, "heap" | "states">,
): number {
  const written = writing ? bufferBytes([], [writing], { objects }) : 0;
  if (!reading) return written;
  const { program, block } = reading;
  let most = written;
  for (const node of program.nodes) {
    if (node.kind !== "read") continue;
    const chunks = isPointwise(program) ? chunksOfBox(builder, node.array, node.shape, block) : undefined;
    const read = bufferBytes([builder.arrays[node.array]!], [], chunks === undefined ? {} : { chunks });
    most = Math.max(most, read);
  }
  return most;
}

/** The most chunks that a box of a grid of boxes meets. */
function chunksOfBox(
  builder: PlanBuilder,
  array: string,
  shape: readonly number[],
  block: readonly number[],
): number | undefined {
  const chunk = builder.chunkShapes(array);
  if (block.length !== shape.length) return undefined;
  return sizeOf(
    shape.map((n, axis) => {
      const size = Math.max(1, chunk[axis]!);
      const length = Math.min(block[axis]!, n);
      const isAligned = length === n || block[axis]! % size === 0;
      return Math.max(1, Math.ceil((isAligned ? length : length - 1) / size) + (isAligned ? 0 : 1));
    }),
  );
}

export function isRemote(array: PlanArray): boolean {
  const uri = array.role === "input" ? array.source.uri : array.uri;
  return /^(s3|https?):/.test(uri);
}
