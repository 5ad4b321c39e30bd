import { describe, expect, it } from "vitest";
import { openZarrArray } from "../../shared/zarr/read.ts";
import { storeOf } from "../support/zarr-store.ts";

const V2 = {
  zarr_format: 2,
  shape: [4, 4],
  chunks: [2, 2],
  dtype: "<u2",
  compressor: null,
  fill_value: 0,
  order: "C",
  filters: null,
};
const V3 = {
  zarr_format: 3,
  node_type: "array",
  shape: [4, 4],
  data_type: "uint16",
  chunk_grid: { name: "regular", configuration: { chunk_shape: [2, 2] } },
  chunk_key_encoding: { name: "default" },
  fill_value: 0,
  codecs: [{ name: "bytes", configuration: { endian: "little" } }],
};

const openV2 = async (change: object) =>
  openZarrArray(await storeOf({ "p/.zarray": { ...V2, ...change } }), "p");
const openV3 = async (change: object) =>
  openZarrArray(await storeOf({ "p/zarr.json": { ...V3, ...change } }), "p");

function sharding(configuration: object) {
  const bytes = { name: "bytes", configuration: { endian: "little" } };
  const complete = { chunk_shape: [1, 1], codecs: [bytes], index_codecs: [bytes], ...configuration };
  return { codecs: [{ name: "sharding_indexed", configuration: complete }] };
}

describe("v2 metadata that can't be read is refused, naming the document", () => {
  it.each([
    [{ shape: [-1, 4] }, "ZARR_METADATA", "shape.0"],
    [{ shape: "4" }, "ZARR_METADATA", "shape"],
    [{ chunks: [2] }, "ZARR_METADATA", "axes"],
    [{ chunks: [0, 2] }, "ZARR_METADATA", "empty axis"],
    [{ chunks: [65536, 65536] }, "ZARR_METADATA", "8.0 GiB"],
    [{ fill_value: 70000 }, "ZARR_METADATA", "70000"],
    [{ fill_value: "seven" }, "ZARR_METADATA", "seven"],
    [{ order: "X" }, "ZARR_METADATA", "order"],
    [{ dimension_separator: "-" }, "ZARR_METADATA", "dimension_separator"],
    [{ zarr_format: 1 }, "ZARR_METADATA", "zarr_format"],
    [{ dtype: 3 }, "ZARR_METADATA", "dtype"],
    [{ dtype: "<c8" }, "UNSUPPORTED_DTYPE", "complex64"],
    [{ dtype: "|S7" }, "UNSUPPORTED_DTYPE", "bytes"],
    [{ dtype: "<U13" }, "UNSUPPORTED_DTYPE", "string"],
    [{ dtype: "|O" }, "UNSUPPORTED_DTYPE", "object"],
    [{ dtype: "<M8[ns]" }, "UNSUPPORTED_DTYPE", "datetime64"],
    [{ dtype: [["a", "<u2"]] }, "UNSUPPORTED_DTYPE", "structured"],
    [{ compressor: { id: "zfpy" } }, "UNSUPPORTED_CODEC", "zfpy"],
    [{ compressor: { id: "blosc", cname: "snappy" } }, "UNSUPPORTED_CODEC", "snappy"],
    [{ filters: [{ id: "vlen-utf8" }] }, "UNSUPPORTED_CODEC", "vlen-utf8"],
  ])("%j", async (change, code, part) => {
    const message = expect.stringMatching(new RegExp(`^memory://test/p/\\.zarray: .*${part}`));
    await expect(openV2(change)).rejects.toMatchObject({ code, message });
  });
});

