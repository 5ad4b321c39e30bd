import type { Block } from "./block.ts";
import { type BorderWidths, borderBoxes, isBorderKept } from "./borders.ts";
import { chunkRegion } from "./chunk-grid.ts";
import type { ChunkedSource } from "./chunked-source.ts";
import { copyBox } from "./copy.ts";
import { blockToFill } from "./pages.ts";
import { holds, type Region } from "./region.ts";
import { release } from "./release.ts";

/** A decoded chunk, or a slab of one that begins at `origin` within it. Without a block: the chunk is absent, all fill value. */
export interface Piece {
  readonly block: Block | undefined;
  readonly origin: readonly number[];
}

export interface CacheLimits {
  /** Decoded bytes of whole chunks, and of borders. */
  readonly wholeBytes: number;
  readonly borderBytes: number;
}

/** What a reader wants of a chunk. */
export interface ChunkRequest {
  readonly source: ChunkedSource;
  readonly coords: readonly number[];
  /** The box of the chunk that is needed. */
  readonly need: Region;
  readonly widths: BorderWidths | undefined;
  /** When the chunk will be needed whole: what is needed last goes first. */
  readonly turn: number | undefined;
  /** With `into` the elements may be put there. */
  load(into?: Uint8Array): Promise<Block | undefined>;
  /** Takes the box of the chunk without a block that could be kept; false where the chunk is absent. */
  readonly take?: (() => Promise<boolean>) | undefined;
  /** Called with a piece that holds the box. The piece may be gone as soon as it returns. */
  use(piece: Piece): void;
}

interface Whole {
  readonly piece: Piece;
  readonly widths: BorderWidths | undefined;
  readonly turn: number;
}

/** A chunk on its way, and who waits for it. */
interface Loading {
  readonly waiting: ((piece: Piece) => void)[];
  done: Promise<void>;
}

/**
 * Decoded chunks of a worker, which owns them. Of chunks that must go (those with the latest turn first, then the least
 * recently used), and of those that a task has used up, the borders stay, since that is what the halos of neighbouring
 * tasks will read: a volume's borders fit where its chunks don't. Readers of one chunk at a time share one load.
 */
export class ChunkCache {
  readonly limits: CacheLimits;
  readonly #whole = new Map<string, Whole>();
  /** The keys of whole chunks by their turn, least recently used first. */
  readonly #turns = new Map<number, Set<string>>();
  readonly #borders = new Map<string, Piece[]>();
  readonly #loading = new Map<string, Loading>();
  readonly #ids = new WeakMap<ChunkedSource, number>();
  #sources = 0;
  #wholeBytes = 0;
  #borderBytes = 0;
  hits = 0;
  misses = 0;

  readonly #cut: typeof cutSlab;

  /** `cut` copies a box out of a block; the planner, which has no data, gives another. */
  constructor(limits: CacheLimits, cut: typeof cutSlab = cutSlab) {
    this.limits = limits;
    this.#cut = cut;
  }

