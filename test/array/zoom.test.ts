import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Block } from "../../shared/block/block.ts";
import { isFloat } from "../../shared/block/dtype.ts";
import { RESAMPLE_MODES } from "../../shared/kernels/region/resample-box.ts";
import { evaluate, inMemory } from "../support/evaluate.ts";
import { imageAxes } from "../support/kernels.ts";
import { randomBlock } from "../support/lazy.ts";
import { regionOfBlock } from "../support/pad.ts";
import { anyRegion } from "../support/region-op.ts";
import { resampleReference } from "../support/resample.ts";

const dtypes = fc.constantFrom("bool", "uint8", "int16", "uint32", "int64", "float16", "float32", "float64");
const shapes = fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 4 });
const modes = fc.constantFrom(...RESAMPLE_MODES);
const orders = fc.constantFrom(0 as const, 1 as const);

const SCIPY = {
  2: [
    -4.163336342344337e-17, 0.3002353229199675, 1.9312888754497508, 3.981965100695498, 2.4420425074567005,
    2.707731685019346, 6.7091632705862585, 5.556345177664975, 2.56418180348398, 2.3215441877663174,
    5.572812977884645, 7.8675739027231275, 2.934555939633635, -0.10734192190473962, -1.3877787807814457e-17,
  ],
  3: [
    4.981812635785163e-16, 0.24566362933313446, 2.083445777232727, 4.004517521294233, 2.4457204984419634,
    2.808525108156471, 6.610713719450047, 5.759803921568628, 2.417754810819206, 2.134559268451319,
    5.85268457787428, 7.838190990681987, 3.129267879658593, -0.12527261578485901, 9.032031915243163e-16,
  ],
};

function expectClose(got: Block, expected: Block, tolerance: number): void {
  expect(got.shape).toEqual([...expected.shape]);
  expect(got.dtype).toBe(expected.dtype);
  const far = [...got.data].findIndex(
    (value, i) => !(Math.abs(Number(value) - Number(expected.data[i])) <= tolerance),
  );
  expect(far < 0 ? "close" : `${got.data[far]} at ${far} for ${expected.data[far]}`).toBe("close");
}

/** Half way between two integers rounding goes either way. */
function toleranceOf(dtype: string, order: number): number {
  return dtype === "float16"
    ? 0.2
    : dtype === "float32"
      ? 1e-4
      : isFloat(dtype as "float64") || order === 0
        ? 1e-9
        : 1;
}

