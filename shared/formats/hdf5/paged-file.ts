import { LamellaError } from "../../errors.ts";
import type { ByteFile } from "../byte-file.ts";

const PAGE = 64 * 1024;
/** The read-ahead grows to this while misses go on forward. */
const MOST_AHEAD = 16;
/** What is kept between calls; one call may hold more, up to what it is allowed. */
const KEPT_BYTES = 16 * 1024 * 1024;

/**
 * A file as a library wants it that reads synchronously: reads are answered from pages that are there, and what isn't is remembered as
 * missing. `load` fetches it by ranges; the library's call is made again then. So nothing blocks, whatever the store, and memory is bounded.
 */
export class PagedFile {
  readonly file: ByteFile;
  /** Oldest first. */
  readonly #pages = new Map<number, Uint8Array>();
  readonly #missing = new Set<number>();
  #touched = new Set<number>();
  #ahead = 1;
  #expected = -1;

  constructor(file: ByteFile) {
    this.file = file;
  }

  get missing(): boolean {
    return this.#missing.size > 0;
  }

  /** A new call begins: pages of the one before may go. */
  begin(): void {
    this.#touched = new Set();
    this.#missing.clear();
  }

  /** Copies bytes from `position` to `target` at `offset`; how many there were. Undefined where a page isn't there yet. */
  readSync(target: Uint8Array, offset: number, length: number, position: number): number | undefined {
    const stop = Math.min(position + length, this.file.size);
    if (position < 0 || stop <= position) return 0;
    const first = Math.floor(position / PAGE);
    const last = Math.floor((stop - 1) / PAGE);
    for (let index = first; index <= last; index++) {
      this.#touched.add(index);
      if (!this.#pages.has(index)) this.#missing.add(index);
    }
    if (this.#missing.size > 0) return undefined;
    for (let index = first; index <= last; index++) {
      const page = this.#pages.get(index)!;
      const from = Math.max(position, index * PAGE);
      const to = Math.min(stop, (index + 1) * PAGE);
      target.set(page.subarray(from - index * PAGE, to - index * PAGE), offset + from - position);
    }
    return stop - position;
  }

  /** Fetches what was missing. Throws HDF5_MALFORMED where a call touches more than `most` bytes, and as the store does. */
  async load(most: number): Promise<void> {
    const wanted = [...this.#missing].sort((a, b) => a - b);
    this.#missing.clear();
    if (this.#touched.size * PAGE > most + KEPT_BYTES) {
      throw new LamellaError(
        "HDF5_MALFORMED",
        `${this.file.uri}: one chunk refers to more than ${most} bytes of the file`,
        {
          hint: "The file is damaged: copy it again from its source.",
          details: { file: this.file.uri },
        },
      );
    }
    const runs: [first: number, last: number][] = [];
    for (const index of wanted) {
      const run = runs.at(-1);
      if (run && run[1] === index - 1) run[1] = index;
      else runs.push([index, index]);
    }
    this.#ahead = wanted[0] === this.#expected ? Math.min(2 * this.#ahead, MOST_AHEAD) : 1;
    const final = runs.at(-1);
    if (final) {
      const end = Math.floor((this.file.size - 1) / PAGE);
      final[1] = Math.max(final[1], Math.min(final[0] + this.#ahead - 1, end));
      this.#expected = final[1] + 1;
    }
    await Promise.all(runs.map(([first, last]) => this.#fetch(first, last)));
    this.#evict();
  }

  async #fetch(first: number, last: number): Promise<void> {
    const bytes = await this.file.read(first * PAGE, (last - first + 1) * PAGE);
    for (let index = first; index <= last; index++) {
      const part = bytes.subarray((index - first) * PAGE, (index - first + 1) * PAGE);
      this.#pages.delete(index);
      // copies: one page that is kept would otherwise hold the whole reply
      this.#pages.set(index, first === last ? bytes : new Uint8Array(part));
    }
  }

  #evict(): void {
    for (const index of this.#pages.keys()) {
      if (this.#pages.size * PAGE <= KEPT_BYTES) return;
      if (!this.#touched.has(index)) this.#pages.delete(index);
    }
  }
}
