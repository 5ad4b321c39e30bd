import fs from "node:fs/promises";
import path from "node:path";
import type { DType } from "../../shared/block/dtype.ts";
import { randomBlock, storeBlock } from "./lazy.ts";

/** A Zarr array of which there is only the metadata, whatever its size: planning reads nothing else. */
export async function pretendArray(
  folder: string,
  shape: readonly number[],
  chunks: readonly number[],
  dtype: DType = "uint16",
): Promise<void> {
  const one = shape.map(() => 1);
  await storeBlock(folder, randomBlock(dtype, one, 1), one);
  const file = path.join(folder, "zarr.json");
  const document = JSON.parse(await fs.readFile(file, "utf8"));
  document.shape = shape;
  document.chunk_grid.configuration.chunk_shape = chunks;
  await fs.writeFile(file, JSON.stringify(document));
}
