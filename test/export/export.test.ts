import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Block, newBlock, sizeOf } from "../../shared/block/block.ts";
import type { DType } from "../../shared/block/dtype.ts";
import { type ExportOptions, prepareExport, runExport } from "../../shared/export/export.ts";
import { imageAttributes } from "../../shared/formats/ngff/multiscales.ts";
import { openImageFile } from "../../shared/formats/open-image.ts";
import { FIELD } from "../../shared/formats/tiff/tags.ts";
import { fromHdf5, fromN5 } from "../../shared/index.ts";
import { referenceDownsample } from "../../shared/kernels/downsample/reference.ts";
import { FileStore } from "../../shared/storage/file.ts";
import { groupMetadataObjects } from "../../shared/zarr/write.ts";
import { randomBlock, storeBlock } from "../support/lazy.ts";
import { makeTiff, page } from "../support/make-tiff.ts";
import { readAll } from "../support/read-all.ts";
import { sharedData } from "../support/shared-data.ts";

let folder = "";
let count = 0;
beforeAll(async () => {
  folder = await fs.mkdtemp(path.join(os.tmpdir(), "lamella-export-test-"));
});
afterAll(() => fs.rm(folder, { recursive: true, force: true }));

/** 2 x 2 indices, in a palette of 256 greys. */
const GREYS = Array.from({ length: 256 }, (_, i) => i * 257);
const PALETTE = Buffer.from(
  makeTiff([
    page(2, 2, 8, [Uint8Array.of(1, 9, 200, 3)], {
      262: [FIELD.short, [3]],
      320: [FIELD.short, [...GREYS, ...GREYS, ...GREYS]],
    }),
  ]),
);

const NAMES = ["t", "c", "z", "y", "x"];

/** An OME-Zarr image of one level a block, its axes the last of TCZYX. */
async function storeImage(
  blocks: readonly Block[],
  chunks: readonly number[],
  names = NAMES.slice(-blocks[0]!.shape.length),
) {
  const uri = path.join(folder, `${count++}.ome.zarr`);
  for (const [i, block] of blocks.entries()) {
    await storeBlock(
      path.join(uri, String(i)),
      block,
      chunks.map((n, axis) => Math.min(n, block.shape[axis]!)),
    );
  }
  const axes = names.map((name) => ({
    name,
    scale: name === "x" ? 0.25 : 1,
    translation: 0,
    ...("zyx".includes(name) ? { type: "space" as const, unit: "nanometer" } : {}),
  }));
  const full = blocks[0]!.shape;
  const attributes = imageAttributes({
    version: "0.5",
    metadata: { name: "cells", axes, channels: [{ label: "DNA µ", color: "00FF00" }] },
    levels: blocks.map(({ shape }, i) => ({
      path: String(i),
      shape,
      factors: shape.map((n, axis) => full[axis]! / n),
    })),
    method: "mean",
    omero: { dtype: blocks[0]!.dtype },
  });
  const store = new FileStore(uri);
  for (const { key, bytes } of groupMetadataObjects(3, attributes)) await store.put(key, bytes);
  return uri;
}

async function exported(zarr: string, options: ExportOptions = {}) {
  const tiff = path.join(folder, `${count++}.ome.tif`);
  const report = await runExport(await prepareExport(zarr, tiff, options));
  return { tiff, report, file: await openImageFile(tiff) };
}

function same(a: ArrayBufferView, b: ArrayBufferView): boolean {
  const bytes = (view: ArrayBufferView) => Buffer.from(view.buffer, view.byteOffset, view.byteLength);
  return bytes(a).equals(bytes(b));
}

