import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import type { DType } from "../../../shared/block/dtype.ts";
import { kernelNamed } from "../../../shared/kernels/registry.ts";
import { countMismatches, goldenBlock } from "../../support/golden.ts";
import { runKernel } from "../../support/kernels.ts";

interface FilterCase {
  readonly id: string;
  readonly kernel: string;
  readonly params: object;
  readonly input: string;
  readonly dtype: DType;
  readonly atol: number;
  readonly rtol: number;
  /** How many of the elements may differ: a share. */
  readonly mismatch: number;
  readonly ref: string;
  readonly expected: string;
}

const index = fileURLToPath(new URL("../../golden/filters.json", import.meta.url));
const { cases } = JSON.parse(readFileSync(index, "utf8")) as { cases: FilterCase[] };

// What test/golden/make_filters.py made.
test.each(cases)("$id equals $ref", ({ kernel, params, input, dtype, atol, rtol, mismatch, expected }) => {
  const want = goldenBlock(expected);
  const got = runKernel(kernelNamed(kernel), params, [goldenBlock(input)]);
  expect(got.dtype).toBe(dtype);
  expect(got.shape).toEqual(want.shape);
  expect(countMismatches(got, want, atol, rtol)).toBeLessThanOrEqual(mismatch * want.data.length);
});
