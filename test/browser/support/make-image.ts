import { newBlock, sizeOf } from "../../../shared/block/block.ts";
import type { DType } from "../../../shared/block/dtype.ts";
import { regionOf } from "../../../shared/block/region.ts";
import { FileStore } from "../../../shared/storage/file.ts";
import type { ArraySpec } from "../../../shared/zarr/spec.ts";
import {
  arrayMetadataObjects,
  chunkKey,
  encodeChunk,
  encodeShard,
  groupMetadataObjects,
} from "../../../shared/zarr/write.ts";

/** T, C, Z, Y, X. */
export type Index = readonly [number, number, number, number, number];

export interface MadeImage {
  readonly shape: Index;
  readonly dtype: DType;
  readonly levels: number;
  readonly chunk: Index;
  readonly shard?: Index;
  readonly channels?: readonly { label: string; color: string; window: readonly [number, number] }[];
  readonly value: (level: number, index: Index) => number | bigint;
  /** Of label images: what `image-label` says. */
  readonly label?: object;
  readonly version?: "0.4" | "0.5";
}

export const SPACING = 0.5;

/** Writes an OME-Zarr image of given values; every level has values of its own, so that it shows which one is drawn. */
export async function makeImage(folder: string, image: MadeImage): Promise<void> {
  const store = new FileStore(folder);
  const { shape, version = "0.5", levels, channels } = image;
  const zarrFormat = version === "0.4" ? 2 : 3;
  const multiscale = {
    ...(version === "0.4" ? { version } : {}),
    name: "made",
    axes: [
      { name: "t", type: "time", unit: "second" },
      { name: "c", type: "channel" },
      { name: "z", type: "space", unit: "micrometer" },
      { name: "y", type: "space", unit: "micrometer" },
      { name: "x", type: "space", unit: "micrometer" },
    ],
    datasets: Array.from({ length: levels }, (_, level) => ({
      path: String(level),
      coordinateTransformations: [
        { type: "scale", scale: [1, 1, 2, SPACING * 2 ** level, SPACING * 2 ** level] },
      ],
    })),
  };
  const metadata = {
    multiscales: [multiscale],
    ...(channels
      ? {
          omero: {
            channels: channels.map(({ label, color, window: [start, end] }) => ({
              label,
              color,
              active: true,
              window: { min: start, max: end, start, end },
            })),
          },
        }
      : {}),
    ...(image.label ? { "image-label": image.label } : {}),
  };
  const attributes = version === "0.4" ? metadata : { ome: { version, ...metadata } };
  for (const { key, bytes } of groupMetadataObjects(zarrFormat, JSON.parse(JSON.stringify(attributes))))
    await store.put(key, bytes);
  for (let level = 0; level < levels; level++) {
    const [t, c, z, y, x] = shape;
    const size: Index = [t, c, z, Math.max(1, y >> level), Math.max(1, x >> level)];
    const spec: ArraySpec = {
      zarrFormat,
      shape: size,
      dtype: image.dtype,
      chunkShape: image.chunk,
      ...(image.shard ? { shardShape: image.shard } : {}),
      codec: { name: "blosc", cname: "zstd", level: 1, shuffle: "shuffle" },
      fillValue: 0,
      dimensionNames: ["t", "c", "z", "y", "x"],
    };
    for (const { key, bytes } of arrayMetadataObjects(spec)) await store.put(`${level}/${key}`, bytes);
    const object = image.shard ?? image.chunk;
    for (const coords of positions(size, object)) {
      const start = coords.map((at, i) => at * object[i]!);
      const region = regionOf(
        start,
        start.map((at, i) => Math.min(size[i]!, at + object[i]!)),
      );
      const block = newBlock(image.dtype, region.shape);
      fill(block.data as Float64Array, region.shape, (offset) =>
        image.value(level, offset.map((at, i) => at + start[i]!) as unknown as Index),
      );
      const bytes = image.shard ? encodeShard(spec, block) : encodeChunk(spec, block);
      if (bytes) await store.put(`${level}/${chunkKey(spec, coords)}`, bytes);
    }
  }
}

function* positions(size: readonly number[], object: readonly number[]): Generator<number[]> {
  const grid = size.map((n, i) => Math.ceil(n / object[i]!));
  for (let i = 0; i < sizeOf(grid); i++) yield unravel(i, grid);
}

function fill(
  data: Float64Array,
  shape: readonly number[],
  value: (offset: number[]) => number | bigint,
): void {
  for (let i = 0; i < data.length; i++) data[i] = value(unravel(i, shape)) as number;
}

function unravel(index: number, shape: readonly number[]): number[] {
  const at = new Array<number>(shape.length);
  let rest = index;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    at[axis] = rest % shape[axis]!;
    rest = Math.floor(rest / shape[axis]!);
  }
  return at;
}