describe("v3 metadata that can't be read is refused, naming the document", () => {
  it.each([
    [{ zarr_format: 4 }, "ZARR_METADATA", "zarr_format"],
    [{ node_type: "tree" }, "ZARR_METADATA", "node_type"],
    [{ data_type: "complex64" }, "UNSUPPORTED_DTYPE", "complex64"],
    [{ data_type: { name: "numpy.datetime64", configuration: {} } }, "UNSUPPORTED_DTYPE", "datetime64"],
    [{ chunk_grid: { name: "rectilinear" } }, "ZARR_METADATA", "rectilinear"],
    [{ chunk_grid: { name: "regular", configuration: {} } }, "ZARR_METADATA", "chunk_shape"],
    [{ chunk_key_encoding: { name: "fancy" } }, "ZARR_METADATA", "fancy"],
    [{ chunk_key_encoding: { name: "v2", configuration: { separator: "_" } } }, "ZARR_METADATA", "_"],
    [{ dimension_names: ["y"] }, "ZARR_METADATA", "dimension_names"],
    [{ storage_transformers: [{ name: "x" }] }, "ZARR_METADATA", "storage transformer"],
    [{ extra: { must_understand: true } }, "ZARR_METADATA", "extra"],
    [{ fill_value: "0x12" }, "ZARR_METADATA", "0x12"],
    [{ codecs: [{ name: "bytes" }, { name: "vlen-bytes" }] }, "UNSUPPORTED_CODEC", "vlen-bytes"],
    [{ codecs: [{ name: "zstd" }, { name: "bytes" }] }, "ZARR_METADATA", "zstd"],
    [
      { codecs: [{ name: "transpose", configuration: { order: [0, 0] } }, { name: "bytes" }] },
      "ZARR_METADATA",
      "order",
    ],
    [sharding({ chunk_shape: [3, 3] }), "ZARR_METADATA", "whole number"],
    [sharding({ index_location: "middle" }), "ZARR_METADATA", "index_location"],
    [sharding({ index_codecs: [{ name: "zstd" }] }), "UNSUPPORTED_CODEC", "zstd"],
    [sharding({ codecs: sharding({}).codecs }), "UNSUPPORTED_CODEC", "within shards"],
    [{ codecs: [...sharding({}).codecs, { name: "zstd" }] }, "UNSUPPORTED_CODEC", "other codecs"],
  ])("%j", async (change, code, part) => {
    const message = expect.stringMatching(new RegExp(`^memory://test/p/zarr\\.json: .*${part}`));
    await expect(openV3(change)).rejects.toMatchObject({ code, message });
  });

  it("also where it is no JSON, or no object", async () => {
    for (const text of ["", "{", "[]", "null", "\u0000"]) {
      const message = expect.stringContaining("memory://test/zarr.json");
      await expect(openZarrArray(await storeOf({ "zarr.json": text }))).rejects.toMatchObject({
        code: "ZARR_METADATA",
        message,
      });
    }
  });
});

describe("integers beyond 2^53", () => {
  it("are read exactly as a fill value, refused where the dtype is too small, and plain numbers elsewhere", async () => {
    const text = (dtype: string) =>
      `{"zarr_format": 2, "shape": [1], "chunks": [1], "dtype": "${dtype}", "fill_value": 9007199254740993,
        "compressor": null, "filters": null, "order": "C"}`;
    const attributes = { ".zattrs": '{"fill_value": 9007199254740993}' };
    const array = await openZarrArray(await storeOf({ ".zarray": text("<u8"), ...attributes }));
    expect(array.fillValue).toBe(9007199254740993n);
    expect(array.attributes["fill_value"]).toBe(9007199254740992);
    await expect(openZarrArray(await storeOf({ ".zarray": text("<u2") }))).rejects.toMatchObject({
      code: "ZARR_METADATA",
      message: expect.stringContaining("9007199254740993 is no uint16"),
    });
  });
});

describe("metadata that is taken", () => {
  it("without what may be left out", async () => {
    expect(await openV2({ fill_value: null, dtype: "|u1" })).toMatchObject({ fillValue: 0, dtype: "uint8" });
    expect(await openV3({ fill_value: null, codecs: ["bytes"], data_type: "uint8" })).toMatchObject({
      fillValue: 0,
    });
  });

  it("with extensions that needn't be understood", async () => {
    await expect(
      openV3({ extra: { must_understand: false }, storage_transformers: [] }),
    ).resolves.toBeDefined();
  });

  it("with shards of any size, while their chunks are small", async () => {
    const chunk_grid = { name: "regular", configuration: { chunk_shape: [65536, 65536] } };
    const array = await openV3({ chunk_grid, ...sharding({ chunk_shape: [1024, 1024] }) });
    expect(array).toMatchObject({ chunkShape: [1024, 1024], shardShape: [65536, 65536] });
  });
});
