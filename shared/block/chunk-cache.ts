import { type Block, newBlock } from "./block.ts";
import type { ChunkedSource } from "./chunked-source.ts";
import { copyBox } from "./copy.ts";
import type { Region } from "./region.ts";

/** A decoded chunk, or a slab of one that begins at `origin` within it. Without a block: the chunk is absent, all fill value. */
export interface Piece {
  readonly block: Block | undefined;
  readonly origin: readonly number[];
}

/** How wide the borders are that neighbouring tasks will ask for, per axis: at a chunk's low end and at its high end. */
export type BorderWidths = readonly (readonly [low: number, high: number])[];

export interface CacheLimits {
  /** Decoded bytes of whole chunks, and of borders. */
  readonly wholeBytes: number;
  readonly borderBytes: number;
}

/** A border is worth keeping by itself while it is this much smaller than its chunk. */
const WORTH_KEEPING = 0.5;

/**
 * Decoded chunks of a worker. Whole chunks go least recently used first; of those that go, and of those that a task has
 * used up, the borders stay, since that is what the halos of neighbouring tasks will read: a volume's borders fit where its
 * chunks don't. Two reads of one chunk at a time share one load.
 */
export class ChunkCache {
  readonly limits: CacheLimits;
  readonly #whole = new Map<string, { piece: Piece; widths: BorderWidths | undefined }>();
  readonly #borders = new Map<string, Piece[]>();
  readonly #loading = new Map<string, Promise<Block | undefined>>();
  readonly #ids = new WeakMap<ChunkedSource, number>();
  #sources = 0;
  #wholeBytes = 0;
  #borderBytes = 0;
  hits = 0;
  misses = 0;
  /** Decoded bytes loaded so far, kept or not. */
  loadedBytes = 0;

  constructor(limits: CacheLimits) {
    this.limits = limits;
  }

  /** A piece that holds the box `need` of the chunk at `coords`, from the cache or by `load`. */
  async get(
    source: ChunkedSource,
    coords: readonly number[],
    need: Region,
    widths: BorderWidths | undefined,
    load: () => Promise<Block | undefined>,
  ): Promise<Piece> {
    const key = this.#key(source, coords);
    const known = this.#find(key, need);
    if (known) {
      this.hits++;
      return known;
    }
    const pending = this.#loading.get(key);
    if (pending) this.hits++;
    else this.misses++;
    const loading = pending ?? load().finally(() => this.#loading.delete(key));
    this.#loading.set(key, loading);
    const block = await loading;
    const piece: Piece = { block, origin: coords.map(() => 0) };
    if (pending) return piece;
    this.loadedBytes += block?.data.byteLength ?? 0;
    // A task that takes a chunk whole owns it: its neighbours will ask for borders only.
    const usedUp =
      widths !== undefined && block !== undefined && need.shape.every((n, axis) => n === block.shape[axis]);
    if (usedUp && widths.some(([low, high]) => low + high > 0)) this.#keepBorders(key, piece, widths);
    else this.#keepWhole(key, piece, widths);
    return piece;
  }

  clear(): void {
    this.#whole.clear();
    this.#borders.clear();
    this.#wholeBytes = 0;
    this.#borderBytes = 0;
  }

  #find(key: string, need: Region): Piece | undefined {
    const whole = this.#whole.get(key);
    if (whole) {
      this.#whole.delete(key);
      this.#whole.set(key, whole);
      return whole.piece;
    }
    return this.#borders.get(key)?.find((piece) => holds(piece, need));
  }

  #keepWhole(key: string, piece: Piece, widths: BorderWidths | undefined): void {
    const bytes = bytesOfPiece(piece);
    if (bytes > this.limits.wholeBytes) {
      this.#keepBorders(key, piece, widths);
      return;
    }
    const before = this.#whole.get(key);
    if (before) this.#wholeBytes -= bytesOfPiece(before.piece);
    this.#whole.set(key, { piece, widths });
    this.#wholeBytes += bytes;
    for (const [oldest, entry] of this.#whole) {
      if (this.#wholeBytes <= this.limits.wholeBytes) break;
      this.#whole.delete(oldest);
      this.#wholeBytes -= bytesOfPiece(entry.piece);
      this.#keepBorders(oldest, entry.piece, entry.widths);
    }
  }

  #keepBorders(key: string, piece: Piece, widths: BorderWidths | undefined): void {
    if (!widths || !piece.block || this.#borders.has(key)) return;
    const slabs = bordersOf(piece.block, widths);
    if (slabs.length === 0) return;
    this.#borders.set(key, slabs);
    for (const slab of slabs) this.#borderBytes += bytesOfPiece(slab);
    for (const [oldest, entries] of this.#borders) {
      if (this.#borderBytes <= this.limits.borderBytes) break;
      this.#borders.delete(oldest);
      for (const slab of entries) this.#borderBytes -= bytesOfPiece(slab);
    }
  }

  #key(source: ChunkedSource, coords: readonly number[]): string {
    let id = this.#ids.get(source);
    if (id === undefined) {
      id = this.#sources++;
      this.#ids.set(source, id);
    }
    return `${id}/${coords.join(".")}`;
  }
}

function bordersOf(block: Block, widths: BorderWidths): Piece[] {
  const slabs: Piece[] = [];
  for (const [axis, [low, high]] of widths.entries()) {
    const length = block.shape[axis]!;
    if (low + high === 0 || low + high > WORTH_KEEPING * length) continue;
    for (const [at, width] of [
      [0, low],
      [length - high, high],
    ] as const) {
      if (width === 0) continue;
      const shape = block.shape.map((n, i) => (i === axis ? width : n));
      const origin = block.shape.map((_, i) => (i === axis ? at : 0));
      const slab = newBlock(block.dtype, shape);
      copyBox(
        block,
        origin,
        slab,
        shape.map(() => 0),
        shape,
      );
      slabs.push({ block: slab, origin });
    }
  }
  return slabs;
}

function holds(piece: Piece, need: Region): boolean {
  return need.start.every((start, axis) => {
    const from = piece.origin[axis]!;
    return start >= from && start + need.shape[axis]! <= from + (piece.block?.shape[axis] ?? 0);
  });
}

function bytesOfPiece(piece: Piece): number {
  return piece.block?.data.byteLength ?? 0;
}
