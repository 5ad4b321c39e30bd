import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import type { Kernel } from "../../../shared/kernels/kernel.ts";
import { countMismatches, type GoldenCase, goldenBlock } from "../../support/golden.ts";
import { runKernel } from "../../support/kernels.ts";

const index = fileURLToPath(new URL("../../golden/filters-index.json", import.meta.url));

/** The cases of test/golden/filters-index.json of an operation. */
export function filterCases(op: string): GoldenCase[] {
  const { ops } = JSON.parse(readFileSync(index, "utf8")) as { ops: GoldenCase[] };
  const cases = ops.filter((entry) => entry.op === op);
  if (cases.length === 0) throw new Error(`no golden cases of ${op}`);
  return cases;
}

/** The kernel's results are those of scipy or scikit-image; `argsOf` makes its arguments of a case's parameters. */
export function describeGolden(
  op: string,
  kernel: Kernel,
  argsOf: (params: GoldenCase["params"]) => object = (params) => params,
): void {
  describe(`golden values of ${op}`, () => {
    for (const golden of filterCases(op)) {
      test(golden.id, () => {
        const expected = goldenBlock(golden.expected);
        const got = runKernel(kernel, argsOf(golden.params), [goldenBlock(golden.inputs[0]!)]);
        expect(got.dtype).toBe(golden.dtype);
        expect(got.shape).toEqual(expected.shape);
        const allowed = Number(/<=(.+)/.exec(golden.compare)?.[1] ?? 0) * expected.data.length;
        expect(countMismatches(got, expected, golden.atol, golden.rtol)).toBeLessThanOrEqual(allowed);
      });
    }
  });
}
