/** How an array names its chunks. Zarr v3, "chunk key encoding". */
export interface ChunkKeys {
  /** "default": c/0/1; "v2": 0.1. */
  readonly encoding: "default" | "v2";
  readonly separator: "/" | ".";
}

/** The key of the chunk or shard at `coords`, relative to the array. */
export function chunkKeyOf(keys: ChunkKeys, coords: readonly number[]): string {
  if (keys.encoding === "default") return ["c", ...coords].join(keys.separator);
  return coords.length === 0 ? "0" : coords.join(keys.separator);
}
