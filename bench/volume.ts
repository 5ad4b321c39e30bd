import { rm } from "node:fs/promises";
import path from "node:path";
import { type Block, newBlock, sizeOf } from "../shared/block/block.ts";
import { chunkRegion, chunksMeeting } from "../shared/block/chunk-grid.ts";
import type { Region } from "../shared/block/region.ts";
import { FileStore } from "../shared/storage/file.ts";
import type { ArraySpec } from "../shared/zarr/spec.ts";
import { arrayMetadataObjects, chunkKey, encodeChunk } from "../shared/zarr/write.ts";

export type VolumeSize = "small" | "large";

const SHAPES: { readonly [size in VolumeSize]: readonly [number, number, number] } = {
  small: [32, 1024, 1024],
  large: [64, 2048, 2048],
};
export const VOLUME_CHUNKS = [16, 512, 512] as const;
const SEED = 1;

/** Camera offset and read noise, in counts; photon noise grows with the square root of the signal. */
const OFFSET = 100;
const READ_NOISE = 2;
const BLOBS_PER_VOXEL = 2e-5;

export interface Volume {
  readonly path: string;
  readonly shape: readonly number[];
  readonly bytes: number;
}

/**
 * A Zarr v3 array of fluorescent blobs with camera noise, uint16 in chunks of 16 x 512 x 512, blosc (zstd 1, shuffle):
 * 64 MiB small, 512 MiB large. Made once below `folder`, always the same bytes.
 */
export async function makeVolume(folder: string, size: VolumeSize): Promise<Volume> {
  const shape = SHAPES[size];
  const spec: ArraySpec = {
    zarrFormat: 3,
    shape,
    dtype: "uint16",
    chunkShape: VOLUME_CHUNKS,
    codec: { name: "blosc", cname: "zstd", level: 1, shuffle: "shuffle" },
    fillValue: 0,
  };
  const target = path.join(folder, `volume-${size}.zarr`);
  const volume = { path: target, shape, bytes: sizeOf(shape) * 2 };
  const store = new FileStore(target);
  // The metadata is written last, so a volume that has it is whole.
  if (await store.head("zarr.json")) return volume;
  await rm(target, { recursive: true, force: true });
  const blobs = scatter(shape);
  let seed = SEED;
  for (const coords of chunksMeeting({ start: [0, 0, 0], shape }, VOLUME_CHUNKS)) {
    const block = expose(draw(blobs, chunkRegion(shape, VOLUME_CHUNKS, coords)), seed++);
    const bytes = encodeChunk(spec, block);
    if (bytes) await store.put(chunkKey(spec, coords), bytes);
  }
  for (const { key, bytes } of arrayMetadataObjects(spec)) await store.put(key, bytes);
  return volume;
}

/** Boxes of the small volume, each with noise of its own: what it is made of, without a store. */
export function volumeBoxes(regions: readonly Region[]): Block[] {
  const blobs = scatter(SHAPES.small);
  return regions.map((region, i) => expose(draw(blobs, region), SEED + i));
}

interface Blob {
  readonly centre: readonly [number, number, number];
  /** Standard deviations in voxels: along z a third of those in the plane. */
  readonly sigma: readonly [number, number, number];
  readonly brightness: number;
}

function scatter(shape: readonly [number, number, number]): Blob[] {
  const random = uniform(SEED);
  return Array.from({ length: Math.round(BLOBS_PER_VOXEL * sizeOf(shape)) }, () => {
    const sigma = 4 + 10 * random();
    return {
      centre: [random() * shape[0], random() * shape[1], random() * shape[2]],
      sigma: [Math.max(0.8, sigma / 3), sigma, sigma],
      brightness: 100 + 1900 * random(),
    };
  });
}

/** The noiseless signal of a region. */
function draw(blobs: readonly Blob[], region: Region): Block {
  const pixels = new Float32Array(sizeOf(region.shape));
  const [, height, width] = region.shape as [number, number, number];
  for (const { centre, sigma, brightness } of blobs) {
    const axes = region.start.map((start, axis) =>
      profile(centre[axis]! - start, sigma[axis]!, region.shape[axis]!),
    ) as [Profile, Profile, Profile];
    if (axes.some(({ values }) => values.length === 0)) continue;
    const [z, y, x] = axes;
    for (const [k, depth] of z.values.entries()) {
      for (const [j, row] of y.values.entries()) {
        const scale = brightness * depth * row;
        const at = ((z.first + k) * height + y.first + j) * width + x.first;
        for (let i = 0; i < x.values.length; i++) pixels[at + i]! += scale * x.values[i]!;
      }
    }
  }
  return { dtype: "float32", shape: region.shape, data: pixels };
}

interface Profile {
  readonly first: number;
  readonly values: Float64Array;
}

/** A Gaussian along one axis, cut at three standard deviations and at the region's ends. */
function profile(centre: number, sigma: number, length: number): Profile {
  const first = Math.max(0, Math.ceil(centre - 3 * sigma));
  const last = Math.min(length - 1, Math.floor(centre + 3 * sigma));
  const values = new Float64Array(Math.max(0, last - first + 1));
  for (let i = 0; i < values.length; i++)
    values[i] = Math.exp(-((first + i - centre) ** 2) / (2 * sigma * sigma));
  return { first, values };
}

/** Photon and camera noise, then whole counts. */
function expose(signal: Block, seed: number): Block {
  const block = newBlock("uint16", signal.shape);
  let state = (Math.imul(seed, 0x9e3779b1) | 1) >>> 0;
  for (let i = 0; i < block.data.length; i++) {
    // Xorshift; the sum of its four bytes is nearly normal, with a standard deviation of 148.
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    const sum = (state & 255) + ((state >>> 8) & 255) + ((state >>> 16) & 255) + (state >>> 24);
    const value = Number(signal.data[i]!);
    block.data[i] = Math.round(OFFSET + value + ((sum - 510) / 148) * (READ_NOISE + Math.sqrt(value)));
  }
  return block;
}

/** Numbers in [0, 1): mulberry32. */
function uniform(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let n = Math.imul(state ^ (state >>> 15), 1 | state);
    n = (n + Math.imul(n ^ (n >>> 7), 61 | n)) ^ n;
    return ((n ^ (n >>> 14)) >>> 0) / 2 ** 32;
  };
}
