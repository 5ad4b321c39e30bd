import { type ChunkArgument, chunksFrom } from "./chunk-argument.ts";
import type { ArrayNode, RechunkNode } from "./nodes.ts";

/** The same values in other chunks. Equals dask.array.rechunk. */
export function rechunk(input: ArrayNode, argument: ChunkArgument, step = "rechunk"): ArrayNode {
  const chunks = chunksFrom(argument, input, step);
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