describe("what is exported", () => {
  const length = fc.integer({ min: 1, max: 3 });
  const side = fc.integer({ min: 1, max: 90 });
  const chunk = fc.integer({ min: 1, max: 40 });
  const images = fc.record({
    shape: fc.tuple(length, length, length, side, side),
    chunks: fc.tuple(length, length, length, chunk, chunk),
    rank: fc.integer({ min: 2, max: 5 }),
    dtype: fc.constantFrom<DType[]>(
      "uint8",
      "int8",
      "uint16",
      "int16",
      "uint32",
      "int32",
      "float32",
      "float64",
    ),
    compression: fc.constantFrom("none", "deflate", "lzw", "zstd"),
    tile: fc.constantFrom([16, 16] as const, [32, 16] as const, [48, 64] as const),
    littleEndian: fc.boolean(),
    bigTiff: fc.boolean(),
    levels: fc.integer({ min: 1, max: 3 }),
  });

  test("is what was stored, and each level that is made is the mean of the one before", async () => {
    await fc.assert(
      fc.asyncProperty(images, async ({ shape, chunks, rank, dtype, ...options }) => {
        const block = randomBlock(dtype, shape.slice(-rank), 3);
        const { file } = await exported(await storeImage([block], chunks.slice(-rank)), options);
        const { source, levels, metadata } = file.series[0]!;
        expect(source.shape).toEqual([...NAMES.slice(0, 5 - rank).map(() => 1), ...shape.slice(-rank)]);
        expect(source.dtype).toBe(dtype);
        expect(metadata.axes.map(({ name, scale, unit }) => [name, scale, unit]).at(-1)).toEqual([
          "x",
          0.25,
          "nanometer",
        ]);
        let above: Block = { dtype, shape: source.shape, data: await readAll(source) };
        expect(same(above.data, block.data)).toBe(true);
        for (const level of levels) {
          const factors = above.shape.map((n, axis) => (axis > 2 && n > 1 ? 2 : 1));
          const wanted = referenceDownsample(above, factors, "mean");
          expect(level.shape).toEqual(wanted.shape);
          above = { dtype, shape: level.shape, data: await readAll(level) };
          expect(same(above.data, wanted.data)).toBe(true);
        }
      }),
      { numRuns: 15 },
    );
  });

  test("reuses the levels that there are, as far as they shrink planes", async () => {
    const level = (y: number, z = 2, seed = y) => randomBlock("uint16", [z, y, y], seed);
    const blocks = [level(100), level(50), level(25)];
    const { file } = await exported(await storeImage(blocks, [1, 32, 32]), { tile: [16, 16] });
    for (const [i, source] of [file.series[0]!.source, ...file.series[0]!.levels].entries())
      expect(same(await readAll(source), blocks[i]!.data)).toBe(true);
    // A level that shrinks z too isn't one of planes.
    const shrunk = await exported(await storeImage([level(100), level(50, 1)], [1, 32, 32]), { levels: 2 });
    const [made] = shrunk.file.series[0]!.levels;
    const wanted = referenceDownsample(
      { ...level(100), shape: [1, 1, 2, 100, 100] },
      [1, 1, 1, 2, 2],
      "mean",
    );
    expect(same(await readAll(made!), wanted.data)).toBe(true);
  });

  test("halves until 256 where there is one level, labels by the most frequent value", async () => {
    const block = newBlock("uint8", [600, 520]);
    for (let i = 0; i < block.data.length; i++) block.data[i] = i % 520 < 260 ? 3 : 8;
    const { file, report } = await exported(await storeImage([block], [200, 200]), { downsample: "mode" });
    expect(file.series[0]!.levels.map((level) => level.shape.slice(3))).toEqual([
      [300, 260],
      [150, 130],
    ]);
    expect(new Set((await readAll(file.series[0]!.levels[1]!)) as Uint8Array)).toEqual(new Set([3, 8]));
    expect(report.series).toMatchObject([{ levels: [{ made: false }, { made: true }, { made: true }] }]);
  });

  test("bool becomes uint8 and float16 float32, and says so", async () => {
    const mask = randomBlock("bool", [20, 20], 1);
    const { file, report } = await exported(await storeImage([mask], [20, 20]));
    expect(file.series[0]!.source.dtype).toBe("uint8");
    expect(same(await readAll(file.series[0]!.source), mask.data)).toBe(true);
    expect(report.notes).toEqual([expect.stringContaining("bool is written as uint8")]);
    const half = randomBlock("float16", [20, 20], 1);
    const floats = await exported(await storeImage([half], [20, 20]));
    expect([...(await readAll(floats.file.series[0]!.source))]).toEqual([...half.data]);
  });

  test("is the same file every time", async () => {
    const zarr = await storeImage([randomBlock("uint16", [3, 300, 300], 1)], [2, 70, 70]);
    const [a, b] = await Promise.all([exported(zarr, { levels: 3 }), exported(zarr, { levels: 3 })]);
    expect((await fs.readFile(a.tiff)).equals(await fs.readFile(b.tiff))).toBe(true);
  });
});

