import type { Block } from "../../shared/block/block.ts";
import { MemoryStore } from "../../shared/storage/memory.ts";
import type { ObjectStore } from "../../shared/storage/store.ts";
import { openZarrArray, type ZarrArray } from "../../shared/zarr/read.ts";
import type { ArraySpec } from "../../shared/zarr/spec.ts";
import { arrayMetadataObjects, chunkKey, encodeChunk, encodeShard } from "../../shared/zarr/write.ts";

/** A spec of one uint16 chunk of 4 x 5, to change in parts. */
export const SPEC: ArraySpec = {
  zarrFormat: 3,
  shape: [4, 5],
  dtype: "uint16",
  chunkShape: [4, 5],
  codec: { name: "blosc", cname: "zstd", level: 1, shuffle: "shuffle" },
  fillValue: 0,
};

/** Puts an array's metadata, and its objects (chunks, or shards) by grid position. */
export async function putArray(
  store: ObjectStore,
  path: string,
  spec: ArraySpec,
  objects: readonly (readonly [coords: readonly number[], block: Block])[] = [],
): Promise<ZarrArray> {
  const under = (key: string) => (path === "" ? key : `${path}/${key}`);
  for (const { key, bytes } of arrayMetadataObjects(spec)) await store.put(under(key), bytes);
  for (const [coords, block] of objects) {
    const bytes = spec.shardShape ? encodeShard(spec, block) : encodeChunk(spec, block);
    if (bytes) await store.put(under(chunkKey(spec, coords)), bytes);
  }
  return openZarrArray(store, path);
}

/** A memory store of the given objects: text, bytes, or JSON. */
export async function storeOf(objects: {
  readonly [key: string]: string | Uint8Array | object;
}): Promise<MemoryStore> {
  const store = new MemoryStore("test");
  for (const [key, value] of Object.entries(objects)) {
    const text = typeof value === "string" ? value : JSON.stringify(value);
    await store.put(key, value instanceof Uint8Array ? value : new TextEncoder().encode(text));
  }
  return store;
}
