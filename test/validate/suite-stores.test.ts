import { readdirSync, readFileSync } from "node:fs";
import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isRecord } from "../../shared/formats/ngff/attributes.ts";
import { validate } from "../../shared/validate/validate.ts";
import { type Hierarchy, multiscale, writeHierarchy } from "../support/ngff-store.ts";
import { sharedData } from "../support/shared-data.ts";

const root = sharedData("data/ngff_json");

type Fields = { readonly [key: string]: unknown };
const fieldsOf = (value: unknown): Fields => (isRecord(value) ? value : {});
const listOf = (value: unknown): Fields[] => (Array.isArray(value) ? value.map(fieldsOf) : []);

/** The arrays and groups that metadata name, as far as they can be made. */
function storeFor(version: "0.4" | "0.5", ome: Fields): Hierarchy {
  const store: Hierarchy = { version, groups: { "": { ...ome } }, arrays: {} };
  const channels = listOf(fieldsOf(ome["omero"])["channels"]).length || 1;
  for (const { axes, datasets } of listOf(ome["multiscales"])) {
    const scales = listOf(datasets).map(({ coordinateTransformations }) => {
      const scale = listOf(coordinateTransformations).find(({ type }) => type === "scale")?.["scale"];
      return (Array.isArray(scale) ? scale : []) as number[];
    });
    for (const [level, { path: name }] of listOf(datasets).entries()) {
      if (typeof name !== "string" || listOf(axes).length === 0) continue;
      const shape = listOf(axes).map(({ type }, axis) => {
        const factor = (scales[level]![axis] ?? 1) / (scales[0]![axis] ?? 1);
        return type === "channel" ? channels : Math.max(1, Math.floor(64 / factor));
      });
      store.arrays[name] = { shape, dimensionNames: listOf(axes).map((axis) => String(axis["name"])) };
    }
  }
  const field = (name: string) => {
    store.groups[name] = { multiscales: [multiscale(version, 1)] };
    store.arrays[`${name}/0`] = { shape: [1, 8, 8], dimensionNames: ["c", "y", "x"] };
  };
  const plate = fieldsOf(ome["plate"]);
  const acquisition = listOf(plate["acquisitions"])[0]?.["id"];
  for (const { path: well } of listOf(plate["wells"])) {
    if (typeof well !== "string" || well === "") continue;
    const image = { path: "0", ...(Number.isInteger(acquisition) ? { acquisition } : {}) };
    store.groups[well] = { well: { ...(version === "0.4" ? { version } : {}), images: [image] } };
    field(`${well}/0`);
  }
  for (const { path: image } of listOf(fieldsOf(ome["well"])["images"]))
    if (typeof image === "string") field(image);
  return store;
}

describe.skipIf(!root)("OME-NGFF's own cases, with the arrays and groups that they name", () => {
  let folder = "";
  beforeAll(async () => {
    folder = await fs.mkdtemp(path.join(os.tmpdir(), "lamella-suites-"));
  });
  afterAll(() => fs.rm(folder, { recursive: true, force: true }));

  it.each([
    ["0.4", 92],
    ["0.5", 86],
  ] as const)(
    "of %s are judged as it says, all %i",
    async (version, count) => {
      const tests = path.join(root!, `ngff-spec-${version}/tests`);
      const wrong: string[] = [];
      let done = 0;
      for (const file of readdirSync(tests)) {
        const suite = JSON.parse(readFileSync(path.join(tests, file), "utf8"));
        const strict = suite.schema.id.includes("strict_");
        for (const { formerly, data, valid } of suite.tests) {
          const place = path.join(folder, `${version}-${done++}.zarr`);
          const isNested = version === "0.5" && isRecord(data["ome"]);
          const hierarchy = storeFor(version, isNested ? data["ome"] : data);
          await writeHierarchy(place, hierarchy);
          // The case's own words, whatever they are.
          if (version === "0.4") await fs.writeFile(path.join(place, ".zattrs"), JSON.stringify(data));
          else {
            const document = { zarr_format: 3, node_type: "group", attributes: data };
            await fs.writeFile(path.join(place, "zarr.json"), JSON.stringify(document));
          }
          const report = await validate(place, { strict });
          if (report.valid !== valid)
            wrong.push(`${file} ${formerly}: ${JSON.stringify(report.errors[0] ?? null)}`);
        }
      }
      expect(wrong).toEqual([]);
      expect(done).toBe(count);
    },
    60_000,
  );
});
