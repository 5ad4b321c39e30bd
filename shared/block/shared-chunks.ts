import { type Block, sizeOf } from "./block.ts";
import { type BorderWidths, borderBoxes, borderOffset } from "./borders.ts";
import type { ChunkRequest } from "./chunk-cache.ts";
import { cellNumber, cellOfNumber, chunkRegion, gridShape } from "./chunk-grid.ts";
import { copyBox } from "./copy.ts";
import { copyBytes } from "./copy-bytes.ts";
import { bytesOf, itemSize, viewOf } from "./dtype.ts";
import { holds, type Region } from "./region.ts";
import { release } from "./release.ts";
import { newSlots, SharedSlots, type SlotKey, type SlotsMemory } from "./shared-slots.ts";

/** Decoded chunks that the workers of a computer share, and borders of those that they have done with. */
export interface SharedChunksMemory {
  readonly whole: SlotsMemory;
  readonly borders: SlotsMemory;
  /** The arrays whose chunks these are; an array's place in the list is its number. */
  readonly arrays: readonly string[];
}

export interface SharedChunksSize {
  readonly wholeSlots: number;
  /** Bytes of a chunk. */
  readonly chunkBytes: number;
  readonly borderSlots: number;
  /** Bytes of a chunk's borders. */
  readonly borderBytes: number;
  readonly arrays: readonly string[];
}

/** A request for a chunk of an array that is shared. */
export interface SharedRequest extends ChunkRequest {
  readonly widths: BorderWidths;
  /** The number of the task that takes the chunk whole. */
  readonly turn: number;
  /** The same of any chunk of the source, by where it begins. */
  readonly turnOf: (start: readonly number[]) => number;
  /** Tasks before this one have ended. */
  readonly done: number;
}

/** Borders of a chunk: a word tells which are kept, and of each the chunks beside it are gone through, three to the number of axes. */
export const MOST_BORDERS = 12;

/** Decoders may write one byte more, and vectors read on. */
const SLACK = 64;
/** A thread that decodes for so long has died. */
const LOAD_MS = 20_000;
/** How a chunk lies in its slot: as large as all are, though the array ends before, or cut there. */
const FULL = 0;
const CUT = 1;

export function newSharedChunks(size: SharedChunksSize): SharedChunksMemory {
  return {
    whole: newSlots(size.wholeSlots, slotBytes(size.chunkBytes)),
    borders: newSlots(size.borderSlots, slotBytes(size.borderBytes)),
    arrays: size.arrays,
  };
}

/** Bytes from one slot to the next. */
export function slotBytes(bytes: number): number {
  return Math.ceil((bytes + SLACK) / 64) * 64;
}

/**
 * A worker's view of the chunks that all share: each is decoded once, by who needs it first, into a slot, where it stays until the task
 * that takes it whole has done so; then its borders stay, for the halos of neighbours. What has no slot is decoded by who
 * needs it, for that once.
 */
export class SharedChunks {
  readonly memory: SharedChunksMemory;
  readonly #whole: SharedSlots;
  readonly #borders: SharedSlots;
  hits = 0;
  misses = 0;

  constructor(memory: SharedChunksMemory) {
    this.memory = memory;
    this.#whole = new SharedSlots(memory.whole);
    this.#borders = new SharedSlots(memory.borders);
  }

  /** Whether the chunks of an array of a plan are shared. */
  has(array: string): boolean {
    return this.memory.arrays.includes(array);
  }

