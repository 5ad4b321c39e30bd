import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { newBlock } from "../../shared/block/block.ts";
import { fromZarr } from "../../shared/index.ts";
import { FileStore } from "../../shared/storage/file.ts";
import { evaluate, inMemory } from "../support/evaluate.ts";
import { imageAxes } from "../support/kernels.ts";
import { randomBlock } from "../support/lazy.ts";
import { putArray, SPEC } from "../support/zarr-store.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "lamella-select-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const text = (value: object) => new TextEncoder().encode(JSON.stringify(value));

/** A group as xarray writes it: an array of [3, 4, 2] with coordinates of its dimensions beside it. */
async function xarrayStore(zarrFormat: 2 | 3): Promise<string> {
  const uri = path.join(folder, `xarray-${zarrFormat}.zarr`);
  const store = new FileStore(uri);
  await putArray(store, "image", {
    ...SPEC,
    zarrFormat,
    shape: [3, 4, 2, 2],
    chunkShape: [3, 4, 2, 2],
    dimensionNames: ["marker", "depth", "time", "x"],
    attributes: zarrFormat === 2 ? { _ARRAY_DIMENSIONS: ["marker", "depth", "time", "x"] } : {},
  });
  const number = async (name: string, values: readonly number[], attributes = {}) =>
    putArray(
      store,
      name,
      {
        ...SPEC,
        zarrFormat,
        dtype: "float64",
        shape: [values.length],
        chunkShape: [values.length],
        attributes,
      },
      [[[0], { dtype: "float64", shape: [values.length], data: Float64Array.from(values) }]],
    );
  await number("depth", [30, 20, 10, 5]);
  await number("time", [-1, 0.5], { units: "seconds" });
  const labels = ["DAPI", "GFP", "Cy5"];
  if (zarrFormat === 2) {
    const facts = { shape: [3], chunks: [3], dtype: "<U4", compressor: null, filters: null, fill_value: "" };
    await store.put("marker/.zarray", text({ ...facts, order: "C", zarr_format: 2 }));
    const chunk = new Uint32Array(12);
    for (const [i, label] of labels.entries())
      for (const [k, c] of [...label].entries()) chunk[4 * i + k] = c.codePointAt(0)!;
    await store.put("marker/0", new Uint8Array(chunk.buffer));
  } else {
    await store.put(
      "marker/zarr.json",
      text({
        zarr_format: 3,
        node_type: "array",
        shape: [3],
        data_type: "string",
        chunk_grid: { name: "regular", configuration: { chunk_shape: [3] } },
        chunk_key_encoding: { name: "default", configuration: { separator: "/" } },
        fill_value: "",
        codecs: [{ name: "vlen-utf8" }],
        attributes: {},
      }),
    );
    const parts = labels.flatMap((label) => {
      const bytes = Buffer.from(label);
      const length = Buffer.alloc(4);
      length.writeUInt32LE(bytes.length);
      return [length, bytes];
    });
    await store.put("marker/c/0", Buffer.concat([Buffer.of(3, 0, 0, 0), ...parts]));
  }
  return uri;
}

describe("coordinates beside an array", () => {
  it.each([2, 3] as const)("are read as xarray writes them in Zarr v%i", async (zarrFormat) => {
    const image = await fromZarr(await xarrayStore(zarrFormat), { component: "image" });
    expect(image.axes).toEqual([
      { name: "marker", scale: 1, translation: 0, coordinates: ["DAPI", "GFP", "Cy5"] },
      { name: "depth", scale: 1, translation: 0, coordinates: [30, 20, 10, 5] },
      { name: "time", unit: "second", scale: 1.5, translation: -1 },
      { name: "x", scale: 1, translation: 0 },
    ]);
    expect(image.sel({ marker: ["Cy5", "DAPI"] }).axes[0]!.coordinates).toEqual(["Cy5", "DAPI"]);
    expect(image.sel({ marker: "GFP", depth: 11, time: -0.9 }).shape).toEqual([2]);
    expect(() => image.sel({ marker: "GPF" })).toThrow(/no label "GPF"/);
    expect(() => image.sel({ marker: 1 })).toThrow(/has labels, not coordinates/);
  });

  it("that can't be read are an error, those that don't fit aren't coordinates", async () => {
    const uri = path.join(folder, "damaged.zarr");
    const store = new FileStore(uri);
    await putArray(store, "a", { ...SPEC, dimensionNames: ["y", "x"] });
    await putArray(store, "x", { ...SPEC, shape: [9], chunkShape: [9] });
    expect((await fromZarr(uri, { component: "a" })).axes[1]).toEqual({
      name: "x",
      scale: 1,
      translation: 0,
    });
    const v3 = { zarr_format: 3, node_type: "array", shape: [4], data_type: "string" };
    await store.put("y/zarr.json", text(v3));
    await expect(fromZarr(uri, { component: "a" })).rejects.toThrow(/holds the coordinates of axis y/);
  });
});

