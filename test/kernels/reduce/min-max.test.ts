import fc from "fast-check";
import { expect, it } from "vitest";
import type { Block } from "../../../shared/block/block.ts";
import { allocate, DTYPES } from "../../../shared/block/dtype.ts";
import { Heap } from "../../../shared/kernels/heap.ts";
import { minMax } from "../../../shared/kernels/reduce/min-max.ts";
import { kernelModule } from "../../../shared/kernels/wasm/module.ts";
import { anyBlock } from "./arrays.ts";

const heap = new Heap(kernelModule());

function range(block: Block) {
  const copy = heap.copyIn(block);
  const found = minMax(heap, copy);
  heap.free(copy);
  return found;
}

it("finds the smallest and the largest value, leaving NaN out", () => {
  fc.assert(
    fc.property(anyBlock(), (block) => {
      const values = Array.from(block.data as ArrayLike<number | bigint>, Number).filter(
        (v) => !Number.isNaN(v),
      );
      const expected =
        values.length > 0 ? { min: Math.min(...values) + 0, max: Math.max(...values) + 0 } : undefined;
      expect(range(block)).toEqual(expected);
    }),
    { numRuns: 500 },
  );
  expect(heap.live).toBe(0);
});

it.each(DTYPES)("finds the one odd value of %s wherever it lies", (dtype) => {
  for (let at = 0; at < 67; at++) {
    const data = allocate(dtype, 67);
    const odd = dtype === "bool" ? 1 : 100;
    data[at] = (typeof data[0] === "bigint" ? BigInt(odd) : odd) as never;
    expect(range({ dtype, shape: [67], data })).toEqual({ min: 0, max: odd });
  }
});

it("has no range where all is NaN", () => {
  for (const dtype of ["float16", "float32", "float64"] as const) {
    expect(
      range({ dtype, shape: [9], data: allocate(dtype, 9).fill(Number.NaN as never) as never }),
    ).toBeUndefined();
  }
});
