import type { Block } from "./block.ts";
import type { ChunkedSource } from "./chunked-source.ts";

/**
 * Decoded chunks of a worker, least recently used out first, bounded in bytes. Neighbouring tasks share the chunks
 * that their halos reach into; two reads of one chunk at a time share one load.
 */
export class ChunkCache {
  readonly maxBytes: number;
  readonly #entries = new Map<string, Block | undefined>();
  readonly #loading = new Map<string, Promise<Block | undefined>>();
  readonly #ids = new WeakMap<ChunkedSource, number>();
  #sources = 0;
  #bytes = 0;
  hits = 0;
  misses = 0;
  /** Decoded bytes loaded so far, kept or not. */
  loadedBytes = 0;

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  async get(
    source: ChunkedSource,
    coords: readonly number[],
    load: () => Promise<Block | undefined>,
  ): Promise<Block | undefined> {
    const key = this.#key(source, coords);
    if (this.#entries.has(key)) {
      const block = this.#entries.get(key);
      this.#entries.delete(key);
      this.#entries.set(key, block);
      this.hits++;
      return block;
    }
    const pending = this.#loading.get(key);
    if (pending) {
      this.hits++;
      return pending;
    }
    this.misses++;
    const loading = load().finally(() => this.#loading.delete(key));
    this.#loading.set(key, loading);
    const block = await loading;
    this.loadedBytes += block?.data.byteLength ?? 0;
    this.#put(key, block);
    return block;
  }

  clear(): void {
    this.#entries.clear();
    this.#bytes = 0;
  }

  #put(key: string, block: Block | undefined): void {
    const bytes = block?.data.byteLength ?? 0;
    if (bytes > this.maxBytes) return;
    this.#entries.set(key, block);
    this.#bytes += bytes;
    for (const [oldest, value] of this.#entries) {
      if (this.#bytes <= this.maxBytes) break;
      this.#entries.delete(oldest);
      this.#bytes -= value?.data.byteLength ?? 0;
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
