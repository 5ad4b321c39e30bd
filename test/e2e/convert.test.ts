import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeDemoImage } from "../../scripts/make-demo-image.ts";
import type { Json } from "../../shared/errors.ts";
import { fileSink } from "../../shared/formats/tiff/sink.ts";
import { writeOmeTiff } from "../../shared/formats/tiff/write.ts";
import { inspect } from "../../shared/inspect/inspect.ts";
import { outputsOfRequest } from "../../shared/pipeline/request.ts";
import { compile } from "../../shared/plan/compile.ts";
import { openStore } from "../../shared/storage/uri.ts";
import { openZarrArray } from "../../shared/zarr/read.ts";
import { findPython, runPython } from "../support/python-venv.ts";
import { readAll } from "../support/read-all.ts";
import { run } from "../support/run.ts";
import { sharedData } from "../support/shared-data.ts";

let folder = "";
let count = 0;
beforeAll(async () => {
  folder = await fs.mkdtemp(path.join(os.tmpdir(), "lamella-convert-"));
});
afterAll(() => fs.rm(folder, { recursive: true, force: true }));

async function convert(src: string, options: { [option: string]: Json } = {}): Promise<string> {
  const dst = path.join(folder, `${count++}.ome.zarr`);
  await run(await compile(await outputsOfRequest({ convert: { src, dst, ...options } })), folder, {
    workers: 1,
  });
  return dst;
}

interface Level {
  readonly shape: number[];
  readonly chunks: number[];
  readonly shards?: number[];
  readonly zarrFormat: number;
  readonly codecs: { name: string }[];
  readonly scale: number[];
  readonly translation: number[];
}

interface Image {
  readonly ngff: string;
  readonly levels: Level[];
  readonly axes: { name: string; unit?: string; scale: number }[];
  readonly channels: { label: string; color: string; window: { min: number; max: number } }[];
}

async function imagesOf(dst: string): Promise<Image[]> {
  return ((await inspect(dst)) as unknown as { series: Image[] }).series;
}

describe("converting the demo's image", () => {
  let tiff = "";
  beforeAll(async () => {
    tiff = path.join(folder, "cells.ome.tif");
    await makeDemoImage(tiff, { shape: [1, 2, 3, 530, 777], seed: 2 });
  });

  it("keeps channels, sizes and units, and halves until 256", async () => {
    const [image] = await imagesOf(await convert(tiff));
    expect(image!.levels.map((level) => level.shape)).toEqual([
      [1, 2, 3, 530, 777],
      [1, 2, 3, 265, 388],
      [1, 2, 3, 132, 194],
    ]);
    expect(image!.axes.map((axis) => [axis.name, axis.unit, axis.scale])).toEqual([
      ["t", undefined, 1],
      ["c", undefined, 1],
      ["z", "micrometer", 1],
      ["y", "micrometer", 0.325],
      ["x", "micrometer", 0.325],
    ]);
    expect(image!.levels[2]!.scale).toEqual([1, 1, 1, 1.3, 1.3]);
    expect(image!.levels[2]!.translation.map((n) => Math.round(n * 1e6) / 1e6)).toEqual([
      0, 0, 0, 0.4875, 0.4875,
    ]);
    expect(image!.channels.map(({ label, color }) => [label, color])).toEqual([
      ["nuclei", "00A0FF"],
      ["membrane", "FF8000"],
    ]);
    for (const { window } of image!.channels) {
      expect(window.min).toBeGreaterThan(0);
      expect(window.max).toBeGreaterThan(1000);
      expect(window.max).toBeLessThan(65535);
    }
  });

  it("does as its options say", async () => {
    const [first] = await imagesOf(
      await convert(tiff, { chunks: [128, 200], levels: 2, codec: "gzip", level: 3, ngff: "0.4" }),
    );
    expect(first!.ngff).toBe("0.4");
    expect(first!.levels).toHaveLength(2);
    expect(first!.levels[0]).toMatchObject({ zarrFormat: 2, chunks: [1, 1, 1, 128, 200] });
    expect(JSON.stringify(first!.levels[0]!.codecs)).toContain("gzip");
    const [second] = await imagesOf(
      await convert(tiff, { chunks: [1, 64, 64], shards: [3, 128, 256], codec: "none" }),
    );
    expect(second!.levels[0]).toMatchObject({
      zarrFormat: 3,
      chunks: [1, 1, 1, 64, 64],
      shards: [1, 1, 3, 128, 256],
    });
    expect(JSON.stringify(second!.levels[0]!.codecs)).not.toMatch(/blosc|zstd|gzip/);
  });

  it.each<[string, { [option: string]: Json }, string]>([
    ["a series that there isn't", { series: [1] }, "NOT_FOUND"],
    ["shards of Zarr v2", { ngff: "0.4", shards: [128, 128], chunks: [64, 64] }, "INVALID_ARGUMENT"],
    ["shards that hold no whole chunks", { shards: [100, 100], chunks: [64, 64] }, "INVALID_ARGUMENT"],
    ["a level that the codec doesn't have", { codec: "gzip", level: 12 }, "INVALID_ARGUMENT"],
    ["more chunk sizes than axes", { chunks: [1, 1, 1, 1, 64, 64] }, "INVALID_ARGUMENT"],
  ])("refuses %s", async (_name, options, code) => {
    await expect(convert(tiff, options)).rejects.toMatchObject({ code });
  });

  describe.skipIf(!findPython())("compared with numpy", () => {
    it.each<[string, { [option: string]: Json }, string]>([
      ["by default", {}, "mean"],
      ["to 0.4, small chunks", { ngff: "0.4", chunks: [1, 100, 90], levels: 5 }, "mean"],
      ["to shards, by maximum", { chunks: [1, 64, 64], shards: [2, 128, 192], downsample: "max" }, "max"],
      ["to zstd, by nearest", { codec: "zstd", downsample: "nearest" }, "nearest"],
    ])("gives tifffile's pixels, and its levels, %s", async (_name, options, method) => {
      const result = JSON.parse(
        await runPython("check_conversion.py", [tiff, await convert(tiff, options), method]),
      );
      expect(result).toMatchObject({ series: 1, failures: [] });
      expect(result.levels).toBeGreaterThan(2);
    });
  });
});

