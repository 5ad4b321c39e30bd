import { describe, expect, test } from "vitest";
import { openImage } from "../../../shared/formats/open-image.ts";
import { unwrapOffsets } from "../../../shared/formats/tiff/lsm-series.ts";
import type { TiffPage } from "../../../shared/formats/tiff/page.ts";
import { FIELD } from "../../../shared/formats/tiff/tags.ts";
import { MemoryStore } from "../../../shared/storage/memory.ts";
import { lsmInfo, lsmPages } from "../../support/make-lsm.ts";
import { type MadePage, makeTiff, page, type Tags } from "../../support/make-tiff.ts";
import { readAll } from "../../support/read-all.ts";

async function open(bytes: Uint8Array) {
  const store = new MemoryStore();
  await store.put("a.tif", bytes);
  return openImage({ store, key: "a.tif", uri: "memory://a.tif" });
}

const SHORT = (...values: number[]) => [FIELD.short, values] as const;

describe("Zeiss LSM", () => {
  test("T and Z are pages, C their samples; thumbnails aren't images", async () => {
    const image = await open(makeTiff(lsmPages({ sizes: [2, 1, 3, 3, 2], scanType: 6 }, 6)));
    expect(image.format).toBe("lsm");
    expect(image.series).toHaveLength(1);
    const { source, metadata } = image.series[0]!;
    expect(source.shape).toEqual([2, 3, 3, 1, 2]);
    // Pages go t, z; samples of each c.
    const at = (t: number, c: number, z: number) => ((t * 3 + z) * 3 + c) * 2;
    const expected = [0, 1].flatMap((t) =>
      [0, 1, 2].flatMap((c) => [0, 1, 2].flatMap((z) => [at(t, c, z), at(t, c, z) + 1])),
    );
    expect([...(await readAll(source))]).toEqual(expected);
    expect(metadata.axes.map(({ name, scale, unit }) => [name, Number(scale.toFixed(9)), unit])).toEqual([
      ["t", 0.5, "second"],
      ["c", 1, undefined],
      ["z", 1, "micrometer"],
      ["y", 0.3, "micrometer"],
      ["x", 0.2, "micrometer"],
    ]);
  });

  test("rows of scans along Z and T are Z and T", async () => {
    for (const [scanType, shape] of [
      [1, [1, 2, 3, 1, 2]],
      [2, [3, 2, 1, 1, 2]],
    ] as const) {
      const sizes = [2, 1, scanType === 1 ? 3 : 1, 2, scanType === 2 ? 3 : 1] as const;
      const { source } = (await open(makeTiff(lsmPages({ sizes, scanType }, 1, 3)))).series[0]!;
      expect(source.shape).toEqual(shape);
      const expected =
        scanType === 1 ? [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11] : [0, 1, 6, 7, 2, 3, 8, 9, 4, 5, 10, 11];
      expect([...(await readAll(source))]).toEqual(expected);
    }
  });

  test("each position is a series; one that was broken off lacks planes", async () => {
    const made = lsmPages({ sizes: [1, 1, 2, 1, 1], positions: 3 }, 5);
    const { series } = await open(makeTiff(made));
    expect(series.map(({ source }) => source.shape)).toEqual(new Array(3).fill([1, 1, 2, 1, 1]));
    expect([...(await readAll(series[2]!.source))]).toEqual([4, 0]);
    expect(series[2]!.facts["missingPlanes"]).toBe(1);
  });

  test("byte counts of compressed strips, which are those of their pixels, aren't believed", async () => {
    // LZW: clear, 1, 2, 3, end; more bytes than pixels.
    const lzw = new Uint8Array([0x80, 0x00, 0x40, 0x40, 0x38, 0x08]);
    const tags = { ...lsmInfo({ sizes: [3, 1, 1, 1, 1] }), 259: SHORT(5), 279: [FIELD.long, [3]] } as const;
    const { source } = (await open(makeTiff([page(3, 1, 8, [lzw], tags)]))).series[0]!;
    expect([...(await readAll(source))]).toEqual([1, 2, 3]);
  });

  test("two BitsPerSample by their offset", async () => {
    const bytes = makeTiff(lsmPages({ sizes: [2, 1, 1, 2, 1] }, 1));
    const whole = new Uint8Array(Buffer.concat([bytes, Uint8Array.of(8, 0, 8, 0)]));
    const entry = Buffer.from(whole).indexOf(Buffer.from([2, 1, 3, 0, 2, 0, 0, 0, 8, 0, 8, 0]));
    new DataView(whole.buffer).setUint32(entry + 8, bytes.length, true);
    const { source } = (await open(whole)).series[0]!;
    expect([...(await readAll(source))]).toEqual([0, 1, 2, 3]);
  });

  test("offsets beyond 4 GiB begin again at 0", () => {
    const pages = [100, 50, 2 ** 32 - 10, 2 ** 32 - 20, 40, 30].map(
      (offset) => ({ offsets: [offset] }) as unknown as TiffPage,
    );
    expect(unwrapOffsets(pages).map(({ offsets }) => offsets[0])).toEqual([
      100,
      50,
      2 ** 32 - 10,
      2 ** 32 - 20,
      2 ** 32 + 40,
      2 ** 32 + 30,
    ]);
  });

  test.each([
    [
      "another magic",
      (tags: Tags) => ({ 34412: [FIELD.byte, [1, ...(tags[34412]![1] as number[]).slice(1)]] }),
    ],
    ["cut short", (tags: Tags) => ({ 34412: [FIELD.byte, (tags[34412]![1] as number[]).slice(0, 60)] })],
  ] as const)("damaged information is TIFF_MALFORMED: %s", async (_, damage) => {
    const tags = damage(lsmInfo({ sizes: [1, 1, 1, 1, 1] })) as unknown as Tags;
    await expect(open(makeTiff([page(1, 1, 8, [new Uint8Array(1)], tags)]))).rejects.toMatchObject({
      code: "TIFF_MALFORMED",
    });
  });
});

