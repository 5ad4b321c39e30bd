import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Block, newBlock } from "../../../shared/block/block.ts";
import { DTYPES, type DType, isFloat } from "../../../shared/block/dtype.ts";
import { equalizeAdapthistKernel } from "../../../shared/kernels/filters/equalize-adapthist.ts";
import { equalizeHistKernel } from "../../../shared/kernels/filters/equalize-hist.ts";
import type { Kernel } from "../../../shared/kernels/kernel.ts";
import { blocks, expectReference, imageAxes, resolveArgs, runKernel, shapes } from "../../support/kernels.ts";

/** Floats within -1 to 1, which equalizeAdapthist takes. */
function unitBlocks(dtype: DType, shape: fc.Arbitrary<number[]>) {
  return blocks(dtype, shape, false).map((block) => {
    if (isFloat(dtype)) for (let i = 0; i < block.data.length; i++) (block.data as Float64Array)[i]! /= 1000;
    return block;
  });
}

/** Floats whose range has room for bins, which numpy asks for too. */
function coarse(block: Block): Block {
  const data = block.data as Float64Array;
  if (isFloat(block.dtype)) for (let i = 0; i < data.length; i++) data[i] = Math.round(data[i]! * 8) / 8;
  return block;
}

describe("equalizeHist in WASM equals its reference bit for bit", () => {
  test.each(DTYPES)("%s", (dtype) => {
    fc.assert(
      fc.property(blocks(dtype, shapes(400), false).map(coarse), fc.constantFrom(2, 9, 256), (block, nbins) =>
        expectReference(equalizeHistKernel, { nbins }, [block]),
      ),
      { numRuns: 20 },
    );
  });
});

describe("equalizeAdapthist in WASM equals its reference bit for bit", () => {
  const args = fc.record({
    kernelSize: fc.constantFrom(undefined, 1, 3, 8),
    clipLimit: fc.constantFrom(0, 0.01, 0.3, 1),
    nbins: fc.constantFrom(7, 256),
  });
  test.each(DTYPES)("%s", (dtype) => {
    fc.assert(
      fc.property(unitBlocks(dtype, shapes(120, 1)), args, (block, given) =>
        expectReference(equalizeAdapthistKernel, given, [block]),
      ),
      { numRuns: 10 },
    );
  });

  test("axes without a tile are images of their own", () => {
    const block = newBlock("uint8", [2, 20, 20]);
    for (let i = 0; i < block.data.length; i++) block.data[i] = (i * 37) % (i < 400 ? 50 : 251);
    const both = runKernel(equalizeAdapthistKernel, {}, [block], imageAxes("cyx"));
    const one = { ...block, shape: [20, 20], data: block.data.slice(400) };
    expect(both.data.slice(400)).toEqual(runKernel(equalizeAdapthistKernel, {}, [one]).data);
  });
});

test("what can't be equalised is refused when it is met", () => {
  const run = (kernel: Kernel, value: number) => {
    const block = newBlock("float32", [4, 4]);
    block.data[5] = value;
    return () => runKernel(kernel, {}, [block]);
  };
  expect(run(equalizeHistKernel, Number.NaN)).toThrow(expect.objectContaining({ code: "INVALID_ARGUMENT" }));
  expect(run(equalizeAdapthistKernel, 1.5)).toThrow(expect.objectContaining({ code: "TASK_FAILED" }));
});

test.each<[Kernel, object, string, string]>([
  [equalizeHistKernel, { nbins: 1 }, "yx", "nbins"],
  [equalizeAdapthistKernel, { kernelSize: 0 }, "yx", "kernelSize"],
  [equalizeAdapthistKernel, { clipLimit: 2 }, "yx", "clipLimit"],
  [equalizeAdapthistKernel, {}, "yc", "last ones"],
])("%#: %j is refused", (kernel, args, names, text) => {
  expect(() => resolveArgs(kernel, args, [newBlock("uint8", [3, 3])], imageAxes(names))).toThrow(
    expect.objectContaining({ code: "INVALID_ARGS", message: expect.stringContaining(text) }),
  );
});
