import { createHash } from "node:crypto";
import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sizeOf } from "../../shared/block/block.ts";
import { allocate, bytesOf, type DType, type TypedArray } from "../../shared/block/dtype.ts";
import { openImageFile } from "../../shared/formats/open-image.ts";
import { fileSink } from "../../shared/formats/tiff/sink.ts";
import { type OmeTiffOptions, writeOmeTiff } from "../../shared/formats/tiff/write.ts";
import { findPython, pythonVenv, runPython } from "../support/python-venv.ts";
import { md5InOrder, readAll } from "../support/read-all.ts";

interface Written {
  readonly axes: string;
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly md5: string;
}

const SHAPE = [2, 3, 2, 100, 90] as const;
const WRITTEN: { readonly [name: string]: Partial<OmeTiffOptions> & { readonly dtype: DType } } = {
  none: { dtype: "uint8", compression: "none" },
  deflate: { dtype: "uint16", compression: "deflate" },
  zstd: { dtype: "float32", compression: "zstd" },
  lzw: { dtype: "uint8", compression: "lzw" },
  "lzw-predictor": { dtype: "uint16", compression: "lzw", predictor: true },
  "big-endian": { dtype: "uint16", littleEndian: false, predictor: true, levels: [[50, 45]] },
  "big-endian-float": { dtype: "float64", littleEndian: false, bigTiff: true },
  predictor: { dtype: "int32", compression: "deflate", predictor: true },
  big: { dtype: "int16", compression: "zstd", predictor: true, bigTiff: true },
  pyramid: {
    dtype: "uint16",
    levels: [
      [50, 45],
      [25, 22],
    ],
  },
  "big-pyramid": { dtype: "float64", levels: [[50, 45]], bigTiff: true },
  signed: { dtype: "int8" },
  wide: { dtype: "uint32" },
};

describe.skipIf(!findPython())("tifffile", () => {
  let folder = "";
  beforeAll(async () => {
    folder = await fs.mkdtemp(path.join(os.tmpdir(), "lamella-tifffile-"));
    await pythonVenv();
  });
  afterAll(() => fs.rm(folder, { recursive: true, force: true }));

  it("reads what is written here, pixel for pixel, with levels, names and sizes", async () => {
    const manifest: { [file: string]: unknown } = {};
    for (const [name, options] of Object.entries(WRITTEN)) {
      const { dtype, levels = [] } = options;
      const sizes = [[SHAPE[3], SHAPE[4]] as const, ...levels];
      const data = sizes.map(([rows, columns], level) => {
        const values = allocate(dtype, sizeOf([...SHAPE.slice(0, 3), rows, columns])) as Uint8Array;
        for (let i = 0; i < values.length; i++) values[i] = (i * 2654435761 + level) >>> 9;
        return values as TypedArray;
      });
      const file = `${name}.ome.tif`;
      await writeOmeTiff(
        await fileSink(path.join(folder, file)),
        {
          name: "ä <b>",
          shape: SHAPE,
          tile: [32, 64],
          channels: [{ label: "nuclei", color: "00FF00" }, { label: "b" }, { label: "c" }],
          axes: [{ name: "x", type: "space", unit: "micrometer", scale: 0.325, translation: 0 }],
          ...options,
        },
        ({ level, t, c, z, row, rows, columns }) => {
          const from = (((t * SHAPE[1] + c) * SHAPE[2] + z) * sizes[level]![0] + row) * columns;
          return data[level]!.subarray(from, from + rows * columns) as TypedArray;
        },
      );
      manifest[file] = {
        shape: SHAPE,
        dtype,
        bigtiff: options.bigTiff ?? false,
        levels: data.map((values) => createHash("md5").update(bytesOf(values)).digest("hex")),
        contains: ['Name="nuclei"', 'PhysicalSizeX="0.325"', 'Color="16711935"'],
      };
    }
    await fs.writeFile(path.join(folder, "manifest.json"), JSON.stringify(manifest));
    const report = JSON.parse(await runPython("check_tiff.py", [folder])) as {
      checked: number;
      failures: string[];
    };
    expect(report).toEqual({ checked: Object.keys(WRITTEN).length, failures: [] });
  });

  it("writes files of every layout and codec that are read here, pixel for pixel", async () => {
    const cases = JSON.parse(await runPython("make_tiff_files.py", [folder])) as { [file: string]: Written };
    const failures: string[] = [];
    for (const [file, { axes, shape, dtype, md5 }] of Object.entries(cases)) {
      try {
        const { source } = (await openImageFile(path.join(folder, file))).series[0]!;
        if (source.dtype !== dtype) failures.push(`${file}: ${source.dtype}, not ${dtype}`);
        else if (md5InOrder(await readAll(source), source.shape, axes, shape) !== md5)
          failures.push(`${file}: pixels`);
      } catch (error) {
        failures.push(`${file}: ${error}`);
      }
    }
    expect(Object.keys(cases).length).toBeGreaterThan(100);
    expect(failures).toEqual([]);
  });
});
