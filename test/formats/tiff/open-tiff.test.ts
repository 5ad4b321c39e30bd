import { describe, expect, test } from "vitest";
import { LamellaError } from "../../../shared/errors.ts";
import type { ImageFile } from "../../../shared/formats/image.ts";
import { openImage } from "../../../shared/formats/open-image.ts";
import { FIELD } from "../../../shared/formats/tiff/tags.ts";
import { CountingStore, type SparseFile } from "../../support/counting-store.ts";
import { type MadePage, makeTiff, page } from "../../support/make-tiff.ts";
import { readAll } from "../../support/read-all.ts";

function storeOf(files: { readonly [key: string]: SparseFile | Uint8Array }): CountingStore {
  return new CountingStore(files, (key) => new LamellaError("INPUT_CHANGED", `${key} changed`));
}

function open(store: CountingStore, key = "a.tif"): Promise<ImageFile> {
  return openImage({ store, key, uri: `counting://${key}` });
}

function openBytes(bytes: Uint8Array): Promise<ImageFile> {
  return open(storeOf({ "a.tif": bytes }));
}

/** A grey page of one byte a pixel, all of one value. */
function grey(width: number, height: number, value: number): MadePage {
  return page(width, height, 8, [new Uint8Array(width * height).fill(value)]);
}

const ramp = (length: number, first = 0): Uint8Array => new Uint8Array(length).map((_, i) => first + i);

describe("byte orders and offsets", () => {
  const values = [0, 1, 256, 65535, 4660, 258];
  test.each([
    [false, false],
    [true, false],
    [false, true],
    [true, true],
  ])("big-endian %s, BigTIFF %s", async (bigEndian, bigTiff) => {
    const view = new DataView(new ArrayBuffer(12));
    for (const [i, value] of values.entries()) view.setUint16(i * 2, value, !bigEndian);
    // Tables that don't fit into their entries, in both byte orders.
    const strips = [0, 1, 2].map((i) => new Uint8Array(view.buffer, i * 4, 4));
    const bytes = makeTiff([page(2, 3, 16, strips, { 278: [FIELD.short, [1]] })], { bigEndian, bigTiff });
    const image = await openBytes(bytes);
    expect([...(await readAll(image.series[0]!.source))]).toEqual(values);
    expect(image.series[0]!.facts).toMatchObject({
      bigTiff,
      byteOrder: bigEndian ? "big-endian" : "little-endian",
    });
  });

  test("pixels beyond 4 GiB, up to where numbers are exact", async () => {
    const far = 2 ** 53 - 4096;
    const base = makeTiff(
      [page(4, 4, 8, [undefined], { 273: [FIELD.long8, [far]], 279: [FIELD.long8, [16]] })],
      { bigTiff: true },
    );
    const store = storeOf({
      "a.tif": {
        size: far + 16,
        pieces: [
          [0, base],
          [far, ramp(16)],
        ],
      },
    });
    const { source } = (await open(store)).series[0]!;
    expect([...(await readAll(source))]).toEqual([...ramp(16)]);
  });
});

describe("requests", () => {
  test("thousands of directories that lie together take a few", async () => {
    const bytes = makeTiff(Array.from({ length: 3000 }, (_, i) => grey(4, 4, i)));
    const store = storeOf({ "a.tif": bytes });
    const image = await open(store);
    expect(image.series[0]!.source.shape).toEqual([1, 1, 3000, 4, 4]);
    expect(store.asked.length).toBeLessThan(15);
  });

  test("directories at equal distances are fetched ahead, side by side", async () => {
    const distance = 200_000;
    const pages = Array.from({ length: 200 }, (_, i) =>
      page(distance, 1, 8, [new Uint8Array(distance).fill(i)]),
    );
    const store = storeOf({ "a.tif": makeTiff(pages, { interleaved: true }) });
    // One read at a time is one round trip after another; count those that started while another was open.
    let open_ = 0;
    let alone = 0;
    const getRange = store.getRange.bind(store);
    store.getRange = async (...args) => {
      if (open_++ === 0) alone++;
      await new Promise((resolve) => setImmediate(resolve));
      const bytes = await getRange(...args);
      open_--;
      return bytes;
    };
    expect((await open(store)).series[0]!.source.shape[2]).toBe(200);
    expect(alone).toBeLessThan(60);
  });

  test("consecutive strips of a chunk are one range", async () => {
    const strips = Array.from({ length: 64 }, (_, i) => new Uint8Array(100).fill(i));
    const store = storeOf({ "a.tif": makeTiff([page(100, 64, 8, strips, { 278: [FIELD.short, [1]] })]) });
    const { source } = (await open(store)).series[0]!;
    expect(source.chunkShape).toEqual([1, 1, 1, 64, 100]);
    store.asked.length = 0;
    const block = await source.readChunk([0, 0, 0, 0, 0]);
    expect(block!.data[6350]).toBe(63);
    expect(store.asked).toHaveLength(1);
  });

  test("a raw plane in a single strip is read in bands, not whole", async () => {
    const [width, height] = [1000, 9000];
    const store = storeOf({ "a.tif": makeTiff([grey(width, height, 5)]) });
    const { source } = (await open(store)).series[0]!;
    expect(source.chunkShape[3]! * width).toBeLessThan(4 * 2 ** 20);
    store.asked.length = 0;
    await source.readChunk([0, 0, 0, 2, 0]);
    expect(store.asked.map(({ length }) => length)).toEqual([source.chunkShape[3]! * width]);
  });

  test("every range asks for the version that was opened", async () => {
    const store = storeOf({ "a.tif": makeTiff([grey(4, 4, 1)]) });
    const image = await open(store);
    expect(image.fingerprints).toEqual({ "counting://a.tif": "1" });
    store.etags.set("a.tif", "2");
    await expect(image.series[0]!.source.readChunk([0, 0, 0, 0, 0])).rejects.toMatchObject({
      code: "INPUT_CHANGED",
    });
  });
});

