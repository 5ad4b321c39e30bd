import type { ObjectInfo, ObjectStore, ReadOptions } from "../../shared/storage/store.ts";

/** A range that was asked for. */
export interface AskedRange {
  readonly key: string;
  readonly offset: number;
  readonly length: number;
}

/** A file that exists as a few pieces in a sea of zeros: sizes that no disk holds. */
export interface SparseFile {
  readonly size: number;
  readonly pieces: readonly (readonly [offset: number, bytes: Uint8Array])[];
}

/** A read-only store of sparse files that remembers the ranges asked for. */
export class CountingStore implements ObjectStore {
  readonly uri = "counting://";
  readonly asked: AskedRange[] = [];
  /** ETag by key; change one and its readers fail with INPUT_CHANGED, as from a real store. */
  readonly etags = new Map<string, string>();
  readonly #files: { readonly [key: string]: SparseFile };
  readonly #changed: (key: string) => Error;

  constructor(files: { readonly [key: string]: SparseFile | Uint8Array }, changed: (key: string) => Error) {
    this.#files = Object.fromEntries(
      Object.entries(files).map(([key, file]) => [
        key,
        file instanceof Uint8Array ? { size: file.length, pieces: [[0, file] as const] } : file,
      ]),
    );
    this.#changed = changed;
  }

  async getRange(
    key: string,
    offset: number,
    length: number,
    options: ReadOptions = {},
  ): Promise<Uint8Array | undefined> {
    const file = this.#files[key];
    if (!file) return undefined;
    if (options.ifMatch !== undefined && options.ifMatch !== this.#etag(key)) throw this.#changed(key);
    this.asked.push({ key, offset, length });
    const out = new Uint8Array(Math.max(0, Math.min(length, file.size - offset)));
    for (const [at, bytes] of file.pieces) {
      const from = Math.max(offset, at);
      const to = Math.min(offset + out.length, at + bytes.length);
      if (from < to) out.set(bytes.subarray(from - at, to - at), from - offset);
    }
    return out;
  }

  async head(key: string): Promise<ObjectInfo | undefined> {
    const file = this.#files[key];
    return file && { size: file.size, etag: this.#etag(key) };
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    return this.getRange(key, 0, this.#files[key]?.size ?? 0);
  }

  #etag(key: string): string {
    return this.etags.get(key) ?? "1";
  }

  put(): never {
    throw new Error("read only");
  }
  putIfAbsent(): never {
    throw new Error("read only");
  }
  delete(): never {
    throw new Error("read only");
  }
  list(): never {
    throw new Error("not listed");
  }
  listDirectory(): never {
    throw new Error("not listed");
  }
  child(): never {
    throw new Error("no children");
  }
}
