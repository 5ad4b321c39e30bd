import { newBlock } from "../shared/block/block.ts";
import { chunksMeeting } from "../shared/block/chunk-grid.ts";
import type { ObjectStore } from "../shared/storage/store.ts";
import type { ArraySpec } from "../shared/zarr/spec.ts";
import { arrayMetadataObjects, chunkKey, encodeShard } from "../shared/zarr/write.ts";

/** A chunk, and so a task: 256 bytes. */
export const CHUNK = 16;
/** Chunks along either axis of a shard of the input, which is few files so. */
const PER_SHARD = 16;

/** A pipeline whose tasks do next to nothing: each compares a chunk with a threshold. */
export function tinyTasks(input: string, output: string) {
  return {
    version: 1,
    inputs: { image: { zarr: input } },
    steps: { bright: { op: "mapBlocks", in: "image", kernel: "threshold", args: { above: 100 } } },
    outputs: { bright: { zarr: output, chunks: [CHUNK, CHUNK] } },
  };
}

/** Random bytes as a Zarr v3 array of so many chunks, in shards. */
export async function writeTinyInput(store: ObjectStore, chunks: readonly [number, number]): Promise<void> {
  const shape = chunks.map((n) => n * CHUNK);
  const spec: ArraySpec = {
    zarrFormat: 3,
    shape,
    dtype: "uint8",
    chunkShape: [CHUNK, CHUNK],
    shardShape: [CHUNK * PER_SHARD, CHUNK * PER_SHARD],
    codec: { name: "zstd", level: 1 },
    fillValue: 0,
  };
  const block = newBlock("uint8", spec.shardShape!);
  let state = 1;
  for (const coords of chunksMeeting({ start: [0, 0], shape }, spec.shardShape!)) {
    for (let i = 0; i < block.data.length; i++) {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      block.data[i] = state >>> 24;
    }
    await store.put(chunkKey(spec, coords), encodeShard(spec, block)!);
  }
  for (const { key, bytes } of arrayMetadataObjects(spec)) await store.put(key, bytes);
}

/** The largest of each tenth of some samples; without the last few, when the process ends. */
export function tenths(samples: readonly number[]): number[] {
  return Array.from({ length: 10 }, (_, i) =>
    samples
      .slice(Math.floor((i * samples.length) / 10), Math.floor(((i + 1) * samples.length) / 10))
      .reduce((a, b) => Math.max(a, b), 0),
  );
}
