import { describe, expect, it } from "vitest";
import { MemoryStore } from "../../shared/storage/memory.ts";
import type { ReadOptions } from "../../shared/storage/store.ts";
import { openZarrArray } from "../../shared/zarr/read.ts";
import type { ArraySpec } from "../../shared/zarr/spec.ts";
import { sampleBlock } from "../support/sample-data.ts";
import { putArray, SPEC } from "../support/zarr-store.ts";

class CountingStore extends MemoryStore {
  readonly ranges: string[] = [];

  override getRange(key: string, offset: number, length: number, options?: ReadOptions) {
    this.ranges.push(`${key} ${offset < 0 ? "index" : "chunk"}`);
    return super.getRange(key, offset, length, options);
  }
}

const SPEC_SHARDED: ArraySpec = { ...SPEC, shape: [8, 10], chunkShape: [2, 5], shardShape: [4, 10] };

describe("chunks in shards", () => {
  it("are read one by one, the index once, whoever comes first", async () => {
    const store = new CountingStore();
    await putArray(store, "", SPEC_SHARDED, [[[0, 0], sampleBlock("uint16", [4, 10])]]);
    const array = await openZarrArray(store);
    store.ranges.length = 0;
    const coords = [
      [0, 0],
      [0, 1],
      [1, 0],
      [1, 1],
    ];
    const chunks = await Promise.all(coords.map((at) => array.readChunk(at)));
    expect(chunks.map((chunk) => chunk?.shape)).toEqual(coords.map(() => [2, 5]));
    expect(store.ranges.filter((range) => range.endsWith("index"))).toEqual(["c/0/0 index"]);
    expect(store.ranges.filter((range) => range.endsWith("chunk"))).toHaveLength(4);
  });

  it("are absent with their shard, which may be written later", async () => {
    const store = new MemoryStore();
    const array = await putArray(store, "", SPEC_SHARDED);
    expect(await array.readChunk([3, 1])).toBeUndefined();
    await putArray(store, "", SPEC_SHARDED, [[[1, 0], sampleBlock("uint16", [4, 10])]]);
    expect(await array.readChunk([3, 1])).toBeDefined();
  });

  it("are absent alone where they hold nothing but fill value", async () => {
    const store = new CountingStore();
    const block = sampleBlock("uint16", [4, 10]);
    for (let y = 0; y < 2; y++) (block.data as Uint16Array).fill(0, y * 10, y * 10 + 5);
    await putArray(store, "", SPEC_SHARDED, [[[0, 0], block]]);
    const array = await openZarrArray(store);
    expect(await array.readChunk([0, 0])).toBeUndefined();
    expect(await array.readChunk([0, 1])).toBeDefined();
    expect(array.objectKey([1, 1])).toBe("c/0/0");
    expect(array.objectKey([2, 1])).toBe("c/1/0");
  });
});
