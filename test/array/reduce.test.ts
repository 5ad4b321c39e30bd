import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Block, sizeOf } from "../../shared/block/block.ts";
import { DTYPES, isFloat } from "../../shared/block/dtype.ts";
import { LazyArray, stack } from "../../shared/index.ts";
import { REDUCTION_NAMES, type ReductionName } from "../../shared/kernels/reduce/index.ts";
import { referenceReduction } from "../../shared/kernels/reduce/reference.ts";
import type { Plan } from "../../shared/plan/schema.ts";
import { expectSame, imageAxes } from "../support/kernels.ts";
import { asBlock, lazyOf, randomBlock } from "../support/lazy.ts";

let folder = "";
beforeAll(async () => {
  folder = await fs.mkdtemp(path.join(os.tmpdir(), "lamella-reduce-"));
});
afterAll(() => fs.rm(folder, { recursive: true, force: true }));

const shape = fc.array(fc.integer({ min: 1, max: 14 }), { minLength: 1, maxLength: 5 }).map((dims) => {
  const cut = [...dims];
  while (sizeOf(cut) > 400) cut[cut.indexOf(Math.max(...cut))]! = Math.ceil(Math.max(...cut) / 2);
  return cut;
});
const chunking = fc.array(fc.integer({ min: 1, max: 14 }), { minLength: 5, maxLength: 5 });
const within = (chunks: readonly number[], dims: readonly number[]) =>
  dims.map((n, axis) => Math.min(n, chunks[axis]!));

function expected(
  name: ReductionName,
  block: Block,
  axes: readonly number[],
  ddof: number,
  keepdims: boolean,
): Block {
  const result = referenceReduction(name, block, axes, ddof);
  return keepdims ? { ...result, shape: block.shape.map((n, i) => (axes.includes(i) ? 1 : n)) } : result;
}

function sprinkleNaN(block: Block, every: number): void {
  if (!isFloat(block.dtype)) return;
  for (let i = every - 1; i < block.data.length; i += every) block.data[i] = Number.NaN as never;
}

/** Whether an output of a reduction over these axes has nothing but NaN to reduce. */
function allNaN(block: Block, axes: readonly number[]): boolean {
  const valid = { ...block, data: block.data.map(((v: number) => (Number.isNaN(v) ? 0 : 1)) as never) };
  return (referenceReduction("any", valid, axes).data as Uint8Array).includes(0);
}

/** Products of floats in another order: the last digits may differ. */
function expectNear(got: Block, want: Block): void {
  const digits = got.dtype === "float16" ? 1e-3 : got.dtype === "float32" ? 1e-6 : 1e-12;
  expect(got.dtype).toBe(want.dtype);
  expect(got.shape).toEqual(want.shape);
  for (let i = 0; i < want.data.length; i++) {
    const [a, b] = [Number(got.data[i]), Number(want.data[i])];
    if (!Object.is(a, b)) expect(Math.abs(a / b - 1)).toBeLessThan(digits);
  }
}

