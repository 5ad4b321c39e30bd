import { type Block, newBlock, sizeOf } from "../../block/block.ts";
import { cellOfNumber, chunkRegion, gridShape } from "../../block/chunk-grid.ts";
import type { ChunkedSource } from "../../block/chunked-source.ts";
import { copyBox, fill } from "../../block/copy.ts";
import { bytesOf, itemSize, viewOf } from "../../block/dtype.ts";
import { placePiece, planRows, type RowPlan } from "../../block/place-rows.ts";
import { READ_AHEAD } from "../../block/read-region.ts";
import type { Region } from "../../block/region.ts";
import { release } from "../../block/release.ts";
import { Heap, type HeapPlace } from "../../kernels/heap.ts";
import type { InputArray } from "../../plan/schema.ts";
import { newTransferCount } from "../../storage/counting.ts";
import { openStore } from "../../storage/uri.ts";
import { StoredArray } from "../../zarr/array.ts";
import type { UsePiece } from "../../zarr/codecs/blosc-decode.ts";
import { codecExports, heapBytes } from "../../zarr/codecs/codec-heap.ts";
import { openInput } from "../open-input.ts";

/**
 * An array that threads read into one memory. Each begins with a share of the chunks of its own, since two that write to the same part of
 * the memory wait for each other's new pages, and goes on with what others have left. Can be posted to another thread.
 */
export interface WholeRead {
  readonly array: InputArray;
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly lanes: number;
  /** Where the counts of chunks taken lie, an int32 for each lane's share; and where the array begins. */
  readonly taken: number;
  readonly base: number;
}

/** A lane's own part of the memory, and the share of chunks that it begins with. */
export interface LanePlace extends Omit<HeapPlace, "memory"> {
  readonly share: number;
}

/** Reads chunks until there are none left, or until another lane failed. */
export async function readLane(read: WholeRead, place: LanePlace, signal?: AbortSignal): Promise<void> {
  await new Lane(read, place, signal).run();
}

/** Bytes of memory that a lane may come to use: chunks on their way, one that is decoded, and what codecs take for that. */
export function laneBytes({ array }: Pick<WholeRead, "array">): number {
  const chunk = sizeOf(array.chunkShape) * itemSize(array.dtype);
  return aheadOf(array) * mostEncoded(chunk) + 4 * chunk + SLACK;
}

/** Files come soon; an object store's latency wants more on their way. */
function aheadOf({ source }: InputArray): number {
  return source.uri.startsWith("file:") ? 2 : READ_AHEAD;
}

/** What can't be compressed becomes little longer; what is longer still is read, but elsewhere. */
function mostEncoded(chunk: number): number {
  return chunk + Math.ceil(chunk / 8) + SLACK;
}

const SLACK = 2 ** 16;

/** Lets lanes end after the chunk that each is at. */
export function stopLanes({ memory, taken, lanes }: Pick<WholeRead, "memory" | "taken" | "lanes">): void {
  const counts = new Int32Array(memory.buffer, taken, lanes);
  for (let share = 0; share < lanes; share++) Atomics.store(counts, share, STOPPED);
}

/** Beyond the chunks of any share, and far enough from int32's end for every lane to add to it. */
const STOPPED = 2 ** 30;
/** Chunks of an array that is read so. */
export const MOST_CHUNKS = 2 ** 29;

class Lane {
  readonly #read: WholeRead;
  readonly #heap: Heap;
  readonly #options: { readonly signal?: AbortSignal };
  readonly #grid: number[];
  readonly #taken: Int32Array;
  readonly #chunks: number;
  /** The share that it takes from. */
  #share: number;
  readonly #target: Block;

  constructor(read: WholeRead, place: LanePlace, signal: AbortSignal | undefined) {
    const { array, memory } = read;
    this.#read = read;
    const { share, ...part } = place;
    this.#heap = new Heap(read.module, 0, { ...part, memory });
    this.#share = share;
    this.#options = signal ? { signal } : {};
    this.#grid = gridShape(array.shape, array.chunkShape);
    this.#chunks = this.#grid.reduce((a, b) => a * b, 1);
    this.#taken = new Int32Array(memory.buffer, read.taken, read.lanes);
    this.#target = blockOf(read);
  }

