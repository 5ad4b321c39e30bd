import { type Block, newBlock } from "../../shared/block/block.ts";
import { type Boundary, parseBoundary } from "../../shared/block/boundary.ts";
import { blocksMeeting, type Chunks } from "../../shared/block/chunk-grid.ts";
import { copyBox } from "../../shared/block/copy.ts";
import type { DType } from "../../shared/block/dtype.ts";
import { wholeRegion } from "../../shared/block/region.ts";
import type { KernelCall } from "../../shared/index.ts";
import { kernelNamed } from "../../shared/kernels/registry.ts";
import { resolveArgs } from "./kernels.ts";
import { padReference, regionOfBlock } from "./pad.ts";

/**
 * dask.array.map_overlap by its definition: the whole is padded by the boundaries, and the kernel's reference sees each
 * chunk with `depth` around it, cut where there is nothing; then the chunk's own part is kept.
 */
export function overlapReference(
  block: Block,
  call: KernelCall,
  chunks: Chunks,
  depth: readonly (readonly [number, number])[],
  boundary: readonly Boundary[],
): Block {
  const kernel = kernelNamed(call.kernel);
  const parsed = boundary.map(parseBoundary);
  const args = resolveArgs(kernel, call.args, [block]);
  const out = newBlock(kernel.outputDType([block.dtype], args) as DType, block.shape);
  if (out.data.length === 0) return out;
  const padded = padReference(block, depth, parsed);
  for (const chunk of blocksMeeting(wholeRegion(block.shape), chunks)) {
    const before = depth.map(([d], axis) => (parsed[axis] === "none" ? Math.min(d, chunk.start[axis]!) : d));
    const start = chunk.start.map((s, axis) => (parsed[axis] === "none" ? s - before[axis]! : s));
    const shape = chunk.shape.map((n, axis) => {
      const more = before[axis]! + depth[axis]![1];
      return Math.min(n + more, padded.shape[axis]! - start[axis]!);
    });
    const result = kernel.reference([regionOfBlock(padded, { start, shape })], args);
    copyBox(result, before, out, chunk.start, chunk.shape);
  }
  return out;
}
