import { describe, expect, it } from "vitest";
import { evaluate, inMemory } from "../support/evaluate.ts";
import { imageAxes } from "../support/kernels.ts";
import { randomBlock } from "../support/lazy.ts";

const line = { dtype: "float64", shape: [10], data: Float64Array.of(0, 1, 4, 2, 7, 3, 3, 8, 1, 0) } as const;
const bytes = {
  dtype: "uint8",
  shape: [10],
  data: Uint8Array.of(0, 10, 40, 20, 70, 30, 30, 80, 10, 255),
} as const;

/** skimage.transform.resize of the lines above. */
const SKIMAGE: readonly [dtype: "f" | "u", n: number, options: object, values: readonly number[]][] = [
  ["f", 4, {}, [1.230514258587, 3.879074278986, 4.076105506967, 1.928408530036]],
  [
    "f",
    15,
    { mode: "symmetric" },
    [
      0.0, 0.5, 1.5, 3.5, 3.0, 2.833333333333, 6.166666666667, 5.0, 3.0, 3.0, 5.5, 6.833333333333,
      2.166666666667, 0.5, 0.0,
    ],
  ],
  [
    "f",
    15,
    { mode: "edge", antiAliasing: true, antiAliasingSigma: 0.7 },
    [
      0.243992425137, 0.827542176761, 1.669758304137, 2.704423807149, 3.200414613356, 3.712078867756,
      4.809438163537, 4.471896898325, 3.891013512023, 4.015004323446, 4.727816686253, 4.881705350376,
      2.770001367066, 1.262301022128, 0.282526673017,
    ],
  ],
  ["f", 4, { mode: "constant", cval: 2 }, [1.288713573025, 3.879074278986, 4.076105506967, 1.97083372948]],
  [
    "f",
    7,
    { mode: "wrap" },
    [
      0.214308377438, 2.92852476914, 2.357252173524, 4.999953340569, 3.000091985735, 5.499896016125,
      0.214324374957,
    ],
  ],
  [
    "f",
    7,
    { order: 0 },
    [
      3.7327545e-5, 3.999906681138, 2.000130646407, 3.00007465509, 3.000093318862, 7.999776034731,
      3.7327545e-5,
    ],
  ],
  [
    "f",
    7,
    { antiAliasing: false },
    [0.214285714286, 2.928571428571, 2.357142857143, 5.0, 3.0, 5.5, 0.214285714286],
  ],
  [
    "u",
    6,
    {},
    [0.013924251627, 0.154731854593, 0.20758767376, 0.119493830594, 0.308611352984, 0.670291614187],
  ],
  [
    "u",
    6,
    { preserveRange: true },
    [3.550684164829, 39.456622921261, 52.934856808925, 30.470926801574, 78.695895011027, 170.924361617592],
  ],
  ["u", 6, { order: 0 }, [0.0, 40.0, 70.0, 30.0, 80.0, 255.0]],
];

describe("resize", () => {
  it.each(SKIMAGE)("equals skimage's for %s to %i, %j", async (dtype, n, options, values) => {
    const resized = await evaluate(inMemory(dtype === "f" ? line : bytes).resize([n], options));
    expect(resized.data.length).toBe(values.length);
    for (const [i, value] of values.entries()) expect(Number(resized.data[i])).toBeCloseTo(value, 10);
  });

  it("has skimage's dtypes, and resizes the last axes", () => {
    const image = inMemory(randomBlock("uint16", [2, 8, 9], 1), { axes: imageAxes("zyx") });
    const resized = image.resize([4, 3]);
    expect(resized.shape).toEqual([2, 4, 3]);
    expect(resized.dtype).toBe("float64");
    expect(resized.axes[2]).toEqual({ ...image.axes[2], scale: 3, translation: 1 });
    expect(image.resize([4, 3], { order: 0 }).dtype).toBe("uint16");
    expect(image.astype("float16").resize([4, 3]).dtype).toBe("float32");
    expect(image.astype("float32").resize([4, 3]).dtype).toBe("float32");
    expect(image.astype("bool").resize([4, 3]).dtype).toBe("bool");
  });

  it("refuses what it can't do", () => {
    const image = inMemory(randomBlock("uint8", [8, 9], 1));
    expect(() => image.resize([4, 4], { order: 3 as 1 })).toThrow(/no order 3/);
    expect(() => image.resize([4, 4], { order: 0, antiAliasing: true })).toThrow(
      /nearest elements of integers/,
    );
    expect(() => image.resize([4, 4], { antiAliasing: false, antiAliasingSigma: 1 })).toThrow(
      /nothing is smoothed/,
    );
    expect(() => image.resize([4, 4], { mode: "mirror" as "wrap" })).toThrow(/no mode "mirror"/);
    expect(() => image.resize([0, 4])).toThrow(/not a shape/);
    const nothing = inMemory(randomBlock("uint8", [0, 9], 1));
    expect(() => nothing.resize([4, 4])).toThrow(/\[0, 9\] has no elements/);
  });
});

describe("downscaleLocalMean", () => {
  it("fills up the last windows", async () => {
    // skimage.transform.downscale_local_mean(np.arange(15).reshape(3, 5), (2, 3))
    const numbers = inMemory({
      dtype: "int32",
      shape: [3, 5],
      data: Int32Array.from({ length: 15 }, (_, i) => i),
    });
    const small = await evaluate(numbers.downscaleLocalMean([2, 3]));
    expect(small).toMatchObject({ dtype: "float64", shape: [2, 2] });
    expect([...small.data]).toEqual([3.5, 4, 5.5, 4.5]);
    const filled = await evaluate(numbers.downscaleLocalMean([2, 3], { cval: 6 }));
    expect(filled.data[3]).toBe(4.5 + (4 * 6) / 6);
    expect(numbers.astype("float32").downscaleLocalMean(2).dtype).toBe("float32");
    expect(() => numbers.downscaleLocalMean(0)).toThrow(/not a whole number/);
  });
});
