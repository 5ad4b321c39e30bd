import { crc32, inflateRawSync } from "node:zlib";
import { LamellaError } from "../../errors.ts";
import { allocateBytes, checkRange, resolveRange } from "../bytes.ts";
import { ChildStore } from "../child.ts";
import { checkFolder, checkKey, checkPrefix, compareKeys, isAfter } from "../key.ts";
import type { ListOptions, ObjectEntry, ObjectInfo, ObjectStore, ReadOptions } from "../store.ts";
import { LOCAL_BYTES, readZipDirectory, type ZipDirectory, type ZipEntry } from "./directory.ts";
import { zipMalformed, zipUnsupported } from "./error.ts";

const LOCAL = 0x04034b50;
const STORED = 0;
const DEFLATED = 8;
/** What deflate can make of a byte, and of nothing. */
const MOST_RATIO = 1032;
/** A deflated member is decoded as a whole. */
const MOST_INFLATED_BYTES = 256 * 1024 * 1024;
/** Room for the local header's extra field, so that a member takes one request. */
const EXTRA_GUESS = 64;
const ZARR_DOCUMENTS = ["zarr.json", ".zgroup", ".zarray"];

interface Opened {
  readonly directory: ZipDirectory;
  readonly etag: string;
  readonly size: number;
  /** "" or "image.zarr/": the folder that is taken for the root. */
  readonly root: string;
}

/**
 * The members of a zip archive as objects, read in place by ranges; read only. Its root is the archive's; or the one folder that it holds,
 * where that is a Zarr and the archive's root isn't. The archive is pinned to the version seen first. Throws ZIP_MALFORMED,
 * ZIP_UNSUPPORTED, UNSAFE_KEY at the first read, INPUT_CHANGED later.
 */
export class ZipStore implements ObjectStore {
  readonly uri: string;
  readonly #parent: ObjectStore;
  readonly #key: string;
  #opened: Promise<Opened> | undefined;
  /** Where members begin, past their local headers; those that are read in parts. */
  readonly #starts = new Map<string, number>();
  /** The deflated member read last. */
  #last: { readonly name: string; readonly bytes: Uint8Array } | undefined;

  constructor(parent: ObjectStore, key: string, uri: string) {
    this.#parent = parent;
    this.#key = key;
    this.uri = uri;
  }

  /** The archive's comment: JSON of OME-NGFF's RFC 9, where it has one. */
  async comment(): Promise<string> {
    return (await this.#open()).directory.comment;
  }

  async get(key: string, options: ReadOptions = {}): Promise<Uint8Array | undefined> {
    const found = await this.#find(key, options);
    return found && this.#whole(found.entry, found.etag, options.signal);
  }

  async getRange(
    key: string,
    offset: number,
    length: number,
    options: ReadOptions = {},
  ): Promise<Uint8Array | undefined> {
    checkRange(key, offset, length);
    const found = await this.#find(key, options);
    if (!found) return undefined;
    const { entry, etag } = found;
    const { start, end } = resolveRange(entry.bytes, offset, length);
    if (end <= start) return allocateBytes(0);
    if (entry.method !== STORED) {
      const bytes = await this.#whole(entry, etag, options.signal);
      return bytes.slice(start, end);
    }
    return this.#read((await this.#startOf(entry, etag)) + start, end - start, etag, options.signal);
  }

  async head(key: string, options: ReadOptions = {}): Promise<ObjectInfo | undefined> {
    const found = await this.#find(key, options);
    return found && infoOf(found.entry);
  }

  async put(key: string): Promise<ObjectInfo> {
    throw this.#readOnly(key);
  }

  async putIfAbsent(key: string): Promise<boolean> {
    throw this.#readOnly(key);
  }

  async delete(key: string): Promise<void> {
    throw this.#readOnly(key);
  }

  async *list(prefix: string, { after }: ListOptions = {}): AsyncGenerator<ObjectEntry> {
    const { directory, root } = await this.#open();
    const whole = root + checkPrefix(prefix);
    const names = [...directory.entries.keys()].filter((name) => name.startsWith(whole)).sort(compareKeys);
    for (const name of names) {
      const key = name.slice(root.length);
      if (isAfter(key, after)) yield { key, ...infoOf(directory.entries.get(name)!) };
    }
  }

  async listDirectory(prefix: string): Promise<string[]> {
    const { directory, root } = await this.#open();
    const whole = root + checkFolder(prefix);
    const names = new Set<string>();
    for (const name of directory.entries.keys()) {
      if (!name.startsWith(whole)) continue;
      const slash = name.indexOf("/", whole.length);
      names.add(slash < 0 ? name.slice(whole.length) : name.slice(whole.length, slash + 1));
    }
    return [...names].sort(compareKeys);
  }

  child(path: string): ObjectStore {
    return new ChildStore(this, path);
  }

  async #find(key: string, options: ReadOptions): Promise<{ entry: ZipEntry; etag: string } | undefined> {
    options.signal?.throwIfAborted();
    checkKey(key);
    const { directory, etag, root } = await this.#open();
    const entry = directory.entries.get(root + key);
    if (!entry) return undefined;
    if (options.ifMatch !== undefined && options.ifMatch !== infoOf(entry).etag) {
      throw new LamellaError("INPUT_CHANGED", `${this.uri}: ${key} is another one than before`, {
        hint: "Start again.",
        details: { file: this.uri, key },
      });
    }
    return { entry, etag };
  }

