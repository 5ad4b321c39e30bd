import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Block, newBlock } from "../../shared/block/block.ts";
import { DTYPES, type DType, isBigInt } from "../../shared/block/dtype.ts";
import { thresholdKernel } from "../../shared/kernels/threshold.ts";
import { blocks, elements, expectReference, resolveArgs, runKernel } from "../support/kernels.ts";

function values(dtype: DType, list: readonly (number | bigint)[]): Block {
  const block = newBlock(dtype, [list.length]);
  for (const [i, value] of list.entries()) (block.data as { [i: number]: number | bigint })[i] = value;
  return block;
}

describe("the WASM kernel equals the reference", () => {
  for (const dtype of DTYPES) {
    test(dtype, () => {
      const own = elements(dtype).map((x) => (typeof x === "bigint" ? `${x}` : x));
      const bound = fc.option(
        fc
          .oneof(
            own,
            fc.double({ min: -300, max: 300, noNaN: true }),
            fc.constantFrom(0.5, -0.5, 1e300, -1e300, "18446744073709551616"),
          )
          .filter((x) => typeof x === "string" || Number.isFinite(x)),
        { nil: undefined },
      );
      const conditions = fc
        .record({ above: bound, atLeast: bound, below: bound, atMost: bound })
        .filter((args) => Object.values(args).some((x) => x !== undefined));
      fc.assert(
        fc.property(blocks(dtype), conditions, (block, args) =>
          expectReference(thresholdKernel, args, [block]),
        ),
        { numRuns: 150 },
      );
    });
  }
});

describe("compared in the input's own precision", () => {
  const big = 2n ** 53n;
  test.each<[DType, (number | bigint)[], object, number[]]>([
    ["uint64", [big, big + 1n, big + 2n], { above: `${big}` }, [0, 1, 1]],
    ["uint64", [big, big + 1n, big + 2n], { below: `${big + 1n}` }, [1, 0, 0]],
    ["uint64", [0n, 2n ** 64n - 1n], { above: -1 }, [1, 1]],
    ["int64", [-(2n ** 63n), 0n, 2n ** 63n - 1n], { atMost: 0 }, [1, 1, 0]],
    ["uint8", [0, 1, 255], { above: 0.5, below: 254.5 }, [0, 1, 0]],
    ["uint8", [0, 255], { above: 300 }, [0, 0]],
    ["int8", [-128, -1, 0, 127], { atLeast: -1, atMost: 0 }, [0, 1, 1, 0]],
    // 0.3 in float32 is above 0.3 in float64; numpy compares with 0.3 as float32.
    ["float32", [Math.fround(0.3), 0.30000007], { above: 0.3 }, [0, 1]],
    ["float16", [Math.f16round(0.3)], { atLeast: 0.3 }, [1]],
    ["float64", [0, -0, 5e-324], { above: 0 }, [0, 0, 1]],
    ["float32", [Number.NaN, Infinity, -Infinity], { above: -1 }, [0, 1, 0]],
    ["float64", [Number.NaN, 1], { atMost: 1e9 }, [0, 1]],
    ["bool", [0, 1], { above: 0 }, [0, 1]],
  ])("%s, case %#", (dtype, input, args, expected) => {
    const got = runKernel(thresholdKernel, args, [values(dtype, input)]);
    expect([...got.data]).toEqual(expected);
    expect(isBigInt(got.dtype)).toBe(false);
  });
});

test.each([[{}], [{ above: "0.5" }], [{ above: Number.NaN }], [{ above: undefined }]])(
  "%j is refused",
  (args) => {
    expect(() => resolveArgs(thresholdKernel, args, [newBlock("uint8", [3])])).toThrow(
      expect.objectContaining({ code: "INVALID_ARGS" }),
    );
  },
);
