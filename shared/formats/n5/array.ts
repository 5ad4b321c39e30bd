import type { Block } from "../../block/block.ts";
import type { ChunkedSource } from "../../block/chunked-source.ts";
import type { DType } from "../../block/dtype.ts";
import { type Json, LamellaError } from "../../errors.ts";
import { joinKey } from "../../storage/key.ts";
import type { ObjectStore } from "../../storage/store.ts";
import type { N5Attributes, N5Dataset } from "./attributes.ts";
import { decodeN5Block } from "./block.ts";
import { type Decompress, decompressor } from "./compression/registry.ts";

/** An N5 dataset: axes in C order, the reverse of what `attributes.json` lists. Blocks that are absent are 0. */
export class N5Array implements ChunkedSource {
  readonly label: string;
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly chunkShape: readonly number[];
  readonly fillValue: number | bigint;
  readonly compression: { readonly type: string; readonly [key: string]: unknown };
  readonly attributes: { readonly [key: string]: Json };
  /** SHA-256 of `attributes.json`. */
  readonly metadataHash: string;
  readonly path: string;
  readonly #store: ObjectStore;
  readonly #decompress: Decompress;

  /** Throws UNSUPPORTED_CODEC. */
  constructor(store: ObjectStore, path: string, attributes: N5Attributes, dataset: N5Dataset) {
    this.#store = store;
    this.path = path;
    this.label = path === "" ? store.uri : `${store.uri}#${path}`;
    this.shape = dataset.shape;
    this.dtype = dataset.dtype;
    this.chunkShape = dataset.blockShape;
    this.fillValue = dataset.dtype.endsWith("int64") ? 0n : 0;
    this.compression = dataset.compression;
    this.attributes = attributes.values;
    this.metadataHash = attributes.hash;
    this.#decompress = decompressor(dataset.compression, attributes.where);
  }

  async readChunk(coords: readonly number[], signal?: AbortSignal): Promise<Block | undefined> {
    const key = joinKey(this.path, coords.toReversed().join("/"));
    const bytes = await this.#store.get(key, signal ? { signal } : {});
    if (!bytes) return undefined;
    const cut = this.chunkShape.map((n, axis) => Math.min(n, this.shape[axis]! - coords[axis]! * n));
    try {
      return await decodeN5Block(bytes, this.dtype, this.chunkShape, cut, this.#decompress);
    } catch (error) {
      if (!(error instanceof LamellaError)) throw error;
      throw new LamellaError(error.code, `${this.#store.uri}/${key}: ${error.message}`, {
        ...(error.hint === undefined ? {} : { hint: error.hint }),
        details: { ...error.details, uri: this.#store.uri, key, chunk: [...coords] },
        cause: error,
      });
    }
  }
}
