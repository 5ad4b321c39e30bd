import { describe, expect, it } from "vitest";
import { MemoryStore } from "../../shared/storage/memory.ts";
import { openZarrArray, openZarrGroup, openZarrNode } from "../../shared/zarr/read.ts";
import { groupMetadataObjects } from "../../shared/zarr/write.ts";
import { sampleBlock } from "../support/sample-data.ts";
import { putArray, SPEC, storeOf } from "../support/zarr-store.ts";

async function hierarchy(zarrFormat: 2 | 3): Promise<MemoryStore> {
  const store = new MemoryStore("h");
  for (const path of ["", "labels/"]) {
    for (const { key, bytes } of groupMetadataObjects(zarrFormat, { at: path }))
      await store.put(path + key, bytes);
  }
  for (const path of ["0", "2", "10", "labels/cells"]) await putArray(store, path, { ...SPEC, zarrFormat });
  await store.put("notes/readme.txt", new Uint8Array(1));
  return store;
}

describe.each([2, 3] as const)("a hierarchy of Zarr v%i", (zarrFormat) => {
  it("lists a group's children, numbers in their order", async () => {
    const group = await openZarrGroup(await hierarchy(zarrFormat));
    expect(group).toMatchObject({ zarrFormat, attributes: { at: "" }, label: "memory://h" });
    expect(await group.listChildren()).toEqual([
      { name: "0", kind: "array" },
      { name: "2", kind: "array" },
      { name: "10", kind: "array" },
      { name: "labels", kind: "group" },
    ]);
  });

  it("opens nested nodes, with or without slashes around the path", async () => {
    const store = await hierarchy(zarrFormat);
    expect(await openZarrNode(store, "/labels/")).toMatchObject({ kind: "group" });
    expect(await openZarrNode(store, "labels/cells")).toMatchObject({ kind: "array" });
    expect((await openZarrArray(store, "/labels/cells/")).label).toBe("memory://h#labels/cells");
  });

  it("names the arrays that there are where a group was taken for one, or nothing has the name", async () => {
    const store = await hierarchy(zarrFormat);
    const arrays = ["0", "2", "10", "labels/cells"];
    const hint = expect.stringContaining("Did you mean 0?");
    await expect(openZarrArray(store)).rejects.toMatchObject({
      code: "NOT_FOUND",
      hint,
      details: { arrays },
    });
    await expect(openZarrArray(store, "5")).rejects.toMatchObject({
      code: "NOT_FOUND",
      hint,
      details: { arrays },
    });
    await expect(openZarrArray(store, "labels/nuclei")).rejects.toMatchObject({
      code: "NOT_FOUND",
      message: expect.stringContaining("memory://h#labels/nuclei"),
      hint: expect.stringContaining("labels/cells"),
    });
    await expect(openZarrGroup(store, "0")).rejects.toMatchObject({ code: "NOT_FOUND" });
  });

  it("has hashes that change with any metadata document", async () => {
    const hashOf = async (attributes: { [key: string]: number }) =>
      (await putArray(new MemoryStore(), "", { ...SPEC, zarrFormat, attributes })).metadataHash;
    expect(await hashOf({ a: 1 })).toBe(await hashOf({ a: 1 }));
    expect(await hashOf({ a: 1 })).not.toBe(await hashOf({ a: 2 }));
    expect(await hashOf({ a: 1 })).not.toBe(await hashOf({}));
  });
});

describe("what is no Zarr", () => {
  it("is NOT_ZARR where there is something, NOT_FOUND where there is nothing", async () => {
    await expect(openZarrArray(await storeOf({ "image.tif": "II" }))).rejects.toMatchObject({
      code: "NOT_ZARR",
    });
    await expect(openZarrArray(new MemoryStore("none"), "a")).rejects.toMatchObject({
      code: "NOT_FOUND",
      message: expect.stringContaining("memory://none#a"),
    });
  });
});

describe("a group with consolidated metadata", () => {
  it("lists its children without looking at them", async () => {
    const metadata = { a: { node_type: "array" }, "b/c": { node_type: "array" }, b: { node_type: "group" } };
    const store = await storeOf({
      "zarr.json": {
        zarr_format: 3,
        node_type: "group",
        consolidated_metadata: { kind: "inline", metadata },
      },
    });
    expect(await (await openZarrGroup(store)).listChildren()).toEqual([
      { name: "a", kind: "array" },
      { name: "b", kind: "group" },
    ]);
  });
});

describe("an array", () => {
  it("says of itself what inspect shows", async () => {
    const spec = {
      ...SPEC,
      shardShape: [8, 10],
      dimensionNames: ["y", "x"],
      attributes: { unit: "µm" },
      fillValue: 3,
    };
    expect(await putArray(new MemoryStore("i"), "p", spec)).toMatchObject({
      zarrFormat: 3,
      shape: [4, 5],
      chunkShape: [4, 5],
      shardShape: [8, 10],
      dtype: "uint16",
      fillValue: 3,
      dimensionNames: ["y", "x"],
      attributes: { unit: "µm" },
      codecs: [{ name: "bytes" }, { name: "blosc", configuration: { cname: "zstd", clevel: 1 } }],
    });
  });

  it("keeps xarray's dimension names in v2", async () => {
    const array = await putArray(new MemoryStore(), "", {
      ...SPEC,
      zarrFormat: 2,
      dimensionNames: ["y", "x"],
    });
    expect(array.dimensionNames).toEqual(["y", "x"]);
  });

  it("refuses chunks outside its grid", async () => {
    const array = await putArray(new MemoryStore(), "", SPEC);
    for (const coords of [[0], [1, 0], [-1, 0], [0, 0, 0]]) {
      await expect(array.readChunk(coords)).rejects.toMatchObject({ code: "INTERNAL" });
    }
  });

  it("stops when it is told to", async () => {
    const array = await putArray(new MemoryStore(), "", SPEC, [[[0, 0], sampleBlock("uint16", [4, 5])]]);
    await expect(array.readChunk([0, 0], AbortSignal.abort())).rejects.toMatchObject({ name: "AbortError" });
  });

  it("reads Python's NaN in attributes, and 64-bit fill values exactly", async () => {
    const store = await storeOf({
      ".zarray": `{"zarr_format": 2, "shape": [1], "chunks": [1], "dtype": "<i8", "compressor": null,
        "fill_value": -9223372036854775807, "order": "C", "filters": null}`,
      ".zattrs": `{"a": NaN, "b": [-Infinity, "NaN \\" Infinity"]}`,
    });
    const array = await openZarrArray(store);
    expect(array.fillValue).toBe(-9223372036854775807n);
    expect(array.attributes).toEqual({ a: "NaN", b: ["-Infinity", 'NaN " Infinity'] });
  });
});