describe("layouts", () => {
  test("tiles at the edges are cut, sparse ones are zero, and a chunk of them is absent", async () => {
    const tile = (value: number): Uint8Array => new Uint8Array(256).fill(value);
    const tiles = [tile(1), undefined, tile(3), tile(4), tile(5), tile(6)];
    const tags = { 322: [FIELD.short, [16]], 323: [FIELD.short, [16]] } as const;
    const { source } = (await openBytes(makeTiff([page(40, 20, 8, tiles, tags)]))).series[0]!;
    const pixels = await readAll(source);
    const at = (y: number, x: number): number => pixels[y * 40 + x] as number;
    expect([at(0, 0), at(0, 16), at(15, 39), at(16, 0), at(19, 31), at(19, 39)]).toEqual([1, 0, 3, 4, 5, 6]);

    const empty = (await openBytes(makeTiff([page(40, 20, 8, new Array(6).fill(undefined), tags)])))
      .series[0]!;
    expect(await empty.source.readChunk([0, 0, 0, 0, 0])).toBeUndefined();
  });

  test("samples of a pixel are channels, contiguous or planar", async () => {
    const contiguous = page(2, 2, 8, [ramp(12)], {
      277: [FIELD.short, [3]],
      258: [FIELD.short, [8, 8, 8]],
      262: [FIELD.short, [2]],
    });
    const planar = page(
      2,
      2,
      8,
      [0, 1, 2].map((s) => new Uint8Array([s, s + 3, s + 6, s + 9])),
      {
        277: [FIELD.short, [3]],
        258: [FIELD.short, [8, 8, 8]],
        262: [FIELD.short, [2]],
        284: [FIELD.short, [2]],
      },
    );
    for (const made of [contiguous, planar]) {
      const [series] = (await openBytes(makeTiff([made]))).series;
      expect(series!.source.shape).toEqual([1, 3, 1, 2, 2]);
      expect([...(await readAll(series!.source))]).toEqual([0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11]);
      expect(series!.metadata.channels!.map(({ label, color }) => [label, color])).toEqual([
        ["Red", "FF0000"],
        ["Green", "00FF00"],
        ["Blue", "0000FF"],
      ]);
    }
  });

  test("pages of equal layout are a stack, others series of their own; smaller reduced ones a pyramid", async () => {
    const reduced = { 254: [FIELD.long, [1]] } as const;
    const level = (value: number): MadePage => page(4, 3, 8, [new Uint8Array(12).fill(value)], reduced);
    const bytes = makeTiff([grey(8, 6, 1), level(10), grey(8, 6, 2), level(20), grey(5, 5, 9)]);
    const { series } = await openBytes(bytes);
    expect(series.map(({ source }) => source.shape)).toEqual([
      [1, 1, 2, 6, 8],
      [1, 1, 1, 5, 5],
    ]);
    expect(series[0]!.levels.map(({ shape }) => shape)).toEqual([[1, 1, 2, 3, 4]]);
    expect((await readAll(series[0]!.levels[0]!))[12]).toBe(20);
  });

  test("SubIFDs are levels", async () => {
    const made = { ...grey(8, 6, 1), subPages: [grey(4, 3, 2), grey(2, 1, 3)] };
    const { series } = await openBytes(makeTiff([made]));
    expect(series).toHaveLength(1);
    expect(series[0]!.levels.map(({ shape }) => shape.slice(3))).toEqual([
      [3, 4],
      [1, 2],
    ]);
  });

  test("a palette is a fact; pixels stay indices", async () => {
    const map = [0, 0xffff, 0x8000, 0, 0, 0x1234, 0, 0xff00, 1, 2, 3, 4];
    const made = page(4, 1, 2, [new Uint8Array([0b00011011])], {
      262: [FIELD.short, [3]],
      320: [FIELD.short, map],
    });
    const [series] = (await openBytes(makeTiff([made]))).series;
    expect([...(await readAll(series!.source))]).toEqual([0, 1, 2, 3]);
    expect(series!.facts["palette"]).toEqual(["000000", "FF1200", "800000", "00FF00"]);
  });
});

