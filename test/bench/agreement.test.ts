import { expect, it } from "vitest";
import { disagreement } from "../../bench/agreement.ts";
import type { Block } from "../../shared/block/block.ts";

const block = (...values: number[]): Block => ({
  dtype: "float32",
  shape: [values.length],
  data: Float32Array.from(values),
});

it("says nothing of equal results, NaN and dtypes included", () => {
  const bytes: Block = { dtype: "uint8", shape: [2], data: Uint8Array.of(1, 2) };
  expect(disagreement([block(1, 2), block(Number.NaN)], [bytes, block(Number.NaN)])).toBeUndefined();
});

it("says which element differs first, and how many do", () => {
  expect(disagreement([block(1, 2, 5, 4)], [block(1, 2, 3, 3)])).toBe(
    "2 of 4 elements differ, element 2 is 5, not 3",
  );
  expect(disagreement([block(1), block(2)], [block(1), block(Number.NaN)])).toContain("result 1: 1 of 1");
});

it("goes by the tolerance", () => {
  expect(disagreement([block(100.5)], [block(100)], { atol: 0.2, rtol: 0.004 })).toBeUndefined();
  expect(disagreement([block(100.5)], [block(100)], { atol: 0.2, rtol: 0.001 })).toBeDefined();
});

it("tells shapes and numbers of results apart", () => {
  expect(disagreement([block(1, 2)], [{ ...block(1, 2), shape: [1, 2] }])).toBe("shape [2], not [1,2]");
  expect(disagreement([], [block(1)])).toBe("0 results, not 1");
});
