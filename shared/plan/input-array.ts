import type { SourceNode } from "../array/nodes.ts";
import { largestBlock } from "../block/chunk-grid.ts";
import type { InputArray } from "./schema.ts";

/** An array that exists, as plans name it. */
export function inputArrayOf(node: SourceNode): InputArray {
  const { source } = node;
  return {
    role: "input",
    source:
      source.kind === "image" ? { ...source } : { kind: source.kind, uri: source.uri, path: source.path },
    shape: [...node.shape],
    dtype: node.dtype,
    chunkShape: largestBlock(node.chunks).map((n) => Math.max(1, n)),
    fingerprints: { ...node.fingerprints },
  };
}
