import { LamellaError } from "../errors.ts";
import type { ObjectStore } from "../storage/store.ts";

/** An object in a store, with the name a user knows it by. */
export interface ObjectRef {
  readonly store: ObjectStore;
  readonly key: string;
  /** For messages and fingerprints. */
  readonly uri: string;
}

/**
 * A file that is read by byte ranges, pinned to the version seen when it was opened: every range carries that
 * ETag, so a file that changes under a run is INPUT_CHANGED, never a mixture of two versions.
 */
export class ByteFile {
  readonly uri: string;
  readonly size: number;
  readonly etag: string;
  readonly #ref: ObjectRef;
  /** Where it begins in the object: a file within a file doesn't begin at 0. */
  readonly #start: number;

  private constructor(ref: ObjectRef, size: number, etag: string, start = 0) {
    this.#ref = ref;
    this.uri = ref.uri;
    this.size = size;
    this.etag = etag;
    this.#start = start;
  }

  /** Throws NOT_FOUND where there is no such object. */
  static async open(ref: ObjectRef, signal?: AbortSignal): Promise<ByteFile> {
    const info = await ref.store.head(ref.key, signal ? { signal } : {});
    if (!info) {
      throw new LamellaError("NOT_FOUND", `no such file: ${ref.uri}`, {
        hint: "Check the path, and that it names a file.",
        details: { file: ref.uri },
      });
    }
    return new ByteFile(ref, info.size, info.etag);
  }

  /** Up to `length` bytes from `offset`; fewer only where the file ends. Throws INPUT_CHANGED. */
  async read(offset: number, length: number, signal?: AbortSignal): Promise<Uint8Array> {
    const wanted = Math.min(length, Math.max(0, this.size - offset));
    if (wanted <= 0) return new Uint8Array(0);
    const { store, key } = this.#ref;
    const bytes = await store.getRange(key, this.#start + offset, wanted, {
      ifMatch: this.etag,
      ...(signal ? { signal } : {}),
    });
    if (!bytes || bytes.length !== wanted) {
      throw new LamellaError(
        "INPUT_CHANGED",
        `${this.uri} changed while it was read: bytes ${offset} to ${offset + wanted} are ${bytes ? "cut short" : "gone"}`,
        {
          hint: "Start again with a file that is complete.",
          details: { file: this.uri, offset, length: wanted },
        },
      );
    }
    return bytes;
  }

  /** A file within this one, which the caller has found to lie in it; `name` is for messages. */
  part(offset: number, length: number, name: string): ByteFile {
    const ref = { ...this.#ref, uri: `${this.uri}, ${name}` };
    return new ByteFile(ref, length, this.etag, this.#start + offset);
  }

  /** The file of this name beside this one: `name` is relative, and may not leave the folder. */
  sibling(name: string): ObjectRef {
    const parts = name.split("/");
    if (
      name === "" ||
      name.startsWith("/") ||
      /[\\:\0]/.test(name) ||
      parts.some((part) => part === ".." || part === "." || part === "")
    ) {
      throw new LamellaError(
        "UNSAFE_KEY",
        `${this.uri} refers to ${JSON.stringify(name)}, which is not a file beside it`,
        {
          hint: "Only files in the same folder, or in folders below it, are followed.",
          details: { file: this.uri, name },
        },
      );
    }
    const { store, key, uri } = this.#ref;
    const folder = key.slice(0, key.lastIndexOf("/") + 1);
    const shown = /^(?:file|https?):/.test(uri) ? parts.map(encodeURIComponent).join("/") : name;
    return { store, key: folder + name, uri: uri.slice(0, uri.lastIndexOf("/") + 1) + shown };
  }

  /** The last part of the name. */
  get name(): string {
    return this.#ref.key.slice(this.#ref.key.lastIndexOf("/") + 1);
  }
}