describe("zoom", () => {
  it("equals scipy's definition for orders 0 and 1, every mode, any dtype", async () => {
    await fc.assert(
      fc.asyncProperty(
        shapes,
        dtypes,
        modes,
        orders,
        fc.array(fc.constantFrom(0.3, 0.5, 1, 1.5, 2, 2.7), { minLength: 4, maxLength: 4 }),
        fc.boolean(),
        async (shape, dtype, mode, order, factors, grid) => {
          const block = randomBlock(dtype, shape, shape.length);
          const cval = mode.endsWith("constant") ? 7 : undefined;
          const zoom = factors.slice(0, shape.length);
          const array = inMemory(block).zoom(zoom, {
            order,
            mode,
            gridMode: grid,
            ...(cval === undefined ? {} : { cval }),
          });
          const steps = shape.map((n, axis) => {
            const [from, to] = grid ? [n, array.shape[axis]!] : [n - 1, array.shape[axis]! - 1];
            return to === 0 ? 1 : from / to;
          });
          const expected = resampleReference(block, {
            shape: array.shape,
            dtype,
            order,
            mode,
            cval: cval ?? 0,
            coordinate: (at) =>
              at.map((i, axis) => (grid ? (i + 0.5) * steps[axis]! - 0.5 : i * steps[axis]!)),
          });
          expectClose(await evaluate(array), expected, toleranceOf(dtype, order));
        },
      ),
      { numRuns: 200 },
    );
  });

  it("gives every box of the result the same values, for all orders", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.tuple(fc.integer({ min: 5, max: 60 }), fc.integer({ min: 1, max: 20 })),
        fc.constantFrom(0 as const, 1 as const, 2 as const, 3 as const),
        modes,
        fc.boolean(),
        fc.nat({ max: 1000 }),
        async (shape, order, mode, gridMode, seed) => {
          const array = inMemory(randomBlock("float32", shape, 3)).zoom([1.7, 0.8], {
            order,
            mode,
            gridMode,
          });
          const whole = await evaluate(array);
          const [region] = fc.sample(anyRegion(array.shape), { numRuns: 1, seed });
          const part = await evaluate(array, region);
          expect([...part.data]).toEqual([...regionOfBlock(whole, region!).data]);
        },
      ),
      { numRuns: 100 },
    );
  });

  it("goes through the elements with splines of order 2 and 3, and equals scipy between them", async () => {
    const block = randomBlock("float64", [9, 12], 5);
    for (const order of [2, 3] as const) {
      for (const mode of RESAMPLE_MODES) {
        const fine = await evaluate(inMemory(block).zoom([17 / 9, 23 / 12], { order, mode }));
        expect(fine.shape).toEqual([17, 23]);
        for (let y = 0; y < 9; y++)
          for (let x = 0; x < 12; x++)
            expect(fine.data[2 * y * 23 + 2 * x]).toBeCloseTo(Number(block.data[y * 12 + x]), 6);
      }
    }
    // scipy.ndimage.zoom([0, 1, 4, 2, 7, 3, 3, 8, 1, 0], 1.5, order=3 and 2, mode="mirror")
    const line = inMemory({
      dtype: "float64",
      shape: [10],
      data: Float64Array.of(0, 1, 4, 2, 7, 3, 3, 8, 1, 0),
    });
    for (const [order, expected] of Object.entries(SCIPY)) {
      const { data } = await evaluate(line.zoom(1.5, { order: Number(order) as 2, mode: "mirror" }));
      for (const [i, value] of expected.entries()) expect(data[i]).toBeCloseTo(value, 10);
    }
  });

  it("zooms z, y and x of images, keeps their place, and says what it can't do", async () => {
    const axes = imageAxes("tczyx").map((axis) =>
      axis.type === "space" ? { ...axis, unit: "micrometer", scale: 0.5, translation: 3 } : axis,
    );
    const channels = [{ label: "DAPI" }, { label: "GFP" }];
    const image = inMemory(randomBlock("uint16", [1, 2, 3, 8, 9], 1), { axes, channels });
    const small = image.zoom(0.5, { order: 1, gridMode: true });
    expect(small.shape).toEqual([1, 2, 2, 4, 4]);
    expect(small.axes[3]).toEqual({ ...axes[3], scale: 1, translation: 3.25 });
    expect(small.axes[1]).toEqual(axes[1]);
    expect(small.node.channels).toEqual(channels);
    expect(image.zoom({ y: 1.875 }, { order: 1 }).axes[3]).toEqual({ ...axes[3], scale: 0.25 });
    expect(image.zoom({ c: 2 }, { order: 0 }).node.channels).toBeUndefined();
    expect(image.zoom(0.5, { dtype: "float32" }).dtype).toBe("float32");
    expect(() => image.zoom(-1)).toThrow(/not a number above 0/);
    expect(() => image.zoom(2, { order: 4 as 3 })).toThrow(/order 4 are not known/);
    expect(() => image.zoom(2, { mode: "edge" as "wrap" })).toThrow(/no mode "edge"/);
    expect(() => image.zoom(2, { mode: "wrap", cval: 1 })).toThrow(/cval is for mode constant/);
    expect(() => image.zoom([2, 2, 2, 2, 2], { order: 3 })).not.toThrow();
  });
});

