import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Block, newBlock, sizeOf } from "../../shared/block/block.ts";
import { DTYPES, type DType } from "../../shared/block/dtype.ts";
import { castReference } from "../../shared/kernels/cast.ts";
import { FILTER_MODES } from "../../shared/kernels/filters/mode.ts";
import { gaussianKernel } from "../../shared/kernels/gaussian.ts";
import { countMismatches, goldenBlock, goldenCases } from "../support/golden.ts";
import {
  blocks,
  expectReference,
  expectSame,
  imageAxes,
  plainAxes,
  resolveArgs,
  runKernel,
  shapes,
} from "../support/kernels.ts";

describe("golden values of scipy.ndimage.gaussian_filter", () => {
  for (const golden of goldenCases("gaussian_filter")) {
    test(golden.id, () => {
      const { note: _, ...params } = golden.params;
      const expected = goldenBlock(golden.expected);
      let got = runKernel(gaussianKernel, params, [goldenBlock(golden.inputs[0]!)]);
      // The integer goldens were rounded from float32, or truncated axis by axis: both within one of a truncation.
      if (golden.dtype === "uint16") got = castReference(got, "uint16");
      expect(got.dtype).toBe(expected.dtype);
      expect(got.shape).toEqual(expected.shape);
      expect(countMismatches(got, expected, golden.atol, golden.rtol)).toBe(0);
    });
  }
});

const perAxis = fc.record({
  sigma: fc.oneof(
    fc.constantFrom(0, 0.3, 1, 2.2),
    fc.array(fc.constantFrom(0, 0.5, 1.7, 3), { maxLength: 5 }),
  ),
  order: fc.constantFrom(0, 0, 1, 2, 3),
  mode: fc.constantFrom(...FILTER_MODES),
  cval: fc.constantFrom(0, 1.5, -7),
  truncate: fc.constantFrom(4, 2.5, 0),
});

describe("the WASM kernel equals the reference bit for bit", () => {
  for (const dtype of DTYPES) {
    test(dtype, () => {
      fc.assert(
        fc.property(blocks(dtype, shapes(600)), perAxis, (block, args) => {
          const sigma = Array.isArray(args.sigma) ? args.sigma.slice(0, block.shape.length) : args.sigma;
          expectReference(gaussianKernel, { ...args, sigma }, [block]);
        }),
        { numRuns: 60 },
      );
    });
  }

  // Rows and lines longer than what is buffered at once, in every mode, with a radius near and beyond the block's rows.
  test.each(FILTER_MODES)("long axes, mode %s", (mode) => {
    for (const [shape, sigma, radius] of [
      [
        [600, 130],
        [3, 0],
        [9, 0],
      ],
      [
        [1500, 20],
        [40, 0],
        [150, 0],
      ],
      [
        [700, 3],
        [2, 0],
        [8, 0],
      ],
      [
        [2, 35_000],
        [0, 5],
        [0, 20],
      ],
      [
        [800, 17],
        [300, 0],
        [700, 0],
      ],
    ] as const) {
      const block = newBlock("float32", shape);
      for (let i = 0; i < block.data.length; i++) block.data[i] = Math.imul(i, 2654435761) >>> 12;
      expectReference(gaussianKernel, { sigma, radius, mode, cval: 3 }, [block]);
    }
  });
});

test("an element's value is the same wherever it lies in the block", () => {
  const whole = ramp("uint16", [9, 40, 77]);
  const full = runKernel(gaussianKernel, { sigma: 1 }, [whole]);
  for (const [start, shape] of [
    [
      [0, 3, 5],
      [9, 30, 61],
    ],
    [
      [0, 11, 1],
      [9, 17, 23],
    ],
    [
      [0, 7, 30],
      [9, 13, 9],
    ],
  ] as const) {
    const part = runKernel(gaussianKernel, { sigma: 1 }, [crop(whole, start, shape)]);
    const inner = [0, 4, 4];
    const size = shape.map((n, i) => n - 2 * inner[i]!);
    const there = start.map((s, i) => s + inner[i]!);
    expectSame(crop(part, inner, size), crop(full, there, size));
  }
});

test("a NaN stays within reach, and is canonical", () => {
  const block = newBlock("float32", [40]);
  new Uint32Array(block.data.buffer)[20] = 0xffc12345;
  const got = runKernel(gaussianKernel, { sigma: 1 }, [block]);
  for (let i = 0; i < 40; i++) expect(Number.isNaN(got.data[i])).toBe(Math.abs(i - 20) <= 4);
  expect(new Uint32Array(got.data.buffer)[18]).toBe(0x7fc00000);
});

describe("arguments", () => {
  const volume = newBlock("uint16", [1, 2, 3, 4, 5]);

  test("a single sigma smooths space only where axes are typed, all axes of a plain array", () => {
    const image = resolveArgs(gaussianKernel, { sigma: 2 }, [volume], imageAxes("tczyx"));
    expect(image).toMatchObject({ sigma: [0, 0, 2, 2, 2], radius: [0, 0, 8, 8, 8], mode: "reflect" });
    const plain = resolveArgs(gaussianKernel, { sigma: 1.5 }, [volume], plainAxes(5));
    expect(plain).toMatchObject({ sigma: [1.5, 1.5, 1.5, 1.5, 1.5], radius: [6, 6, 6, 6, 6] });
  });

  test("the reach is scipy's radius", () => {
    const args = resolveArgs(
      gaussianKernel,
      { sigma: { z: 0.6, x: 1.1 }, truncate: 3 },
      [volume],
      imageAxes("tczyx"),
    );
    expect(gaussianKernel.extent(args, 5, ["float32"])).toEqual({
      kind: "reach",
      reach: [
        [0, 0],
        [0, 0],
        [2, 2],
        [0, 0],
        [3, 3],
      ],
    });
  });

  test.each([
    [{}, "INVALID_ARGS", "sigma"],
    [{ sigma: -1 }, "INVALID_ARGS", "sigma"],
    [{ sigma: 1, truncate: 2, radius: 3 }, "INVALID_ARGS", "truncate"],
    [{ sigma: [1, 1, 1, 1, 1, 1] }, "INVALID_ARGS", "6 entries"],
    [{ sigma: { w: 1 } }, "INVALID_ARGS", '"w"'],
    [{ sigma: 1, mode: "reflection" }, "INVALID_ARGS", "mode"],
    [{ sigma: 1, order: 0.5 }, "INVALID_ARGS", "order"],
    [{ sigma: "0.5 um" }, "INVALID_ARGS", "0.5 um"],
    [{ sgima: 1 }, "UNKNOWN_KEY", "sgima"],
  ])("%j is refused", (args, code, text) => {
    expect(() => resolveArgs(gaussianKernel, args, [volume], imageAxes("tczyx"))).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(text) }),
    );
  });
});

function ramp(dtype: DType, shape: readonly number[]): Block {
  const block = newBlock(dtype, shape);
  for (let i = 0; i < block.data.length; i++) block.data[i] = (Math.imul(i, 2654435761) >>> 8) & 0xffff;
  return block;
}

function crop(block: Block, start: readonly number[], shape: readonly number[]): Block {
  const out = newBlock(block.dtype, shape);
  for (let i = 0; i < sizeOf(shape); i++) {
    let rest = i;
    let at = 0;
    let stride = 1;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      at += ((rest % shape[axis]!) + start[axis]!) * stride;
      rest = Math.floor(rest / shape[axis]!);
      stride *= block.shape[axis]!;
    }
    out.data[i] = block.data[at] as number;
  }
  return out;
}
