import { sizeOf } from "../../shared/block/block.ts";
import type { ChunkedSource } from "../../shared/block/chunked-source.ts";
import { itemSize } from "../../shared/block/dtype.ts";
import type { ImageFile } from "../../shared/formats/image.ts";

export type Random = (below: number) => number;

/** A small sound file, how it is damaged, and how it is read: whatever `read` throws must be a LamellaError. */
export interface Seed {
  readonly name: string;
  readonly bytes: Uint8Array;
  damage(bytes: Uint8Array, random: Random): Uint8Array;
  read(bytes: Uint8Array): Promise<void>;
}

/** A format's seeds, of a few kilobytes each, and its part of the mutations. */
export interface FuzzTarget {
  readonly name: string;
  /** Mutations out of all, in parts of the sum of the targets' shares. */
  readonly share: number;
  seeds(): Promise<Seed[]>;
}

/** Chunks that hold more are not read: a damaged header may well tell of a large image that would be sound. */
const MOST_CHUNK_BYTES = 32 * 2 ** 20;

/** Reads the first, the last and a middle chunk of an array. */
export async function readSome(source: ChunkedSource): Promise<void> {
  if (sizeOf(source.chunkShape) * itemSize(source.dtype) > MOST_CHUNK_BYTES) return;
  const grid = source.shape.map((n, axis) => Math.ceil(n / source.chunkShape[axis]!));
  if (grid.includes(0)) return;
  const last = grid.map((n) => n - 1);
  const places = [grid.map(() => 0), last, last.map((n) => n >> 1)];
  for (const coords of new Map(places.map((place) => [place.join(), place])).values()) {
    const block = await source.readChunk(coords);
    if (block && block.data.length !== sizeOf(block.shape))
      throw new Error(`a chunk of ${block.data.length} elements for ${block.shape.join(" x ")}`);
  }
}

/** Reads some of each image of a file, and of its smaller resolutions. */
export async function readSeries(file: ImageFile): Promise<void> {
  for (const { source, levels } of file.series.slice(0, 4))
    for (const level of [source, ...levels.slice(0, 2)]) await readSome(level);
}
