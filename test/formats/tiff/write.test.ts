import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { sizeOf } from "../../../shared/block/block.ts";
import { allocate, bytesOf, type DType, isFloat, type TypedArray } from "../../../shared/block/dtype.ts";
import { openImage } from "../../../shared/formats/open-image.ts";
import { fileSink, MemorySink } from "../../../shared/formats/tiff/sink.ts";
import { type OmeTiffOptions, writeOmeTiff } from "../../../shared/formats/tiff/write.ts";
import { MemoryStore } from "../../../shared/storage/memory.ts";
import { readAll } from "../../support/read-all.ts";

type Shape = readonly [number, number, number, number, number];

/** Pixels of one level, whose values depend on the place and the level. */
function pixels(shape: Shape, dtype: DType, level: number): TypedArray {
  const data = allocate(dtype, sizeOf(shape)) as Uint8Array;
  for (let i = 0; i < data.length; i++) data[i] = (i * 2654435761 + level * 77) >>> (isFloat(dtype) ? 0 : 3);
  return data;
}

async function write(options: OmeTiffOptions): Promise<{ bytes: Uint8Array; levels: TypedArray[] }> {
  const { shape, dtype } = options;
  const sizes = [[shape[3], shape[4]] as const, ...(options.levels ?? [])];
  const levels = sizes.map(([rows, columns], level) =>
    pixels([shape[0], shape[1], shape[2], rows, columns], dtype, level),
  );
  const sink = new MemorySink();
  await writeOmeTiff(sink, options, ({ level, t, c, z, row, rows, columns }) => {
    const [height] = sizes[level]!;
    const from = (((t * shape[1] + c) * shape[2] + z) * height + row) * columns;
    return levels[level]!.subarray(from, from + rows * columns) as TypedArray;
  });
  return { bytes: sink.bytes, levels };
}

async function open(bytes: Uint8Array) {
  const store = new MemoryStore();
  await store.put("image.ome.tif", bytes);
  return openImage({ store, key: "image.ome.tif", uri: "memory://image.ome.tif" });
}

describe("writeOmeTiff", () => {
  const size = fc.integer({ min: 1, max: 3 });
  const side = fc.integer({ min: 1, max: 70 });
  const options = fc
    .record({
      shape: fc.tuple(size, size, size, side, side),
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
      tile: fc.constantFrom([16, 16] as const, [32, 16] as const, [16, 48] as const),
      compression: fc.constantFrom("none", "deflate", "lzw", "zstd"),
      littleEndian: fc.boolean(),
      bigTiff: fc.boolean(),
      predictor: fc.boolean(),
      depth: fc.integer({ min: 0, max: 2 }),
    })
    .map(({ depth, predictor, ...rest }) => ({
      ...rest,
      name: "random",
      predictor: predictor && !isFloat(rest.dtype) && rest.compression !== "none",
      levels: Array.from(
        { length: depth },
        (_, i) => [Math.max(1, rest.shape[3] >> (i + 1)), Math.max(1, rest.shape[4] >> (i + 1))] as const,
      ),
    }));

  test("what it writes is what openImage reads, levels too", async () => {
    await fc.assert(
      fc.asyncProperty(options, async (given) => {
        const { bytes, levels } = await write(given);
        const [series] = (await open(bytes)).series;
        expect(series!.source.shape).toEqual(given.shape);
        expect(series!.source.dtype).toBe(given.dtype);
        expect(series!.levels.length).toBe(given.levels.length);
        for (const [i, source] of [series!.source, ...series!.levels].entries()) {
          expect(Buffer.compare(bytesOf(await readAll(source)), bytesOf(levels[i]!))).toBe(0);
        }
      }),
      { numRuns: 60 },
    );
  });

  test("names, colours, sizes and units survive, whatever their characters", async () => {
    const { bytes } = await write({
      name: 'a <b> & "c" µ',
      shape: [2, 2, 3, 20, 30],
      dtype: "uint16",
      tile: [16, 16],
      axes: [
        { name: "t", type: "time", unit: "minute", scale: 2.5, translation: 0 },
        { name: "c", type: "channel", scale: 1, translation: 0 },
        { name: "z", type: "space", unit: "micrometer", scale: 1, translation: 0 },
        { name: "y", type: "space", unit: "nanometer", scale: 325, translation: 0 },
        { name: "x", type: "space", unit: "micrometer", scale: 0.325, translation: 0 },
      ],
      channels: [
        { label: "nuclei's <DNA>", color: "0000FF" },
        { label: "膜", color: "FF8000" },
      ],
    });
    const image = await open(bytes);
    const { metadata } = image.series[0]!;
    expect(image.format).toBe("ome-tiff");
    expect(metadata.name).toBe('a <b> & "c" µ');
    expect(metadata.channels).toEqual([
      { label: "nuclei's <DNA>", color: "0000FF" },
      { label: "膜", color: "FF8000" },
    ]);
    expect(metadata.axes.map(({ scale, unit }) => [scale, unit])).toEqual([
      [2.5, "minute"],
      [1, undefined],
      [1, "micrometer"],
      [325, "nanometer"],
      [0.325, "micrometer"],
    ]);
    // Bio-Formats takes references to characters for damage, and the file for a plain TIFF.
    expect(image.omeXml).toContain('PhysicalSizeXUnit="µm"');
    expect(image.omeXml).not.toContain("&#");
  });

  test("zstd says in each frame how long it is, as Bio-Formats needs", async () => {
    const { bytes } = await write({
      name: "a",
      shape: [1, 1, 1, 16, 16],
      dtype: "uint16",
      tile: [16, 16],
      compression: "zstd",
    });
    const frame = Buffer.from(bytes).indexOf(Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd));
    // RFC 8878, 3.1.1.1: two bits for the size of the content's size, then whether the frame is a single segment.
    const descriptor = bytes[frame + 4]!;
    expect(descriptor >> 6 !== 0 || (descriptor & 0x20) !== 0).toBe(true);
  });

  test("refuses dtypes that OME-XML has no name for, and leaves no file", async () => {
    const folder = await fs.mkdtemp(path.join(os.tmpdir(), "lamella-write-"));
    try {
      const target = path.join(folder, "a.ome.tif");
      const shape = [1, 1, 1, 16, 16] as const;
      const options = { name: "a", shape, dtype: "uint64" as const };
      await expect(
        fileSink(target).then((sink) => writeOmeTiff(sink, options, () => new BigUint64Array(256))),
      ).rejects.toMatchObject({
        code: "UNSUPPORTED_DTYPE",
      });
      const broken = async (): Promise<number> =>
        writeOmeTiff(await fileSink(target), { name: "a", shape, dtype: "uint8" }, () => {
          throw new Error("the disk is gone");
        });
      await expect(broken()).rejects.toThrow("the disk is gone");
      expect(await fs.readdir(folder)).toEqual([]);
    } finally {
      await fs.rm(folder, { recursive: true });
    }
  });

  test.each([
    ["tiles that aren't multiples of 16", { tile: [10, 16] as const }],
    ["a predictor of floats", { dtype: "float32" as const, predictor: true }],
    ["an axis of length 0", { shape: [1, 1, 0, 16, 16] as const }],
  ])("refuses %s", async (_, part) => {
    const sink = new MemorySink();
    const options = { name: "a", shape: [1, 1, 1, 16, 16] as const, dtype: "uint8" as const, ...part };
    await expect(writeOmeTiff(sink, options, () => new Uint8Array(256))).rejects.toMatchObject({
      code: "INVALID_ARGUMENT",
    });
  });
});
