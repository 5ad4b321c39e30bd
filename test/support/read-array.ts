import { createHash } from "node:crypto";
import { sizeOf } from "../../shared/block/block.ts";
import type { ChunkedSource } from "../../shared/block/chunked-source.ts";
import { allocate, bytesOf, type TypedArray } from "../../shared/block/dtype.ts";
import { copyBox } from "../../shared/zarr/box.ts";

/** Every element of a source, C order; absent chunks hold the fill value. */
export async function readArray(source: ChunkedSource): Promise<TypedArray> {
  const { shape, chunkShape, dtype, fillValue } = source;
  const data = allocate(dtype, sizeOf(shape));
  (data as { fill(value: number | bigint): unknown }).fill(fillValue);
  const grid = shape.map((n, axis) => Math.ceil(n / chunkShape[axis]!));
  for (let nth = 0; nth < sizeOf(grid); nth++) {
    const coords = unravel(nth, grid);
    const block = await source.readChunk(coords);
    if (!block) continue;
    const start = coords.map((c, axis) => c * chunkShape[axis]!);
    const box = start.map((s, axis) => Math.min(block.shape[axis]!, shape[axis]! - s));
    const origin = start.map(() => 0);
    copyBox({ data: block.data, shape: block.shape, start: origin }, { data, shape, start }, box);
  }
  return data;
}

/** MD5 of the elements' little-endian bytes. */
export function md5Of(data: TypedArray): string {
  return createHash("md5").update(bytesOf(data)).digest("hex");
}

function unravel(nth: number, grid: readonly number[]): number[] {
  const coords = new Array<number>(grid.length);
  let rest = nth;
  for (let axis = grid.length - 1; axis >= 0; axis--) {
    coords[axis] = rest % grid[axis]!;
    rest = Math.floor(rest / grid[axis]!);
  }
  return coords;
}
