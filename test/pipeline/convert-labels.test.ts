import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { inspect } from "../../shared/inspect/inspect.ts";
import { outputsOfRequest } from "../../shared/pipeline/request.ts";
import { compile } from "../../shared/plan/compile.ts";
import { FileStore } from "../../shared/storage/file.ts";
import { validate } from "../../shared/validate/validate.ts";
import { openZarrArray } from "../../shared/zarr/read.ts";
import { randomBlock, storeBlock } from "../support/lazy.ts";
import { imageHierarchy, writeHierarchy } from "../support/ngff-store.ts";
import { readArray } from "../support/read-array.ts";
import { run } from "../support/run.ts";

let folder = "";
beforeAll(async () => {
  folder = await fs.mkdtemp(path.join(os.tmpdir(), "lamella-convert-labels-"));
});
afterAll(() => fs.rm(folder, { recursive: true, force: true }));

describe("converting an OME-Zarr image with labels", () => {
  it.each([
    ["0.4", "0.5"],
    ["0.5", "0.4"],
  ] as const)("keeps them, with their colours, from %s to %s", async (from, to) => {
    const src = path.join(folder, `${from}.zarr`);
    const dst = path.join(folder, `${from}-to-${to}.zarr`);
    const hierarchy = imageHierarchy(from);
    // Neither what isn't there nor what is no integer comes along.
    hierarchy.groups["labels"] = { labels: ["cells", "nothing", "cells", "../0", "floats"] };
    hierarchy.groups["labels/floats"] = hierarchy.groups["labels/cells"];
    for (const i of ["0", "1", "2"])
      hierarchy.arrays[`labels/floats/${i}`] = { ...hierarchy.arrays[i], dtype: "float32" };
    await writeHierarchy(src, hierarchy);
    const block = randomBlock("uint32", [2, 40, 60], 4);
    const zarrFormat = from === "0.4" ? 2 : 3;
    await storeBlock(path.join(src, "labels/cells/0"), block, [1, 40, 60], {
      zarrFormat,
      dimensionNames: ["c", "y", "x"],
    });
    const request = { convert: { src, dst, ngff: to, levels: 3 } };
    await run(await compile(await outputsOfRequest(request)), folder, { workers: 1 });

    expect(await validate(dst)).toMatchObject({ errors: [], version: to });
    expect(await inspect(`${dst}#0`)).toMatchObject({ labels: ["cells"] });
    expect(await inspect(`${dst}#0/labels/cells`)).toMatchObject({
      imageLabel: { source: "../../", colors: 1, properties: 0 },
      levels: [{ shape: [1, 2, 1, 40, 60] }, { shape: [1, 2, 1, 20, 30] }, { shape: [1, 2, 1, 10, 15] }],
    });
    const kept = await readArray(await openZarrArray(new FileStore(dst), "0/labels/cells/0"));
    expect([...kept]).toEqual([...block.data]);
  });

  it("are refused, and none left out, where a list names too many", async () => {
    const src = path.join(folder, "many.zarr");
    const hierarchy = imageHierarchy("0.4");
    hierarchy.groups["labels"] = { labels: Array.from({ length: 1025 }, (_, i) => `cells-${i}`) };
    await writeHierarchy(src, hierarchy);
    const convert = { src, dst: path.join(folder, "few.zarr") };
    await expect(outputsOfRequest({ convert })).rejects.toMatchObject({
      code: "INVALID_ARGUMENT",
      message: expect.stringContaining("1025 label images"),
    });
  });
});
