import type { Block } from "../block/block.ts";
import type { ChunkCache } from "../block/chunk-cache.ts";
import { chunkRegion } from "../block/chunk-grid.ts";
import type { ChunkedSource } from "../block/chunked-source.ts";
import { allocate, type TypedArray } from "../block/dtype.ts";
import { inPages } from "../block/pages.ts";
import type { ZoomDocument } from "./protocol.ts";

/** Which pixels of a zoom lie in a chunk, [from, to). */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** The pixels of a zoom that lie in one chunk, for all of the chunk's planes. */
export interface Samples {
  readonly rows: Span;
  readonly columns: Span;
  /** T, C, Z of the chunk, then rows and columns; C order. */
  readonly shape: readonly number[];
  readonly data: TypedArray;
}

/** A chunk that is decoded is sampled for these zooms too: one that is zoomed into, and one that is zoomed out to, come next. */
const FINER = 2;
const COARSER = 3;
/** What an entry takes besides its pixels, bytes. */
const ENTRY_BYTES = 200;

/**
 * Pixels that were picked of chunks for zooms that no level is stored for. They are a small part of the chunks, so that going
 * through the planes of a volume, moving and zooming needn't decode it again; least recently used first, within a bound.
 */
export class SampleCache {
  readonly #limit: number;
  readonly #entries = new Map<string, Samples | undefined>();
  readonly #ids = new WeakMap<ChunkedSource, number>();
  #sources = 0;
  #bytes = 0;

  constructor(limitBytes: number) {
    this.#limit = limitBytes;
  }

  /** Bytes that are kept now. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The samples of zoom `k` in a chunk; undefined where the chunk is absent. Throws as the source does. */
  async read(
    source: ChunkedSource,
    zooms: readonly ZoomDocument[],
    k: number,
    coords: readonly number[],
    chunks: ChunkCache,
    signal?: AbortSignal,
  ): Promise<Samples | undefined> {
    const keyOf = (zoom: number): string => `${this.#idOf(source)}/${zoom}/${coords.join(".")}`;
    const key = keyOf(k);
    if (this.#entries.has(key)) {
      const known = this.#entries.get(key);
      this.#entries.delete(key);
      this.#entries.set(key, known);
      return known;
    }
    const { start, shape } = chunkRegion(source.shape, source.chunkShape, coords);
    let found: Samples | undefined;
    await chunks.read({
      source,
      coords,
      need: { start: start.map(() => 0), shape },
      widths: undefined,
      turn: undefined,
      load: async () => {
        const block = await source.readChunk(coords, signal);
        return block && inPages(block);
      },
      use: ({ block }) => {
        const { level } = zooms[k]!;
        for (let other = Math.max(0, k - FINER); other <= Math.min(zooms.length - 1, k + COARSER); other++) {
          const zoom = zooms[other]!;
          if (zoom.level !== level || zoom.exact || this.#entries.has(keyOf(other))) continue;
          const samples = block && sampleChunk(source, block, start, shape, zoom);
          if (other === k) found = samples;
          else this.#keep(keyOf(other), samples);
        }
      },
    });
    this.#keep(key, found);
    return found;
  }

  #keep(key: string, samples: Samples | undefined): void {
    if (this.#entries.has(key)) return;
    this.#entries.set(key, samples);
    this.#bytes += bytesOf(samples);
    for (const [oldest, entry] of this.#entries) {
      if (this.#bytes <= this.#limit) break;
      this.#entries.delete(oldest);
      this.#bytes -= bytesOf(entry);
    }
  }

  #idOf(source: ChunkedSource): number {
    let id = this.#ids.get(source);
    if (id === undefined) {
      id = this.#sources++;
      this.#ids.set(source, id);
    }
    return id;
  }
}

function bytesOf(samples: Samples | undefined): number {
  return ENTRY_BYTES + (samples?.data.byteLength ?? 0);
}

/** The source pixel nearest to the centre of pixel `i`, of `total` that cover `length`. */
export function sampleOf(i: number, total: number, length: number): number {
  return Math.min(length - 1, Math.floor(((i + 0.5) * length) / total));
}

/** The pixels of `total` whose sample lies in [start, end) of `length`. */
function spanOf(start: number, end: number, total: number, length: number): Span {
  const first = (at: number): number => {
    let i = Math.min(total, Math.max(0, Math.ceil((at * total) / length - 0.5)));
    while (i > 0 && sampleOf(i - 1, total, length) >= at) i--;
    while (i < total && sampleOf(i, total, length) < at) i++;
    return i;
  };
  return { from: first(start), to: first(end) };
}

function sampleChunk(
  source: ChunkedSource,
  block: Block,
  start: readonly number[],
  region: readonly number[],
  { height, width }: ZoomDocument,
): Samples {
  const [length, breadth] = [source.shape[3]!, source.shape[4]!];
  const rows = spanOf(start[3]!, start[3]! + region[3]!, height, length);
  const columns = spanOf(start[4]!, start[4]! + region[4]!, width, breadth);
  const planes = region.slice(0, 3);
  const shape = [...planes, rows.to - rows.from, columns.to - columns.from];
  const data = allocate(
    block.dtype,
    shape.reduce((a, b) => a * b, 1),
  );
  // A chunk at the array's end may come whole: its strides are its own.
  const [, c, z, y, x] = block.shape as [number, number, number, number, number];
  let to = 0;
  for (let t = 0; t < planes[0]!; t++) {
    for (let channel = 0; channel < planes[1]!; channel++) {
      for (let plane = 0; plane < planes[2]!; plane++) {
        const from = ((t * c + channel) * z + plane) * y;
        for (let i = rows.from; i < rows.to; i++) {
          const row = (from + sampleOf(i, height, length) - start[3]!) * x - start[4]!;
          for (let j = columns.from; j < columns.to; j++)
            data[to++] = block.data[row + sampleOf(j, width, breadth)]!;
        }
      }
    }
  }
  return { rows, columns, shape, data };
}
