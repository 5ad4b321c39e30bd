import { describe, expect, it } from "vitest";
import type { ArraySpec } from "../../shared/zarr/spec.ts";
import { arrayMetadataObjects, encodeChunk, groupMetadataObjects } from "../../shared/zarr/write.ts";
import { sampleBlock } from "../support/sample-data.ts";
import { SPEC } from "../support/zarr-store.ts";

const textOf = (objects: readonly { key: string; bytes: Uint8Array }[]) =>
  objects.map(({ key, bytes }) => `${key}\n${new TextDecoder().decode(bytes)}`).join("");

const SPEC_TCZYX: ArraySpec = {
  zarrFormat: 3,
  shape: [1, 2, 16, 2048, 2048],
  dtype: "uint16",
  chunkShape: [1, 1, 1, 1024, 1024],
  codec: { name: "blosc", cname: "zstd", level: 1, shuffle: "shuffle" },
  fillValue: 0,
  dimensionNames: ["t", "c", "z", "y", "x"],
};

describe("metadata documents", () => {
  it("of v3", () => {
    expect(textOf(arrayMetadataObjects(SPEC_TCZYX))).toMatchSnapshot();
  });

  it("of v3 with shards", () => {
    const shardShape = [1, 1, 16, 1024, 1024];
    expect(textOf(arrayMetadataObjects({ ...SPEC_TCZYX, shardShape, dtype: "uint8" }))).toMatchSnapshot();
  });

  it("of v2", () => {
    const attributes = { unit: "µm" };
    expect(textOf(arrayMetadataObjects({ ...SPEC_TCZYX, zarrFormat: 2, attributes }))).toMatchSnapshot();
  });

  it("of groups", () => {
    expect(textOf(groupMetadataObjects(2, { a: [1, 2] }))).toMatchSnapshot();
    expect(textOf(groupMetadataObjects(3, { ome: { version: "0.5" } }))).toMatchSnapshot();
    expect(groupMetadataObjects(2).map(({ key }) => key)).toEqual([".zgroup"]);
  });

  it("keep -0 and 64-bit integers", () => {
    const text = (spec: Partial<ArraySpec>) => textOf(arrayMetadataObjects({ ...SPEC, ...spec }));
    expect(text({ dtype: "float32", fillValue: -0 })).toContain('"fill_value": -0.0,');
    expect(text({ dtype: "uint64", fillValue: "18446744073709551615" })).toContain(
      '"fill_value": 18446744073709551615,',
    );
    expect(text({ dtype: "float64", fillValue: "NaN" })).toContain('"fill_value": "NaN",');
  });
});

describe("a spec that no array can have is refused", () => {
  it.each<[Partial<ArraySpec>, RegExp]>([
    [{ chunkShape: [4] }, /chunks/],
    [{ chunkShape: [0, 4] }, /chunks/],
    [{ shape: [1.5, 2] }, /shape/],
    [{ shardShape: [6, 5] }, /multiple/],
    [{ shardShape: [8, 5], zarrFormat: 2 }, /no shards/],
    [{ chunkShape: [65536, 65536] }, /2 GiB/],
    [{ fillValue: -1 }, /fill value/],
    [{ fillValue: "NaN" }, /fill value/],
    [{ dimensionNames: ["x"] }, /dimension names/],
    [{ codec: { name: "blosc", cname: "zstd", level: 10, shuffle: "shuffle" } }, /level/],
    [{ codec: { name: "gzip", level: 1.5 } }, /level/],
  ])("%j", (change, message) => {
    expect(() => arrayMetadataObjects({ ...SPEC, ...change })).toThrow(
      expect.objectContaining({ code: "INVALID_ARGUMENT", message: expect.stringMatching(message) }),
    );
  });
});

describe("encodeChunk", () => {
  it("refuses a block of another dtype, rank or of a larger shape", () => {
    for (const block of [
      sampleBlock("int16", [4, 5]),
      sampleBlock("uint16", [20]),
      sampleBlock("uint16", [5, 5]),
    ]) {
      expect(() => encodeChunk(SPEC, block)).toThrow(expect.objectContaining({ code: "SHAPE_MISMATCH" }));
    }
  });
});
