import type { ByteFile } from "./byte-file.ts";

const PAGE = 64 * 1024;
/** The read-ahead grows to this while reads go on forward. */
const MAX_PAGES_AHEAD = 16;
const MAX_CACHED_PAGES = 512;

/**
 * Reads many small pieces of a file (directories, tag values) with few requests: whole pages of 64 KiB are
 * fetched and kept, and the read-ahead doubles up to 1 MiB while the pieces follow each other. Memory is bounded
 * at 32 MiB; pieces beyond 1 MiB are read directly and not kept.
 */
export class HeaderReader {
  readonly file: ByteFile;
  readonly #pages = new Map<number, Promise<Uint8Array>>();
  #ahead = 1;
  #expected = 0;
  /** The page that was used last, and is therefore still there. */
  #latest = -1;
  /** Requests made, for tests and diagnostics. */
  requests = 0;

  constructor(file: ByteFile) {
    this.file = file;
  }

  /** `length` bytes from `offset`; fewer only where the file ends. */
  async read(offset: number, length: number): Promise<Uint8Array> {
    if (length > PAGE * MAX_PAGES_AHEAD) {
      this.requests++;
      return this.file.read(offset, length);
    }
    const stop = Math.min(offset + length, this.file.size);
    if (stop <= offset) return new Uint8Array(0);
    const first = Math.floor(offset / PAGE);
    const last = Math.floor((stop - 1) / PAGE);
    // Most pieces lie in the page of the one before, which needs no keeping of accounts.
    if (first === last && first === this.#latest) {
      const page = await this.#pages.get(first)!;
      return page.subarray(offset - first * PAGE, stop - first * PAGE);
    }
    this.#load(first, last);
    this.#latest = last;
    if (first === last) {
      const page = await this.#pages.get(first)!;
      return page.subarray(offset - first * PAGE, stop - first * PAGE);
    }
    const out = new Uint8Array(stop - offset);
    const parts = await Promise.all(
      Array.from({ length: last - first + 1 }, (_, i) => this.#pages.get(first + i)!),
    );
    parts.forEach((page, i) => {
      const at = (first + i) * PAGE;
      const from = Math.max(offset, at);
      const to = Math.min(stop, at + page.length);
      out.set(page.subarray(from - at, to - at), from - offset);
    });
    return out;
  }

  /** Starts reading the pages around these offsets, side by side; failures surface when they are read. */
  prefetch(offsets: readonly number[]): void {
    for (const offset of offsets) {
      if (offset < 0 || offset >= this.file.size) continue;
      const index = Math.floor(offset / PAGE);
      if (!this.#pages.has(index)) this.#fetch(index, index);
    }
  }

  #load(first: number, last: number): void {
    for (let index = first; index <= last; index++) {
      const held = this.#pages.get(index);
      if (held) {
        this.#pages.delete(index);
        this.#pages.set(index, held);
        continue;
      }
      this.#ahead = index === this.#expected ? Math.min(this.#ahead * 2, MAX_PAGES_AHEAD) : 1;
      let stop = Math.max(last, index + this.#ahead - 1);
      stop = Math.min(stop, Math.floor((this.file.size - 1) / PAGE));
      for (let next = index + 1; next <= stop; next++) {
        if (this.#pages.has(next)) stop = next - 1;
      }
      this.#fetch(index, stop);
      this.#expected = stop + 1;
    }
    while (this.#pages.size > MAX_CACHED_PAGES) {
      const oldest = this.#pages.keys().next().value!;
      if (oldest >= first && oldest <= last) break;
      this.#pages.delete(oldest);
    }
  }

  #fetch(first: number, last: number): void {
    this.requests++;
    const run = this.file.read(first * PAGE, (last - first + 1) * PAGE);
    for (let index = first; index <= last; index++) {
      // A copy where several pages share a reply: one kept page would otherwise hold the whole reply in memory.
      const page = run.then((bytes) =>
        first === last
          ? bytes
          : new Uint8Array(bytes.subarray((index - first) * PAGE, (index - first + 1) * PAGE)),
      );
      page.catch(() => undefined);
      this.#pages.set(index, page);
    }
  }
}
