import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Block, sizeOf } from "../../shared/block/block.ts";
import { allocate, DTYPES } from "../../shared/block/dtype.ts";
import { FileStore } from "../../shared/storage/file.ts";
import { copyBox } from "../../shared/zarr/box.ts";
import type { ArraySpec, CodecSpec } from "../../shared/zarr/spec.ts";
import { groupMetadataObjects, objectShapeOf } from "../../shared/zarr/write.ts";
import { findPython, pythonVenv, runPython } from "../support/python-venv.ts";
import { md5Of, readArray } from "../support/read-array.ts";
import { sampleBlock } from "../support/sample-data.ts";
import { putArray, SPEC } from "../support/zarr-store.ts";

const CODECS: { readonly [name: string]: CodecSpec } = {
  none: { name: "none" },
  gzip: { name: "gzip", level: 5 },
  zstd: { name: "zstd", level: 3 },
  "blosc-zstd": { name: "blosc", cname: "zstd", level: 1, shuffle: "shuffle" },
  "blosc-zstd-plain": { name: "blosc", cname: "zstd", level: 5, shuffle: "noshuffle" },
  "blosc-lz4": { name: "blosc", cname: "lz4", level: 5, shuffle: "shuffle" },
  "blosc-stored": { name: "blosc", cname: "lz4", level: 0, shuffle: "shuffle" },
};

/** Two chunks per axis and an edge, one chunk of nothing but fill value. */
const SHAPE = [9, 13];
const CHUNKS = [4, 8];

function specs(): { [name: string]: ArraySpec } {
  const all: { [name: string]: ArraySpec } = {};
  const base = { ...SPEC, shape: SHAPE, chunkShape: CHUNKS };
  for (const zarrFormat of [2, 3] as const) {
    for (const [codecName, codec] of Object.entries(CODECS)) {
      for (const dtype of codecName === "blosc-zstd" ? DTYPES : (["uint8", "uint16", "float64"] as const)) {
        all[`v${zarrFormat}-${codecName}-${dtype}`] = { ...base, zarrFormat, dtype, codec };
      }
    }
    for (const fillValue of ["NaN", "Infinity", "-Infinity", -0, 0.1]) {
      all[`v${zarrFormat}-fill-${fillValue}`] = { ...base, zarrFormat, dtype: "float32", fillValue };
    }
    all[`v${zarrFormat}-fill-big`] = {
      ...base,
      zarrFormat,
      dtype: "uint64",
      fillValue: "18446744073709551615",
    };
    all[`v${zarrFormat}-fill-true`] = { ...base, zarrFormat, dtype: "bool", fillValue: 1 };
    all[`v${zarrFormat}-scalar`] = { ...base, zarrFormat, shape: [], chunkShape: [] };
    // several blosc blocks of 1 MiB, the last one smaller
    const large = { ...base, zarrFormat, shape: [1500, 1024], chunkShape: [1500, 1024] };
    all[`v${zarrFormat}-large-zstd`] = { ...large, codec: CODECS["blosc-zstd"]! };
    // blocks of a stream for each byte, of which the lowest are noise
    all[`v${zarrFormat}-large-float`] = { ...large, dtype: "float32", codec: CODECS["blosc-zstd"]! };
    all[`v${zarrFormat}-large-lz4`] = { ...large, codec: CODECS["blosc-lz4"]! };
  }
  for (const codec of Object.keys(CODECS)) {
    all[`v3-shard-${codec}`] = { ...base, chunkShape: [2, 4], shardShape: [4, 8], codec: CODECS[codec]! };
  }
  all["v3-names"] = {
    ...base,
    dimensionNames: ["y", "x"],
    attributes: { unit: "µm", nested: { a: [1, null] } },
  };
  return all;
}

/** The block at `coords`, cut at the array's end. */
function objectAt(spec: ArraySpec, whole: Block, coords: readonly number[]): Block {
  const start = coords.map((c, axis) => c * objectShapeOf(spec)[axis]!);
  const shape = start.map((s, axis) => Math.min(objectShapeOf(spec)[axis]!, spec.shape[axis]! - s));
  const data = allocate(spec.dtype, sizeOf(shape));
  copyBox({ data: whole.data, shape: spec.shape, start }, { data, shape, start: start.map(() => 0) }, shape);
  return { dtype: spec.dtype, shape, data };
}

function positions(spec: ArraySpec): number[][] {
  let all: number[][] = [[]];
  spec.shape.forEach((n, axis) => {
    const count = Math.ceil(n / objectShapeOf(spec)[axis]!);
    all = all.flatMap((before) => Array.from({ length: count }, (_, i) => [...before, i]));
  });
  return all;
}

describe.skipIf(!findPython())("arrays that Lamella writes, read by zarr-python and tensorstore", () => {
  let folder = "";
  beforeAll(async () => {
    folder = await fs.mkdtemp(path.join(os.tmpdir(), "lamella-zarr-"));
    await pythonVenv();
  });
  afterAll(() => fs.rm(folder, { recursive: true, force: true }));

  it("have the values that were written", async () => {
    const store = new FileStore(folder);
    const arrays: { [name: string]: object } = {};
    for (const [name, spec] of Object.entries(specs())) {
      const whole = sampleBlock(spec.dtype, spec.shape);
      // the last object is absent, and reads as the fill value
      const kept = positions(spec);
      if (kept.length > 1) kept.pop();
      const array = await putArray(
        store,
        name,
        spec,
        kept.map((coords) => [coords, objectAt(spec, whole, coords)] as const),
      );
      arrays[name] = {
        format: spec.zarrFormat,
        shape: spec.shape,
        dtype: spec.dtype,
        md5: md5Of(await readArray(array)),
      };
    }
    const groups = { g2: { a: 1 }, g3: { ome: { version: "0.5" } } };
    for (const [zarrFormat, attributes] of [
      [2, groups.g2],
      [3, groups.g3],
    ] as const) {
      for (const { key, bytes } of groupMetadataObjects(zarrFormat, attributes))
        await store.put(`g${zarrFormat}/${key}`, bytes);
    }
    await fs.writeFile(path.join(folder, "manifest.json"), JSON.stringify({ arrays, groups }));
    const { checked, failures } = JSON.parse(await runPython("check_zarr.py", [folder])) as {
      checked: number;
      failures: string[];
    };
    expect(failures).toEqual([]);
    expect(checked).toBe(2 * Object.keys(arrays).length + 2);
  }, 240_000);
});
