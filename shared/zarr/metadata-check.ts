import { sizeOf } from "../block/block.ts";
import { type DType, itemSize } from "../block/dtype.ts";
import { MAX_CHUNK_BYTES, metadataError } from "./metadata.ts";

/** A grid of chunks that covers `shape`; a chunk of an axis without elements may have none. Throws ZARR_METADATA. */
export function checkedGrid(
  shape: readonly number[],
  chunks: readonly number[],
  dtype: DType,
  where: string,
  limited = true,
): number[] {
  if (chunks.length !== shape.length) {
    throw metadataError(where, `${shape.length} axes in the shape, ${chunks.length} in the chunk shape`);
  }
  const grid = chunks.map((length, axis) => (length === 0 && shape[axis] === 0 ? 1 : length));
  if (grid.some((length) => length < 1))
    throw metadataError(where, `chunk shape [${chunks.join(", ")}] has an empty axis`);
  const bytes = sizeOf(grid) * itemSize(dtype);
  if (limited && bytes > MAX_CHUNK_BYTES) {
    throw metadataError(
      where,
      `a chunk of [${grid.join(", ")}] ${dtype} is ${(bytes / 2 ** 30).toFixed(1)} GiB; at most 2 GiB are read at once`,
      "Rewrite the array with smaller chunks, of 1 to 64 MiB.",
    );
  }
  return grid;
}