  async run(): Promise<void> {
    const { array } = this.#read;
    const source = await openInput(array, (uri) => openStore(uri), newTransferCount());
    const strand = async (): Promise<void> => {
      try {
        for (let i = this.#take(); i !== undefined; i = this.#take())
          await this.#readChunk(source, cellOfNumber(i, this.#grid));
      } catch (error) {
        stopLanes(this.#read);
        throw error;
      }
    };
    // While one chunk is decoded others are on their way. All must have ended before anybody gives up the memory.
    const ends = await Promise.allSettled(Array.from({ length: aheadOf(array) }, strand));
    for (const end of ends) if (end.status === "rejected") throw end.reason;
  }

  /** The number of a chunk that nobody has taken; undefined where there is none, or lanes were stopped. */
  #take(): number | undefined {
    const { lanes } = this.#read;
    for (let shares = 0; shares < lanes; shares++) {
      const from = this.#startOf(this.#share);
      const i = from + Atomics.add(this.#taken, this.#share, 1);
      if (i < this.#startOf(this.#share + 1)) return i;
      this.#share = (this.#share + 1) % lanes;
    }
    return undefined;
  }

  #startOf(share: number): number {
    return Math.floor((share * this.#chunks) / this.#read.lanes);
  }

  async #readChunk(source: ChunkedSource, coords: readonly number[]): Promise<void> {
    const { array } = this.#read;
    const box = chunkRegion(array.shape, array.chunkShape, coords);
    if (source instanceof StoredArray && source.hasPieces && this.#holds(source)) {
      if (!(await this.#readPieces(source, coords, box))) this.#fill(source, box);
      return;
    }
    const block = await source.readChunk(coords, this.#options.signal);
    if (!block) return this.#fill(source, box);
    copyBox(
      block,
      box.start.map(() => 0),
      this.#target,
      box.start,
      box.shape,
    );
    release(block.data);
  }

  /** An array smaller than its chunks is stored as whole ones: they may be larger than what the lane has room for. */
  #holds(source: StoredArray): boolean {
    return 3 * sizeOf(source.chunkShape) <= 4 * sizeOf(this.#read.array.chunkShape);
  }

  async #readPieces(source: StoredArray, coords: readonly number[], box: Region): Promise<boolean> {
    const { array, base } = this.#read;
    const heap = this.#heap;
    const bytes = itemSize(array.dtype);
    const most = mostEncoded(sizeOf(array.chunkShape) * bytes);
    let encoded: number | undefined;
    const into = (length: number): Uint8Array | undefined => {
      if (length > most) return undefined;
      encoded = heap.allocBytes(length);
      return heapBytes(heap, encoded, length);
    };
    const { copyRows } = codecExports(heap);
    let rows: RowPlan | undefined;
    const use: UsePiece = (ptr, offset, length) => {
      rows ??= planRows(array.shape, source.chunkShape, box, bytes);
      placePiece(rows, base, ptr, offset, length, (to, from, n) => copyRows(to, 0, from, 0, n, 1));
    };
    try {
      return await source.readPieces(coords, heap, use, { into, ...this.#options });
    } finally {
      if (encoded !== undefined) heap.freeBytes(encoded);
    }
  }

  /** The memory is zeroed. */
  #fill({ dtype, fillValue }: ChunkedSource, box: Region): void {
    const one = newBlock(dtype, [1]);
    fill(one.data, dtype, fillValue);
    if (bytesOf(one.data).every((byte) => byte === 0)) return;
    const filled = newBlock(dtype, box.shape);
    fill(filled.data, dtype, fillValue);
    copyBox(
      filled,
      box.start.map(() => 0),
      this.#target,
      box.start,
      box.shape,
    );
  }
}

/** The array that is read, in the shared memory. */
export function blockOf({ array, memory, base }: WholeRead): Block {
  const { dtype, shape } = array;
  return { dtype, shape, data: viewOf(dtype, memory.buffer, base, sizeOf(shape)) };
}
