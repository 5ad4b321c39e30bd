import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Block, newBlock, sizeOf } from "../../shared/block/block.ts";
import type { DType } from "../../shared/block/dtype.ts";
import { expr, type LazyArray, type Plan, where } from "../../shared/index.ts";
import { expressionReference } from "../../shared/kernels/expr/reference.ts";
import { typeExpression } from "../../shared/kernels/expr/typing.ts";
import { gaussian } from "../../shared/kernels/index.ts";
import { goldenBlock } from "../support/golden.ts";
import { expectSame, imageAxes } from "../support/kernels.ts";
import { asBlock, lazyOf, randomBlock } from "../support/lazy.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "lamella-expr-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function computed(array: LazyArray): Promise<Block> {
  return asBlock(await array.compute({ workers: 1 }));
}

describe("golden values of numpy", () => {
  type Golden = readonly [
    id: string,
    inputs: readonly string[],
    operation: (...inputs: LazyArray[]) => LazyArray,
  ];
  test.each<Golden>([
    [
      "ratio_W4",
      ["r1", "r2", "r3"],
      (a, b, c) => expr("(float32(a) - float32(b)) / float32(c)", { a: a!, b: b!, c: c! }),
    ],
    [
      "ndvi",
      ["r1", "r2"],
      (a, b) => expr("(x - y) / (x + y)", { x: a!.astype("float32"), y: b!.astype("float32") }),
    ],
    ["mask_W4", ["series_tij", "mask_ij"], (x, m) => x!.multiply(m!)],
    ["where_mask", ["series_tij", "mask_ij"], (x, m) => where(m!, x!, 7)],
    ["outer_sum", ["mask_ij", "series_tij"], (m, x) => m!.slice(":, 0").expandDims(1).add(x!.slice("0, 0"))],
    ["u16_wrap_add", ["r1", "r2"], (a, b) => expr("a + b * 40", { a: a!, b: b! })],
    ["u16_wrap_sub", ["r1", "r2"], (a, b) => a!.subtract(b!)],
  ])("%s", async (id, names, operation) => {
    const wanted = goldenBlock(`out/${id}.npy`);
    for (const size of [20, 33]) {
      const inputs = names.map((name) => {
        const block = goldenBlock(`in/${name}.npy`);
        return lazyOf(
          folder,
          block,
          block.shape.map((n) => Math.min(n, size)),
        );
      });
      // Arithmetic without transcendental functions rounds as numpy's does: nothing is let pass.
      expectSame(await computed(operation(...(await Promise.all(inputs)))), wanted);
    }
  });
});

test("values don't depend on chunks, and are the reference's, for arrays that broadcast", async () => {
  const shape = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 3 });
  const world = shape.chain((full) =>
    fc.tuple(
      fc.constant(full),
      fc.array(fc.boolean(), { minLength: full.length, maxLength: full.length }),
      fc.nat(full.length),
      fc.array(fc.integer({ min: 1, max: 5 }), { minLength: full.length, maxLength: full.length }),
      fc.array(fc.integer({ min: 1, max: 5 }), { minLength: full.length, maxLength: full.length }),
      fc.constantFrom<DType>("uint8", "int16", "float32", "float64", "int64"),
    ),
  );
  await fc.assert(
    fc.asyncProperty(world, async ([full, ones, from, chunksA, chunksB, dtype]) => {
      const narrow = full.map((n, axis) => (ones[axis] ? 1 : n)).slice(from);
      const a = randomBlock(dtype, full, 1);
      const b = randomBlock("uint8", narrow, 2);
      const text = "where(a > b, a * 2 + b, k)";
      const names = { a: { dtype }, b: { dtype: "uint8" }, k: 7n } as const;
      const result = expr(text, {
        a: await lazyOf(folder, a, chunksA),
        b: await lazyOf(
          folder,
          b,
          narrow.map((n, i) => Math.min(n, chunksB[i]!)),
        ),
        k: 7,
      });
      expect(result.shape).toEqual(full);
      expectSame(await computed(result), expressionReference(typeExpression(text, names), [a, b], full));
    }),
    { numRuns: 8 },
  );
});

