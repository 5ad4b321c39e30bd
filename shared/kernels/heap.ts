import { type Block, type RowMover, sizeOf } from "../block/block.ts";
import { copyBytes } from "../block/copy-bytes.ts";
import { bytesOf, type DType, itemSize, viewOf } from "../block/dtype.ts";
import { LamellaError } from "../errors.ts";
import { aligned, FreeList } from "./free-list.ts";

/** A block in a heap's WASM memory. Whoever gets it from `alloc` or a kernel frees it. */
export interface HeapBlock extends Block {
  readonly ptr: number;
}

/** What the heap needs of the instantiated module; kernels cast `exports` to their own functions. */
export interface HeapExports extends RowMover {
  heapBase(): number;
}

/** A part of a memory, bytes: as long as the memory is. */
export interface HeapPlace {
  readonly memory: WebAssembly.Memory;
  readonly start: number;
  readonly end: number;
}

const PAGE = 65_536;
/** WASM32: 65,536 pages. The memory of a heap never shrinks: drop the heap between stages. */
export const MAX_HEAP_BYTES = 65_536 * PAGE;

/** Shared memory of at least `bytes` bytes, which several threads' heaps may have parts of. */
export function newMemory(bytes: number): WebAssembly.Memory {
  return new WebAssembly.Memory({
    initial: Math.max(16, Math.ceil(bytes / PAGE)),
    maximum: MAX_HEAP_BYTES / PAGE,
    shared: true,
  });
}

/** The WASM memory of one worker and its allocator. The memory is shared, so views stay valid when it grows. */
export class Heap {
  readonly exports: HeapExports;
  readonly memory: WebAssembly.Memory;
  readonly #list: FreeList;
  readonly #limit: number;
  readonly #used = new Map<number, number>();
  #live = 0;
  #peak = 0;

  /** With a place, blocks lie in that part of a memory that exists; others may use other parts of it. */
  constructor(module: WebAssembly.Module, initialBytes = 16 * PAGE, place?: HeapPlace) {
    this.memory = place?.memory ?? newMemory(initialBytes);
    this.#limit = place?.end ?? MAX_HEAP_BYTES;
    const instance = new WebAssembly.Instance(module, {
      env: {
        memory: this.memory,
        abort: (_message: number, _file: number, line: number, column: number) => {
          throw new LamellaError("INTERNAL", `the kernel module aborted at ${line}:${column}`);
        },
      },
    });
    this.exports = instance.exports as unknown as HeapExports;
    this.#list = new FreeList(place?.start ?? this.exports.heapBase());
  }

  /** Bytes allocated now. */
  get live(): number {
    return this.#live;
  }

  /** Most bytes that were allocated at once, since the start or `resetPeak`. */
  get peak(): number {
    return this.#peak;
  }

  resetPeak(): void {
    this.#peak = this.#live;
  }

  /** Uninitialised bytes, 64-byte aligned. OVER_MEMORY when WASM's 4 GiB are full. */
  allocBytes(length: number): number {
    const bytes = aligned(length);
    const ptr = this.#list.take(bytes);
    try {
      this.#growTo(this.#list.end);
    } catch (error) {
      this.#list.give(ptr, bytes);
      throw error;
    }
    this.#used.set(ptr, bytes);
    this.#live += bytes;
    if (this.#live > this.#peak) this.#peak = this.#live;
    return ptr;
  }

  freeBytes(ptr: number): void {
    const bytes = this.#used.get(ptr);
    if (bytes === undefined) throw new LamellaError("INTERNAL", `free of ${ptr}, which is not allocated`);
    this.#used.delete(ptr);
    this.#live -= bytes;
    this.#list.give(ptr, bytes);
  }

  /** An uninitialised block. */
  alloc(dtype: DType, shape: readonly number[]): HeapBlock {
    const ptr = this.allocBytes(sizeOf(shape) * itemSize(dtype));
    return this.blockAt(ptr, dtype, shape);
  }

  /** What lies at `ptr` as a block: not a copy. */
  blockAt(ptr: number, dtype: DType, shape: readonly number[]): HeapBlock {
    const data = viewOf(dtype, this.memory.buffer, ptr, sizeOf(shape));
    return { dtype, shape, ptr, mover: this.exports, data };
  }

  free(block: HeapBlock): void {
    this.freeBytes(block.ptr);
  }

  /** A copy of any block in this heap. */
  copyIn(block: Block): HeapBlock {
    const copy = this.alloc(block.dtype, block.shape);
    copyBytes(bytesOf(copy.data), 0, bytesOf(block.data));
    return copy;
  }

  /** The same bytes under another shape of equal size (and, for bool and uint8, another dtype). Not a copy. */
  reshape(block: HeapBlock, shape: readonly number[], dtype: DType = block.dtype): HeapBlock {
    return this.blockAt(block.ptr, dtype, shape);
  }

  #growTo(end: number): void {
    const have = this.memory.buffer.byteLength;
    if (end <= Math.min(have, this.#limit)) return;
    if (end > this.#limit) {
      throw new LamellaError(
        "OVER_MEMORY",
        `a worker's kernel memory is at most 4 GiB; ${end} bytes were asked for`,
        {
          hint: "Use smaller output chunks, or a smaller --memory, so that the planner makes smaller tasks.",
        },
      );
    }
    this.memory.grow(Math.ceil((end - have) / PAGE));
  }
}
