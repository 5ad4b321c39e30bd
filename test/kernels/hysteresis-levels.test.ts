import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DTYPES } from "../../shared/block/dtype.ts";
import { hysteresisLevelsKernel } from "../../shared/kernels/hysteresis-levels.ts";
import { blocks, expectReference, runKernel } from "../support/kernels.ts";

describe("the WASM kernel equals the reference", () => {
  const bound = fc.oneof(
    fc.integer({ min: -300, max: 300 }),
    fc.double({ min: -300, max: 300, noNaN: true }),
  );
  test.each(DTYPES)("%s", (dtype) => {
    fc.assert(
      fc.property(blocks(dtype), bound, bound, (block, low, high) =>
        expectReference(hysteresisLevelsKernel, { low, high }, [block]),
      ),
      { numRuns: 30 },
    );
  });
});

test("says 1 above low, 2 above high, 0 of a NaN; a low above high counts as high", () => {
  const shape = [21];
  const data = Float32Array.from({ length: 21 }, (_, i) => (i === 20 ? Number.NaN : i));
  const levels = (low: number, high: number) => [
    ...runKernel(hysteresisLevelsKernel, { low, high }, [{ dtype: "float32", shape, data }]).data,
  ];
  expect(levels(4, 17)).toEqual([0, 0, 0, 0, 0, ...new Array(13).fill(1), 2, 2, 0]);
  expect(levels(30, 17)).toEqual([...new Array(18).fill(0), 2, 2, 0]);
});