describe("arrays that meet", () => {
  const tczyx = imageAxes("tczyx").map((axis, i) => ({ ...axis, scale: 1 + i }));
  async function image(
    names: string,
    shape: readonly number[],
    dtype: DType = "float32",
  ): Promise<LazyArray> {
    const axes = [...names].map((name) => tczyx["tczyx".indexOf(name)]!);
    return lazyOf(folder, randomBlock(dtype, shape, shape.length), shape, { axes });
  }

  test("align by the names of axes where one has fewer", async () => {
    const stack = await image("tczyx", [2, 3, 1, 4, 4]);
    const perPlane = await image("tc", [2, 3]);
    const perTime = await image("t", [2]);
    const result = expr("stack - perPlane - perTime", { stack, perPlane, perTime });
    expect(result.shape).toEqual([2, 3, 1, 4, 4]);
    expect(result.axes).toEqual(stack.axes);
    const [s, p, t, got] = await Promise.all([stack, perPlane, perTime, result].map(computed));
    const want = newBlock("float32", result.shape);
    for (let i = 0; i < sizeOf(result.shape); i++) {
      const plane = Math.floor(i / 16);
      const less = Math.fround((s!.data[i] as number) - (p!.data[plane] as number));
      want.data[i] = less - (t!.data[Math.floor(plane / 3)] as number);
    }
    expectSame(got!, want);
  });

  test("keep axes, chunks and channels of the array that has an axis in full", async () => {
    const one = await image("tczyx", [1, 1, 1, 4, 4]);
    const many = await image("tczyx", [2, 3, 1, 4, 4]);
    const result = one.add(many);
    expect(result.chunks).toEqual(many.chunks);
    expect(result.axes).toEqual(many.axes);
    const plain = await lazyOf(folder, randomBlock("float32", [4, 4], 1), [3, 4]);
    expect(plain.add(await image("zyx", [1, 4, 4])).axes.map(({ name }) => name)).toEqual(["z", "y", "x"]);
    expect(plain.add(await image("zyx", [1, 4, 4])).chunks).toEqual([[1], [3, 1], [4]]);
  });

  test("must fit", async () => {
    const [a, b] = [await image("yx", [4, 4]), await image("yx", [4, 5])];
    expect(() => a.add(b)).toThrow(expect.objectContaining({ code: "SHAPE_MISMATCH" }));
  });
});