describe("damage", () => {
  const code = (bytes: Uint8Array): Promise<[code: string, message: string]> =>
    openBytes(bytes).then(
      () => ["opened", ""],
      (error) => [error.code, error.message],
    );

  test("a file that ends early is truncated, and the error says which strip", async () => {
    const strips = [new Uint8Array(16), new Uint8Array(16)];
    const bytes = makeTiff([page(4, 8, 8, strips, { 278: [FIELD.short, [4]] })]);
    // The pixels come first here: cut them by moving the second strip beyond the end.
    const moved = makeTiff([
      page(4, 8, 8, strips, { 278: [FIELD.short, [4]], 273: [FIELD.long, [8, 1000]] }),
    ]);
    expect(await code(bytes)).toEqual(["opened", ""]);
    expect(await code(moved)).toEqual([
      "TIFF_TRUNCATED",
      expect.stringMatching(/a\.tif, IFD 0: strip 1 .* 1000 to 1016/),
    ]);
    for (let length = 0; length < bytes.length; length++) {
      expect((await code(bytes.slice(0, length)))[0]).toMatch(/TIFF_TRUNCATED|TIFF_MALFORMED|UNKNOWN_FORMAT/);
    }
  });

  test("a chain of directories that loops is malformed", async () => {
    const bytes = makeTiff([grey(4, 4, 1), grey(4, 4, 2)]);
    const first = new DataView(bytes.buffer).getUint32(4, true);
    const view = new DataView(bytes.buffer);
    const second = view.getUint32(first + 2 + view.getUint16(first, true) * 12, true);
    view.setUint32(second + 2 + view.getUint16(second, true) * 12, first, true);
    expect(await code(bytes)).toEqual(["TIFF_MALFORMED", expect.stringContaining("loops")]);
  });

  test.each([
    ["no width", { 256: [FIELD.long, [0]] }, "TIFF_MALFORMED", /0 x 4/],
    ["too few strips", { 278: [FIELD.short, [1]] }, "TIFF_MALFORMED", /4 strips are needed, 1 /],
    ["short raw strips", { 256: [FIELD.long, [400]] }, "TIFF_MALFORMED", /strip 0 has 16 bytes/],
    [
      "absurd tables",
      { 256: [FIELD.long, [2 ** 31 - 1]], 257: [FIELD.long, [2 ** 31 - 1]], 278: [FIELD.short, [1]] },
      "TIFF_UNSUPPORTED",
      /2147483647/,
    ],
    ["samples beyond reason", { 277: [FIELD.long, [70000]] }, "TIFF_MALFORMED", /70000 samples/],
    [
      "a compression that isn't read",
      { 259: [FIELD.short, [50002]] },
      "TIFF_UNSUPPORTED",
      /50002 \(JPEG XL\)/,
    ],
    ["an unknown compression", { 259: [FIELD.short, [12345]] }, "TIFF_UNSUPPORTED", /12345 \(unknown\)/],
    [
      "an unknown predictor",
      { 259: [FIELD.short, [8]], 317: [FIELD.short, [7]] },
      "TIFF_UNSUPPORTED",
      /predictor 7/,
    ],
    [
      "complex samples",
      { 258: [FIELD.short, [64]], 339: [FIELD.short, [6]] },
      "TIFF_UNSUPPORTED",
      /complex samples of 64 bits/,
    ],
    [
      "samples of several widths",
      { 277: [FIELD.short, [3]], 258: [FIELD.short, [5, 6, 5]] },
      "TIFF_UNSUPPORTED",
      /5, 6, 5/,
    ],
    [
      "tables outside the file",
      {
        259: [FIELD.short, [8]],
        273: [FIELD.long, [8, 9]],
        278: [FIELD.short, [2]],
        279: [FIELD.long, [8, 2 ** 32 - 1]],
      },
      "TIFF_TRUNCATED",
      /strip 1/,
    ],
  ] as const)("%s: coded", async (_, tags, expected, message) => {
    const bytes = makeTiff([page(4, 4, 8, [new Uint8Array(16)], tags)]);
    expect(await code(bytes)).toEqual([expected, expect.stringMatching(message)]);
  });

  test.each([
    [64, "CHUNK_DECODE", /64 bytes cannot hold 900000000/],
    [100_000, "TIFF_UNSUPPORTED", /100000 bytes would become 900000000, as in a decompression bomb/],
  ] as const)("%i bytes for 900 MB are refused before memory is taken", async (length, expected, message) => {
    const zstd = { 259: [FIELD.short, [50000]] } as const;
    const bytes = makeTiff([page(30000, 30000, 8, [new Uint8Array(length)], zstd)]);
    expect(await code(bytes)).toEqual([expected, expect.stringMatching(message)]);
  });
});