describe("what isn't exported", () => {
  test.each([
    ["int64", [20, 20], {}, "UNSUPPORTED_DTYPE"],
    ["uint8", [20, 20], { memoryMiB: 100 }, "OVER_MEMORY"],
    ["uint8", [20, 20], { tile: [10, 16] }, "INVALID_ARGUMENT"],
    ["uint8", [20, 20], { series: [1] }, "NOT_FOUND"],
    ["uint8", [20, 20], { compression: "lzw", compressionLevel: 3 }, "INVALID_ARGUMENT"],
    ["uint8", [20, 20], { compression: "zstd", compressionLevel: 23 }, "INVALID_ARGUMENT"],
  ] as [DType, number[], ExportOptions, string][])(
    "%s %j with %j is %s",
    async (dtype, shape, options, code) => {
      const zarr = await storeImage([randomBlock(dtype, shape, 1)], shape);
      const tiff = path.join(folder, "refused.ome.tif");
      await expect(prepareExport(zarr, tiff, options)).rejects.toMatchObject({ code });
    },
  );

  test("arrays of more axes, groups, and names that aren't a TIFF's", async () => {
    const uri = path.join(folder, "six.zarr");
    await storeBlock(uri, randomBlock("uint8", [1, 1, 1, 1, 4, 4], 1), [1, 1, 1, 1, 4, 4]);
    const out = path.join(folder, "six.ome.tif");
    await expect(prepareExport(uri, out, {})).rejects.toMatchObject({ code: "SHAPE_MISMATCH" });
    await expect(prepareExport(uri, path.join(folder, "six.zarr"), {})).rejects.toMatchObject({
      code: "INVALID_ARGUMENT",
    });
    await expect(prepareExport(path.join(folder, "nothing.zarr"), out, {})).rejects.toMatchObject({
      code: "NOT_FOUND",
    });
  });

  test("over a file that is there, unless asked to; an interruption leaves it as it was", async () => {
    const zarr = await storeImage([randomBlock("uint8", [64, 64], 1)], [16, 16]);
    const tiff = path.join(folder, "there.ome.tif");
    await fs.writeFile(tiff, "mine");
    await expect(prepareExport(zarr, tiff, {})).rejects.toMatchObject({
      code: "OUTPUT_EXISTS",
      exitStatus: 3,
    });
    const prepared = await prepareExport(zarr, tiff, { overwrite: true, tile: [16, 16] });
    const abort = new AbortController();
    abort.abort();
    await expect(runExport(prepared, { signal: abort.signal })).rejects.toMatchObject({
      code: "INTERRUPTED",
    });
    expect(await fs.readFile(tiff, "utf8")).toBe("mine");
    expect((await fs.readdir(folder)).filter((name) => name.endsWith(".tmp"))).toEqual([]);
    await runExport(prepared);
    expect(
      same(
        await readAll((await openImageFile(tiff)).series[0]!.source),
        randomBlock("uint8", [64, 64], 1).data,
      ),
    ).toBe(true);
  });

  test("never over a file that it reads, by whatever name", async () => {
    const tiff = path.join(folder, "source.tif");
    await fs.writeFile(tiff, PALETTE);
    const link = path.join(folder, "link.tif");
    await fs.symlink(tiff, link);
    for (const out of [tiff, link]) {
      await expect(prepareExport(tiff, out, { overwrite: true })).rejects.toMatchObject({
        code: "INVALID_ARGUMENT",
        exitStatus: 2,
      });
    }
    expect(PALETTE.equals(await fs.readFile(tiff))).toBe(true);
  });

  test("levels of a palette are picked, not mixed, and the palette is said to go", async () => {
    const tiff = path.join(folder, "palette.tif");
    await fs.writeFile(tiff, PALETTE);
    const { images, notes } = await prepareExport(tiff, path.join(folder, "indices.ome.tif"), {});
    expect(images[0]!.method).toBe("nearest");
    expect(notes).toEqual([expect.stringContaining("the indices of its palette are written")]);
  });

  test("where a chunk doesn't decode: nothing is left", async () => {
    const zarr = await storeImage([randomBlock("uint16", [64, 64], 1)], [32, 32]);
    await fs.writeFile(path.join(zarr, "0/c/1/0"), "broken");
    const tiff = path.join(folder, "broken.ome.tif");
    const prepared = await prepareExport(zarr, tiff, {});
    await expect(runExport(prepared)).rejects.toMatchObject({ code: "CHUNK_DECODE" });
    await expect(fs.stat(tiff)).rejects.toThrow("ENOENT");
    expect((await fs.readdir(folder)).filter((name) => name.endsWith(".tmp"))).toEqual([]);
  });
});

test("the sizes of blocks don't grow with the image", async () => {
  const { blockShape } = await import("../../shared/export/blocks.ts");
  fc.assert(
    fc.property(
      fc
        .tuple(fc.nat(9), fc.nat(9), fc.nat(99), fc.nat(99_999), fc.nat(99_999))
        .map((shape) => shape.map((n) => n + 1)),
      fc
        .tuple(fc.nat(3), fc.nat(3), fc.nat(31), fc.nat(4095), fc.nat(99_999))
        .map((shape) => shape.map((n) => n + 1)),
      (shape, chunk) => {
        const tile = [512, 256] as const;
        const most = 32 * 2 ** 20;
        const block = blockShape(shape, chunk, tile, 2, most);
        expect(sizeOf(block) * 2).toBeLessThanOrEqual(most);
        expect([block[3]! % tile[0], block[4]! % tile[1]]).toEqual([0, 0]);
      },
    ),
  );
});

const data = sharedData("data");

describe.skipIf(!data)("sources of other formats", () => {
  test.each([
    ["czi/aicspylibczi/RGB-8bit.czi", async (file: string) => (await openImageFile(file)).series[0]!],
    ["hdf5/pyfive/chunked.hdf5", async (file: string) => (await fromHdf5(file)).compute()],
    ["n5/neuroglancer/n5_viewer_multiscale_modern", async (file: string) => (await fromN5(file)).compute()],
  ])("%s is written pixel for pixel", async (name, open) => {
    const file = path.join(data!, name);
    const opened = await open(file);
    const pixels = "source" in opened ? await readAll(opened.source) : opened.data;
    const written = await exported(file);
    const { source } = written.file.series[0]!;
    expect(same(await readAll(source), pixels)).toBe(true);
    expect(written.report.notes).toEqual([]);
  });
});
