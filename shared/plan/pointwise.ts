import type { Program } from "./schema.ts";

/** Whether a box of the result is computed from the same box of what is read. */
export function isPointwise({ nodes }: Program): boolean {
  return nodes.every(
    (node) =>
      node.kind === "read" ||
      node.kind === "cast" ||
      (node.kind === "op" && node.op === "expr") ||
      (node.kind === "view" && node.shape.length === 0) ||
      (node.kind === "kernel" && !node.blocks && node.halo.every(([before, after]) => before + after === 0)),
  );
}
