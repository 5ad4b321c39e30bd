import { readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { ByteFile } from "../../../shared/formats/byte-file.ts";
import { hdf5Axes } from "../../../shared/formats/hdf5/axes.ts";
import { Hdf5Dataset } from "../../../shared/formats/hdf5/dataset.ts";
import { Hdf5File } from "../../../shared/formats/hdf5/file.ts";
import { fromHdf5 } from "../../../shared/index.ts";
import { inspect } from "../../../shared/inspect/inspect.ts";
import { openConvertSource } from "../../../shared/pipeline/convert-source.ts";
import { CountingStore } from "../../../shared/storage/counting.ts";
import { MemoryStore } from "../../../shared/storage/memory.ts";
import { digestOf, openFixture } from "../../support/hdf5.ts";
import { md5Of } from "../../support/read-array.ts";

const folder = path.join(path.dirname(fileURLToPath(import.meta.url)), "fixtures");
const at = (name: string) => path.join(folder, name);
const digests = JSON.parse(readFileSync(at("digests.json"), "utf8")) as {
  [file: string]: { [dataset: string]: string };
};

async function inMemory(bytes: Uint8Array): Promise<Hdf5File> {
  const store = new MemoryStore("test");
  await store.put("a.h5", bytes);
  return Hdf5File.open(await ByteFile.open({ store, key: "a.h5", uri: "test/a.h5" }));
}

describe.each(Object.entries(digests))("%s", (name, expected) => {
  it("has the datasets that h5py reads, with their values", async () => {
    const file = await openFixture(at(name));
    const found: { [dataset: string]: string } = {};
    for (const dataset of Object.keys(expected)) found[dataset] = await digestOf(file, dataset);
    expect(found).toEqual(expected);
    const listed = await file.datasetsBelow();
    expect(listed).toEqual(expect.arrayContaining(Object.keys(expected)));
  });
});

describe("what is refused by name", () => {
  it.each([
    ["complex", "UNSUPPORTED_DTYPE", /complex/],
    ["compound", "UNSUPPORTED_DTYPE", /compound \(a, b\)/],
    ["string", "UNSUPPORTED_DTYPE", /string/],
    ["lengths", "UNSUPPORTED_DTYPE", /variable-length/],
    ["reference", "UNSUPPORTED_DTYPE", /reference/],
    ["array", "UNSUPPORTED_DTYPE", /array/],
    ["null", "HDF5_UNSUPPORTED", /null dataspace/],
    ["lzf", "UNSUPPORTED_CODEC", /lzf/],
    ["blosc", "UNSUPPORTED_CODEC", /blosc/],
    ["virtual", "HDF5_UNSUPPORTED", /elsewhere\.h5/],
  ])("%s", async (name, code, message) => {
    for (const each of ["earliest.h5", "latest.h5"]) {
      const file = await openFixture(at(each));
      await expect(Hdf5Dataset.open(file, `refused/${name}`)).rejects.toMatchObject({ code, message });
    }
  });

  it("what isn't there, and groups", async () => {
    const file = await openFixture(at("latest.h5"));
    await expect(Hdf5Dataset.open(file, "nowhere")).rejects.toMatchObject({
      code: "NOT_FOUND",
      hint: /chunked\/be_f2/,
    });
    await expect(Hdf5Dataset.open(file, "index")).rejects.toMatchObject({
      code: "NOT_FOUND",
      hint: /index\/absent/,
    });
    await expect(Hdf5Dataset.open(file, "links/outside")).rejects.toMatchObject({ code: "NOT_FOUND" });
    await expect(openConvertSource(at("latest.h5"))).rejects.toMatchObject({ code: "UNSUPPORTED_CODEC" });
    await expect(fromHdf5(at("latest.h5"))).rejects.toMatchObject({ code: "NOT_FOUND", hint: /behind #/ });
  });
});

describe("axes of HDF5", () => {
  it.each([
    [
      "labelled",
      [
        ["c", "channel"],
        ["y", "space"],
        ["x", "space"],
      ],
    ],
    [
      "sized",
      [
        ["z", "space", 2, "micrometer"],
        ["y", "space", 0.5, "micrometer"],
        ["x", "space", 0.25, "micrometer"],
      ],
    ],
    [
      "tagged",
      [
        ["y", "space"],
        ["x", "space"],
        ["c", "channel"],
      ],
    ],
    [
      "scaled",
      [
        ["depth", undefined, 2, "millimeter"],
        ["x", "space"],
      ],
    ],
  ])("%s", async (name, expected) => {
    const file = await openFixture(at("axes.h5"));
    const { shape } = await Hdf5Dataset.open(file, name);
    expect(await hdf5Axes(file, name, shape)).toMatchObject(
      expected.map(([axis, type, scale = 1, unit]) => ({
        name: axis,
        ...(type ? { type } : {}),
        scale,
        ...(unit ? { unit } : {}),
      })),
    );
  });
});

describe("images of many datasets", () => {
  it("Imaris: t, c, z, y, x, cut to the image's size, with scale, names and colours", async () => {
    const image = await fromHdf5(at("imaris.ims"));
    expect(image).toMatchObject({ shape: [2, 2, 2, 3, 4], dtype: "uint16" });
    expect(image.axes.slice(2)).toMatchObject([
      { name: "z", scale: 2, translation: 1, unit: "micrometer" },
      { name: "y", scale: 0.5, translation: 10.25 },
      { name: "x", scale: 0.5, translation: 0.25 },
    ]);
    expect(image.node.channels).toEqual([
      { label: "DAPI", color: "0000FF" },
      { label: "GFP", color: "00FF00" },
    ]);
    const { data } = await image.slice("1, 0").compute();
    const whole = await fromHdf5(`${at("imaris.ims")}#DataSet/ResolutionLevel 0/TimePoint 1/Channel 0/Data`);
    expect(data).toEqual((await whole.slice(":, :3").compute()).data);
  });

  it("BigDataViewer: a setup in time, as uint16", async () => {
    const image = await fromHdf5(at("bdv.h5"));
    expect(image).toMatchObject({ shape: [3, 1, 2, 3, 4], dtype: "uint16" });
    const stored = await fromHdf5(at("bdv.h5"), { dataset: "/t00002/s00/0/cells" });
    expect(stored.dtype).toBe("int16");
    expect(md5Of((await image.slice("2, 0").compute()).data)).toBe(md5Of((await stored.compute()).data));
    expect(await inspect(at("bdv.h5"))).toMatchObject({
      kind: "hdf5",
      images: [{ name: "s00", times: 3 }, { name: "s01" }],
    });
  });
});

it("is inspected, with what is refused", async () => {
  expect(await inspect(at("latest.h5"))).toMatchObject({
    kind: "hdf5",
    datasets: expect.arrayContaining([
      expect.objectContaining({
        path: "chunked/be_u2",
        dtype: "uint16",
        chunks: [3, 2],
        filters: ["shuffle", "deflate"],
      }),
      { path: "refused/lzf", refused: expect.stringMatching(/filter lzf is not supported/) },
    ]),
  });
  expect(await inspect(`${at("axes.h5")}#sized`)).toMatchObject({ kind: "hdf5 dataset", shape: [2, 3, 4] });
});

it("reads by ranges, and each range once", async () => {
  const count = { bytesRead: 0, bytesWritten: 0, reads: 0, writes: 0 };
  const file = await openFixture(at("earliest.h5"), (store) => new CountingStore(store, count));
  await digestOf(file, "chunked/be_u2");
  await digestOf(file, "chunked/be_u2");
  expect(count.bytesRead).toBeLessThanOrEqual(file.file.size);
  expect(count.reads).toBeLessThanOrEqual(4);
});

describe("damaged files", () => {
  const bytes = readFileSync(at("latest.h5"));

  it.each([
    ["cut in half", bytes.subarray(0, bytes.length / 2)],
    ["its signature alone", bytes.subarray(0, 8)],
    ["nothing", new Uint8Array(0)],
    ["text", new TextEncoder().encode("nothing of the kind ".repeat(100))],
  ])("%s", async (_, damaged) => {
    await expect(inMemory(damaged)).rejects.toMatchObject({ code: "HDF5_MALFORMED", message: /test\/a\.h5/ });
  });

  it("a chunk that doesn't decompress", async () => {
    const damaged = new Uint8Array(readFileSync(at("imaris.ims")));
    const name = "DataSet/ResolutionLevel 0/TimePoint 0/Channel 0/Data";
    // every deflate stream of zlib's default level
    for (let i = 0; i + 1 < damaged.length; i++)
      if (damaged[i] === 0x78 && (damaged[i + 1] === 0x5e || damaged[i + 1] === 0x9c))
        damaged[i + 4]! ^= 0xff;
    const dataset = await Hdf5Dataset.open(await inMemory(damaged), name);
    await expect(dataset.readChunk([0, 0, 0])).rejects.toMatchObject({
      code: "CHUNK_DECODE",
      message: /Channel 0\/Data/,
    });
  });
});
