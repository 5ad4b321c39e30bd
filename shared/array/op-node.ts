import { requireCountable } from "../block/limits.ts";
import type { ArrayNode, OpNode } from "./nodes.ts";

/** A node of a region operation; what isn't said is the first input's. */
export function opNode(
  facts: Pick<OpNode, "name" | "op" | "args" | "inputs" | "step"> & Partial<OpNode>,
): OpNode {
  const { shape, chunks, dtype, axes } = facts.inputs[0] as ArrayNode;
  requireCountable(facts.shape ?? shape, facts.step);
  return Object.freeze({ kind: "op", shape, chunks, dtype, axes, ...facts });
}