  /** Uses a piece that holds what is needed of a chunk, from the cache or loaded. */
  async read(request: ChunkRequest): Promise<void> {
    const key = this.#key(request.source, request.coords);
    const known = this.#find(key, request.need);
    if (known) {
      this.hits++;
      request.use(known);
      if (this.#whole.has(key) && isUsedUp(request, known)) this.#drop(key);
      return;
    }
    const pending = this.#loading.get(key);
    if (pending) {
      this.hits++;
      pending.waiting.push(request.use);
      return pending.done;
    }
    this.misses++;
    if (request.take && leavesNothing(request)) {
      if (!(await request.take())) request.use({ block: undefined, origin: request.coords.map(() => 0) });
      return;
    }
    const loading: Loading = { waiting: [request.use], done: Promise.resolve() };
    this.#loading.set(key, loading);
    loading.done = this.#load(key, request, loading.waiting);
    return loading.done;
  }

  /** Bytes that are kept now. */
  get bytes(): number {
    return this.#wholeBytes + this.#borderBytes;
  }

  clear(): void {
    for (const { piece } of this.#whole.values()) release(piece.block?.data);
    this.#whole.clear();
    this.#turns.clear();
    for (const slabs of this.#borders.values()) for (const slab of slabs) release(slab.block?.data);
    this.#borders.clear();
    this.#wholeBytes = 0;
    this.#borderBytes = 0;
  }

  async #load(key: string, request: ChunkRequest, waiting: Loading["waiting"]): Promise<void> {
    let block: Block | undefined;
    try {
      block = await request.load();
    } finally {
      // From here on nobody may join those who wait: they are served below, at once.
      this.#loading.delete(key);
    }
    const piece: Piece = { block, origin: request.coords.map(() => 0) };
    for (const use of waiting) use(piece);
    if (isUsedUp(request, piece)) this.#reduce(key, piece, request.widths);
    else this.#keepWhole(key, { piece, widths: request.widths, turn: request.turn ?? 0 });
  }

  #find(key: string, need: Region): Piece | undefined {
    const whole = this.#whole.get(key);
    if (whole) {
      const turn = this.#turns.get(whole.turn)!;
      turn.delete(key);
      turn.add(key);
      return whole.piece;
    }
    return this.#borders
      .get(key)
      ?.find(({ block, origin }) => holds({ start: origin, shape: block!.shape }, need));
  }

  #keepWhole(key: string, entry: Whole): void {
    this.#whole.set(key, entry);
    const turn = this.#turns.get(entry.turn);
    if (turn) turn.add(key);
    else this.#turns.set(entry.turn, new Set([key]));
    this.#wholeBytes += bytesOfPiece(entry.piece);
    while (this.#wholeBytes > this.limits.wholeBytes) {
      let latest = Number.NEGATIVE_INFINITY;
      for (const turn of this.#turns.keys()) if (turn > latest) latest = turn;
      const [oldest] = this.#turns.get(latest)!;
      this.#drop(oldest!);
    }
  }

  #drop(key: string): void {
    const { piece, widths, turn } = this.#whole.get(key)!;
    this.#whole.delete(key);
    const others = this.#turns.get(turn)!;
    others.delete(key);
    if (others.size === 0) this.#turns.delete(turn);
    this.#wholeBytes -= bytesOfPiece(piece);
    this.#reduce(key, piece, widths);
  }

  /** Keeps the borders of a chunk and gives up the rest. */
  #reduce(key: string, piece: Piece, widths: BorderWidths | undefined): void {
    if (widths && piece.block && !this.#borders.has(key))
      this.#keepBorders(key, bordersOf(piece.block, widths, this.#cut));
    release(piece.block?.data);
  }

  #keepBorders(key: string, slabs: Piece[]): void {
    if (slabs.length === 0) return;
    this.#borders.set(key, slabs);
    for (const slab of slabs) this.#borderBytes += bytesOfPiece(slab);
    for (const [oldest, entries] of this.#borders) {
      if (this.#borderBytes <= this.limits.borderBytes) break;
      this.#borders.delete(oldest);
      for (const slab of entries) {
        this.#borderBytes -= bytesOfPiece(slab);
        release(slab.block?.data);
      }
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

/** A task that takes a chunk whole owns it: at most its borders will be asked for again, if it is known how wide they are. */
function isUsedUp(request: ChunkRequest, { block }: Piece): boolean {
  const { need, widths } = request;
  if (!widths) return false;
  // That a chunk is absent is kept for its neighbours' tasks as well.
  if (!block) return leavesNothing(request);
  return need.shape.every((n, axis) => n === block.shape[axis]);
}

/** Whether nothing of a chunk will be kept: the task owns it, and nobody asks for its borders. */
function leavesNothing({ source, coords, need, widths }: ChunkRequest): boolean {
  if (!widths) return false;
  const whole = chunkRegion(source.shape, source.chunkShape, coords).shape;
  return need.shape.every((n, axis) => n === whole[axis] && !isBorderKept(widths[axis], n));
}

/** A copy of the box of `shape` at `origin`. */
function cutSlab(block: Block, origin: readonly number[], shape: readonly number[]): Block {
  const slab = blockToFill(block.dtype, shape);
  copyBox(
    block,
    origin,
    slab,
    shape.map(() => 0),
    shape,
  );
  return slab;
}

function bordersOf(block: Block, widths: BorderWidths, cut: typeof cutSlab): Piece[] {
  return borderBoxes(block.shape, widths).map(({ start, shape }) => ({
    block: cut(block, start, shape),
    origin: start,
  }));
}

/** What it takes to know that a chunk is absent: tiny ones come by the million. */
const ABSENT_BYTES = 512;

function bytesOfPiece(piece: Piece): number {
  return piece.block?.data.byteLength ?? ABSENT_BYTES;
}
