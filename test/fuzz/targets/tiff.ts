import { deflateSync, zstdCompressSync } from "node:zlib";
import { openImage } from "../../../shared/formats/open-image.ts";
import { MemorySink } from "../../../shared/formats/tiff/sink.ts";
import { FIELD } from "../../../shared/formats/tiff/tags.ts";
import { writeOmeTiff } from "../../../shared/formats/tiff/write.ts";
import { MemoryStore } from "../../../shared/storage/memory.ts";
import codecs from "../../formats/tiff/fixtures/codecs.json" with { type: "json" };
import jpegs from "../../formats/tiff/fixtures/jpeg.json" with { type: "json" };
import { lsmPages } from "../../support/make-lsm.ts";
import { makeTiff, page, type Tags } from "../../support/make-tiff.ts";
import { damageBytes, damageDirectory, damageText, oneOf } from "../damage.ts";
import { type FuzzTarget, readSeries, type Seed } from "../target.ts";

async function read(bytes: Uint8Array): Promise<void> {
  const store = new MemoryStore();
  await store.put("image.tif", bytes);
  await readSeries(await openImage({ store, key: "image.tif", uri: "memory://image.tif" }));
}

/** Files of every layout and compression that are read. */
export const tiff: FuzzTarget = {
  name: "TIFF",
  share: 6,
  async seeds() {
    const files = new Map<string, Uint8Array>([...made(), ...encoded(), ...(await written())]);
    return [...files].map(
      ([name, bytes]): Seed => ({
        name,
        bytes,
        damage: oneOf(
          damageBytes,
          damageDirectory,
          damageDirectory,
          ...(/ome|ImageJ/.test(name) ? [damageText] : []),
        ),
        read,
      }),
    );
  },
};

const SHORT = (value: number, count = 1) => [FIELD.short, new Array<number>(count).fill(value)] as const;
const ramp = (length: number): Uint8Array => new Uint8Array(length).map((_, i) => i * 7);

function made(): [string, Uint8Array][] {
  const rgb: Tags = { 258: SHORT(8, 3), 262: SHORT(2), 277: SHORT(3) };
  const tiles: Tags = { 322: SHORT(16), 323: SHORT(16) };
  const palette: Tags = { 262: SHORT(3), 320: [FIELD.short, new Array<number>(48).fill(7)] };
  const deflated = new Uint8Array(deflateSync(ramp(16 * 16 * 4)));
  const hyperstack =
    "ImageJ=1.53t\nimages=12\nchannels=2\nslices=3\nframes=2\nhyperstack=true\nunit=um\nspacing=1.5\n";
  const planes = Array.from({ length: 12 }, (_, i) =>
    page(6, 5, 8, [ramp(30)], i === 0 ? { 270: [FIELD.ascii, hyperstack] } : {}),
  );
  return [
    ["strips", makeTiff([page(20, 9, 16, [ramp(160), ramp(160), ramp(40)], { 278: SHORT(4) })])],
    [
      "strips, big-endian BigTIFF",
      makeTiff([page(20, 9, 16, [ramp(360)])], { bigEndian: true, bigTiff: true }),
    ],
    ["12 bits", makeTiff([page(9, 5, 12, [ramp(70)])])],
    ["1 bit, white is 0", makeTiff([page(19, 5, 1, [ramp(15)], { 262: SHORT(0) })])],
    ["palette of 4 bits", makeTiff([page(9, 5, 4, [ramp(25)], palette)])],
    ["RGB planes", makeTiff([page(8, 4, 8, [ramp(32), ramp(32), ramp(32)], { ...rgb, 284: SHORT(2) })])],
    [
      "float tiles, predictor 3",
      makeTiff([
        page(30, 10, 32, [deflated, deflated], { ...tiles, 259: SHORT(8), 317: SHORT(3), 339: SHORT(3) }),
      ]),
    ],
    [
      "zstd, predictor 2",
      makeTiff([
        page(8, 8, 16, [new Uint8Array(zstdCompressSync(ramp(128)))], { 259: SHORT(50000), 317: SHORT(2) }),
      ]),
    ],
    ["LZW", makeTiff([page(4, 2, 8, [new Uint8Array([128, 0, 8, 40, 20, 24, 80, 64])], { 259: SHORT(5) })])],
    [
      "PackBits",
      makeTiff([page(8, 4, 8, [new Uint8Array([0xf1, 9, 15, ...ramp(16)])], { 259: SHORT(32773) })]),
    ],
    [
      "YCbCr 4:2:0",
      makeTiff([page(8, 4, 8, [ramp(48)], { ...rgb, 262: SHORT(6), 530: [FIELD.short, [2, 2]] })]),
    ],
    ["LSM", makeTiff(lsmPages({ sizes: [6, 5, 2, 3, 2], scanType: 6 }, 4))],
    ["LSM, scans along Z", makeTiff(lsmPages({ sizes: [6, 1, 5, 3, 1], scanType: 1 }, 1, 5))],
    [
      "SVS",
      makeTiff([
        page(16, 16, 8, [ramp(256)], { ...tiles, 270: [FIELD.ascii, "Aperio v1|AppMag = 20|MPP = 0.5"] }),
        page(4, 4, 8, [ramp(16)]),
        page(4, 4, 8, [ramp(256)], tiles),
      ]),
    ],
    [
      "STK",
      makeTiff([page(4, 3, 8, [ramp(36)], { 279: [FIELD.long, [12]], 33629: [FIELD.rational, [1, 1, 1]] })]),
    ],
    ["ImageJ", makeTiff(planes)],
    [
      "ImageJ, one directory",
      makeTiff([page(6, 5, 8, [ramp(360)], { 270: [FIELD.ascii, hyperstack], 279: [FIELD.long, [30]] })]),
    ],
    [
      "tifffile's axes",
      makeTiff([
        page(4, 6, 8, [ramp(24)], { 270: [FIELD.ascii, '{"shape": [3, 6, 4], "axes": "YXC"}'] }),
        page(4, 6, 8, [ramp(24)]),
        page(4, 6, 8, [ramp(24)]),
      ]),
    ],
    [
      "levels in SubIFDs",
      makeTiff([
        { ...page(16, 8, 8, [ramp(128)]), subPages: [page(8, 4, 8, [ramp(32)], { 254: [FIELD.long, [1]] })] },
      ]),
    ],
  ];
}