describe("MetaMorph STK", () => {
  const stack = (distances: readonly number[]): Uint8Array => {
    const uic2 = distances.flatMap((n) => [n, 10, 2450000, 0, 2450000, 0]);
    const rationals = Array.from({ length: uic2.length / 2 }, (_, i) => uic2[2 * i]! / uic2[2 * i + 1]!);
    expect(rationals).toHaveLength(distances.length * 3);
    const made = makeTiff([
      page(2, 1, 8, [new Uint8Array(2 * distances.length).map((_, i) => i)], {
        279: [FIELD.long, [2]],
        33629: [FIELD.long, uic2],
      }),
    ]);
    // As MetaMorph has it: rationals, as many as there are planes, of which each stands for three.
    const entry = Buffer.from(made).indexOf(Buffer.from([0x5d, 0x83, 4, 0]));
    const view = new DataView(made.buffer);
    view.setUint16(entry + 2, FIELD.rational, true);
    view.setUint32(entry + 4, distances.length, true);
    return made;
  };

  test("planes without directories, along Z or along T", async () => {
    for (const [distances, shape] of [
      [
        [5, 5, 5],
        [1, 1, 3, 1, 2],
      ],
      [
        [0, 0, 0],
        [3, 1, 1, 1, 2],
      ],
    ] as const) {
      const image = await open(stack(distances));
      expect(image.format).toBe("stk");
      expect(image.series[0]!.source.shape).toEqual(shape);
      expect([...(await readAll(image.series[0]!.source))]).toEqual([0, 1, 2, 3, 4, 5]);
    }
  });
});

describe("Aperio SVS", () => {
  const grey = (width: number, height: number, more: Tags): MadePage =>
    page(width, height, 8, [new Uint8Array(16 * 16).fill(width)], more);
  const tiled: Tags = { 322: SHORT(16), 323: SHORT(16) };
  const description =
    "Aperio Image Library v11\r\n16x16 [0,0 16x16] (16x16) JPEG/RGB Q=70|AppMag = 20|MPP = 0.4990|Left = 1";

  test("tiled pages are resolutions of the first, the others images of their own", async () => {
    const image = await open(
      makeTiff([
        grey(16, 16, { ...tiled, 270: [FIELD.ascii, description] }),
        grey(8, 8, {}),
        grey(4, 4, tiled),
        grey(1, 1, tiled),
        grey(9, 9, { 254: [FIELD.long, [1]] }),
        grey(10, 9, { 254: [FIELD.long, [9]] }),
      ]),
    );
    expect(image.format).toBe("svs");
    expect(image.series.map(({ name }) => name)).toEqual(["Baseline", "Thumbnail", "Label", "Macro"]);
    const { levels, metadata, facts } = image.series[0]!;
    expect(levels.map(({ shape }) => shape)).toEqual([
      [1, 1, 1, 4, 4],
      [1, 1, 1, 1, 1],
    ]);
    expect(metadata.axes.at(-1)).toMatchObject({ scale: 0.499, unit: "micrometer" });
    expect(facts["aperio"]).toEqual({ magnification: 20, micrometres: 0.499 });
  });
});