describe("affineTransform", () => {
  it("equals scipy's definition for orders 0 and 1, every mode, any dtype", async () => {
    const numbers = (n: number, low: number, high: number) =>
      fc.array(fc.double({ min: low, max: high, noNaN: true }), { minLength: n, maxLength: n });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 3 }),
        dtypes,
        modes,
        orders,
        numbers(9, -1, 1),
        numbers(3, -4, 4),
        fc.array(fc.integer({ min: 1, max: 8 }), { minLength: 3, maxLength: 3 }),
        async (shape, dtype, mode, order, entries, offsets, out) => {
          const rank = shape.length;
          const block = randomBlock(dtype, shape, rank);
          const matrix = shape.map((_, h) => shape.map((__, l) => Number(h === l) + entries[3 * h + l]! / 2));
          // Off the ties, where the nearest element is anybody's.
          const offset = offsets.slice(0, rank).map((o) => o + 0.0137);
          const cval = mode.endsWith("constant") ? 7 : undefined;
          const array = inMemory(block).affineTransform(matrix, {
            offset,
            outputShape: out.slice(0, rank),
            order,
            mode,
            ...(cval === undefined ? {} : { cval }),
          });
          const coordinate = (at: readonly number[]) =>
            matrix.map((row, h) => row.reduce((sum, f, l) => sum + f * at[l]!, offset[h]!));
          const expected = resampleReference(block, {
            shape: array.shape,
            dtype,
            order,
            mode,
            cval: cval ?? 0,
            coordinate,
          });
          expectClose(await evaluate(array), expected, toleranceOf(dtype, order));
        },
      ),
      { numRuns: 150 },
    );
  });

  it("gives every box the same values", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(0 as const, 1 as const, 3 as const),
        modes,
        fc.nat({ max: 1000 }),
        async (order, mode, seed) => {
          const block = randomBlock("float64", [3, 20, 25], 3);
          const array = inMemory(block).affineTransform(
            [
              [0.8, -0.4, 1.5],
              [0.3, 0.9, -2],
            ],
            { order, mode, outputShape: [18, 30] },
          );
          const whole = await evaluate(array);
          const [region] = fc.sample(anyRegion(array.shape), { numRuns: 1, seed });
          const part = await evaluate(array, region);
          expect([...part.data]).toEqual([...regionOfBlock(whole, region!).data]);
        },
      ),
      { numRuns: 40 },
    );
  });

  it("takes matrices in scipy's forms, and refuses others", async () => {
    const image = inMemory(randomBlock("float64", [4, 5], 2));
    const straight = await evaluate(
      image.affineTransform(
        [
          [2, 0],
          [0, 0.5],
        ],
        { offset: [1, 0.25], order: 1 },
      ),
    );
    for (const matrix of [
      [
        [2, 0, 1],
        [0, 0.5, 0.25],
      ],
      [
        [2, 0, 1],
        [0, 0.5, 0.25],
        [0, 0, 1],
      ],
    ])
      expect((await evaluate(image.affineTransform(matrix, { order: 1 }))).data).toEqual(straight.data);
    expect((await evaluate(image.affineTransform([2, 0.5], { offset: [1, 0.25], order: 1 }))).data).toEqual(
      straight.data,
    );
    expect(() => image.affineTransform([[1, 0, 0, 0]])).toThrow(/does not fit an array of 2 axes/);
    expect(() => image.affineTransform([1, 1, 1])).toThrow(/too many/);
    expect(() =>
      image.affineTransform([
        [1, 0, 0],
        [0, 1, 0],
        [1, 0, 1],
      ]),
    ).toThrow(/last row/);
    expect(() => image.affineTransform([1, 1], { offset: [1] })).toThrow(/does not fit the matrix/);
    expect(() =>
      image.affineTransform(
        [
          [1, 0, 2],
          [0, 1, 2],
        ],
        { offset: 1 },
      ),
    ).toThrow(/offset is given too/);
    expect(() => image.affineTransform([1, 1], { outputShape: [-1, 2] })).toThrow(/not a shape/);
  });

  it("keeps the place of axes with factors, and gives mixed ones the distance of neighbours", () => {
    const axes = imageAxes("zyx").map((axis, i) => ({ ...axis, scale: [2, 0.5, 0.5][i]!, translation: 10 }));
    const image = inMemory(randomBlock("uint8", [4, 5, 6], 2), { axes });
    expect(image.affineTransform([1, 2, 3], { offset: [1, 0, 4], order: 0 }).axes).toEqual([
      { ...axes[0], translation: 12 },
      { ...axes[1], scale: 1 },
      { ...axes[2], scale: 1.5, translation: 12 },
    ]);
    const [c, s] = [Math.cos(0.3), Math.sin(0.3)];
    const turned = image.affineTransform(
      [
        [c, -s],
        [s, c],
      ],
      { order: 0 },
    ).axes;
    expect(turned[0]).toEqual(axes[0]);
    expect(turned[1]!.scale).toBeCloseTo(0.5, 12);
    expect(turned[1]!.translation).toBe(0);
  });
});
