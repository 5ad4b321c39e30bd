import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeDemoImage } from "../../scripts/make-demo-image.ts";
import { runLocally } from "../../shared/engine/local/engine.ts";
import type { Json } from "../../shared/errors.ts";
import { type PyramidOptions, pyramidOutput } from "../../shared/pipeline/pyramid.ts";
import { outputsOfRequest } from "../../shared/pipeline/request.ts";
import { compile } from "../../shared/plan/compile.ts";
import { validate } from "../../shared/validate/validate.ts";
import { randomBlock, storeBlock } from "../support/lazy.ts";
import { imageHierarchy, plateHierarchy, writeHierarchy } from "../support/ngff-store.ts";
import { begin, differences, filesOf, planOf, run } from "../support/run.ts";

let folder = "";
let count = 0;
const at = (...parts: string[]) => path.join(folder, ...parts);
beforeAll(async () => {
  folder = await fs.mkdtemp(path.join(os.tmpdir(), "lamella-add-levels-"));
  await makeDemoImage(at("cells.ome.tif"), { shape: [1, 2, 5, 140, 131], seed: 3 });
});
afterAll(() => fs.rm(folder, { recursive: true, force: true }));

async function convert(options: { [option: string]: Json }): Promise<string> {
  const dst = at(`${count++}.zarr`);
  const request = { convert: { src: at("cells.ome.tif"), dst, ...options } };
  await run(await compile(await outputsOfRequest(request)), folder, { workers: 1 });
  return dst;
}

const planLevels = async (uri: string, options: PyramidOptions, overwrite = false) =>
  compile([await pyramidOutput(uri, options)], { overwrite });
const addLevels = async (...args: Parameters<typeof planLevels>) =>
  run(await planLevels(...args), folder, { workers: 1 });

async function metadataOf(group: string): Promise<{ [key: string]: Json }> {
  const v3 = await fs.readFile(path.join(group, "zarr.json"), "utf8").catch(() => undefined);
  if (v3 !== undefined) return JSON.parse(v3).attributes.ome;
  return JSON.parse(await fs.readFile(path.join(group, ".zattrs"), "utf8"));
}

const under = (files: Map<string, Buffer>, prefix: string) =>
  new Map([...files].filter(([name]) => name.startsWith(prefix)));

