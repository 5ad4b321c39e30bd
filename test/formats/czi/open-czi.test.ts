import { zstdCompressSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { imageNode } from "../../../shared/array/open.ts";
import { parseXml } from "../../../shared/formats/ome/xml.ts";
import { openImage } from "../../../shared/formats/open-image.ts";
import { CountingStore, type TransferCount } from "../../../shared/storage/counting.ts";
import { MemoryStore } from "../../../shared/storage/memory.ts";
import { type MadeCzi, type MadeSubblock, makeCzi } from "../../support/make-czi.ts";
import { readAll } from "../../support/read-all.ts";

const GRAY8 = 0;
const GRAY16 = 1;
const GRAY_FLOAT = 2;
const BGR24 = 3;
const BGR48 = 4;

async function open(bytes: Uint8Array, count?: TransferCount) {
  const store = new MemoryStore();
  await store.put("a.czi", bytes);
  return openImage({
    store: count ? new CountingStore(store, count) : store,
    key: "a.czi",
    uri: "memory://a.czi",
  });
}

async function pixels(made: MadeCzi, series = 0): Promise<number[]> {
  const image = await open(makeCzi(made));
  return Array.from((await readAll(image.series[series]!.source)) as Uint8Array);
}

const plain = (value: number, more: Partial<MadeSubblock> = {}): MadeSubblock => ({
  width: 2,
  height: 2,
  pixelType: GRAY8,
  data: new Uint8Array(4).fill(value),
  ...more,
});

const bytesOf = (array: Uint16Array | Float32Array): Uint8Array => new Uint8Array(array.buffer);

describe("pixels of a CZI", () => {
  test.each([0, 1, 3])("16 bits, %i bytes of metadata before them", async (padding) => {
    const data = bytesOf(Uint16Array.of(1, 2, 300, 65535));
    expect(await pixels({ padding, subblocks: [plain(0, { pixelType: GRAY16, data })] })).toEqual([
      1, 2, 300, 65535,
    ]);
  });

  test("floats", async () => {
    const data = bytesOf(Float32Array.of(0.5, -1, 1e9, 0));
    expect(await pixels({ subblocks: [plain(0, { pixelType: GRAY_FLOAT, data })] })).toEqual([
      0.5, -1, 1e9, 0,
    ]);
  });

  test("colours become channels: red, green, blue", async () => {
    const data = Uint8Array.of(3, 2, 1, 6, 5, 4);
    const subblock = { width: 2, height: 1, pixelType: BGR24, data };
    expect(await pixels({ subblocks: [subblock] })).toEqual([1, 4, 2, 5, 3, 6]);
    const image = await open(makeCzi({ subblocks: [subblock] }));
    expect(image.series[0]!.metadata.channels).toEqual([
      { label: "Red", color: "FF0000" },
      { label: "Green", color: "00FF00" },
      { label: "Blue", color: "0000FF" },
    ]);
  });

  test("Zstd0, and Zstd1 with and without low and high bytes apart", async () => {
    const data = bytesOf(Uint16Array.of(0x0102, 0x0304, 0x0506, 0x0708));
    const apart = Uint8Array.of(2, 4, 6, 8, 1, 3, 5, 7);
    const zstd = (head: number[], body: Uint8Array) =>
      Buffer.concat([Uint8Array.from(head), zstdCompressSync(body)]);
    for (const [compression, stored] of [
      [5, zstd([], data)],
      [6, zstd([1], data)],
      [6, zstd([3, 1, 0], data)],
      [6, zstd([3, 1, 1], apart)],
    ] as const) {
      const subblock = plain(0, { pixelType: GRAY16, compression, data: stored });
      expect(await pixels({ subblocks: [subblock] })).toEqual([0x0102, 0x0304, 0x0506, 0x0708]);
    }
  });

  test("colours of 16 bits, low and high bytes apart", async () => {
    const data = Buffer.concat([Uint8Array.of(3, 1, 1), zstdCompressSync(Uint8Array.of(1, 2, 3, 4, 5, 6))]);
    const subblock = { width: 1, height: 1, pixelType: BGR48, compression: 6, data };
    expect(await pixels({ subblocks: [subblock] })).toEqual([0x0603, 0x0502, 0x0401]);
  });
});

describe("mosaics", () => {
  const tiles = [
    plain(1, { at: { C: 0, M: 2 }, x: -3, y: 5 }),
    plain(2, { at: { C: 0, M: 0 }, x: -2, y: 6 }),
    plain(3, { at: { C: 0, M: 1 }, x: 0, y: 5 }),
  ];

  test("tiles lie by their starts, the highest M on top, nothing is zero", async () => {
    const image = await open(makeCzi({ subblocks: tiles }));
    expect(image.series[0]!.source.shape).toEqual([1, 1, 1, 3, 5]);
    expect(await pixels({ subblocks: tiles })).toEqual([
      ...[1, 1, 0, 3, 3],
      ...[1, 1, 2, 3, 3],
      ...[0, 2, 2, 0, 0],
    ]);
  });

  test("a part of the pyramid is a level, and never shows in the full resolution", async () => {
    const subblocks = [
      plain(1, { at: { M: 0 } }),
      plain(2, { at: { M: 1 }, x: 2 }),
      { width: 4, height: 2, stored: [2, 1] as const, pixelType: GRAY8, data: Uint8Array.of(7, 8) },
    ];
    const image = await open(makeCzi({ subblocks }));
    expect(await pixels({ subblocks })).toEqual([1, 1, 2, 2, 1, 1, 2, 2]);
    expect(image.series[0]!.levels.map((level) => level.shape)).toEqual([[1, 1, 1, 1, 2]]);
    expect(Array.from((await readAll(image.series[0]!.levels[0]!)) as Uint8Array)).toEqual([7, 8]);
  });

  test("a level that lacks a part of the image is none", async () => {
    const subblocks = [
      plain(1, { at: { M: 0 } }),
      plain(2, { at: { M: 1 }, x: 2 }),
      { width: 2, height: 2, stored: [1, 1] as const, pixelType: GRAY8, data: Uint8Array.of(7) },
    ];
    expect((await open(makeCzi({ subblocks }))).series[0]!.levels).toEqual([]);
  });

  test("a chunk reads the tiles that it meets, and no others", async () => {
    const wide = { width: 512, height: 512, pixelType: GRAY8 };
    const subblocks = Array.from({ length: 16 }, (_, m) => ({
      ...wide,
      at: { M: m },
      x: (m % 4) * 512,
      y: Math.floor(m / 4) * 512,
      data: new Uint8Array(512 * 512).fill(m + 1),
    }));
    const count: TransferCount = { bytesRead: 0, bytesWritten: 0, reads: 0, writes: 0 };
    const image = await open(makeCzi({ subblocks }), count);
    const { source } = image.series[0]!;
    expect(source.chunkShape).toEqual([1, 1, 1, 512, 512]);
    expect(count.reads).toBeLessThanOrEqual(6);
    const before = { ...count };
    const block = await source.readChunk([0, 0, 0, 2, 1]);
    expect(block?.data[0]).toBe(10);
    expect(count.reads - before.reads).toBe(1);
    expect(count.bytesRead - before.bytesRead).toBeLessThan(1.1 * 512 * 512);
  });

  test("chunks are as far apart as tiles that overlap, so that each tile is read once", async () => {
    const subblocks = Array.from({ length: 12 }, (_, m) => ({
      width: 600,
      height: 600,
      pixelType: GRAY8,
      at: { M: m },
      // A stage comes back a few pixels beside its place.
      x: (m % 4) * 540 + (m % 3),
      y: Math.floor(m / 4) * 530,
      data: new Uint8Array(600 * 600).fill(m + 1),
    }));
    const count: TransferCount = { bytesRead: 0, bytesWritten: 0, reads: 0, writes: 0 };
    const { source } = (await open(makeCzi({ subblocks }), count)).series[0]!;
    expect(source.chunkShape).toEqual([1, 1, 1, 530, 540]);
    const before = count.reads;
    const all = (await readAll(source)) as Uint8Array;
    expect(count.reads - before).toBeLessThanOrEqual(14);
    const width = source.shape[4]!;
    for (const { x, y, at } of subblocks) expect(all[(y + 300) * width + x + 300]).toBe(at.M + 1);
  });

  test("rows of a large raw plane are read, not all of it", async () => {
    const data = new Uint8Array(6 * 2 ** 20).map((_, i) => i >> 20);
    const subblocks = [{ width: 1024, height: 6 * 1024, pixelType: GRAY8, data }];
    const count: TransferCount = { bytesRead: 0, bytesWritten: 0, reads: 0, writes: 0 };
    const { source } = (await open(makeCzi({ subblocks }), count)).series[0]!;
    const before = count.bytesRead;
    expect((await source.readChunk([0, 0, 0, 1, 0]))?.data[0]).toBe(2);
    expect(count.bytesRead - before).toBeLessThan(2.1 * 2 ** 20);
    expect(Buffer.compare(Buffer.from((await readAll(source)) as Uint8Array), Buffer.from(data))).toBe(0);
  });
});

describe("dimensions", () => {
  test("scenes are series of their own sizes", async () => {
    const subblocks = [plain(1, { at: { S: 0 } }), plain(2, { at: { S: 1 }, x: 50, width: 1, height: 4 })];
    const metadata =
      "<Information><Image><Dimensions><S><Scenes><Scene Index='1' Name='P2'/></Scenes></S></Dimensions></Image></Information>";
    const image = await open(makeCzi({ subblocks, metadata }));
    expect(image.series.map(({ name }) => name)).toEqual(["Scene 0", "P2"]);
    expect(image.series.map(({ source }) => source.shape.slice(3))).toEqual([
      [2, 2],
      [4, 1],
    ]);
  });

  test("rotations follow along Z, illuminations along C, phases along T", async () => {
    const subblocks: MadeSubblock[] = [];
    for (const T of [4, 5])
      for (const H of [0, 1])
        for (const I of [0, 1])
          for (const C of [0, 1])
            for (const R of [0, 1])
              for (const Z of [0, 1, 2])
                subblocks.push(
                  plain((T - 4) * 1 + H * 2 + C * 4 + I * 8 + Z * 16 + R * 48, {
                    at: { T, H, I, C, R, Z },
                    width: 1,
                    height: 1,
                    data: Uint8Array.of((T - 4) * 1 + H * 2 + C * 4 + I * 8 + Z * 16 + R * 48),
                  }),
                );
    const image = await open(makeCzi({ subblocks: subblocks.reverse() }));
    const { source, facts } = image.series[0]!;
    expect(source.shape).toEqual([4, 4, 6, 1, 1]);
    expect(facts["folded"]).toEqual({ R: 2, I: 2, H: 2 });
    const all = (await readAll(source)) as Uint8Array;
    const expected = [];
    for (let t = 0; t < 4; t++)
      for (let c = 0; c < 4; c++) for (let z = 0; z < 6; z++) expected.push(t + c * 4 + z * 16);
    expect(Array.from(all)).toEqual(expected);
  });

  test("channels of different pixel types are series, with the names that they have", async () => {
    const channel = (id: number, name: string) => `<Channel Id="${id}" Name="${name}"/>`;
    const channels = `<Channels>${channel(0, "DAPI")}${channel(1, "Camera")}${channel(2, "GFP")}</Channels>`;
    const image = await open(
      makeCzi({
        metadata: `<Information><Image><Dimensions>${channels}</Dimensions></Image></Information>`,
        subblocks: [
          plain(1, { at: { C: 0 } }),
          plain(2, { at: { C: 1 }, pixelType: GRAY16, data: new Uint8Array(8).fill(1) }),
          plain(3, { at: { C: 2 } }),
        ],
      }),
    );
    expect(image.series.map(({ metadata }) => metadata.channels?.map(({ label }) => label))).toEqual([
      ["DAPI", "GFP"],
      ["Camera"],
    ]);
    expect(image.series.map(({ source }) => source.dtype)).toEqual(["uint8", "uint16"]);
  });

  test("a plane that is missing is zero", async () => {
    const subblocks = [plain(1, { at: { Z: 0 } }), plain(2, { at: { Z: 2 } })];
    expect(await pixels({ subblocks })).toEqual([1, 1, 1, 1, 0, 0, 0, 0, 2, 2, 2, 2]);
  });
});

describe("metadata", () => {
  const metadata = `
    <Information>
      <Document><Description>cells &amp; "more"</Description></Document>
      <Image>
        <AcquisitionDateAndTime>2026-01-02T03:04:05.678Z</AcquisitionDateAndTime>
        <ObjectiveSettings><ObjectiveRef Id="Objective:2"/></ObjectiveSettings>
        <Dimensions>
          <Channels>
            <Channel Id="Channel:0" Name="EGFP"><ExcitationWavelength>488</ExcitationWavelength>
              <EmissionWavelength>509</EmissionWavelength><Fluor>EGFP</Fluor><IlluminationType>Epifluorescence</IlluminationType><ExposureTime>75000000</ExposureTime></Channel>
            <Channel Id="Channel:1" Name="DAPI"><Color>#FF0000FF</Color></Channel>
          </Channels>
          <T><Positions><Interval><Increment>2.5</Increment></Interval></Positions></T>
        </Dimensions>
      </Image>
      <Instrument><Objectives>
        <Objective Id="Objective:1"><LensNA>0.5</LensNA></Objective>
        <Objective Id="Objective:2"><LensNA>1.4</LensNA><NominalMagnification>63</NominalMagnification>
          <Immersion>Oil</Immersion><Manufacturer><Model>Plan</Model></Manufacturer></Objective>
      </Objectives></Instrument>
    </Information>
    <Scaling><Items><Distance Id="X"><Value>1e-07</Value></Distance><Distance Id="Y"><Value>2.5e-7</Value></Distance>
      <Distance Id="Z"><Value>0</Value></Distance></Items></Scaling>
    <DisplaySetting><Channels><Channel Id="Channel:1"/><Channel Id="Channel:0"><Color>#FF00FF5B</Color></Channel></Channels></DisplaySetting>`;
  const subblocks = [0, 1].flatMap((T) => [0, 1].map((C) => plain(1, { at: { T, C } })));

  test("scale in micrometres, seconds, names and colours", async () => {
    const image = await open(makeCzi({ subblocks, metadata }));
    const { axes, channels } = image.series[0]!.metadata;
    expect(axes.map(({ scale, unit }) => [scale, unit])).toEqual([
      [2.5, "second"],
      [1, undefined],
      [1, undefined],
      [0.25, "micrometer"],
      [0.1, "micrometer"],
    ]);
    expect(channels).toEqual([
      { label: "EGFP", color: "00FF5B" },
      { label: "DAPI", color: "0000FF" },
    ]);
  });

  test("OME-XML says the same, and keeps the original", async () => {
    const image = await open(makeCzi({ subblocks, metadata }));
    const root = parseXml(image.omeXml!, "it");
    const objective = root.children("Instrument")[0]!.children("Objective")[0]!;
    expect(objective.attribute("LensNA")).toBe("1.4");
    expect(objective.attribute("Immersion")).toBe("Oil");
    const [described] = root.children("Image");
    expect(described!.children("AcquisitionDate")[0]!.text).toBe("2026-01-02T03:04:05.678Z");
    expect(described!.children("Description")[0]!.text).toBe('cells & "more"');
    const pixels = described!.children("Pixels")[0]!;
    expect(
      ["SizeT", "SizeC", "PhysicalSizeX", "TimeIncrement"].map((name) => pixels.attribute(name)),
    ).toEqual(["2", "2", "0.1", "2.5"]);
    const [channel] = pixels.children("Channel");
    expect(channel!.attribute("EmissionWavelength")).toBe("509");
    expect(channel!.attribute("IlluminationType")).toBe("Epifluorescence");
    expect(channel!.attribute("Color")).toBe(String((0x00ff5b << 8) | 0xff));
    expect(image.omeXml).toContain(
      '<Plane TheZ="0" TheT="0" TheC="0" ExposureTime="0.075" ExposureTimeUnit="s"/>',
    );
    const value = root
      .children("StructuredAnnotations")[0]!
      .children("XMLAnnotation")[0]!
      .children("Value")[0]!;
    expect(value.children("ImageDocument")).toHaveLength(1);
  });

  test("pixels don't depend on it: XML that is none is told, not thrown", async () => {
    const image = await open(makeCzi({ subblocks, metadata: "<broken" }));
    expect(image.series[0]!.facts["metadata"]).toMatch(/not read/);
    expect(image.series[0]!.metadata.channels?.map(({ label }) => label)).toEqual(["Channel 0", "Channel 1"]);
  });
});

describe("attachments", () => {
  const label = makeCzi({
    subblocks: [{ width: 2, height: 1, pixelType: BGR24, data: Uint8Array.of(3, 2, 1, 6, 5, 4) }],
  });
  const preview = makeCzi({ subblocks: [plain(9)] });

  test("the label and the preview of a slide are images after its own", async () => {
    const image = await open(
      makeCzi({
        subblocks: [plain(1)],
        attachments: [
          ["Thumbnail", "JPG", Uint8Array.of(0xff, 0xd8)],
          ["SlidePreview", "CZI", preview],
          ["Label", "CZI", label],
        ],
      }),
    );
    expect(image.series.map(({ name }) => name)).toEqual(["a", "label image", "macro image"]);
    expect(image.series[0]!.facts["attachments"]).toEqual(["Thumbnail", "SlidePreview", "Label"]);
    expect(Array.from((await readAll(image.series[1]!.source)) as Uint8Array)).toEqual([1, 4, 2, 5, 3, 6]);
    expect(Array.from((await readAll(image.series[2]!.source)) as Uint8Array)).toEqual([9, 9, 9, 9]);
    expect(image.omeXml).toContain('Name="macro image"');
  });

  test("one that is damaged is none", async () => {
    const attachments = [["Label", "CZI", label.slice(0, 600)]] as const;
    const image = await open(makeCzi({ subblocks: [plain(1)], attachments }));
    expect(image.series).toHaveLength(1);
    expect(image.series[0]!.facts["attachments"]).toEqual(["Label"]);
  });
});

describe("what isn't read", () => {
  test("JPEG XR: inspect tells of it, opening its pixels is refused with the way out", async () => {
    const image = await open(makeCzi({ subblocks: [plain(1, { compression: 4 })] }));
    expect(image.series[0]!.facts["compression"]).toBe("JPEG XR");
    const refused = {
      code: "CZI_UNSUPPORTED",
      message: expect.stringContaining("JPEG XR"),
      hint: expect.stringContaining("--reader bioformats"),
    };
    expect(() => imageNode(image)).toThrow(expect.objectContaining(refused));
    await expect(image.series[0]!.source.readChunk([0, 0, 0, 0, 0])).rejects.toMatchObject(refused);
  });

  test.each([
    [
      "complex pixels",
      makeCzi({ subblocks: [plain(1, { pixelType: 10 })] }),
      "CZI_UNSUPPORTED",
      "Gray64ComplexFloat",
    ],
    ["no subblocks", makeCzi({ subblocks: [] }), "CZI_MALFORMED", "no subblocks"],
    ["a cut file", makeCzi({ subblocks: [plain(1)] }).slice(0, 900), "CZI_TRUNCATED", "900"],
    ["a header alone", makeCzi({ subblocks: [plain(1)] }).slice(0, 40), "CZI_TRUNCATED", "ends at"],
    [
      "tiles too far apart",
      makeCzi({
        subblocks: [plain(1, { x: -(2 ** 29), y: -(2 ** 29) }), plain(1, { x: 2 ** 29, y: 2 ** 29 })],
      }),
      "CZI_MALFORMED",
      "spread",
    ],
    ["sizes below one", makeCzi({ subblocks: [plain(1, { width: -5 })] }), "CZI_MALFORMED", "X starts"],
    ["unknown dimensions", makeCzi({ subblocks: [plain(1, { at: { Q: 0 } })] }), "CZI_MALFORMED", '"Q"'],
  ])("%s", async (_, bytes, code, what) => {
    await expect(open(bytes)).rejects.toMatchObject({
      code,
      message: expect.stringContaining(what),
      hint: expect.any(String),
    });
  });

  test.each([
    ["too few bytes", plain(1, { data: new Uint8Array(3) }), "cannot hold"],
    ["no Zstandard", plain(1, { compression: 5 }), "Zstd0"],
    [
      "another size",
      plain(1, { compression: 5, data: zstdCompressSync(new Uint8Array(5)) }),
      "5 bytes, not 4",
    ],
    ["a bomb", plain(1, { width: 2 ** 15, height: 2 ** 15, compression: 5 }), "cannot hold"],
    ["an unknown header", plain(1, { compression: 6, data: Uint8Array.of(9, 9, 9, 9, 9, 9) }), "header"],
  ])("damaged pixels: %s", async (_, subblock, what) => {
    const image = await open(makeCzi({ subblocks: [subblock] }));
    await expect(image.series[0]!.source.readChunk([0, 0, 0, 0, 0])).rejects.toMatchObject({
      code: "CHUNK_DECODE",
      message: expect.stringContaining(what),
    });
  });
});