describe("reductions", () => {
  it("equal an exact sum rounded once, over any axes, whatever chunks, tree and workers", async () => {
    await fc.assert(
      fc.asyncProperty(
        shape,
        fc.constantFrom(...REDUCTION_NAMES),
        fc.constantFrom(...DTYPES),
        fc.record({
          picked: fc.array(fc.boolean(), { minLength: 5, maxLength: 5 }),
          ddof: fc.constantFrom(0, 1, 2),
          keepdims: fc.boolean(),
          splitEvery: fc.constantFrom(2, 3, 16),
          workers: fc.constantFrom(1, 2, 5),
        }),
        fc.tuple(chunking, chunking),
        fc.nat({ max: 1e6 }),
        async (dims, name, dtype, options, [stored, lazy], seed) => {
          const block = randomBlock(dtype, dims, seed);
          const some = dims.map((_, i) => i).filter((i) => options.picked[i]);
          const every = dims.map((_, i) => i);
          const axis = !name.includes("arg") ? some : some.length > 0 ? some.slice(0, 1) : every;
          sprinkleNaN(block, name.startsWith("nan") ? 5 : 97);
          const input = (await lazyOf(folder, block, within(stored, dims))).rechunk(within(lazy, dims));
          const spread = /std|var/.test(name);
          const { keepdims, splitEvery, workers } = options;
          const reduced = input[name]({
            axis,
            keepdims,
            splitEvery,
            ...(spread ? { ddof: options.ddof } : {}),
          });
          if (isFloat(dtype) && name.startsWith("nanarg") && allNaN(block, axis)) {
            await expect(reduced.compute({ workers })).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
            return;
          }
          const want = expected(name, block, axis, spread ? options.ddof : 0, keepdims);
          expect(reduced.shape).toEqual(want.shape);
          const got = asBlock(await reduced.compute({ workers }));
          if (name.endsWith("prod") && isFloat(dtype)) expectNear(got, want);
          else expectSame(got, want);
        },
      ),
      { numRuns: 30 },
    );
  });

  it("of the same elements share one pass", async () => {
    const block = randomBlock("float32", [6, 20, 30], 9);
    sprinkleNaN(block, 11);
    const image = await lazyOf(folder, block, [2, 7, 11]);
    const names = ["sum", "mean", "nanstd", "max", "nanmin", "nansum", "any", "argmax"] as const;
    const all = stack(
      names.map((name) =>
        image[name]({ axis: 0, keepdims: name === "max" })
          .astype("float64")
          .slice(name === "max" ? "0" : "..."),
      ),
    );
    const { stages } = (await all.plan({ workers: 1 })) as Plan;
    expect(stages.map((stage) => stage.kind)).toEqual(["reduce", "map"]);
    const got = asBlock(await all.compute({ workers: 2 }));
    for (const [i, name] of names.entries()) {
      const want = referenceReduction(name, block, [0]);
      for (let k = 0; k < 600; k++) expect(got.data[i * 600 + k], name).toBe(Number(want.data[k]));
    }
    // over other axes, or of floats' products, they go by themselves
    const apart = stack([image.sum({ axis: 0 }).mean(), image.mean(), image.prod(), image.max()]);
    const kinds = ((await apart.plan({ workers: 1 })) as Plan).stages.map(
      (stage) =>
        stage.kind === "reduce" && [stage.operation, ...(stage.others ?? []).map((o) => o.operation)],
    );
    expect(kinds).toEqual([["sum"], ["mean"], ["mean", "max"], ["prod"], false]);
  });

  it("of an axis of length 0 are numpy's, or refused", async () => {
    const none = await lazyOf(folder, randomBlock("float32", [3, 0, 2], 1), [2, 1, 2]);
    const values = async (name: ReductionName) => [...(await none[name]({ axis: 1 }).compute()).data];
    expect(await values("prod")).toEqual([1, 1, 1, 1, 1, 1]);
    expect(await values("nansum")).toEqual([0, 0, 0, 0, 0, 0]);
    expect(await values("any")).toEqual([0, 0, 0, 0, 0, 0]);
    expect(await values("all")).toEqual([1, 1, 1, 1, 1, 1]);
    expect(await values("nanmean")).toEqual(new Array(6).fill(NaN));
    for (const name of ["argmax", "argmin", "nanmax", "nanmin", "nanargmax", "nanargmin"] as const) {
      expect(() => none[name]({ axis: 1 })).toThrow(expect.objectContaining({ code: "INVALID_ARGUMENT" }));
      expect((await none[name]({ axis: 0 }).compute()).shape).toEqual([0, 2]);
    }
  });

  it("multiply floats in an order that doesn't depend on the workers", async () => {
    const block = randomBlock("float64", [40, 30], 5);
    for (let i = 0; i < block.data.length; i++) block.data[i] = (1 + Number(block.data[i]) / 1e4) as never;
    const product = (await lazyOf(folder, block, [3, 7])).prod();
    const [one, five] = [await product.compute({ workers: 1 }), await product.compute({ workers: 5 })];
    expectSame(asBlock(five), asBlock(one));
    expect(product.node.dtype).toBe("float64");
  });

  it("follow and feed other steps", async () => {
    const block = randomBlock("uint16", [6, 7, 8], 3);
    const input = await lazyOf(folder, block, [2, 3, 4]);
    const planes = referenceReduction("max", block, [0]);
    const mean = referenceReduction("mean", planes, [0, 1]);
    expectSame(asBlock(await input.max({ axis: 0 }).mean().compute()), mean);
    const want = { ...planes, dtype: "float32" as const, data: Float32Array.from(planes.data, Number) };
    expectSame(asBlock(await input.max({ axis: 0 }).astype("float32").rechunk([2, 2]).compute()), want);
  });

  it("of nothing are what numpy gives", async () => {
    const none: LazyArray = await lazyOf(folder, randomBlock("float32", [3, 0], 1), [2, 1]);
    expect([...(await none.sum().compute()).data]).toEqual([0]);
    expect([...(await none.sum({ axis: 1 }).compute()).data]).toEqual([0, 0, 0]);
    expect([...(await none.mean({ axis: 1 }).compute()).data]).toEqual([NaN, NaN, NaN]);
    expect((await none.sum({ axis: 0 }).compute()).shape).toEqual([0]);
    expect(() => none.max()).toThrow(expect.objectContaining({ code: "INVALID_ARGUMENT" }));
    const scalar = await lazyOf(folder, randomBlock("int32", [], 4), []);
    expect(Number((await scalar.sum().compute()).data[0])).toBe(Number((await scalar.compute()).data[0]));
  });

  it("name axes by index, from the end, or by name, and keep what the others are called", async () => {
    const input = await lazyOf(folder, randomBlock("uint8", [2, 3, 4, 5], 1), [1, 2, 3, 4], {
      axes: imageAxes("czyx"),
    });
    expect(input.max({ axis: "z" }).axes.map((a) => a.name)).toEqual(["c", "y", "x"]);
    expect(input.max({ axis: [-1, "c"] }).axes.map((a) => a.name)).toEqual(["z", "y"]);
    expect(input.max({ axis: [0, 0], keepdims: true }).shape).toEqual([1, 3, 4, 5]);
    for (const axis of [4, -5, "q", 0.5]) {
      expect(() => input.sum({ axis })).toThrow(expect.objectContaining({ code: "INVALID_ARGUMENT" }));
    }
    expect(() => input.sum({ ddof: 1 })).toThrow(/ddof/);
    expect(() => input.std({ ddof: 0.5 })).toThrow(/ddof/);
    expect(() => input.sum({ splitEvery: 1 })).toThrow(/splitEvery/);
    expect(() => input.argmax({ axis: ["y", "x"] })).toThrow(/one axis/);
    expect(input.mean({ axis: "c", dtype: "float32" }).dtype).toBe("float32");
  });

  it("drop the channels' names with the channels", async () => {
    const input = await lazyOf(folder, randomBlock("uint8", [2, 4, 5], 1), [1, 4, 4], {
      axes: imageAxes("cyx"),
    });
    const named = new LazyArray({ ...input.node, channels: [{ label: "DAPI" }, { label: "GFP" }] });
    expect(named.max({ axis: "y" }).node.channels).toHaveLength(2);
    expect(named.max({ axis: "c" }).node.channels).toBeUndefined();
    expect(named.max({ axis: "c", keepdims: true }).node.channels).toBeUndefined();
  });
});