/** Segments of the reference encoders, in files of one strip. */
function encoded(): [string, Uint8Array][] {
  const files: [string, Uint8Array][] = codecs.map((c) => {
    const [rows, columns, samples = 1] = c.shape as [number, number, number?];
    const bits = c.dtype === "bool" ? 1 : Number(/\d+/.exec(c.dtype)![0]);
    return [
      c.name,
      makeTiff([
        page(columns, rows, bits, [new Uint8Array(Buffer.from(c.data, "base64"))], {
          258: SHORT(bits, samples),
          259: SHORT(c.compression),
          262: SHORT(c.photometric),
          277: SHORT(samples),
          292: [FIELD.long, [c.t4Options]],
          339: SHORT(c.dtype.startsWith("int") ? 2 : 1, samples),
        }),
      ]),
    ];
  });
  for (const c of jpegs.filter(({ jpeg }) => jpeg.length < 4000)) {
    const [rows, columns, samples = 1] = c.shape as [number, number, number?];
    const tags = { 258: SHORT(8, samples), 259: SHORT(7), 262: SHORT(c.photometric), 277: SHORT(samples) };
    files.push([
      `JPEG ${c.name}`,
      makeTiff([page(columns, rows, 8, [new Uint8Array(Buffer.from(c.jpeg, "base64"))], tags)]),
    ]);
  }
  return files;
}

/** OME-TIFFs by the writer, with levels. */
async function written(): Promise<[string, Uint8Array][]> {
  const files: [string, Uint8Array][] = [];
  for (const [compression, bigTiff] of [
    ["deflate", false],
    ["zstd", true],
    ["none", false],
  ] as const) {
    const sink = new MemorySink();
    await writeOmeTiff(
      sink,
      {
        name: compression,
        shape: [1, 2, 2, 40, 30],
        dtype: "uint16",
        tile: [16, 32],
        compression,
        bigTiff,
        predictor: compression !== "none",
        levels: [[20, 15]],
      },
      ({ rows, columns }) => new Uint16Array(rows * columns).map((_, i) => i * 7),
    );
    files.push([`ome ${compression}`, sink.bytes]);
  }
  return files;
}
