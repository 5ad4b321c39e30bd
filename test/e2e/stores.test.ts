import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Json } from "../../shared/errors.ts";
import { fromHdf5, fromN5, fromZarr } from "../../shared/index.ts";
import { inspect } from "../../shared/inspect/inspect.ts";
import { outputsOfRequest } from "../../shared/pipeline/request.ts";
import { compile } from "../../shared/plan/compile.ts";
import { FileStore } from "../../shared/storage/file.ts";
import { packStore } from "../../shared/storage/zip/pack.ts";
import { run } from "../support/run.ts";

let folder = "";
beforeAll(async () => {
  folder = await fs.mkdtemp(path.join(os.tmpdir(), "lamella-stores-"));
});
afterAll(() => fs.rm(folder, { recursive: true, force: true }));

const at = (name: string) => path.join(folder, name);

async function execute(request: Parameters<typeof outputsOfRequest>[0]): Promise<void> {
  await run(await compile(await outputsOfRequest(request)), folder, { workers: 1 });
}

async function convert(src: string, dst: string, options: { [option: string]: Json } = {}): Promise<string> {
  await execute({ convert: { src, dst: at(dst), ...options } });
  return at(dst);
}

async function write(name: string, content: object | Uint8Array): Promise<void> {
  await fs.mkdir(path.dirname(at(name)), { recursive: true });
  await fs.writeFile(at(name), content instanceof Uint8Array ? content : JSON.stringify(content));
}

/** An N5 pyramid of 0, 1, ... in blocks of one row of x; its shape is z, y, x. */
async function writeN5(name: string, shape: readonly [number, number, number]): Promise<Uint16Array> {
  const [z, y, x] = shape;
  const values = Uint16Array.from({ length: z * y * x }, (_, i) => i);
  const dataset = {
    dimensions: [x, y, z],
    blockSize: [x, 1, 1],
    dataType: "uint16",
    compression: { type: "raw" },
  };
  await write(`${name}/attributes.json`, { n5: "2.0.0" });
  await write(`${name}/raw/attributes.json`, {
    axes: ["x", "y", "z"],
    units: ["um", "um", "um"],
    resolution: [0.5, 0.5, 2],
  });
  await write(`${name}/raw/s0/attributes.json`, dataset);
  for (let row = 0; row < z * y; row++) {
    const block = Buffer.alloc(16 + 2 * x);
    block.writeUInt16BE(3, 2);
    for (const [i, n] of [x, 1, 1].entries()) block.writeUInt32BE(n, 4 + 4 * i);
    for (let i = 0; i < x; i++) block.writeUInt16BE(values[row * x + i]!, 16 + 2 * i);
    await write(`${name}/raw/s0/0/${row % y}/${Math.floor(row / y)}`, block);
  }
  return values;
}

describe("N5", () => {
  let values: Uint16Array;
  beforeAll(async () => {
    values = await writeN5("a.n5", [2, 3, 5]);
  });

  it("is a lazy array, a pyramid at its full resolution", async () => {
    const array = await fromN5(at("a.n5"), { component: "raw" });
    expect(array).toMatchObject({ shape: [2, 3, 5], dtype: "uint16", chunkShape: [1, 1, 5] });
    expect(array.axes.map(({ name, unit, scale }) => [name, unit, scale])).toEqual([
      ["z", "micrometer", 2],
      ["y", "micrometer", 0.5],
      ["x", "micrometer", 0.5],
    ]);
    expect((await array.compute()).data).toEqual(values);
    await expect(fromN5(at("a.n5"))).rejects.toMatchObject({ code: "NOT_FOUND", hint: /raw\/s0/ });
  });

  it("is an input of pipelines", async () => {
    await execute({
      pipeline: {
        version: 1,
        inputs: { image: { n5: at("a.n5"), component: "raw/s0" } },
        steps: { more: { op: "mapBlocks", in: "image", expr: "image + 1" } },
        outputs: { more: { zarr: at("more.zarr") } },
      },
    });
    expect((await (await fromZarr(at("more.zarr"))).compute()).data).toEqual(
      values.map((value) => value + 1),
    );
  });

  it("converts to OME-Zarr with its scale", async () => {
    const dst = await convert(`${at("a.n5")}#raw`, "n5.ome.zarr");
    const image = await fromZarr(dst);
    expect(image.axes.map(({ name, scale }) => [name, scale])).toEqual([
      ["t", 1],
      ["c", 1],
      ["z", 2],
      ["y", 0.5],
      ["x", 0.5],
    ]);
    expect((await image.compute()).data).toEqual(values);
  });

  it("is inspected: container, pyramid, dataset", async () => {
    expect(await inspect(at("a.n5"))).toMatchObject({ kind: "n5 group", datasets: ["raw/s0"] });
    expect(await inspect(`${at("a.n5")}#raw`)).toMatchObject({
      kind: "n5 pyramid",
      levels: [{ path: "raw/s0", shape: [2, 3, 5], dtype: "uint16" }],
    });
    expect(await inspect(`${at("a.n5")}#raw/s0`)).toMatchObject({
      kind: "n5 dataset",
      compression: { type: "raw" },
    });
  });

  it("is not read any more once its attributes changed", async () => {
    const plan = await compile(
      await outputsOfRequest({ convert: { src: `${at("a.n5")}#raw`, dst: at("late.zarr") } }),
    );
    const file = at("a.n5/raw/s0/attributes.json");
    const before = await fs.readFile(file);
    await fs.appendFile(file, "\n");
    await expect(run(plan, folder, { workers: 1 })).rejects.toMatchObject({ code: "INPUT_CHANGED" });
    await fs.writeFile(file, before);
  });
});