describe("adding levels", () => {
  it.each<[string, { [option: string]: Json }]>([
    ["0.5", { chunks: [1, 2, 32, 32] }],
    ["0.4", { ngff: "0.4", chunks: [1, 2, 50, 60], codec: "gzip", level: 2 }],
    ["shards", { chunks: [1, 16, 16], shards: [2, 32, 64], codec: "zstd" }],
  ])("gives what converting with as many gives: %s", async (_name, options) => {
    const whole = await convert({ ...options, levels: 4, downsample: "max" });
    const grown = await convert({ ...options, levels: 1, downsample: "max" });
    const before = under(await filesOf(grown), "0/0/");
    await addLevels(grown, { levels: 4, downsample: "max" });
    const [a, b] = [await filesOf(whole), await filesOf(grown)];
    expect(differences(before, under(b, "0/0/"))).toEqual([]);
    for (const level of ["0/1/", "0/2/", "0/3/"]) {
      expect(under(b, level).size).toBeGreaterThan(1);
      expect(differences(under(a, level), under(b, level))).toEqual([]);
    }
    expect(await metadataOf(path.join(grown, "0"))).toEqual(await metadataOf(path.join(whole, "0")));
    expect(await validate(grown)).toMatchObject({ valid: true, errors: [] });
    expect([...b.keys()].filter((name) => name.includes("claim"))).toEqual([]);
  });

  it("refuses where there are levels, and makes them anew when told to, the image being whole at any time", async () => {
    const root = await convert({ levels: 3, chunks: [1, 1, 64, 64] });
    await expect(addLevels(`${root}#0`, { levels: 2 })).rejects.toMatchObject({ code: "OUTPUT_EXISTS" });
    expect(await validate(root)).toMatchObject({ valid: true });
    const before = await filesOf(root);

    const plan = await planLevels(`${root}#0`, { levels: 2, downsample: "nearest" }, true);
    const begun = await begin(plan, folder);
    expect(await validate(root)).toMatchObject({ valid: true });
    expect(await metadataOf(path.join(root, "0"))).toMatchObject({
      multiscales: [{ datasets: [{ path: "0" }] }],
    });
    await runLocally(begun, plan, { workers: 1 });
    const after = await filesOf(root);
    expect(differences(under(before, "0/0/"), under(after, "0/0/"))).toEqual([]);
    expect(under(after, "0/2/").size).toBe(0);
    expect(await validate(root)).toMatchObject({ valid: true });
    const { multiscales } = (await metadataOf(path.join(root, "0"))) as {
      multiscales: { type: string; datasets: { path: string; coordinateTransformations: object[] }[] }[];
    };
    expect(multiscales[0]!.type).toBe("nearest");
    expect(multiscales[0]!.datasets[1]).toEqual({
      path: "1",
      coordinateTransformations: [{ type: "scale", scale: [1, 1, 1, 0.65, 0.65] }],
    });
  });

  it.each(["0.4", "0.5"])("gives labels as many levels as their image: %s", async (ngff) => {
    const root = await convert({ levels: 1, ngff });
    const document = {
      version: 1,
      inputs: { image: { zarr: root, component: "0/0" } },
      steps: {
        bright: { op: "mapBlocks", in: "image", kernel: "threshold", args: { above: 600 } },
        cells: { op: "label", in: "bright" },
      },
      outputs: { cells: { labelsOf: "image" } },
    };
    await run(await planOf(document, folder), folder, { workers: 1 });
    await addLevels(root, { levels: 3 });
    expect(await validate(root)).toMatchObject({ valid: true, errors: [] });
    const { multiscales } = await metadataOf(path.join(root, "0/labels/cells"));
    expect(multiscales).toMatchObject([
      { type: "mode", datasets: [{ path: "0" }, { path: "1" }, { path: "2" }] },
    ]);
    const { "image-label": label } = await metadataOf(path.join(root, "0/labels/cells"));
    expect(label).toMatchObject({ source: { image: "../../" } });
  });

  it("makes an image of a group with an array, with measured windows", async () => {
    const root = at("plain.zarr");
    const block = randomBlock("uint16", [2, 90, 80], 1);
    await storeBlock(path.join(root, "data"), block, [1, 40, 40]);
    await fs.writeFile(
      path.join(root, "zarr.json"),
      JSON.stringify({ zarr_format: 3, node_type: "group", attributes: { mine: [1] }, other: true }),
    );
    // The one array in it needn't be named.
    await addLevels(root, { levels: 2 });
    const document = JSON.parse(await fs.readFile(path.join(root, "zarr.json"), "utf8"));
    expect(document).toMatchObject({ attributes: { mine: [1] }, other: true });
    expect(await validate(root)).toMatchObject({ valid: true, errors: [] });
    const { multiscales, omero } = document.attributes.ome;
    expect(multiscales[0].datasets.map((d: { path: string }) => d.path)).toEqual(["data", "data_1"]);
    const values = [...(block.data as Uint16Array)];
    expect(omero.channels[0].window).toMatchObject({ min: Math.min(...values), max: Math.max(...values) });
    await expect(addLevels(`${root}#data`, { levels: 2 })).rejects.toMatchObject({
      code: "INVALID_ARGUMENT",
    });
  });

  it("leaves arrays alone that no image names as levels, overwriting or not", async () => {
    const group = at("arrays.zarr");
    await fs.mkdir(group);
    await fs.writeFile(path.join(group, "zarr.json"), JSON.stringify({ zarr_format: 3, node_type: "group" }));
    for (const name of ["0", "1"])
      await storeBlock(path.join(group, name), randomBlock("uint8", [40, 40], 2), [20, 20], {
        dimensionNames: ["y", "x"],
      });
    const before = await filesOf(group);
    const adding = addLevels(`${group}#0`, { levels: 2 }, true);
    await expect(adding).rejects.toMatchObject({
      code: "OUTPUT_EXISTS",
      hint: expect.stringContaining("Move"),
    });
    expect(differences(before, await filesOf(group))).toEqual([]);
    // What a run that was killed has left is its own.
    await fs.writeFile(
      path.join(group, ".lamella-claim.json"),
      JSON.stringify({ runId: "gone", at: "then" }),
    );
    await addLevels(`${group}#0`, { levels: 2 }, true);
    expect(await metadataOf(group)).toMatchObject({ multiscales: [{ datasets: [{}, { path: "1" }] }] });
  });

  it("goes through the fields of a plate", async () => {
    const root = at("plate.zarr");
    await writeHierarchy(root, plateHierarchy("0.5"));
    await addLevels(root, { levels: 2 });
    expect(await validate(root)).toMatchObject({ valid: true, errors: [] });
    expect(await fs.readdir(path.join(root, "B/2/0"))).toContain("1");
  });

  it("brings consolidated metadata up to date", async () => {
    const v2 = await convert({ levels: 1, ngff: "0.4" });
    const metadata: { [key: string]: Json } = {};
    for (const [name, bytes] of await filesOf(v2))
      if (/\.z(array|attrs|group)$/.test(name)) metadata[name] = JSON.parse(bytes.toString());
    await fs.writeFile(
      path.join(v2, ".zmetadata"),
      JSON.stringify({ zarr_consolidated_format: 1, metadata }),
    );
    await addLevels(v2, { levels: 2 });
    const two = JSON.parse(await fs.readFile(path.join(v2, ".zmetadata"), "utf8")).metadata;
    expect(two["0/1/.zarray"].shape).toEqual([1, 2, 5, 70, 65]);
    expect(two["0/.zattrs"].multiscales[0].datasets).toHaveLength(2);
    expect(two["0/0/.zarray"]).toEqual(metadata["0/0/.zarray"]);

    const v3 = await convert({ levels: 1 });
    const read = async (name: string) => JSON.parse(await fs.readFile(path.join(v3, name), "utf8"));
    const root = await read("zarr.json");
    const members = { "0": await read("0/zarr.json"), "0/0": await read("0/0/zarr.json") };
    root.consolidated_metadata = { kind: "inline", must_understand: false, metadata: members };
    await fs.writeFile(path.join(v3, "zarr.json"), JSON.stringify(root));
    await addLevels(v3, { levels: 2 });
    const three = (await read("zarr.json")).consolidated_metadata.metadata;
    expect(three["0/1"]).toEqual(await read("0/1/zarr.json"));
    expect(three["0"]).toEqual(await read("0/zarr.json"));
  });

  it.each<[string, () => Promise<string>, string]>([
    [
      "an array that lies in no group",
      async () => {
        await storeBlock(at("bare.zarr"), randomBlock("uint8", [300, 300], 1), [100, 100]);
        return at("bare.zarr");
      },
      "INVALID_ARGUMENT",
    ],
    ["a level of an image", async () => `${await convert({ levels: 1 })}#0/0`, "INVALID_ARGUMENT"],
    [
      "a group of two arrays",
      async () => {
        const root = at("two.zarr");
        for (const name of ["a", "b"])
          await storeBlock(path.join(root, name), randomBlock("uint8", [30, 30], 1), [30, 30]);
        await fs.writeFile(path.join(root, "zarr.json"), '{"zarr_format": 3, "node_type": "group"}');
        return root;
      },
      "NOT_FOUND",
    ],
    ["a web server", async () => "https://example.org/image.zarr", "UNSUPPORTED_URI"],
    ["nothing", async () => at("nothing.zarr"), "NOT_FOUND"],
    [
      "an image whose levels lie in its first one",
      async () => {
        const hierarchy = imageHierarchy("0.4");
        const [multiscale] = hierarchy.groups[""]!["multiscales"] as { datasets: { path: string }[] }[];
        multiscale!.datasets[1]!.path = "0/0";
        delete hierarchy.groups["labels"];
        hierarchy.arrays["0/0"] = { ...hierarchy.arrays["1"] };
        const root = at(`${count++}.zarr`);
        await writeHierarchy(root, hierarchy);
        return root;
      },
      "ZARR_METADATA",
    ],
  ])("refuses %s", async (_name, make, code) => {
    await expect(addLevels(await make(), { levels: 2 }, true)).rejects.toMatchObject({ code });
  });

  it("says so where there is nothing to add", async () => {
    const root = await convert({ levels: 1 });
    await expect(addLevels(root, {})).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
  });
});
