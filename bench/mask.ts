import { rm } from "node:fs/promises";
import path from "node:path";
import { newBlock, sizeOf } from "../shared/block/block.ts";
import { chunkRegion, chunksMeeting } from "../shared/block/chunk-grid.ts";
import type { Region } from "../shared/block/region.ts";
import { FileStore } from "../shared/storage/file.ts";
import type { ArraySpec } from "../shared/zarr/spec.ts";
import { arrayMetadataObjects, chunkKey, encodeChunk } from "../shared/zarr/write.ts";

export const MASK_CHUNKS = [128, 128, 128] as const;
/** Voxels between the points of the lattice whose random values are interpolated. */
const SPACING = 6;
/** A value above which voxels are foreground: a ninth of them, in 200,000 objects a gigavoxel, one of which goes through it all. */
const THRESHOLD = 0.7;

type Shape3 = readonly [number, number, number];

export interface Mask {
  readonly path: string;
  readonly shape: Shape3;
}

/**
 * A Zarr v3 array of smooth noise, thresholded: bool in chunks of 128 x 128 x 128, blosc (zstd 1, shuffle). Made once below
 * `folder`, chunk by chunk, always the same bytes.
 */
export async function makeMask(folder: string, shape: Shape3): Promise<Mask> {
  const spec: ArraySpec = {
    zarrFormat: 3,
    shape,
    dtype: "bool",
    chunkShape: MASK_CHUNKS,
    codec: { name: "blosc", cname: "zstd", level: 1, shuffle: "shuffle" },
    fillValue: 0,
  };
  const target = path.join(folder, `mask-${shape.join("x")}.zarr`);
  const store = new FileStore(target);
  // The metadata is written last, so a mask that has it is whole.
  if (await store.head("zarr.json")) return { path: target, shape };
  await rm(target, { recursive: true, force: true });
  for (const coords of chunksMeeting({ start: [0, 0, 0], shape }, MASK_CHUNKS)) {
    const bytes = encodeChunk(spec, noise(chunkRegion(shape, MASK_CHUNKS, coords)));
    if (bytes) await store.put(chunkKey(spec, coords), bytes);
  }
  for (const { key, bytes } of arrayMetadataObjects(spec)) await store.put(key, bytes);
  return { path: target, shape };
}

/** Where trilinear noise on the lattice is above the threshold. */
function noise(region: Region) {
  const block = newBlock("bool", MASK_CHUNKS);
  const data = block.data as Uint8Array;
  const [depth, height, width] = region.shape as unknown as Shape3;
  const [z0, y0, x0] = region.start as unknown as Shape3;
  const points = new Float64Array(Math.ceil(width / SPACING) + 2);
  const first = Math.floor(x0 / SPACING);
  for (let z = 0; z < depth; z++) {
    for (let y = 0; y < height; y++) {
      const [zi, zf] = cell(z0 + z);
      const [yi, yf] = cell(y0 + y);
      for (let k = 0; k < points.length; k++) {
        const near = mix(random(zi, yi, first + k), random(zi, yi + 1, first + k), yf);
        const far = mix(random(zi + 1, yi, first + k), random(zi + 1, yi + 1, first + k), yf);
        points[k] = mix(near, far, zf);
      }
      const row = (z * MASK_CHUNKS[1] + y) * MASK_CHUNKS[2];
      for (let x = 0; x < width; x++) {
        const [xi, xf] = cell(x0 + x);
        data[row + x] = Number(mix(points[xi - first]!, points[xi - first + 1]!, xf) > THRESHOLD);
      }
    }
  }
  return block;
}

function cell(at: number): [index: number, fraction: number] {
  const index = Math.floor(at / SPACING);
  return [index, at / SPACING - index];
}

function mix(a: number, b: number, t: number): number {
  return a + (b - a) * t;
}

/** A number in [0, 1) for a point of the lattice. */
function random(z: number, y: number, x: number): number {
  let n = Math.imul(z, 0x27d4eb2d) ^ Math.imul(y, 0x165667b1) ^ Math.imul(x, 0x9e3779b1);
  n = Math.imul(n ^ (n >>> 15), 0x85ebca6b);
  n = Math.imul(n ^ (n >>> 13), 0xc2b2ae35);
  return ((n ^ (n >>> 16)) >>> 0) / 2 ** 32;
}

export function voxels({ shape }: Mask): number {
  return sizeOf(shape);
}