describe("HDF5", () => {
  const fixture = (name: string) =>
    fileURLToPath(new URL(`../formats/hdf5/fixtures/${name}`, import.meta.url));

  it("is an input of pipelines", async () => {
    await execute({
      pipeline: {
        version: 1,
        inputs: { image: { hdf5: fixture("latest.h5"), dataset: "/index/growing" } },
        steps: { more: { op: "mapBlocks", in: "image", expr: "image + 1" } },
        outputs: { more: { zarr: at("h5.zarr") } },
      },
    });
    const read = await (await fromHdf5(fixture("latest.h5"), { dataset: "index/growing" })).compute();
    expect((await (await fromZarr(at("h5.zarr"))).compute()).data).toEqual(
      (read.data as Uint16Array).map((value) => value + 1),
    );
  });

  it("converts: an Imaris image with its channels, each setup of BigDataViewer", async () => {
    const imaris = await convert(fixture("imaris.ims"), "imaris.ome.zarr");
    const image = await fromZarr(imaris);
    expect(image.shape).toEqual([2, 2, 2, 3, 4]);
    expect(image.axes.map(({ scale }) => scale)).toEqual([1, 1, 2, 0.5, 0.5]);
    expect((await image.compute()).data).toEqual(
      (await (await fromHdf5(fixture("imaris.ims"))).compute()).data,
    );
    expect(await inspect(imaris)).toMatchObject({
      series: [{ channels: [{ label: "DAPI" }, { label: "GFP" }] }],
    });
    const bdv = await convert(fixture("bdv.h5"), "bdv.ome.zarr");
    expect(await inspect(bdv)).toMatchObject({ series: [{ name: "s00" }, { name: "s01" }] });
  });
});

describe("Zarr", () => {
  it("converts: a plain array takes the last of t, c, z, y, x", async () => {
    await writeN5("b.n5", [2, 3, 5]);
    const array = await fromN5(at("b.n5"), { component: "raw/s0" });
    await array.toZarr(at("plain.zarr"), { chunks: [1, 3, 5] });
    const image = await fromZarr(await convert(at("plain.zarr"), "again.ome.zarr"));
    expect(image.shape).toEqual([1, 1, 2, 3, 5]);
    expect((await image.compute()).data).toEqual((await array.compute()).data);
  });

  it("converts an OME-Zarr's images, channels and all", async () => {
    const first = await convert(`${at("b.n5")}#raw`, "first.ome.zarr");
    const second = await convert(first, "second.ome.zarr", { ngff: "0.4", chunks: [1, 1, 1, 2, 2] });
    expect(await inspect(second)).toMatchObject({
      kind: "ome-zarr",
      zarrFormat: 2,
      series: [{ ngff: "0.4" }],
    });
    expect((await (await fromZarr(second)).compute()).data).toEqual(
      (await (await fromZarr(first)).compute()).data,
    );
    await expect(convert(first, "third.ome.zarr", { series: [1] })).rejects.toMatchObject({
      code: "NOT_FOUND",
    });
  });
});

describe("a zipped OME-Zarr", () => {
  it("is inspected, is a lazy array, an input of pipelines, and converts", async () => {
    await writeN5("c.n5", [2, 3, 5]);
    const zarr = await convert(`${at("c.n5")}#raw`, "zipped.ome.zarr", {
      shards: [1, 1, 2, 4, 6],
      chunks: [1, 1, 1, 2, 3],
    });
    const parts: Uint8Array[] = [];
    await packStore(new FileStore(zarr), { write: async (bytes) => void parts.push(new Uint8Array(bytes)) });
    await write("a.ozx", new Uint8Array(Buffer.concat(parts)));
    const { uri: _, ...folder } = await inspect(zarr);
    expect(await inspect(at("a.ozx"))).toMatchObject(folder);
    const expected = (await (await fromZarr(zarr)).compute()).data;
    expect((await (await fromZarr(at("a.ozx"))).compute()).data).toEqual(expected);
    await execute({
      pipeline: {
        version: 1,
        inputs: { image: { zarr: at("a.ozx"), component: "0/0" } },
        steps: { more: { op: "mapBlocks", in: "image", expr: "image + 1" } },
        outputs: { more: { zarr: at("of-zip.zarr") } },
      },
    });
    const more = await fromZarr(at("of-zip.zarr"));
    expect((await more.compute()).data).toEqual((expected as Uint16Array).map((value) => value + 1));
    const again = await fromZarr(await convert(at("a.ozx"), "unzipped.ome.zarr"));
    expect((await again.compute()).data).toEqual(expected);
  });

  it("says what is wrong with an archive", async () => {
    await write("cut.ozx", (await fs.readFile(at("a.ozx"))).subarray(0, 500));
    await expect(inspect(at("cut.ozx"))).rejects.toMatchObject({ code: "ZIP_MALFORMED" });
    await expect(fromZarr(at("cut.ozx"))).rejects.toMatchObject({ code: "ZIP_MALFORMED" });
    await expect(convert(at("c.n5"), "no.ozx")).rejects.toMatchObject({
      code: "INVALID_ARGUMENT",
      hint: /convert SRC/,
    });
    await expect(inspect(at("nowhere.ozx"))).rejects.toMatchObject({ code: "NOT_FOUND" });
  });
});
