import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Block, newBlock } from "../../../shared/block/block.ts";
import { DTYPES, isFloat } from "../../../shared/block/dtype.ts";
import {
  adjustGammaKernel,
  adjustLogKernel,
  adjustSigmoidKernel,
} from "../../../shared/kernels/filters/adjust.ts";
import { invertKernel } from "../../../shared/kernels/filters/invert.ts";
import type { Kernel } from "../../../shared/kernels/kernel.ts";
import { blocks, expectReference, resolveArgs, runKernel, shapes } from "../../support/kernels.ts";
import { describeEqual } from "./equal.ts";

describeEqual([[invertKernel, () => fc.record({ signedFloat: fc.boolean() })]]);

const gain = fc.constantFrom(1, 0.6, 3);
const curves: readonly [Kernel, fc.Arbitrary<object>][] = [
  [adjustGammaKernel, fc.record({ gamma: fc.constantFrom(0, 0.45, 1, 2), gain })],
  [adjustLogKernel, fc.record({ gain, inv: fc.boolean() })],
  [adjustSigmoidKernel, fc.record({ cutoff: fc.constantFrom(0.5, 0.2), gain, inv: fc.boolean() })],
];

/** The same without what is negative, which curves refuse. */
function positive(block: Block): Block {
  const data = block.data.slice();
  const target = data as { [i: number]: number | bigint };
  for (const [i, x] of data.entries()) {
    if (typeof x === "bigint") target[i] = x < 0n ? ~x : x;
    else target[i] = isFloat(block.dtype) ? Math.abs(x) : x < 0 ? ~x : x;
  }
  return { ...block, data };
}

describe.each(curves.map(([kernel, args]) => [kernel.name, kernel, args] as const))(
  "%s in WASM equals its reference bit for bit",
  (_name, kernel, args) => {
    test.each(DTYPES)("%s", (dtype) => {
      fc.assert(
        fc.property(blocks(dtype, shapes(500)).map(positive), args, (block, given) =>
          expectReference(kernel, given, [block]),
        ),
        { numRuns: 15 },
      );
    });
  },
);

// More elements than the dtype has values: through a table.
test.each(["uint16", "int16"] as const)("a long block of %s", (dtype) => {
  const block = newBlock(dtype, [70_000]);
  for (let i = 0; i < block.data.length; i++) block.data[i] = (i * 7919) & 0x7fff;
  expectReference(adjustGammaKernel, { gamma: 0.7 }, [block]);
});

test("negative elements are refused", () => {
  const block = newBlock("int16", [3]);
  block.data.set([1, -5, 2] as never);
  expect(() => runKernel(adjustLogKernel, {}, [block])).toThrow(
    expect.objectContaining({ code: "TASK_FAILED", message: expect.stringContaining("-5") }),
  );
});

test.each<[Kernel, object, string]>([
  [adjustGammaKernel, { gamma: -1 }, "gamma"],
  [adjustLogKernel, { inv: 1 }, "inv"],
  [adjustSigmoidKernel, { cutoff: null }, "cutoff"],
  [invertKernel, { signedFloat: "yes" }, "signedFloat"],
])("%#: %j is refused", (kernel, args, text) => {
  expect(() => resolveArgs(kernel, args, [newBlock("uint8", [3])])).toThrow(
    expect.objectContaining({ code: "INVALID_ARGS", message: expect.stringContaining(text) }),
  );
});
