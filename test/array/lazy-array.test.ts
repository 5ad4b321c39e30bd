import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DTYPES } from "../../shared/block/dtype.ts";
import { fromZarr, LazyArray } from "../../shared/index.ts";
import { castReference } from "../../shared/kernels/cast.ts";
import { gaussian, threshold } from "../../shared/kernels/index.ts";
import { blocks, expectSame, imageAxes } from "../support/kernels.ts";
import { asBlock, lazyOf, randomBlock } from "../support/lazy.ts";

let folder = "";
beforeAll(async () => {
  folder = await fs.mkdtemp(path.join(os.tmpdir(), "lamella-lazy-"));
});
afterAll(() => fs.rm(folder, { recursive: true, force: true }));

describe("a lazy array", () => {
  it("knows its facts without reading a chunk", async () => {
    const array = await lazyOf(folder, randomBlock("uint16", [10, 65], 1), [5, 40]);
    await fs.rm(path.join(folder, "in-0.zarr/c"), { recursive: true });
    expect(array.shape).toEqual([10, 65]);
    expect(array.chunks).toEqual([
      [5, 5],
      [40, 25],
    ]);
    expect(array.chunkShape).toEqual([5, 40]);
    expect(array).toMatchObject({ dtype: "uint16", ndim: 2, nbytes: 1300 });
    const later = array.rechunk([-1, 20]).astype("float32");
    expect(later.chunks).toEqual([[10], [20, 20, 20, 5]]);
    expect(later).toMatchObject({ dtype: "float32", nbytes: 2600 });
    expect(Object.isFrozen(later)).toBe(true);
    expect(array.astype("uint16").node).toBe(array.node);
  });

  it("casts between any two dtypes as numpy does, and saturates floats", async () => {
    const pair = fc.tuple(fc.constantFrom(...DTYPES), fc.constantFrom(...DTYPES));
    const block = pair.chain(([from, to]) => fc.tuple(blocks(from, fc.constant([5, 7])), fc.constant(to)));
    await fc.assert(
      fc.asyncProperty(block, fc.integer({ min: 1, max: 7 }), async ([given, dtype], chunk) => {
        const input = await lazyOf(folder, given, [3, chunk]);
        expectSame(asBlock(await input.astype(dtype).compute()), castReference(given, dtype));
      }),
      { numRuns: 25 },
    );
  });

  it("has the same values in any chunks, once it is stored too", async () => {
    const size = fc.integer({ min: 1, max: 9 });
    const shapes = fc.array(fc.tuple(fc.integer({ min: 0, max: 11 }), size, size, size), { maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(
        shapes,
        fc.constantFrom("blosc", "zstd", "gzip", "none"),
        fc.constantFrom("0.4", "0.5"),
        async (axes, codec, ngff) => {
          const block = randomBlock(
            "int32",
            axes.map(([n]) => n),
            axes.length + 1,
          );
          const input = await lazyOf(
            folder,
            block,
            axes.map(([, a]) => a),
          );
          const uri = path.join(folder, `stored-${Math.random()}.zarr`);
          await input.rechunk(axes.map(([, , b]) => b)).toZarr(uri, {
            chunks: axes.map(([, , , c]) => c),
            codec,
            ngff,
            runs: path.join(folder, "runs"),
          });
          const stored = await fromZarr(uri);
          expectSame(asBlock(await stored.compute()), block);
          expect(stored.chunkShape).toEqual(axes.map(([n, , , c]) => Math.min(n, c)));
        },
      ),
      { numRuns: 25 },
    );
  });

  it("becomes an image where its axes are, and reads back as one", async () => {
    const block = randomBlock("uint8", [2, 30, 40], 2);
    const axes = imageAxes("cyx").map((axis) =>
      axis.type === "space" ? { ...axis, unit: "micrometer", scale: 0.25 } : axis,
    );
    const input = await lazyOf(folder, block, [1, 16, 16], { axes });
    const uri = path.join(folder, "image.zarr");
    await input
      .mapBlocks(threshold({ above: 3 }))
      .toZarr(uri, { pyramid: { levels: 2 }, runs: path.join(folder, "runs") });
    const image = await fromZarr(uri);
    expect(image.axes).toMatchObject([
      { name: "c" },
      { name: "y", scale: 0.25, unit: "micrometer" },
      { name: "x", type: "space" },
    ]);
    expect((await fromZarr(`${uri}#1`)).axes[1]).toMatchObject({ scale: 0.5, translation: 0.125 });
    expect((await fromZarr(`${uri}#1`)).shape).toEqual([2, 15, 20]);
  });

  it("is not stored where an option is none, or what is there is someone's", async () => {
    const input = await lazyOf(folder, randomBlock("uint8", [4, 4], 1), [2, 2]);
    const uri = path.join(folder, "refused.zarr");
    const runs = path.join(folder, "runs");
    for (const options of [
      { codec: "lzma" },
      { ngff: "0.6" },
      { chunks: [0, 1] },
      { pyramid: { levels: 0 } },
      { pyramid: { level: 2 } },
    ]) {
      await expect(input.toZarr(uri, { ...(options as object), runs })).rejects.toMatchObject({
        code: "INVALID_ARGUMENT",
      });
    }
    await expect(fs.readdir(uri)).rejects.toThrow();
    await input.toZarr(uri, { runs });
    await expect(input.toZarr(uri, { runs })).rejects.toMatchObject({ code: "OUTPUT_EXISTS" });
    await input.toZarr(uri, { runs, overwrite: true });
  });

  it.each([
    [{ workers: -1 }, '"workers" is -1'],
    [{ workers: 1.5 }, '"workers" is 1.5'],
    [{ memory: Number.NaN }, '"memory" is NaN'],
    [{ memory: "much" }, '"memory" is much'],
    [{ on: "mars" }, '"on" is "mars"'],
  ])("refuses to compute with %j", async (options, message) => {
    const input = await lazyOf(folder, randomBlock("uint8", [4, 4], 1), [2, 2]);
    await expect(input.sum().compute(options as object)).rejects.toMatchObject({
      code: "INVALID_ARGUMENT",
      message: expect.stringContaining(message),
    });
  });

  it("stops computing when it is told to", async () => {
    const input = await lazyOf(folder, randomBlock("uint8", [4, 4], 1), [2, 2]);
    const reason = new Error("the user went away");
    await expect(input.sum().compute({ signal: AbortSignal.abort(reason) })).rejects.toMatchObject({
      code: "INTERRUPTED",
      hint: "Nothing of it was kept: compute it again.",
      cause: reason,
    });
  });

  it("says which kernel, and what it takes, where something is wrong", async () => {
    const input: LazyArray = await lazyOf(folder, randomBlock("float32", [4, 4], 1), [2, 2]);
    expect(() => input.mapBlocks({ kernel: "gausian", args: {} })).toThrow(
      expect.objectContaining({ code: "UNKNOWN_KERNEL", hint: 'Did you mean "gaussian"?' }),
    );
    expect(() => input.mapBlocks({ kernel: "label", args: {} })).toThrow(
      expect.objectContaining({ code: "UNSUPPORTED_DTYPE", message: expect.stringContaining("float32") }),
    );
    expect(() => input.mapBlocks({ kernel: "gaussian", args: { sgma: 1 } })).toThrow(
      expect.objectContaining({ code: "UNKNOWN_KEY", hint: 'Did you mean "sigma"?' }),
    );
    expect(() => input.astype("complex64" as "int8")).toThrow(
      expect.objectContaining({ code: "UNSUPPORTED_DTYPE" }),
    );
    expect(() => input.mapOverlap(gaussian({ sigma: 1 }), { depth: -4 })).toThrow(/depth -4/);
    expect(new LazyArray(input.node).shape).toEqual([4, 4]);
  });
});