describe("elementwise methods", () => {
  test("are numpy's functions", async () => {
    const block: Block = { dtype: "float64", shape: [5], data: Float64Array.of(-2.5, 0, 1.5, Number.NaN, 4) };
    const x = await lazyOf(folder, block, [3]);
    const results: readonly (readonly [LazyArray, readonly (number | bigint)[]])[] = [
      [x.add(1), [-1.5, 1, 2.5, Number.NaN, 5]],
      [x.subtract(x), [0, 0, 0, Number.NaN, 0]],
      [x.floorDivide(2), [-2, 0, 0, Number.NaN, 2]],
      [x.mod(2), [1.5, 0, 1.5, Number.NaN, 0]],
      [x.power(2), [6.25, 0, 2.25, Number.NaN, 16]],
      [x.minimum(0.5), [-2.5, 0, 0.5, Number.NaN, 0.5]],
      [x.maximum(-1), [-1, 0, 1.5, Number.NaN, 4]],
      [x.clip(-1, 2), [-1, 0, 1.5, Number.NaN, 2]],
      [x.greater(0), [0, 0, 1, 0, 1]],
      [x.greaterEqual(0), [0, 1, 1, 0, 1]],
      [x.less(-0.5), [1, 0, 0, 0, 0]],
      [x.lessEqual(0), [1, 1, 0, 0, 0]],
      [x.equal(4), [0, 0, 0, 0, 1]],
      [x.notEqual(4), [1, 1, 1, 1, 0]],
      [x.and(x.less(2)), [1, 0, 1, 0, 0]],
      [x.isnan().or(x.less(0)), [1, 0, 0, 1, 0]],
      [x.not(), [0, 1, 0, 0, 0]],
      [x.negative(), [2.5, -0, -1.5, Number.NaN, -4]],
      [x.abs().sqrt(), [Math.sqrt(2.5), 0, Math.sqrt(1.5), Number.NaN, 2]],
      [x.sign(), [-1, 0, 1, Number.NaN, 1]],
      [x.floor(), [-3, 0, 1, Number.NaN, 4]],
      [x.ceil(), [-2, 0, 2, Number.NaN, 4]],
      [x.round(), [-2, 0, 2, Number.NaN, 4]],
      [x.isfinite(), [1, 1, 1, 0, 1]],
      [x.divide(0).isinf(), [1, 0, 1, 0, 1]],
      [x.multiply(0).exp(), [1, 1, 1, Number.NaN, 1]],
      [where(x.greater(0), x, Number.NEGATIVE_INFINITY), [-Infinity, -Infinity, 1.5, -Infinity, 4]],
      [where(x.isnan(), 1, 2n), [2n, 2n, 2n, 1n, 2n]],
    ];
    for (const [array, wanted] of results) {
      expect([...(await computed(array)).data], array.node.step).toEqual(wanted);
    }
    for (const [log, base] of [
      [x.log(), Math.E],
      [x.log2(), 2],
      [x.log10(), 10],
    ] as const) {
      expect((await computed(log)).data[4]).toBeCloseTo(Math.log(4) / Math.log(base), 14);
    }
  });

  test("take numbers that a plain int of Python is", async () => {
    const x = await lazyOf(folder, { dtype: "uint8", shape: [2], data: Uint8Array.of(1, 200) }, [2]);
    expect(x.add(100).dtype).toBe("uint8");
    expect(x.add(0.5).dtype).toBe("float64");
    expect([...(await computed(x.add(100))).data]).toEqual([101, 44]);
    expect([...(await computed(x.less(300n))).data]).toEqual([1, 1]);
    expect(() => x.add(300)).toThrow(expect.objectContaining({ code: "INVALID_EXPRESSION" }));
    expect(() => x.add("2" as never)).toThrow(expect.objectContaining({ code: "INVALID_ARGUMENT" }));
  });
});

describe("what is refused", () => {
  test.each<[string, object, RegExp]>([
    ["a - ", {}, /ends where/],
    ["a - c", {}, /"c" is neither/],
    ["a", { b: 3 }, /doesn't use "b"/],
    ["b * 2", { b: 3 }, /names no array/],
    ["a + b", { b: Number.NaN }, /b is NaN/],
    ["a + 70000", {}, /70000 does not fit uint16/],
    ["sqr(a)", {}, /no function "sqr"/],
  ])("%s", async (text, more, message) => {
    const a = await lazyOf(folder, randomBlock("uint16", [3], 1), [3]);
    expect(() => expr(text, { a, ...more })).toThrow(message);
    expect(() => expr(text, { a, ...more }, { step: "ratio" })).toThrow(/^step ratio: /);
  });
});

test("the plan warns where unsigned integers are subtracted, and fuses what lies beside", async () => {
  const a = await lazyOf(folder, randomBlock("uint16", [20, 20], 1), [10, 10]);
  const smooth = a.mapOverlap(gaussian({ sigma: 1 }), { depth: 4, boundary: "reflect", dtype: "uint16" });
  const plan = (await expr(
    "a - smooth",
    { a, smooth },
    { step: "background", dtype: "float32" },
  ).plan()) as Plan;
  expect(plan.stages.filter(({ kind }) => kind === "map")).toHaveLength(1);
  expect(plan.warnings).toEqual([
    expect.objectContaining({
      code: "UNSIGNED_WRAP",
      step: "background",
      message: expect.stringMatching(/int32/),
    }),
  ]);
  const float = (await expr("float32(a) - smooth", { a, smooth }).plan()) as Plan;
  expect(float.warnings).toEqual([]);
});
