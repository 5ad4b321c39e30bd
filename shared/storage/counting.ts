import type {
  ListOptions,
  ObjectEntry,
  ObjectInfo,
  ObjectStore,
  ReadOptions,
  WriteOptions,
} from "./store.ts";

export interface TransferCount {
  bytesRead: number;
  bytesWritten: number;
  reads: number;
  writes: number;
}

/** Nothing counted yet. */
export function newTransferCount(): TransferCount {
  return { bytesRead: 0, bytesWritten: 0, reads: 0, writes: 0 };
}

/** A store that counts what passes through it. */
export class CountingStore implements ObjectStore {
  readonly #inner: ObjectStore;
  readonly #count: TransferCount;

  constructor(inner: ObjectStore, count: TransferCount) {
    this.#inner = inner;
    this.#count = count;
  }

  get uri(): string {
    return this.#inner.uri;
  }

  async get(key: string, options?: ReadOptions): Promise<Uint8Array | undefined> {
    return this.#read(await this.#inner.get(key, options));
  }

  async getRange(
    key: string,
    offset: number,
    length: number,
    options?: ReadOptions,
  ): Promise<Uint8Array | undefined> {
    return this.#read(await this.#inner.getRange(key, offset, length, options));
  }

  head(key: string, options?: ReadOptions): Promise<ObjectInfo | undefined> {
    return this.#inner.head(key, options);
  }

  put(key: string, bytes: Uint8Array, options?: WriteOptions): Promise<ObjectInfo> {
    this.#count.writes++;
    this.#count.bytesWritten += bytes.byteLength;
    return this.#inner.put(key, bytes, options);
  }

  putIfAbsent(key: string, bytes: Uint8Array, options?: WriteOptions): Promise<boolean> {
    this.#count.writes++;
    this.#count.bytesWritten += bytes.byteLength;
    return this.#inner.putIfAbsent(key, bytes, options);
  }

  delete(key: string): Promise<void> {
    return this.#inner.delete(key);
  }

  list(prefix: string, options?: ListOptions): AsyncIterable<ObjectEntry> {
    return this.#inner.list(prefix, options);
  }

  listDirectory(prefix: string): Promise<string[]> {
    return this.#inner.listDirectory(prefix);
  }

  child(path: string): ObjectStore {
    return new CountingStore(this.#inner.child(path), this.#count);
  }

  #read(bytes: Uint8Array | undefined): Uint8Array | undefined {
    this.#count.reads++;
    if (bytes) this.#count.bytesRead += bytes.byteLength;
    return bytes;
  }
}