const FILES = [
  "tiff/viv/multi-channel.ome.tif",
  "tiff/exampletiffs/ometiff_testdata/multiples/multi_image_node/TSeries-camp-005_Cycle00001_Ch1_000001.ome.tif",
  "generated_bioformats/mct_int8_bigtiff_zlib_strips.ome.tif",
  "generated_bioformats/mcz_int8_lzw_tiled_subifd3.ome.tif",
  "generated_bioformats/lsm_test_zlib.ome.tif",
  "generated_bioformats/multifile/mcz_c0_z0.ome.tif",
].flatMap((file) => {
  const full = sharedData("data", ...file.split("/"));
  return full === undefined ? [] : [[file, full] as const];
});

describe.skipIf(FILES.length === 0 || !findPython())("converting real files", () => {
  it.each(FILES)("%s gives tifffile's pixels", async (_name, file) => {
    const result = JSON.parse(
      await runPython("check_conversion.py", [
        file,
        await convert(file, { levels: 3, downsample: "mean" }),
        "mean",
      ]),
    );
    expect(result).toMatchObject({ failures: [] });
    expect(result.levels).toBeGreaterThan(0);
  });
});

describe("converting an image that brings a pyramid", () => {
  let tiff = "";
  /** Each level has pixels of its own, which no method would make; the third has a size that halving doesn't give. */
  const levelValue = [10, 20, 30, 40];
  beforeAll(async () => {
    tiff = path.join(folder, "levels.ome.tif");
    await writeOmeTiff(
      await fileSink(tiff),
      {
        name: "levels",
        shape: [1, 2, 1, 600, 520],
        dtype: "uint8",
        tile: [128, 128],
        levels: [
          [300, 260],
          [150, 131],
        ],
      },
      ({ level, c, rows, columns }) => new Uint8Array(rows * columns).fill(levelValue[level]! + c),
    );
  });

  const valuesOf = async (dst: string) => {
    const store = await openStore(dst);
    const found: number[][] = [];
    for (const path of ["0/0", "0/1", "0/2"]) {
      const pixels = await readAll(await openZarrArray(store, path));
      found.push([...new Set(pixels as Uint8Array)]);
    }
    return found;
  };

  it("keeps its levels as far as they fit, and makes the rest", async () => {
    const dst = await convert(tiff, { levels: 3 });
    expect((await imagesOf(dst))[0]!.levels.map((level) => level.shape.slice(3))).toEqual([
      [600, 520],
      [300, 260],
      [150, 130],
    ]);
    expect(await valuesOf(dst)).toEqual([
      [10, 11],
      [20, 21],
      [20, 21],
    ]);
    const group = JSON.parse(await fs.readFile(path.join(dst, "0/zarr.json"), "utf8"));
    expect(group.attributes.ome.multiscales[0].metadata.description).toMatch(
      /^Level 1 is the source's own\. Each level from the one before/,
    );
  });

  it("makes all of them where it is told how", async () => {
    expect(await valuesOf(await convert(tiff, { levels: 3, downsample: "mean" }))).toEqual([
      [10, 11],
      [10, 11],
      [10, 11],
    ]);
  });
});
