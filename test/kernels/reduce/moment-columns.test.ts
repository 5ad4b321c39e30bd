import { expect, test } from "vitest";
import { type Block, newBlock } from "../../../shared/block/block.ts";
import { integerRange } from "../../../shared/block/dtype.ts";
import { Heap } from "../../../shared/kernels/heap.ts";
import { reductionOf } from "../../../shared/kernels/reduce/index.ts";
import { kernelModule } from "../../../shared/kernels/wasm/module.ts";

/** Elements from all over the dtype's range, its ends among them. */
function extremesOf(dtype: "uint8" | "int8" | "uint16" | "int16", shape: readonly [number, number]): Block {
  const [low, high] = integerRange(dtype).map(Number) as [number, number];
  const block = newBlock(dtype, shape);
  for (let i = 0; i < block.data.length; i++) {
    const picked = (i * 7919) % 13;
    block.data[i] = picked === 0 ? low : picked < 4 ? high : low + ((i * 104_729) % (high - low));
  }
  return block;
}

test.each([
  ["uint8", [3, 2051]],
  ["int8", [2, 1025]],
  ["uint16", [5, 2063]],
  ["int16", [4, 1031]],
  ["uint16", [33_000, 3]],
  ["int16", [32_769, 9]],
] as const)("sums and variances of columns of %s, %s, are exact", (dtype, shape) => {
  const heap = new Heap(kernelModule());
  const reduction = reductionOf(["sum", "var", "max"]);
  const block = extremesOf(dtype, shape);
  const [rows, columns] = shape;
  const state = reduction.init(heap, dtype, [columns]);
  reduction.accumulate(heap, state, heap.copyIn(block), [0]);
  const sums = reduction.finish(heap, state, "sum").data;
  const variances = reduction.finish(heap, state, "var").data;
  for (let k = 0; k < columns; k++) {
    let sum = 0n;
    let squares = 0n;
    for (let r = 0; r < rows; r++) {
      const x = BigInt(block.data[r * columns + k]!);
      sum += x;
      squares += x * x;
    }
    expect(sums[k]).toBe(sum);
    const exact = Number(BigInt(rows) * squares - sum * sum) / rows / rows;
    expect(Math.abs(Number(variances[k]) - exact)).toBeLessThanOrEqual(1e-15 * exact);
  }
});
