/**
 * Object storage as Lamella needs it: whole objects and byte ranges under string keys. Keys use "/" and never
 * start with it; each adapter checks that a key cannot climb out of its root (error UNSAFE_KEY).
 */
export interface ObjectStore {
  /** The root as the user wrote it, without a trailing slash: "file:///data/a.zarr", "s3://bucket/a.zarr". */
  readonly uri: string;
  /** The object's bytes, or undefined where there is no such object. */
  get(key: string, options?: ReadOptions): Promise<Uint8Array | undefined>;
  /**
   * `length` bytes from `offset`; a negative offset counts from the end. Shorter where the object ends first.
   * Undefined where there is no such object.
   */
  getRange(
    key: string,
    offset: number,
    length: number,
    options?: ReadOptions,
  ): Promise<Uint8Array | undefined>;
  head(key: string, options?: ReadOptions): Promise<ObjectInfo | undefined>;
  /** Replaces the object atomically: a reader sees the old bytes or the new ones, never a part. */
  put(key: string, bytes: Uint8Array, options?: WriteOptions): Promise<ObjectInfo>;
  /** Creates the object; false (and nothing changed) when it exists already. Of many callers exactly one gets true. */
  putIfAbsent(key: string, bytes: Uint8Array, options?: WriteOptions): Promise<boolean>;
  /** Removes the object; no error when it isn't there. */
  delete(key: string): Promise<void>;
  /** All objects whose key starts with `prefix`, in key order; with `after` those whose key comes after that one. */
  list(prefix: string, options?: ListOptions): AsyncIterable<ObjectEntry>;
  /** The names directly under `prefix` (which ends in "/" or is ""), "directories" with a trailing slash. */
  listDirectory(prefix: string): Promise<string[]>;
  /**
   * Stores an object of `size` bytes that is read piece by piece, so that it may be larger than memory; it appears when it is
   * whole. False where `overwrite` is off and there is one already. Only stores that need it have it.
   */
  upload?(
    key: string,
    size: number,
    read: (offset: number, length: number) => Promise<Uint8Array>,
    options: UploadOptions,
  ): Promise<boolean>;
  /**
   * Removes what writers that were killed left behind in a folder and, unless it is `shallow`, those in it; only stores that need
   * it have it. A write that is on its way meanwhile is made again.
   */
  sweep?(folder?: string, options?: { readonly shallow?: boolean }): Promise<void>;
  /** This store's keys under a folder as a store of their own. */
  child(path: string): ObjectStore;
}

export interface ReadOptions {
  readonly signal?: AbortSignal;
  /** Fails with INPUT_CHANGED when the object's ETag is another. */
  readonly ifMatch?: string;
  /** Where a store that can puts an object of that many bytes; undefined: where it likes. Others leave it alone. */
  readonly into?: (length: number) => Uint8Array | undefined;
}

export interface WriteOptions {
  readonly signal?: AbortSignal;
  readonly contentType?: string;
}

export interface ListOptions {
  /** A key, whether there is such an object or not: S3 begins its listing behind it. */
  readonly after?: string;
}

export interface UploadOptions extends WriteOptions {
  readonly overwrite: boolean;
}

export interface ObjectInfo {
  readonly size: number;
  /** S3's ETag; for files, a fingerprint of size and mtime. */
  readonly etag: string;
}

export interface ObjectEntry extends ObjectInfo {
  readonly key: string;
}
