import { deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { openN5Array, openN5Node } from "../../../shared/formats/n5/open.ts";
import { bloscCodec } from "../../../shared/zarr/codecs/blosc.ts";
import { xxhash32 } from "../../../shared/zarr/codecs/xxhash32.ts";
import { readArray } from "../../support/read-array.ts";
import { storeOf } from "../../support/zarr-store.ts";

/** 12 x 7 big-endian uint16, the squares of 0, 1, ...; as Python's bz2 and lzma, and lz4-java's framing, pack them. */
const SQUARES = Uint16Array.from({ length: 84 }, (_, i) => i * i);
const PACKED: { readonly [type: string]: string } = {
  bzip2:
    "QlpoOTFBWSZTWURDasEAAAB///////AkICAgZCAgICQgICAkIGAgJCAgICQgICAkICAgIACKiKmCMyjIH6o9TQHpDT1AHqGnlNpqeoZDaNI9TwjKZNohkGjQaNNDE0b1GvA+EQEDAE4adZ96Off2uyYKeXa4ttEqVtFNTJkEf9RWR1FvN9RWnc/+OxbFaMJAMHANAcwPR3rsFS2NzLmJnKY6HXkqQwORMC/qmwqeMqtk5a3HkOx0Df0ksKaCXqU248QuEyBdfEplldFAtMCyNuIWoyocBdyRThQkERDasEA=",
  xz: "/Td6WFoAAATm1rRGAgAhARYAAAB0L+WjAQCnAAAAAQAEAAkAEAAZACQAMQBAAFEAZAB5AJAAqQDEAOEBAAEhAUQBaQGQAbkB5AIRAkACcQKkAtkDEANJA4QDwQQABEEEhATJBRAFWQWkBfEGQAaRBuQHOQeQB+kIRAihCQAJYQnECikKkAr5C2QL0QxADLENJA2ZDhAOiQ8ED4EQABCBEQQRiRIQEpkTJBOxFEAU0RVkFfkWkBcpF8QYYRkAGaEaRBrpAC4YJ24ZYhkiAAHAAagBAAAEuMBmscRn+wIAAAAABFla",
  lz4: "TFo0QmxvY2smZgAAAGQAAAD1ppgF8FUAAAABAAQACQAQABkAJAAxAEAAUQBkAHkAkACpAMQA4QEAASEBRAFpAZABuQHkAhECQAJxAqQC2QMQA0kDhAPBBAAEQQSEBMkFEAVZBaQF8QZABpEG5Ac5B5AH6QhECKEJAAlhTFo0QmxvY2sWRAAAAEQAAAARFwQHCcQKKQqQCvkLZAvRDEAMsQ0kDZkOEA6JDwQPgRAAEIERBBGJEhASmRMkE7EUQBTRFWQV+RaQFykXxBhhGQAZoRpEGulMWjRCbG9jaxYAAAAAAAAAAAAAAAA=",
};

function bigEndian(values: Uint16Array): Buffer {
  const bytes = Buffer.from(values.slice().buffer);
  return bytes.swap16();
}

/** A block's header; `dimensions` x first. */
function header(dimensions: readonly number[], mode = 0, count?: number): Buffer {
  const out = Buffer.alloc(4 + 4 * dimensions.length + (count === undefined ? 0 : 4));
  out.writeUInt16BE(mode, 0);
  out.writeUInt16BE(dimensions.length, 2);
  for (const [i, n] of dimensions.entries()) out.writeUInt32BE(n, 4 + 4 * i);
  if (count !== undefined) out.writeUInt32BE(count, out.length - 4);
  return out;
}

const squares = { dimensions: [12, 7], blockSize: [12, 7], dataType: "uint16" };

function one(compression: object | undefined, block: Uint8Array) {
  return storeOf({
    "attributes.json": { ...squares, ...(compression ? { compression } : {}) },
    "0/0": block,
  });
}

describe("N5", () => {
  const raw = bigEndian(SQUARES);
  it.each([
    [{ type: "raw" }, raw],
    [{ type: "gzip", level: -1 }, gzipSync(raw)],
    [{ type: "gzip", useZlib: true }, deflateSync(raw)],
    [{ type: "zstd" }, zstdCompressSync(raw)],
    [{ type: "blosc" }, bloscCodec({ cname: "lz4", level: 5, shuffle: true, typeSize: 2 }).encode(raw)],
    [{ type: "bzip2" }, Buffer.from(PACKED["bzip2"]!, "base64")],
    [{ type: "xz" }, Buffer.from(PACKED["xz"]!, "base64")],
    [{ type: "lz4" }, Buffer.from(PACKED["lz4"]!, "base64")],
  ])("decodes %o", async (compression, packed) => {
    const array = await openN5Array(await one(compression, Buffer.concat([header([12, 7]), packed])), "");
    expect(array).toMatchObject({ shape: [7, 12], dtype: "uint16", chunkShape: [7, 12] });
    expect(await readArray(array)).toEqual(SQUARES);
  });

  it("takes what N5 1 wrote: compressionType", async () => {
    const store = await storeOf({
      "attributes.json": { ...squares, compressionType: "gzip" },
      "0/0": Buffer.concat([header([12, 7]), gzipSync(raw)]),
    });
    expect(await readArray(await openN5Array(store, ""))).toEqual(SQUARES);
  });

  it("reverses axes; cut, whole and absent blocks", async () => {
    // x has 5 elements in blocks of 3, y has 2 in blocks of 2: block (0, 0) is absent, (1, 0) cut or whole
    const attributes = {
      dimensions: [5, 2],
      blockSize: [3, 2],
      dataType: "int16",
      compression: { type: "raw" },
    };
    const cut = Buffer.concat([header([2, 2]), bigEndian(Uint16Array.of(1, 2, 3, 4))]);
    const whole = Buffer.concat([header([3, 2], 1, 6), bigEndian(Uint16Array.of(1, 2, 9, 3, 4, 9))]);
    const small = Buffer.concat([header([1, 2]), bigEndian(Uint16Array.of(1, 3))]);
    for (const [block, expected] of [
      [cut, [0, 0, 0, 1, 2, 0, 0, 0, 3, 4]],
      [whole, [0, 0, 0, 1, 2, 0, 0, 0, 3, 4]],
      [small, [0, 0, 0, 1, 0, 0, 0, 0, 3, 0]],
    ] as const) {
      const array = await openN5Array(await storeOf({ "attributes.json": attributes, "1/0": block }), "");
      expect(Array.from((await readArray(array)) as Int16Array)).toEqual(expected);
    }
  });

  it.each([
    ["cut short in its header", header([12, 7]).subarray(0, 6), /cut short/],
    ["another rank", Buffer.concat([header([84]), raw]), /1 axes, the dataset 2/],
    ["larger than blocks are", header([2 ** 31, 2 ** 31]), /in a dataset of blocks/],
    ["an unknown mode", header([12, 7], 9), /mode 9/],
    ["an object", header([12, 7], 2), /mode 2/],
    ["varying lengths", header([12, 7], 1, 85), /varying lengths/],
    ["too few bytes", Buffer.concat([header([12, 7]), raw.subarray(1)]), /167 bytes/],
  ])("refuses a block: %s", async (_, block, message) => {
    const array = await openN5Array(await one({ type: "raw" }, block), "");
    await expect(array.readChunk([0, 0])).rejects.toMatchObject({ code: "CHUNK_DECODE", message });
  });

  it.each(["bzip2", "xz", "lz4", "gzip", "zstd", "blosc"])(
    "refuses %s that is cut, damaged or too long",
    async (type) => {
      const good =
        type in PACKED
          ? Buffer.from(PACKED[type]!, "base64")
          : Buffer.from({ gzip: gzipSync, zstd: zstdCompressSync, blosc: bloscEncode }[type as "gzip"](raw));
      const damaged = Buffer.from(good);
      damaged[damaged.length >> 1]! ^= 0x55;
      const cases = [good.subarray(0, good.length >> 1), Buffer.alloc(0), Buffer.from("nothing of the kind")];
      // blosc and zstd without checksums don't notice every change
      if (type !== "blosc" && type !== "zstd") cases.push(damaged);
      for (const packed of cases) {
        const array = await openN5Array(await one({ type }, Buffer.concat([header([12, 7]), packed])), "");
        await expect(array.readChunk([0, 0])).rejects.toMatchObject({ code: "CHUNK_DECODE" });
      }
      const long = await openN5Array(await one({ type }, Buffer.concat([header([12, 6]), good])), "");
      await expect(long.readChunk([0, 0])).rejects.toMatchObject({ code: "CHUNK_DECODE" });
    },
  );

  it.each([
    [{ ...squares, dataType: "object" }, "UNSUPPORTED_DTYPE"],
    [{ ...squares, compression: { type: "pied-piper" } }, "UNSUPPORTED_CODEC"],
    [{ ...squares, blockSize: [12] }, "N5_METADATA"],
    [{ ...squares, blockSize: [0, 7] }, "N5_METADATA"],
    [{ ...squares, blockSize: [2 ** 31, 2 ** 31] }, "N5_METADATA"],
    [{ ...squares, dimensions: [-1, 7] }, "N5_METADATA"],
    [{ n5: "2.0.0" }, "NOT_FOUND"],
  ])("refuses attributes %o", async (attributes, code) => {
    await expect(openN5Array(await storeOf({ "attributes.json": attributes }), "")).rejects.toMatchObject({
      code,
    });
  });

  it("says where it isn't JSON", async () => {
    const store = await storeOf({ "a/attributes.json": "{" });
    await expect(openN5Array(store, "a")).rejects.toMatchObject({
      code: "N5_METADATA",
      message: /a\/attributes\.json: not JSON/,
    });
  });
});

describe("axes of N5", () => {
  const level = (more: object) => ({ ...squares, compression: { type: "raw" }, ...more });

  async function axesOf(objects: Parameters<typeof storeOf>[0], path: string) {
    const node = await openN5Node(await storeOf(objects), path);
    return node.kind === "dataset"
      ? node.metadata.axes.map(({ name, unit, scale, translation }) => [name, unit, scale, translation])
      : node.levels;
  }

  it("are plain without metadata", async () => {
    expect(await axesOf({ "a/attributes.json": level({}) }, "a")).toEqual([
      ["dim_0", undefined, 1, 0],
      ["dim_1", undefined, 1, 0],
    ]);
  });

  it("follow n5-viewer's pixelResolution and downsamplingFactors", async () => {
    const pixelResolution = { dimensions: [0.5, 2], unit: "um" };
    const objects = {
      "attributes.json": {},
      "s0/attributes.json": level({ pixelResolution }),
      "s1/attributes.json": level({ pixelResolution, downsamplingFactors: [2, 4] }),
    };
    expect(await axesOf(objects, "")).toEqual(["s0", "s1"]);
    expect(await axesOf(objects, "s1")).toEqual([
      ["y", "micrometer", 8, 3],
      ["x", "micrometer", 1, 0.25],
    ]);
  });

  it("follow COSEM's transforms, listed in C order", async () => {
    const transform = (scale: number) => ({
      axes: ["y", "x"],
      scale: [scale, 4],
      translate: [1, 2],
      units: ["nm", "nm"],
    });
    const objects = {
      "v/attributes.json": { multiscales: [{ datasets: [{ path: "full", transform: transform(8) }] }] },
      "v/full/attributes.json": level({}),
      "own/attributes.json": level({ transform: { ...transform(3), ordering: "F" } }),
    };
    expect(await axesOf(objects, "v")).toEqual(["v/full"]);
    expect(await axesOf(objects, "v/full")).toEqual([
      ["y", "nanometer", 8, 1],
      ["x", "nanometer", 4, 2],
    ]);
    expect(await axesOf(objects, "own")).toEqual([
      ["x", "nanometer", 4, 2],
      ["y", "nanometer", 3, 1],
    ]);
  });

  it("follow BigDataViewer, whose factors lie with the setup", async () => {
    const objects = {
      "attributes.json": { n5: "2.5.0" },
      "setup0/attributes.json": {
        downsamplingFactors: [
          [1, 1],
          [2, 4],
        ],
      },
      "setup0/timepoint0/attributes.json": { resolution: [0.1, 0.1] },
      "setup0/timepoint0/s0/attributes.json": level({}),
      "setup0/timepoint0/s1/attributes.json": level({}),
    };
    expect(await axesOf(objects, "setup0/timepoint0/s1")).toEqual([
      ["y", undefined, 0.4, 0.15000000000000002],
      ["x", undefined, 0.2, 0.05],
    ]);
  });
});

it("hashes as xxHash does", () => {
  const hash = (text: string, seed: number) =>
    xxhash32(new TextEncoder().encode(text), seed).toString(16).padStart(8, "0");
  expect(
    ["", "abc", "0123456789abcdef0123456789"].map((text) => [hash(text, 0), hash(text, 0x9747b28c)]),
  ).toEqual([
    ["02cc5d05", "8d3b42d8"],
    ["32d153ff", "4d4cb222"],
    ["f2dc139c", "f49394b5"],
  ]);
});

function bloscEncode(bytes: Uint8Array): Uint8Array {
  return bloscCodec({ cname: "lz4", level: 5, shuffle: true, typeSize: 2 }).encode(bytes);
}
