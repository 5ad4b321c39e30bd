import { checkFolder, checkKey, checkPrefix, joinKey } from "./key.ts";
import type {
  ListOptions,
  ObjectEntry,
  ObjectInfo,
  ObjectStore,
  ReadOptions,
  WriteOptions,
} from "./store.ts";

/**
 * A folder of another store, as a store. It keeps the parent's root, so what the parent refuses (a link that
 * leads out of it) is refused here too.
 */
export class ChildStore implements ObjectStore {
  readonly uri: string;
  readonly #parent: ObjectStore;
  readonly #path: string;

  /** `uri` is given where the child's URI isn't the parent's with the path appended. */
  constructor(parent: ObjectStore, path: string, uri = `${parent.uri}/${path}`) {
    this.#parent = parent;
    this.#path = checkKey(path);
    this.uri = uri;
  }

  get(key: string, options?: ReadOptions): Promise<Uint8Array | undefined> {
    return this.#parent.get(this.#full(key), options);
  }

  getRange(
    key: string,
    offset: number,
    length: number,
    options?: ReadOptions,
  ): Promise<Uint8Array | undefined> {
    return this.#parent.getRange(this.#full(key), offset, length, options);
  }

  head(key: string, options?: ReadOptions): Promise<ObjectInfo | undefined> {
    return this.#parent.head(this.#full(key), options);
  }

  put(key: string, bytes: Uint8Array, options?: WriteOptions): Promise<ObjectInfo> {
    return this.#parent.put(this.#full(key), bytes, options);
  }

  putIfAbsent(key: string, bytes: Uint8Array, options?: WriteOptions): Promise<boolean> {
    return this.#parent.putIfAbsent(this.#full(key), bytes, options);
  }

  delete(key: string): Promise<void> {
    return this.#parent.delete(this.#full(key));
  }

  async *list(prefix: string, { after }: ListOptions = {}): AsyncGenerator<ObjectEntry> {
    const cut = this.#path.length + 1;
    const options = after === undefined ? {} : { after: this.#full(after) };
    for await (const entry of this.#parent.list(`${this.#path}/${checkPrefix(prefix)}`, options)) {
      yield { ...entry, key: entry.key.slice(cut) };
    }
  }

  listDirectory(prefix: string): Promise<string[]> {
    return this.#parent.listDirectory(`${this.#path}/${checkFolder(prefix)}`);
  }

  async sweep(folder = "", options: { readonly shallow?: boolean } = {}): Promise<void> {
    await this.#parent.sweep?.(joinKey(this.#path, folder), options);
  }

  child(path: string): ObjectStore {
    return this.#parent.child(joinKey(this.#path, path));
  }

  #full(key: string): string {
    return joinKey(this.#path, checkKey(key));
  }
}
