import type { ArrayNode, BlockwiseNode } from "../array/nodes.ts";
import type { ModuleKernel } from "../kernels/own/own-kernel.ts";
import type { BlockwiseStep, PlanWarning } from "./schema.ts";

/** A function of blocks as a step of a program. Warns where its result depends on the chunks. */
export function blockwiseStep(
  node: BlockwiseNode,
  visit: (node: ArrayNode) => number,
  bundled: (kernel: ModuleKernel) => string,
  warn: (warning: PlanWarning) => void,
): BlockwiseStep {
  const scalars = node.scalars.map(visit);
  if (node.call && !node.anyBlock && severalBlocks(node)) {
    warn({
      code: "CHUNK_DEPENDENT",
      step: node.step,
      message:
        `${node.step}: ${node.call.exportName} is an own kernel that sees one chunk at a time, so its result may depend on the chunks; ` +
        (node.op === "blockwise"
          ? "rechunk first, so that a block holds what belongs together"
          : "if it is computed from each element alone say extent: pointwise, if from neighbours within the depth extent: depth"),
    });
  }
  return {
    kind: "blockwise",
    step: node.step,
    ...(node.call ? { call: { module: bundled(node.call), export: node.call.exportName } } : {}),
    args: { ...node.args },
    ...(scalars.length > 0 ? { scalars } : {}),
    inputs: node.inputs.map((input) =>
      "node" in input
        ? {
            node: visit(input.node),
            labels: [...input.labels],
            depth: input.depth.map(([before, after]) => [before, after] as [number, number]),
            boundary: [...input.boundary],
          }
        : { literal: input.literal },
    ),
    out: [...node.out],
    labelBlocks: node.labelBlocks.map((blocks) => [...blocks]),
    blocks: node.chunks.map((blocks) => [...blocks]),
    concatenate: node.concatenate,
    trim: node.trim,
    anyBlock: node.anyBlock,
    ...(node.output ? { output: { ...node.output } } : {}),
    scratch: node.scratch,
    shape: [...node.shape],
    dtype: node.dtype,
  };
}

/** Whether the function is called more than once: only then can its result depend on the chunks. */
function severalBlocks({ chunks, op }: BlockwiseNode): boolean {
  // A gufunc sees its core axes whole, and is said to treat loop elements alike.
  return op !== "applyGufunc" && chunks.some((blocks) => blocks.length > 1);
}
