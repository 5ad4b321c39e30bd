import nodeFs, { constants } from "node:fs";
import fs from "node:fs/promises";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { LamellaError } from "../errors.ts";
import { allocateBytes, checkRange, resolveRange } from "./bytes.ts";
import { checkEtag } from "./changed.ts";
import { ChildStore } from "./child.ts";
import { errnoOf, fileError } from "./file-errors.ts";
import { readSome } from "./file-io.ts";
import { listFiles, listNames } from "./file-list.ts";
import { fingerprintOf, isTemporary, removeTemporaries } from "./file-names.ts";
import { FileRoot } from "./file-root.ts";
import { linkTemporary, renameTemporary } from "./file-write.ts";
import { checkFolder, checkKey, checkPrefix, isAfter, unsafeKey } from "./key.ts";
import { Limit } from "./limit.ts";
import type {
  ListOptions,
  ObjectEntry,
  ObjectInfo,
  ObjectStore,
  ReadOptions,
  WriteOptions,
} from "./store.ts";

export interface FileStoreOptions {
  /** Flush each object and its folder to the disk before a write counts as done. Slow; off by default. */
  readonly durable?: boolean;
  /** A key that the user named himself, which may be read though it is a link out of the folder. */
  readonly trustedKey?: string;
  /** Looks at the links on the way to a file each time, not once: others may change the folder in the meantime. */
  readonly watchesLinks?: boolean;
}

/** Open files of the whole process stay far below the usual limit of 1,024. */
const OPEN_FILES = new Limit(128);
const MAX_READ = 1 << 30;
/** A folder may vanish between its making and its use when another process deletes the last object in it. */
const FOLDER_ATTEMPTS = 5;

/**
 * Objects as files below a folder, which need not exist yet. A write goes to a temporary file beside the
 * final one and takes its name when it is complete. Links that lead out of the folder are refused (UNSAFE_KEY).
 * Throws STORAGE_FULL, ACCESS_DENIED, STORAGE_FAILED.
 */
export class FileStore implements ObjectStore {
  readonly uri: string;
  readonly #root: FileRoot;
  readonly #durable: boolean;
  readonly #trustedKey: string | undefined;

