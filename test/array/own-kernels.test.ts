import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Block } from "../../shared/block/block.ts";
import { applyGufunc, blockwise, type LazyArray, mapBlocks, moduleKernel } from "../../shared/index.ts";
import { threshold } from "../../shared/kernels/index.ts";
import { lazyOf, randomBlock } from "../support/lazy.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "lamella-own-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const own = (name: string) => moduleKernel(new URL("../support/own-kernels.ts", import.meta.url), name);
const computed = async (array: LazyArray, workers = 1) =>
  [...(await array.compute({ workers })).data].map(Number);
const numbers = (block: Block) => [...block.data].map(Number);

describe("mapBlocks with an own kernel", () => {
  it("tells where a block lies", async () => {
    const image = await lazyOf(folder, randomBlock("uint16", [5, 6], 1), [2, 4]);
    const ids = await computed(image.mapBlocks(own("blockId"), { dtype: "int32" }), 2);
    expect(ids).toEqual(Array.from({ length: 30 }, (_, i) => 10 * Math.floor(i / 12) + Number(i % 6 >= 4)));
  });

  it("sees the lazy array's chunks, and says so", async () => {
    const block = randomBlock("uint16", [4, 4], 2);
    const image = await lazyOf(folder, block, [2, 4]);
    const lazy = image.mapBlocks(own("minusLocalMin"));
    const values = numbers(block);
    const low = [Math.min(...values.slice(0, 8)), Math.min(...values.slice(8))];
    expect(await computed(lazy)).toEqual(values.map((x, i) => x - low[Math.floor(i / 8)]!));
    const plan = (await lazy.plan()) as { warnings: { code: string }[] };
    expect(plan.warnings.map(({ code }) => code)).toEqual(["CHUNK_DEPENDENT"]);
    const any = (await image.mapBlocks(own("negated"), { extent: "pointwise" }).plan()) as {
      warnings: object[];
    };
    expect(any.warnings).toEqual([]);
  });

  it("can change its blocks without anybody else seeing it", async () => {
    const block = randomBlock("float32", [6, 5], 3);
    const image = await lazyOf(folder, block, [4, 5]);
    const changed = image.mapBlocks(own("negated"), { extent: "pointwise" });
    const joined = await computed(
      mapBlocks(own("masked"), [image, changed], { chunks: [[4, 2], 5] }).slice("0:0"),
    );
    expect(joined).toEqual([]);
    expect(await computed(changed)).toEqual(numbers(block).map((x) => -x));
  });

  it("changes chunks, drops and adds axes", async () => {
    const block = randomBlock("float32", [3, 5, 4], 4);
    const image = await lazyOf(folder, block, [2, 2, 4]);
    const half = image.mapBlocks(own("everySecond"), { chunks: [[2, 1], [2, 2, 1], 2] });
    expect(half.shape).toEqual([3, 5, 2]);
    expect(await computed(half)).toEqual(numbers(block).filter((_, i) => i % 2 === 0));
    const sums = image.mapBlocks(own("lastSum"), { dropAxis: -1 });
    expect(sums.chunks).toEqual([
      [2, 1],
      [2, 2, 1],
    ]);
    const direct = image.sum({ axis: 2 });
    const [a, b] = [await computed(sums), await computed(direct)];
    for (const [i, x] of a.entries()) expect(x).toBeCloseTo(b[i]!, 3);
    const added = image.mapBlocks(own("negated"), { newAxis: 1 });
    expect(added.shape).toEqual([3, 1, 5, 4]);
    expect(await computed(added)).toEqual(numbers(block).map((x) => -x));
  });

  it("takes numbers from 0-d arrays", async () => {
    const block = randomBlock("float32", [4, 4], 5);
    const image = await lazyOf(folder, block, [2, 2]);
    const values = await computed(image.mapBlocks(own("scaled"), { args: { by: image.max() } }));
    const most = Math.max(...numbers(block));
    expect(values).toEqual(numbers(block).map((x) => Math.fround(x * most)));
  });
});

