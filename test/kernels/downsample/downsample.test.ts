import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Block } from "../../../shared/block/block.ts";
import { allocate, bytesOf, DTYPES, type DType } from "../../../shared/block/dtype.ts";
import {
  DOWNSAMPLE_METHODS,
  downsample,
  scratchBytes,
} from "../../../shared/kernels/downsample/downsample.ts";
import { referenceDownsample } from "../../../shared/kernels/downsample/reference.ts";
import { Heap } from "../../../shared/kernels/heap.ts";
import { kernelModule } from "../../../shared/kernels/wasm/module.ts";
import { anyBlock, anyDType, bitsOf, seeded } from "../reduce/arrays.ts";

const heap = new Heap(kernelModule());

function run(block: Block, factors: readonly number[], method: (typeof DOWNSAMPLE_METHODS)[number]): Block {
  const input = heap.copyIn(block);
  heap.resetPeak();
  const before = heap.live;
  const out = downsample(heap, input, factors, method);
  const own = heap.live - before;
  expect(heap.peak - before - own).toBeLessThanOrEqual(
    Math.ceil(scratchBytes(factors, method) / 64) * 64 || 64,
  );
  const copy = { dtype: out.dtype, shape: out.shape, data: out.data.slice() };
  heap.free(out);
  heap.free(input);
  return copy;
}

describe.each(DOWNSAMPLE_METHODS)("downsampling by %s", (method) => {
  it("equals the reference for any shape, dtype and factors", () => {
    const cases = anyBlock(anyDType).chain((block) =>
      fc.tuple(
        fc.constant(block),
        fc.array(fc.integer({ min: 1, max: 4 }), {
          minLength: block.shape.length,
          maxLength: block.shape.length,
        }),
      ),
    );
    fc.assert(
      fc.property(cases, ([block, factors]) => {
        const got = run(block, factors, method);
        const expected = referenceDownsample(block, factors, method);
        expect(got.shape).toEqual(expected.shape);
        expect(bitsOf(got)).toEqual(bitsOf(expected));
      }),
      { numRuns: 500 },
    );
    expect(heap.live).toBe(0);
  });

  it.each(DTYPES)("equals the reference in long rows of %s, where vectors and tails meet", (dtype) => {
    const random = seeded(11);
    for (const width of [16, 33, 64, 70, 97]) {
      for (const [shape, factors] of [
        [
          [2, 3, width],
          [1, 2, 2],
        ],
        [
          [4, 4, width],
          [2, 2, 2],
        ],
        [[width], [2]],
        [
          [5, width],
          [2, 1],
        ],
        [
          [3, 6, width],
          [3, 3, 3],
        ],
        [
          [2, 8, width],
          [2, 4, 8],
        ],
      ] as const) {
        for (const bits of [32, 2]) {
          const block = noise(dtype, shape, bits);
          expect(bitsOf(run(block, factors, method)), `${shape} by ${factors}`).toEqual(
            bitsOf(referenceDownsample(block, factors, method)),
          );
        }
      }
    }

    /** Random bits, or, for ties, values of few bits around 0. */
    function noise(type: DType, shape: readonly number[], bits: number): Block {
      const length = shape.reduce((a, b) => a * b, 1);
      const data = allocate(type, length);
      if (bits === 32 && type !== "bool") {
        bytesOf(data).set(Uint8Array.from({ length: data.byteLength }, () => random() >>> 24));
      } else {
        for (let i = 0; i < length; i++) {
          const value = type === "bool" ? random() & 1 : (random() & 3) - (/^u/.test(type) ? 0 : 2);
          data[i] = (typeof data[i] === "bigint" ? BigInt(value) : value) as never;
        }
      }
      return { dtype: type, shape, data };
    }
  });
});

it("rounds means of integers half to even", () => {
  const mean = (values: number[]) =>
    run({ dtype: "int16", shape: [values.length], data: Int16Array.from(values) }, [2], "mean").data;
  expect([...(mean([0, 1, 1, 2, 2, 3, -1, 0, -2, -1, -3, -2]) as Int16Array)]).toEqual([0, 2, 2, 0, -2, -2]);
});

it("takes exact means of 64-bit integers", () => {
  const top = 2n ** 64n - 1n;
  const data = BigUint64Array.of(top, top - 1n, top, top);
  expect(run({ dtype: "uint64", shape: [4], data }, [4], "mean").data[0]).toBe(top);
  const low = BigInt64Array.of(-(2n ** 63n), -(2n ** 63n) + 1n);
  expect(run({ dtype: "int64", shape: [2], data: low }, [2], "mean").data[0]).toBe(-(2n ** 63n));
});

it("sorts large windows", () => {
  const random = seeded(3);
  const data = Float32Array.from({ length: 15 * 15 * 2 }, () => (random() % 40) / 4);
  for (const method of ["mode", "median"] as const) {
    const block = { dtype: "float32" as const, shape: [15, 30], data };
    expect(bitsOf(run(block, [15, 15], method))).toEqual(
      bitsOf(referenceDownsample(block, [15, 15], method)),
    );
  }
});