  constructor(folder: string, options: FileStoreOptions = {}) {
    this.#root = new FileRoot(folder, options.watchesLinks ? 0 : undefined);
    this.uri = pathToFileURL(this.#root.path).href.replace(/(?<!\/)\/$/, "");
    this.#durable = options.durable ?? false;
    this.#trustedKey = options.trustedKey;
  }

  get(key: string, options: ReadOptions = {}): Promise<Uint8Array | undefined> {
    return this.#read(key, options, (handle, size) => this.#fill(key, handle, 0, size, options.into));
  }

  async getRange(
    key: string,
    offset: number,
    length: number,
    options: ReadOptions = {},
  ): Promise<Uint8Array | undefined> {
    checkRange(key, offset, length);
    return this.#read(key, options, (handle, size) => {
      const { start, end } = resolveRange(size, offset, length);
      return this.#fill(key, handle, start, end);
    });
  }

  head(key: string, options: ReadOptions = {}): Promise<ObjectInfo | undefined> {
    return this.#read(key, options, async (_handle, size, etag) => ({ size, etag }));
  }

  put(key: string, bytes: Uint8Array, options: WriteOptions = {}): Promise<ObjectInfo> {
    return this.#write(key, options, () => renameTemporary(this.#root, key, bytes, this.#durable));
  }

  async sweep(folder = "", { shallow = false }: { readonly shallow?: boolean } = {}): Promise<void> {
    await removeTemporaries(folder === "" ? this.#root.path : this.#root.pathOf(checkKey(folder)), shallow);
  }

  putIfAbsent(key: string, bytes: Uint8Array, options: WriteOptions = {}): Promise<boolean> {
    return this.#write(key, options, () => linkTemporary(this.#root, key, bytes, this.#durable));
  }

  async delete(key: string): Promise<void> {
    this.#check(key);
    await this.#coded("delete", key, async () => {
      if (!(await this.#root.checkFolderOf(key))) return;
      await fs.unlink(this.#root.pathOf(key)).catch(ignoreAbsent);
      await this.#root.pruneFoldersOf(key);
    });
  }

  async *list(prefix: string, { after }: ListOptions = {}): AsyncGenerator<ObjectEntry> {
    checkPrefix(prefix);
    try {
      for await (const entry of listFiles(this.#root, prefix)) if (isAfter(entry.key, after)) yield entry;
    } catch (error) {
      throw fileError(error, "list", this.#root.pathOf(prefix));
    }
  }

  async listDirectory(prefix: string): Promise<string[]> {
    checkFolder(prefix);
    return this.#coded("list", prefix, () => listNames(this.#root, prefix));
  }

  child(folder: string): ObjectStore {
    return new ChildStore(this, folder, pathToFileURL(this.#root.pathOf(checkKey(folder))).href);
  }

  async #read<T>(
    key: string,
    options: ReadOptions,
    use: (handle: number, size: number, etag: string) => Promise<T>,
  ): Promise<T | undefined> {
    options.signal?.throwIfAborted();
    this.#check(key);
    return this.#coded("read", key, async () => {
      const handle = await this.#open(key);
      if (handle === undefined) return undefined;
      try {
        const stat = nodeFs.fstatSync(handle, { bigint: true });
        if (!stat.isFile()) return undefined;
        const etag = fingerprintOf(stat);
        checkEtag(this.uri, key, options.ifMatch, etag);
        const result = await use(handle, Number(stat.size), etag);
        // Another program may write into the file while it is read.
        if (options.ifMatch !== undefined) {
          checkEtag(
            this.uri,
            key,
            options.ifMatch,
            fingerprintOf(nodeFs.fstatSync(handle, { bigint: true })),
          );
        }
        return result;
      } finally {
        nodeFs.closeSync(handle);
      }
    });
  }

  async #open(key: string): Promise<number | undefined> {
    const file = this.#root.pathOf(key);
    // O_NONBLOCK: opening a named pipe must not wait for its writer.
    const flags = constants.O_RDONLY | constants.O_NONBLOCK;
    try {
      if (key === this.#trustedKey) return nodeFs.openSync(file, flags);
      if (!(await this.#root.checkFolderOf(key))) return undefined;
      return nodeFs.openSync(file, flags | constants.O_NOFOLLOW);
    } catch (error) {
      if (errnoOf(error) !== "ELOOP") return ignoreAbsent(error);
    }
    const real = await this.#root.followLink(key);
    return real === undefined ? undefined : nodeFs.openSync(real, flags);
  }

  async #fill(
    key: string,
    handle: number,
    start: number,
    end: number,
    into?: ReadOptions["into"],
  ): Promise<Uint8Array> {
    const bytes = into?.(end - start) ?? allocateBytes(end - start);
    let done = 0;
    while (done < bytes.length) {
      const bytesRead = await readSome(
        handle,
        bytes,
        done,
        Math.min(MAX_READ, bytes.length - done),
        start + done,
      );
      if (bytesRead === 0) {
        throw new LamellaError(
          "STORAGE_FAILED",
          `${this.#root.pathOf(key)} became shorter while it was read`,
          {
            hint: "Leave inputs alone while a run reads them, then run again.",
            details: { key, expected: end, found: start + done },
          },
        );
      }
      done += bytesRead;
    }
    return bytes;
  }

  async #write<T>(key: string, options: WriteOptions, write: () => Promise<T>): Promise<T> {
    options.signal?.throwIfAborted();
    this.#check(key);
    return this.#coded("write", key, async () => {
      for (let attempt = 1; ; attempt++) {
        try {
          await this.#root.createFolderOf(key);
          return await write();
        } catch (error) {
          if (errnoOf(error) !== "ENOENT" || attempt === FOLDER_ATTEMPTS) throw error;
          this.#root.forgetFolderOf(key);
        }
      }
    });
  }

  #check(key: string): void {
    if (isTemporary(path.basename(checkKey(key))))
      throw unsafeKey(key, "the name is kept for unfinished writes");
  }

  async #coded<T>(action: string, key: string, operation: () => Promise<T>): Promise<T> {
    try {
      return await OPEN_FILES.run(operation);
    } catch (error) {
      throw fileError(error, action, this.#root.pathOf(key));
    }
  }
}

/** Undefined where the file, or a folder on its way, isn't there; anything else is thrown again. */
function ignoreAbsent(error: unknown): undefined {
  const errno = errnoOf(error);
  if (errno !== "ENOENT" && errno !== "ENOTDIR") throw error;
  return undefined;
}