describe("overlaps", () => {
  it("extend, and trim again, asymmetrically", async () => {
    const block = randomBlock("float32", [7, 3], 6);
    const image = await lazyOf(folder, block, [2, 3]);
    const values = numbers(block);
    const expected = values.map((x, i) => Math.fround(x + (i >= 3 ? values[i - 3]! : 0)));
    const options = { depth: [[2, 0], 0] as const, boundary: "none" } as const;
    expect(await computed(image.mapOverlap(own("withRowAbove"), options), 2)).toEqual(expected);
    expect(await computed(image.mapOverlap(own("withRowAbove"), { ...options, extent: "depth" }))).toEqual(
      expected,
    );
  });

  it("lay blocks with their halos side by side", async () => {
    const image = await lazyOf(folder, randomBlock("uint16", [5], 7), [2]);
    const values = await computed(image);
    const at = (picks: number[]) => picks.map((i) => values[i]!);
    expect(image.overlapInternal({ depth: 1 }).chunks).toEqual([[3, 4, 2]]);
    expect(await computed(image.overlapInternal({ depth: 1 }))).toEqual(at([0, 1, 2, 1, 2, 3, 4, 3, 4]));
    const reflected = image.overlap({ depth: 1, boundary: "reflect" });
    expect(await computed(reflected)).toEqual(at([0, 0, 1, 2, 1, 2, 3, 4, 3, 4, 4]));
    const untrimmed = image.mapOverlap(threshold({ above: 50 }), { depth: 1, boundary: "none", trim: false });
    expect(await computed(untrimmed)).toEqual(at([0, 1, 2, 1, 2, 3, 4, 3, 4]).map((x) => Number(x > 50)));
  });
});