describe("selection", () => {
  const axes = imageAxes("czyx").map((axis) =>
    axis.type === "space" ? { ...axis, unit: "micrometer", scale: 0.5, translation: -1 } : axis,
  );
  const channels = ["DAPI", "GFP", "Cy5"].map((label) => ({ label }));
  const block = randomBlock("uint16", [3, 6, 4, 5], 1);
  const image = inMemory(block, { axes, channels, chunks: [1, 2, 4, 5] });
  const values = async (array: typeof image) => [...(await evaluate(array)).data];

  it("by labels keeps the order they are given in", async () => {
    const two = image.sel({ c: ["Cy5", "DAPI"], z: [-1, 0] });
    expect(two.shape).toEqual([2, 2, 4, 5]);
    expect(two.node.channels).toEqual([channels[2], channels[0]]);
    expect(await values(two)).toEqual(await values(image.take([2, 0], 0).slice(":, :2")));
    expect(image.sel({ c: "GFP" }).node.channels).toEqual([channels[1]]);
  });

  it("by ranges of coordinates, open and turned around", async () => {
    expect(await values(image.sel({ z: { start: 0 } }))).toEqual(await values(image.slice(":, 2:")));
    expect(await values(image.sel({ z: { stop: 0, step: -1 } }))).toEqual(
      await values(image.slice(":, 1::-1")),
    );
    expect(await values(image.sel({ z: { start: -0.5, stop: 1.5, step: -2 } }))).toEqual(
      await values(image.slice(":, 4:0:-2")),
    );
    expect(image.sel({ z: { start: 9, step: -1 } }).shape[1]).toBe(0);
    const falling = image.flip("z").node.axes[1]!;
    expect(falling).toEqual(axes[1]);
    const depths = inMemory(block, {
      axes: axes.map((a) => (a.name === "z" ? { ...a, coordinates: [9, 7, 4, 2, 1, 0] } : a)),
    });
    expect(await values(depths.sel({ z: [1, 7] }))).toEqual(await values(image.slice(":, 2:5")));
    expect(await values(depths.sel({ z: { start: 1, stop: 7, step: -1 } }))).toEqual(
      await values(image.slice(":, 4:1:-1")),
    );
    expect(await values(depths.sel({ z: 3.2 }))).toEqual(await values(image.slice(":, 2")));
    expect(depths.flip("z").axes[1]!.coordinates).toEqual([0, 1, 2, 4, 7, 9]);
    expect(depths.roll(1, "z").axes[1]!.coordinates).toEqual([0, 9, 7, 4, 2, 1]);
    expect(depths.slice(":, ::2").axes[1]!.coordinates).toEqual([9, 4, 1]);
    expect(depths.coarsen("mean", { z: 2 }).axes[1]!.coordinates).toBeUndefined();
  });

  it("keeps where irregular elements lie", () => {
    const some = image.take([0, 1, 5], "z");
    expect(some.axes[1]).toEqual({
      name: "z",
      type: "space",
      scale: 1,
      translation: 0,
      coordinates: [-1, -0.5, 1.5],
    });
    expect(some.sel({ z: 1.4 }).shape).toEqual([3, 4, 5]);
    expect(some.sel({ z: [-0.6, 1.5] }).axes[1]!.coordinates).toEqual([-0.5]);
  });

  it("by place", async () => {
    expect(await values(image.isel({ z: 1, c: [2, 0], x: { start: 1 }, y: "::2" }))).toEqual(
      await values(image.slice(":, 1, ::2, 1:").take([2, 0], 0)),
    );
    expect(image.isel({}).shape).toEqual([3, 6, 4, 5]);
    expect(() => image.isel({ z: "1, 2" })).toThrow(/2 entries for 1 axes/);
    expect(() => image.isel({ q: 1 })).toThrow(/not an axis/);
  });

  it("refuses what selects nothing", () => {
    expect(() => image.sel({ z: [1, 2, 3] as never })).toThrow(/not a coordinate/);
    expect(() => image.sel({ z: { step: 0 } })).toThrow(/not the step of a slice/);
    expect(() => image.sel({ c: ["DAPI", "gfp"] })).toThrow(/no label "gfp"/);
    expect(() => inMemory(newBlock("uint8", [0])).sel({ dim_0: 1 })).toThrow(/no elements/);
  });
});
