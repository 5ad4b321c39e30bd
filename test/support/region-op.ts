import fc from "fast-check";
import { expect } from "vitest";
import { type Block, sizeOf } from "../../shared/block/block.ts";
import type { DType } from "../../shared/block/dtype.ts";
import type { Region } from "../../shared/block/region.ts";
import type { ResolvedArgs } from "../../shared/kernels/kernel.ts";
import type { RegionOp } from "../../shared/kernels/region/region-op.ts";
import { testHeap } from "./kernels.ts";
import { regionOfBlock } from "./pad.ts";

/**
 * Computes a box of an operation's result from the boxes of the inputs that it asks for and nothing else. Checks what every
 * region operation promises: boxes inside the inputs, dtype and shape, declared scratch not exceeded, nothing leaked.
 */
export function runRegionOp(
  op: RegionOp,
  args: ResolvedArgs,
  inputs: readonly Block[],
  result: { readonly shape: readonly number[]; readonly dtype: DType },
  region: Region,
): Block {
  const heap = testHeap();
  const facts = { ...result, inputs };
  const boxes = op.boxes(args, region, facts);
  const blocks = boxes.map(({ input, start, shape }, i) => {
    const source = inputs[input ?? i]!;
    for (const [axis, s] of start.entries()) {
      expect(s).toBeGreaterThanOrEqual(0);
      expect(s + shape[axis]!).toBeLessThanOrEqual(source.shape[axis]!);
    }
    return heap.copyIn(regionOfBlock(source, { start, shape }));
  });
  heap.resetPeak();
  const before = heap.live;
  const block = op.run(heap, args, region, blocks, boxes, facts);
  const own = heap.live - before;
  expect(block.dtype).toBe(result.dtype);
  expect(block.shape).toEqual(region.shape);
  expect(block.data.length).toBe(sizeOf(region.shape));
  expect(heap.peak - before - own).toBeLessThanOrEqual(op.scratchBytes(args, region, boxes, facts));
  const copy = { dtype: block.dtype, shape: block.shape, data: block.data.slice() };
  heap.free(block);
  for (const input of blocks) heap.free(input);
  expect(heap.live).toBe(
    before - blocks.reduce((n, b) => n + Math.max(64, Math.ceil(b.data.byteLength / 64) * 64), 0),
  );
  return copy;
}

/** Any box of a shape, empty ones too. */
export function anyRegion(shape: readonly number[]): fc.Arbitrary<Region> {
  return fc.tuple(...shape.map((n) => fc.tuple(fc.nat({ max: n }), fc.nat({ max: n })))).map((ends) => ({
    start: ends.map(([a, b]) => Math.min(a, b)),
    shape: ends.map(([a, b]) => Math.abs(a - b)),
  }));
}