describe("blockwise", () => {
  it("broadcasts by letters, and hands literals over", async () => {
    const [a, b] = [randomBlock("float32", [3, 4, 5], 8), randomBlock("float32", [4, 5], 9)];
    const series = await lazyOf(folder, a, [2, 2, 3]);
    const mask = await lazyOf(folder, b, [4, 2]);
    const lazy = blockwise(own("masked"), "tij", [[series, "tij"], [mask, "ij"], { literal: 2 }]);
    expect(lazy.chunks).toEqual([
      [2, 1],
      [2, 2],
      [2, 1, 1, 1],
    ]);
    const m = numbers(b);
    expect(await computed(lazy, 2)).toEqual(numbers(a).map((x, i) => Math.fround(x * m[i % 20]! + 2)));
  });

  it("refuses arrays and letters that aren't in pairs, as Dask takes them", async () => {
    const image = await lazyOf(folder, randomBlock("float32", [3, 7], 10), [2, 3]);
    for (const args of [[image, "ij"], [3], [["ij", image]]]) {
      expect(() => blockwise(own("lastSum"), "i", args as unknown as [LazyArray, string][])).toThrow(
        expect.objectContaining({ code: "INVALID_ARGUMENT" }),
      );
    }
  });

  it("refuses built-in kernels and what is no kernel, as applyGufunc does", async () => {
    const image = await lazyOf(folder, randomBlock("float32", [3, 7], 10), [2, 3]);
    for (const kernel of [threshold({ above: 1 }), undefined, {}, "threshold"]) {
      const given = kernel as unknown as ReturnType<typeof own>;
      const refused = expect.objectContaining({ code: "INVALID_ARGUMENT", hint: expect.anything() });
      expect(() => blockwise(given, "ij", [[image, "ij"]])).toThrow(refused);
      expect(() => applyGufunc(given, "(i)->(i)", [image])).toThrow(refused);
    }
  });

  it("contracts whole, or as lists", async () => {
    const image = await lazyOf(folder, randomBlock("float32", [3, 7], 10), [2, 3]);
    const whole = await computed(blockwise(own("lastSum"), "i", [[image, "ij"]]));
    const listed = await computed(blockwise(own("listSum"), "i", [[image, "ij"]], { concatenate: false }));
    const exact = await computed(image.sum({ axis: 1 }));
    for (const [i, x] of exact.entries()) {
      expect(whole[i]).toBeCloseTo(x, 3);
      expect(listed[i]).toBeCloseTo(x, 3);
    }
  });

  it("says what doesn't fit", async () => {
    const image = await lazyOf(folder, randomBlock("float32", [3, 7], 10), [2, 3]);
    const call = (out: string, index: string, options = {}) =>
      blockwise(own("lastSum"), out, [[image, index]], options);
    expect(() => call("i", "ijk")).toThrow(/3 letters, and .* 2 axes/);
    expect(() => call("ik", "ij")).toThrow(/letter k of the result is no input's/);
    expect(() => call("ii", "ij")).toThrow(/names a letter twice/);
    expect(() => call("i", "ij", { newAxes: { j: 2 } })).toThrow(/newAxes names j/);
    expect(() => call("i", "ij", { adjustChunks: { j: 2 } })).toThrow(/adjustChunks names j/);
    const other = await lazyOf(folder, randomBlock("float32", [4], 10), [2]);
    expect(() =>
      blockwise(own("masked"), "ij", [
        [image, "ij"],
        [other, "i"],
      ]),
    ).toThrow(/has 3 elements and .* 4/);
  });
});

describe("applyGufunc", () => {
  it("gives several outputs over core dimensions, wherever those are", async () => {
    const block = randomBlock("float32", [4, 6], 11);
    const image = await lazyOf(folder, block, [3, 2]);
    const [mean, spread] = applyGufunc(own("meanAndSpread"), "(i)->(),()", [image], {
      outputDtypes: "float64",
    });
    expect(mean!.shape).toEqual([4]);
    const [means, spreads] = [await computed(mean!, 2), await computed(spread!)];
    const exact = [await computed(image.mean({ axis: 1 })), await computed(image.std({ axis: 1 }))];
    for (let i = 0; i < 4; i++) {
      expect(means[i]).toBeCloseTo(exact[0]![i]!, 4);
      expect(spreads[i]).toBeCloseTo(exact[1]![i]!, 4);
    }
    const [first] = applyGufunc(own("meanAndSpread"), "(i)->(),()", [image], {
      axis: 0,
      keepdims: true,
      dtype: "float64",
    });
    expect(first!.shape).toEqual([1, 6]);
  });

  it("takes sizes of new dimensions, and puts outputs where they are wanted", async () => {
    const block = randomBlock("float32", [3, 5], 12);
    const image = await lazyOf(folder, block, [2, 2]);
    const [lazy] = applyGufunc(own("differences"), "(i)->(k)", [image], { outputSizes: { k: 4 } });
    const values = numbers(block);
    const expected = [0, 1, 2].map((r) =>
      [0, 1, 2, 3].map((i) => Math.fround(values[r * 5 + i + 1]! - values[r * 5 + i]!)),
    );
    expect(await computed(lazy!)).toEqual(expected.flat());
    const [moved] = applyGufunc(own("differences"), "(i)->(k)", [image], {
      outputSizes: { k: 4 },
      axes: [[1], [0]],
    });
    expect(moved!.shape).toEqual([4, 3]);
    expect(await computed(moved!)).toEqual([0, 1, 2, 3].flatMap((i) => expected.map((row) => row[i])));
  });

  it("puts the core dimension of outputs where `axis` says, as numpy and Dask do", async () => {
    const block = randomBlock("float32", [5, 3], 12);
    const image = await lazyOf(folder, block, [2, 2]);
    const values = numbers(block);
    const expected = [0, 1, 2, 3].flatMap((r) =>
      [0, 1, 2].map((c) => Math.fround(values[(r + 1) * 3 + c]! - values[r * 3 + c]!)),
    );
    for (const axis of [0, -2, "dim_0"]) {
      const [moved] = applyGufunc(own("differences"), "(i)->(k)", [image], { outputSizes: { k: 4 }, axis });
      expect(moved!.shape).toEqual([4, 3]);
      expect(await computed(moved!)).toEqual(expected);
    }
    expect(() =>
      applyGufunc(own("differences"), "(i)->(k,l)", [image], { outputSizes: { k: 4, l: 1 }, axis: 0 }),
    ).toThrow(/outputs of one or none/);
  });

  it("refuses signatures that say nothing sensible", async () => {
    const image = await lazyOf(folder, randomBlock("float32", [3, 5], 12), [2, 2]);
    const call = (signature: string, options = {}) =>
      applyGufunc(own("differences"), signature, [image], options);
    expect(() => call("(i)")).toThrow(/needs one ->/);
    expect(() => call("(i,)->()")).toThrow(/no list of dimensions/);
    expect(() => call("(i),(j)->()")).toThrow(/takes 2 arrays, 1 were given/);
    expect(() => call("(i)->(k)")).toThrow(/length of output dimension k/);
    expect(() => call("(i)->()", { axis: 0, axes: [[0]] })).toThrow(/axis or axes/);
  });
});

describe("own kernels that don't work", () => {
  it("are refused before the run, or fail with the step and the block", async () => {
    const image = await lazyOf(folder, randomBlock("float32", [4, 4], 13), [2, 4]);
    await expect(image.mapBlocks(own("nothing")).compute()).rejects.toMatchObject({ code: "INVALID_ARGS" });
    await expect(image.mapBlocks(own("notAFunction")).compute()).rejects.toThrow(/no function/);
    await expect(image.mapBlocks(moduleKernel("/nowhere/kernel.ts")).compute()).rejects.toMatchObject({
      code: "NOT_FOUND",
    });
    await expect(image.mapBlocks(own("wrongSize")).compute()).rejects.toThrow(
      /wrongSize, on block \[0, 0\] .* returned 3 elements/,
    );
    await expect(image.mapBlocks(own("throws")).compute()).rejects.toThrow(
      /step throws: .* threw RangeError: no such luck/,
    );
    const captured = 3;
    expect(() =>
      image.mapBlocks((block: { data: Float32Array }) => block.data.map((x) => x + captured)),
    ).toThrow(/carried to a worker/);
    expect(() => image.mapBlocks(own("scaled"), { args: { by: (() => 2) as never } })).toThrow(
      /args.by can't be carried/,
    );
    expect(() => image.mapBlocks(threshold({ above: 1 }), { dropAxis: 0 } as never)).toThrow(
      /dropAxis is for own kernels/,
    );
  });
});
