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

/** An array that threads read into one memory, each chunk by whoever comes to it first. Can be posted to another thread. */
export interface WholeRead {
  readonly array: InputArray;
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  /** Where the number of the next chunk lies, an int32; and where the array begins. */
  readonly next: number;
  readonly base: number;
}

/** A lane's own part of the memory. */
export type LanePlace = Omit<HeapPlace, "memory">;

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
export function stopLanes({ memory, next }: Pick<WholeRead, "memory" | "next">): void {
  Atomics.store(new Int32Array(memory.buffer, next, 1), 0, STOPPED);
}

/** Beyond the number of any chunk, and far enough from int32's end for every lane to add to it. */
const STOPPED = 2 ** 30;
/** Chunks of an array that is read so. */
export const MOST_CHUNKS = 2 ** 29;

class Lane {
  readonly #read: WholeRead;
  readonly #heap: Heap;
  readonly #options: { readonly signal?: AbortSignal };
  readonly #grid: number[];
  readonly #next: Int32Array;
  readonly #target: Block;

  constructor(read: WholeRead, place: LanePlace, signal: AbortSignal | undefined) {
    const { array, memory } = read;
    this.#read = read;
    this.#heap = new Heap(read.module, 0, { ...place, memory });
    this.#options = signal ? { signal } : {};
    this.#grid = gridShape(array.shape, array.chunkShape);
    this.#next = new Int32Array(memory.buffer, read.next, 1);
    this.#target = blockOf(read);
  }

  async run(): Promise<void> {
    const { array } = this.#read;
    const source = await openInput(array, (uri) => openStore(uri), newTransferCount());
    const chunks = this.#grid.reduce((a, b) => a * b, 1);
    const strand = async (): Promise<void> => {
      try {
        for (let i = this.#take(); i < chunks; i = this.#take())
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

  #take(): number {
    return Atomics.add(this.#next, 0, 1);
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
