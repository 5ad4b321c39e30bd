import type { ArrayNode, SourceNode } from "../../array/nodes.ts";
import type { ComputeOptions } from "../../array/runner.ts";
import { type Block, newBlock, sizeOf } from "../../block/block.ts";
import { gridShape } from "../../block/chunk-grid.ts";
import { itemSize } from "../../block/dtype.ts";
import { readRegion } from "../../block/read-region.ts";
import { wholeRegion } from "../../block/region.ts";
import { LamellaError } from "../../errors.ts";
import { Heap, MAX_HEAP_BYTES, newMemory } from "../../kernels/heap.ts";
import { kernelModule } from "../../kernels/wasm/module.ts";
import { defaultBudget, PROCESS_RESERVE, WORKER_RESERVE } from "../../plan/budget.ts";
import { inputArrayOf } from "../../plan/input-array.ts";
import type { InputArray } from "../../plan/schema.ts";
import { newTransferCount } from "../../storage/counting.ts";
import { openStore } from "../../storage/uri.ts";
import { openInput } from "../open-input.ts";
import { blockOf, type LanePlace, laneBytes, MOST_CHUNKS, type WholeRead } from "./lane.ts";
import { readInLanes } from "./lanes.ts";

/** Arrays up to this size are read sooner than a thread starts, bytes. */
const SMALL = 8 * 2 ** 20;

/** The array whose elements a node has, each in its place, without computing anything; undefined for other nodes. */
export function sourceOf(node: ArrayNode): SourceNode | undefined {
  if (node.kind === "source") return node;
  return node.kind === "rechunk" ? sourceOf(node.input) : undefined;
}

/**
 * A whole array that exists, read straight to where it stays: threads decode its chunks and put their rows in place, in
 * memory that they share. Undefined where that memory, or what the caller allows, isn't enough: it is computed like other
 * arrays then. Throws INPUT_CHANGED, INTERRUPTED, and as readers do.
 */
export async function readSource(node: SourceNode, options: ComputeOptions): Promise<Block | undefined> {
  const array = inputArrayOf(node);
  const bytes = sizeOf(array.shape) * itemSize(array.dtype);
  try {
    options.signal?.throwIfAborted();
    if (bytes <= SMALL) return await readHere(array, options.signal);
    return await readShared(array, options);
  } catch (error) {
    if (!options.signal?.aborted) throw error;
    throw new LamellaError("INTERRUPTED", `the reading of ${array.source.uri} was interrupted`, {
      hint: "Nothing was written: read it again.",
      cause: error,
    });
  }
}

async function readHere(array: InputArray, signal: AbortSignal | undefined): Promise<Block> {
  const source = await openInput(array, (uri) => openStore(uri), newTransferCount());
  const block = newBlock(array.dtype, array.shape);
  await readRegion(source, wholeRegion(array.shape), block, { signal });
  return block;
}

/** The same of an array of any size. */
export async function readShared(array: InputArray, options: ComputeOptions): Promise<Block | undefined> {
  const bytes = sizeOf(array.shape) * itemSize(array.dtype);
  const chunks = gridShape(array.shape, array.chunkShape).reduce((a, b) => a * b, 1);
  if (chunks > MOST_CHUNKS) return undefined;
  const each = aligned(laneBytes({ array }));
  const lanes = Math.min(lanesWithin(each, options), chunks);
  const module = kernelModule();
  // What the module keeps for itself lies first, then the counts of chunks, the lanes' parts and the array.
  const taken = aligned(new Heap(module).exports.heapBase());
  const first = taken + aligned(4 * lanes);
  const base = first + lanes * each;
  if (lanes === 0 || base + bytes > MAX_HEAP_BYTES) return undefined;
  const memory = newMemory(base + bytes);
  const read: WholeRead = { array, module, memory, lanes, taken, base };
  const places: LanePlace[] = Array.from({ length: lanes }, (_, lane) => ({
    start: first + lane * each,
    end: first + (lane + 1) * each,
    share: lane,
  }));
  await readInLanes(read, places as [LanePlace, ...LanePlace[]], options.signal);
  // Lanes that were told to stop have left chunks out.
  options.signal?.throwIfAborted();
  return blockOf(read);
}

/** How many lanes the caller's budget allows, this thread's own among them; the result itself isn't in it. */
function lanesWithin(each: number, { workers, memory }: ComputeOptions): number {
  const wanted = workers ?? defaultBudget().workers;
  if (memory === undefined) return wanted;
  const left = memory * 2 ** 20 - PROCESS_RESERVE;
  return Math.min(wanted, Math.max(0, Math.floor(left / (WORKER_RESERVE + each))));
}

/** A page of the module's memory begins a part, so that lanes share no cache line. */
const ALIGN = 65_536;

function aligned(bytes: number): number {
  return Math.ceil(bytes / ALIGN) * ALIGN;
}