  /** Uses a piece that holds what is needed of a chunk. */
  async read(array: string, request: SharedRequest): Promise<void> {
    const chunk = new Chunk(this.memory.arrays.indexOf(array), request);
    for (;;) {
      if (this.#useBorder(chunk)) return;
      const found = this.#whole.findOrTake(chunk.key, request);
      if (found.state === "ready") {
        this.hits++;
        this.#use(chunk, found.slot);
        return;
      }
      if (found.state === "mine") return this.#load(chunk, found.slot, found.gone);
      if (found.state === "none" || !(await this.#whole.loaded(found.slot, LOAD_MS)))
        return this.#loadApart(chunk);
    }
  }

  #useBorder(chunk: Chunk): boolean {
    const { need, use } = chunk.request;
    const boxes = chunk.borders;
    if (!boxes.some((box) => holds(box, need))) return false;
    const found = this.#borders.find(chunk.key);
    if (found.state !== "ready") return false;
    try {
      const kept = this.#borders.form(found.slot);
      const at = boxes.findIndex((box, i) => (kept & (1 << i)) !== 0 && holds(box, need));
      if (at < 0) return false;
      this.hits++;
      use({ block: chunk.border(this.#borders.bytes(found.slot), at), origin: boxes[at]!.start });
    } finally {
      this.#borders.leave(found.slot);
    }
    return true;
  }

  async #load(chunk: Chunk, slot: number, gone: (SlotKey & { form: number }) | undefined): Promise<void> {
    this.misses++;
    const bytes = this.#whole.bytes(slot);
    let block: Block | undefined;
    try {
      if (gone && gone.array === chunk.key.array) this.#keepBorders(chunk.at(gone.cell), bytes, gone.form);
      block = await chunk.request.load(bytes.subarray(0, chunk.bytes + 1));
      if (block) {
        const data = bytesOf(block.data);
        if (data.buffer !== bytes.buffer) {
          copyBytes(bytes, 0, data);
          release(data);
        }
      }
    } catch (error) {
      this.#whole.abandon(slot);
      throw error;
    }
    // What isn't there takes no slot; nor does what the reader will refuse.
    if (!block || block.dtype !== chunk.request.source.dtype) {
      this.#whole.abandon(slot);
      chunk.request.use({ block, origin: chunk.origin });
      return;
    }
    this.#whole.publish(slot, chunk.isFull(block) ? FULL : CUT);
    this.#use(chunk, slot);
  }

  /** Lets the reader take what it needs of a slot that is his for so long; if that is all, the borders stay. */
  #use(chunk: Chunk, slot: number): void {
    const isLast = chunk.isTakenWhole();
    const form = this.#whole.form(slot);
    const bytes = this.#whole.bytes(slot);
    try {
      chunk.request.use({ block: chunk.blockIn(bytes, form), origin: chunk.origin });
      if (isLast) this.#keepBorders(chunk, bytes, form);
    } finally {
      this.#whole.leave(slot, isLast);
    }
  }

  async #loadApart(chunk: Chunk): Promise<void> {
    this.misses++;
    const block = await chunk.request.load();
    chunk.request.use({ block, origin: chunk.origin });
    if (!block) return;
    this.#keepBorders(chunk, bytesOf(block.data), chunk.isFull(block) ? FULL : CUT);
    release(block.data);
  }

  /** Copies those borders of a chunk that lies in `bytes` to a slot of their own that others will read. */
  #keepBorders(chunk: Chunk, bytes: Uint8Array, form: number): void {
    const { done } = chunk.request;
    const readers = chunk.borders.map((box) => chunk.lastReader(box));
    const until = Math.max(-1, ...readers);
    if (until < done) return;
    const taken = this.#borders.findOrTake(chunk.key, { turn: 0, until, done });
    if (taken.state === "ready") this.#borders.leave(taken.slot);
    if (taken.state !== "mine") return;
    const block = chunk.blockIn(bytes, form);
    const to = this.#borders.bytes(taken.slot);
    let kept = 0;
    for (const [at, { start, shape }] of chunk.borders.entries()) {
      if (readers[at]! < done) continue;
      kept |= 1 << at;
      copyBox(
        block,
        start,
        chunk.border(to, at),
        shape.map(() => 0),
        shape,
      );
    }
    this.#borders.publish(taken.slot, kept);
    this.#borders.leave(taken.slot);
  }
}

/** A chunk of a source, and how it and its borders lie in slots. */
class Chunk {
  readonly key: SlotKey;
  readonly request: SharedRequest;
  readonly origin: readonly number[];
  /** As the array has it: cut at its end. */
  readonly #shape: readonly number[];
  readonly #boxes: readonly Region[];
  /** Where it begins in its array. */
  readonly #start: readonly number[];

  constructor(array: number, request: SharedRequest, coords = request.coords) {
    const { source, widths } = request;
    this.key = { array, cell: cellNumber(coords, gridShape(source.shape, source.chunkShape)) };
    this.request = request;
    this.origin = coords.map(() => 0);
    const { start, shape } = chunkRegion(source.shape, source.chunkShape, coords);
    this.#start = start;
    this.#shape = shape;
    this.#boxes = borderBoxes(this.#shape, widths);
  }

  /** Another chunk of the same array. */
  at(cell: number): Chunk {
    const { source } = this.request;
    const coords = cellOfNumber(cell, gridShape(source.shape, source.chunkShape));
    return new Chunk(this.key.array, this.request, coords);
  }

  /** Bytes of a whole chunk. */
  get bytes(): number {
    const { chunkShape, dtype } = this.request.source;
    return sizeOf(chunkShape) * itemSize(dtype);
  }

  get borders(): readonly Region[] {
    return this.#boxes;
  }

  /** The last task that may read a border: of the others that take the chunks beside it. -1 where there is none. */
  lastReader(border: Region): number {
    const { source, turnOf } = this.request;
    const across = border.shape.findIndex((n, axis) => n < this.#shape[axis]!);
    const side = border.start[across] === 0 ? -1 : 1;
    let places: number[][] = [[]];
    for (const [axis, at] of this.#start.entries()) {
      const step = source.chunkShape[axis]!;
      const steps = axis === across ? [side] : this.#isRead(axis) ? [-1, 0, 1] : [0];
      const along = steps.map((n) => at + n * step).filter((n) => n >= 0 && n < source.shape[axis]!);
      places = places.flatMap((place) => along.map((n) => [...place, n]));
    }
    const own = turnOf(this.#start);
    return Math.max(-1, ...places.map((place) => turnOf(place)).filter((turn) => turn !== own));
  }

  /** Whether tasks read beyond their own chunks along an axis. */
  #isRead(axis: number): boolean {
    const [low, high] = this.request.widths[axis]!;
    return low + high > 0;
  }

  isTakenWhole(): boolean {
    return this.request.need.shape.every((n, axis) => n === this.#shape[axis]);
  }

  isFull({ shape }: Block): boolean {
    return shape.every((n, axis) => n === this.request.source.chunkShape[axis]);
  }

  blockIn(bytes: Uint8Array, form: number): Block {
    return this.#block(bytes, 0, form === FULL ? this.request.source.chunkShape : this.#shape);
  }

  border(bytes: Uint8Array, at: number): Block {
    const offset = borderOffset(this.#boxes, at, itemSize(this.request.source.dtype));
    return this.#block(bytes, offset, this.#boxes[at]!.shape);
  }

  #block({ buffer, byteOffset }: Uint8Array, offset: number, shape: readonly number[]): Block {
    const { dtype } = this.request.source;
    return { dtype, shape, data: viewOf(dtype, buffer, byteOffset + offset, sizeOf(shape)) };
  }
}
