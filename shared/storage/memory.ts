import { checkRange, resolveRange } from "./bytes.ts";
import { checkEtag } from "./changed.ts";
import { ChildStore } from "./child.ts";
import { checkFolder, checkKey, checkPrefix, compareKeys, isAfter } from "./key.ts";
import type {
  ListOptions,
  ObjectEntry,
  ObjectInfo,
  ObjectStore,
  ReadOptions,
  WriteOptions,
} from "./store.ts";

interface Held {
  readonly bytes: Uint8Array;
  readonly etag: string;
}

/** Objects in this process's memory: for tests, previews and small results. Bytes are copied in and out. */
export class MemoryStore implements ObjectStore {
  readonly uri: string;
  readonly #objects = new Map<string, Held>();
  #writes = 0;

  constructor(name = "store") {
    this.uri = `memory://${name}`;
  }

  async get(key: string, options: ReadOptions = {}): Promise<Uint8Array | undefined> {
    const held = this.#held(key, options);
    return held && new Uint8Array(held.bytes);
  }

  async getRange(
    key: string,
    offset: number,
    length: number,
    options: ReadOptions = {},
  ): Promise<Uint8Array | undefined> {
    checkRange(key, offset, length);
    const held = this.#held(key, options);
    if (held === undefined) return undefined;
    const { start, end } = resolveRange(held.bytes.length, offset, length);
    return held.bytes.slice(start, end);
  }

  async head(key: string, options: ReadOptions = {}): Promise<ObjectInfo | undefined> {
    const held = this.#held(key, options);
    return held === undefined ? undefined : { size: held.bytes.length, etag: held.etag };
  }

  async put(key: string, bytes: Uint8Array, options: WriteOptions = {}): Promise<ObjectInfo> {
    options.signal?.throwIfAborted();
    const etag = String(++this.#writes);
    this.#objects.set(checkKey(key), { bytes: new Uint8Array(bytes), etag });
    return { size: bytes.length, etag };
  }

  async putIfAbsent(key: string, bytes: Uint8Array, options: WriteOptions = {}): Promise<boolean> {
    if (this.#objects.has(checkKey(key))) return false;
    await this.put(key, bytes, options);
    return true;
  }

  async delete(key: string): Promise<void> {
    this.#objects.delete(checkKey(key));
  }

  async *list(prefix: string, { after }: ListOptions = {}): AsyncGenerator<ObjectEntry> {
    for (const key of this.#keys(prefix)) {
      if (!isAfter(key, after)) continue;
      const held = this.#objects.get(key);
      if (held !== undefined) yield { key, size: held.bytes.length, etag: held.etag };
    }
  }

  async listDirectory(prefix: string): Promise<string[]> {
    const names = new Set<string>();
    for (const key of this.#keys(checkFolder(prefix))) {
      const rest = key.slice(prefix.length);
      const slash = rest.indexOf("/");
      names.add(slash < 0 ? rest : rest.slice(0, slash + 1));
    }
    return [...names];
  }

  child(path: string): ObjectStore {
    return new ChildStore(this, path);
  }

  #held(key: string, options: ReadOptions): Held | undefined {
    options.signal?.throwIfAborted();
    const held = this.#objects.get(checkKey(key));
    if (held !== undefined) checkEtag(this.uri, key, options.ifMatch, held.etag);
    return held;
  }

  #keys(prefix: string): string[] {
    checkPrefix(prefix);
    return [...this.#objects.keys()].filter((key) => key.startsWith(prefix)).sort(compareKeys);
  }
}
