import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import type { Block } from "../../../shared/block/block.ts";
import { countMismatches, type GoldenCase, goldenBlock } from "../../support/golden.ts";

/** A golden result of numpy or dask: an array, or the one value of a 0-d result. */
export type ReduceCase = GoldenCase & {
  readonly shape: readonly number[];
  readonly chunks: readonly number[];
  readonly value?: number;
};

const index = fileURLToPath(new URL("../../golden/reduce-index.json", import.meta.url));

/** The cases of test/golden/reduce-index.json whose id matches. */
export function reduceCases(id: RegExp): ReduceCase[] {
  const { ops } = JSON.parse(readFileSync(index, "utf8")) as { ops: ReduceCase[] };
  const cases = ops.filter((entry) => id.test(entry.id));
  if (cases.length === 0) throw new Error(`no golden cases ${id}`);
  return cases;
}

/** `got`, of the case's dtype and number of elements, is within the case's tolerance; NaN equals NaN. */
export function expectGolden(got: Block, { dtype, atol, rtol, shape, value, expected }: ReduceCase): void {
  expect(got.dtype).toBe(dtype);
  expect(got.data.length).toBe(shape.reduce((a, b) => a * b, 1));
  if (value !== undefined) {
    expect(Math.abs(Number(got.data[0]) - value)).toBeLessThanOrEqual(atol + rtol * Math.abs(value));
    return;
  }
  const want = goldenBlock(expected);
  expect(want.shape).toEqual(shape);
  const isNaNAt = (block: Block) => Array.from(block.data as ArrayLike<number | bigint>, Number.isNaN);
  expect(isNaNAt(got)).toEqual(isNaNAt(want));
  const finite = (block: Block): Block => ({
    ...block,
    data: block.data.map(((v: number | bigint) => (Number.isNaN(v) ? 0 : v)) as never),
  });
  expect(countMismatches(finite(got), finite(want), atol, rtol)).toBe(0);
}
