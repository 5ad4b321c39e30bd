import { normalizeChunkShape, regularChunks } from "../block/chunk-grid.ts";
import type { ArrayNode, RechunkNode } from "./nodes.ts";

/** The same values in chunks of another shape; -1 is a whole axis. Equals dask.array.rechunk with one size per axis. */
export function rechunk(input: ArrayNode, chunkShape: readonly number[], step = "rechunk"): ArrayNode {
  const chunks = regularChunks(input.shape, normalizeChunkShape(chunkShape, input.shape));
  const node: RechunkNode = Object.freeze({
    kind: "rechunk",
    input,
    shape: input.shape,
    chunks,
    dtype: input.dtype,
    axes: input.axes,
    ...(input.channels ? { channels: input.channels } : {}),
    step,
  });
  return node;
}