  #open(): Promise<Opened> {
    this.#opened ??= this.#load().catch((error: unknown) => {
      this.#opened = undefined;
      throw error;
    });
    return this.#opened;
  }

  async #load(): Promise<Opened> {
    const info = await this.#parent.head(this.#key);
    if (!info) {
      throw new LamellaError("NOT_FOUND", `no such file: ${this.uri}`, {
        hint: "Check the path.",
        details: { file: this.uri },
      });
    }
    const read = (offset: number, length: number): Promise<Uint8Array> =>
      length === 0 ? Promise.resolve(allocateBytes(0)) : this.#read(offset, length, info.etag);
    const directory = await readZipDirectory(this.uri, info.size, read);
    return { directory, etag: info.etag, size: info.size, root: rootOf(directory) };
  }

  async #read(offset: number, length: number, etag: string, signal?: AbortSignal): Promise<Uint8Array> {
    const options = { ifMatch: etag, ...(signal ? { signal } : {}) };
    const bytes = await this.#parent.getRange(this.#key, offset, length, options);
    if (bytes?.length === length) return bytes;
    throw zipMalformed(this.uri, `it ends before byte ${offset + length}`);
  }

  async #whole(entry: ZipEntry, etag: string, signal?: AbortSignal): Promise<Uint8Array> {
    if (this.#last?.name === entry.name) return new Uint8Array(this.#last.bytes);
    this.#checkSizes(entry);
    const guess = LOCAL_BYTES + Buffer.byteLength(entry.name) + EXTRA_GUESS;
    const { size } = await this.#open();
    const got = await this.#read(
      entry.at,
      Math.min(guess + entry.packedBytes, size - entry.at),
      etag,
      signal,
    );
    const header = this.#headerBytes(entry, got);
    const packed =
      header + entry.packedBytes <= got.length
        ? got.subarray(header, header + entry.packedBytes)
        : await this.#read(entry.at + header, entry.packedBytes, etag, signal);
    const bytes = entry.method === STORED ? new Uint8Array(packed) : this.#inflate(entry, packed);
    if (crc32(bytes) !== entry.crc) {
      throw new LamellaError(
        "CHECKSUM_MISMATCH",
        `${this.uri}: ${entry.name} is not what was packed (CRC-32)`,
        {
          hint: "The archive is damaged: copy it again from its source.",
          details: { file: this.uri, key: entry.name },
        },
      );
    }
    if (entry.method === STORED) return bytes;
    this.#last = { name: entry.name, bytes };
    return new Uint8Array(bytes);
  }

  async #startOf(entry: ZipEntry, etag: string): Promise<number> {
    const known = this.#starts.get(entry.name);
    if (known !== undefined) return known;
    this.#checkSizes(entry);
    const start = entry.at + this.#headerBytes(entry, await this.#read(entry.at, LOCAL_BYTES, etag));
    this.#starts.set(entry.name, start);
    return start;
  }

  /** The local header's length; its name and extra field may be longer than the directory's. */
  #headerBytes(entry: ZipEntry, bytes: Uint8Array): number {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (bytes.length < LOCAL_BYTES || view.getUint32(0, true) !== LOCAL)
      throw zipMalformed(this.uri, `${entry.name} does not begin at ${entry.at}`);
    return LOCAL_BYTES + view.getUint16(26, true) + view.getUint16(28, true);
  }

  #checkSizes({ name, method, bytes, packedBytes }: ZipEntry): void {
    if (method === STORED) {
      if (bytes !== packedBytes)
        throw zipMalformed(this.uri, `${name} is stored, in ${packedBytes} bytes for ${bytes}`);
      return;
    }
    if (method !== DEFLATED)
      throw zipUnsupported(
        this.uri,
        `${name} is packed by method ${method}`,
        "Pack it again without compression: zip -0.",
      );
    if (bytes > (packedBytes + 1) * MOST_RATIO)
      throw zipMalformed(this.uri, `${name} can't have ${bytes} bytes, deflated to ${packedBytes}`);
    if (bytes > MOST_INFLATED_BYTES)
      throw zipUnsupported(
        this.uri,
        `${name} has ${bytes} bytes, deflated`,
        "Pack it again without compression: zip -0.",
      );
  }

  #inflate(entry: ZipEntry, packed: Uint8Array): Uint8Array {
    let bytes: Uint8Array;
    try {
      bytes = inflateRawSync(packed, { maxOutputLength: Math.max(1, entry.bytes) });
    } catch (cause) {
      throw zipMalformed(
        this.uri,
        `${entry.name} does not inflate: ${cause instanceof Error ? cause.message : cause}`,
      );
    }
    if (bytes.length !== entry.bytes)
      throw zipMalformed(this.uri, `${entry.name} inflates to ${bytes.length} bytes, not ${entry.bytes}`);
    return bytes;
  }

  #readOnly(key: string): LamellaError {
    return new LamellaError(
      "UNSUPPORTED_URI",
      `${this.uri}: ${key} can't be written: archives are read only`,
      {
        hint: "Write a folder; `lamella convert SRC DST.ozx` packs one.",
        details: { uri: this.uri, key },
      },
    );
  }
}

/** For archives that hold the folder, "image.zarr/…", not what is in it. */
function rootOf({ entries }: ZipDirectory): string {
  if (ZARR_DOCUMENTS.some((name) => entries.has(name)) || entries.has("attributes.json")) return "";
  const tops = new Set<string>();
  for (const name of entries.keys()) {
    const top = name.slice(0, name.indexOf("/") + 1);
    if (top !== "__MACOSX/") tops.add(top);
  }
  const [only = ""] = tops;
  return tops.size === 1 && [...ZARR_DOCUMENTS, "attributes.json"].some((name) => entries.has(only + name))
    ? only
    : "";
}

function infoOf({ bytes, crc }: ZipEntry): ObjectInfo {
  return { size: bytes, etag: `"${crc.toString(16).padStart(8, "0")}-${bytes}"` };
}
