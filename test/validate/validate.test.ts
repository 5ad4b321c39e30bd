import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ValidationReport, validate } from "../../shared/validate/validate.ts";
import { lamella } from "../support/lamella.ts";
import {
  type Hierarchy,
  imageHierarchy,
  multiscale,
  plateHierarchy,
  writeHierarchy,
} from "../support/ngff-store.ts";

let folder = "";
let count = 0;
beforeAll(async () => {
  folder = await fs.mkdtemp(path.join(os.tmpdir(), "lamella-validate-"));
});
afterAll(() => fs.rm(folder, { recursive: true, force: true }));

async function write(hierarchy: Hierarchy): Promise<string> {
  const root = path.join(folder, `${count++}.zarr`);
  await writeHierarchy(root, hierarchy);
  return root;
}

const VERSIONS = ["0.4", "0.5"] as const;
const marks = (report: ValidationReport) => report.errors.map(({ code, file }) => `${code} ${file}`);
// biome-ignore lint/suspicious/noExplicitAny: metadata to be spoilt, of any shape
type Spoil = (h: Hierarchy & { groups: any; arrays: any }) => void;

describe.each(VERSIONS)("OME-NGFF %s", (version) => {
  const doc = (group: string) =>
    `${group === "" ? "" : `${group}/`}${version === "0.4" ? ".zattrs" : "zarr.json"}`;

  it.each([
    ["image", imageHierarchy],
    ["plate", plateHierarchy],
  ])("finds a good %s valid, strictly too", async (kind, make) => {
    const report = await validate(await write(make(version)), { strict: true });
    expect(report).toMatchObject({ valid: true, version, kind, errors: [], warnings: [], more: 0 });
  });

  const datasets = (h: Hierarchy, group = "") =>
    (
      h.groups[group]!["multiscales"] as {
        datasets: { path: string; coordinateTransformations: object[] }[];
      }[]
    )[0]!.datasets;

  it.each<[string, Spoil, string[]]>([
    ["a level that isn't there", (h) => delete h.arrays["1"], [`LEVEL ${doc("")}`]],
    ["a level that climbs out of the store", (h) => (datasets(h)[1]!.path = "../1"), [`LEVEL ${doc("")}`]],
    ["a level of another dtype", (h) => (h.arrays["1"].dtype = "uint8"), [`DTYPE ${doc("")}`]],
    [
      "a level of another rank",
      (h) => (h.arrays["2"] = { shape: [10, 15], dimensionNames: ["y", "x"] }),
      [`RANK ${doc("")}`],
    ],
    ["levels in the wrong order", (h) => datasets(h).reverse(), [`SHAPE ${doc("")}`, `SHAPE ${doc("")}`]],
    [
      "a scale that doesn't grow",
      (h) => (datasets(h)[2]!.coordinateTransformations = datasets(h)[0]!.coordinateTransformations),
      [`SCALE ${doc("")}`],
    ],
    [
      "two levels of one path",
      (h) => (datasets(h)[1]!.path = "0"),
      [`DATASETS ${doc("")}`, `SCALE ${doc("")}`],
    ],
    [
      "too many channels in omero",
      (h) => h.groups[""].omero.channels.push(h.groups[""].omero.channels[0]),
      [`OMERO ${doc("")}`],
    ],
    ["a colour with a #", (h) => (h.groups[""].omero.channels[0].color = "#00FF00"), [`OMERO ${doc("")}`]],
    ["axes out of order", (h) => h.groups[""].multiscales[0].axes.reverse(), []],
    ["two axes of one name", (h) => (h.groups[""].multiscales[0].axes[1].name = "x"), []],
    [
      "a scale of nought",
      (h) => (datasets(h)[0]!.coordinateTransformations = [{ type: "scale", scale: [1, 0, 1] }]),
      [`TRANSFORMATION ${doc("")}`],
    ],
    [
      "a translation before the scale",
      (h) =>
        datasets(h)[0]!.coordinateTransformations.unshift({ type: "translation", translation: [0, 0, 0] }),
      [`TRANSFORMATION ${doc("")}`],
    ],
    [
      "labels that aren't there",
      (h) => h.groups["labels"].labels.push("nuclei"),
      [`LABELS ${doc("labels")}`],
    ],
    [
      "labels of floats",
      (h) => [0, 1, 2].map((i) => (h.arrays[`labels/cells/${i}`].dtype = "float32")),
      [`DTYPE ${doc("labels/cells")}`],
    ],
    ["labels with fewer levels", (h) => datasets(h, "labels/cells").pop(), [`LABELS ${doc("labels/cells")}`]],
    [
      "labels whose source is elsewhere",
      (h) => (h.groups["labels/cells"]["image-label"].source.image = "../"),
      [`LABEL_SOURCE ${doc("labels/cells")}`],
    ],
    [
      "labels that are no image",
      (h) => delete h.groups["labels/cells"].multiscales,
      [`LABELS ${doc("labels/cells")}`],
    ],
    ["labels without a list", (h) => (h.groups["labels"] = { labels: "cells" }), [`LABELS ${doc("labels")}`]],
    ["a group without metadata", (h) => (h.groups[""] = { a: 1 }), [`NO_METADATA ${doc("")}`]],
    [
      "a version that isn't known",
      (h) =>
        (h.groups["labels/cells"] = {
          ...h.groups["labels/cells"],
          version: "0.3",
          multiscales: [{ ...multiscale(version, 3), version: "0.3" }],
        }),
      [
        `VERSION ${doc("labels/cells")}`,
        ...(version === "0.5" ? [`VERSION ${doc("labels/cells")}`] : [`VERSION ${doc("labels/cells")}`]),
      ],
    ],
  ])("finds %s", async (_name, spoil, expected) => {
    const hierarchy = imageHierarchy(version);
    spoil(hierarchy);
    const report = await validate(await write(hierarchy));
    // What goes with it differs from version to version.
    if (expected.length === 0) expect(report.errors[0]!.pointer).toContain("/multiscales/0/axes");
    else expect(marks(report)).toEqual(expected);
    for (const { hint, message } of report.errors) expect(`${hint}${message}`.length).toBeGreaterThan(20);
  });

  it.each<[string, Spoil, string[]]>([
    ["a well that isn't there", (h) => delete h.groups["B/2"], [`WELL ${doc("")}`]],
    ["a field that isn't there", (h) => delete h.groups["A/1/0"], [`FIELD ${doc("A/1")}`]],
    ["a level of a field that isn't there", (h) => delete h.arrays["A/1/0/0"], [`LEVEL ${doc("A/1/0")}`]],
    [
      "a well group that is none",
      (h) => (h.groups["A/1"] = undefined),
      [`NO_METADATA ${doc("A/1")}`, `WELL ${doc("A/1")}`],
    ],
    ["an index out of range", (h) => (h.groups[""].plate.wells[1].rowIndex = 7), [`PLATE ${doc("")}`]],
    ["a path of another row", (h) => (h.groups[""].plate.wells[1].rowIndex = 0), [`PLATE ${doc("")}`]],
    [
      "two rows of one name",
      (h) => (h.groups[""].plate.rows[1] = { name: "A", extra: 1 }),
      [`PLATE ${doc("")}`, `PLATE ${doc("")}`],
    ],
    [
      "an acquisition that the plate hasn't",
      (h) => {
        h.groups[""].plate.acquisitions = [{ id: 1, name: "a", maximumfieldcount: 1 }];
        h.groups["A/1"].well.images[0].acquisition = 2;
      },
      [`WELL ${doc("A/1")}`],
    ],
    [
      "an image that says no acquisition",
      (h) =>
        (h.groups[""].plate.acquisitions = [1, 2].map((id) => ({ id, name: "a", maximumfieldcount: 1 }))),
      [`WELL ${doc("A/1")}`, `WELL ${doc("B/2")}`],
    ],
    [
      "more fields than field_count",
      (h) => h.groups["A/1"].well.images.push({ path: "0", acquisition: 0 }),
      [`WELL ${doc("A/1")}`, `PLATE ${doc("")}`],
    ],
  ])("finds in a plate %s", async (_name, spoil, expected) => {
    const hierarchy = plateHierarchy(version);
    spoil(hierarchy);
    expect(marks(await validate(await write(hierarchy))).sort()).toEqual(expected.sort());
  });

  it("recommends what it doesn't require, unless it is strict", async () => {
    const hierarchy = imageHierarchy(version);
    delete (hierarchy.groups[""]!["multiscales"] as { name?: string }[])[0]!.name;
    const root = await write(hierarchy);
    const report = await validate(root);
    expect(report).toMatchObject({ valid: true, errors: [] });
    expect(report.warnings.map(({ pointer }) => pointer)).toEqual([
      version === "0.4" ? "/multiscales/0" : "/attributes/ome/multiscales/0",
    ]);
    expect(await validate(root, { strict: true })).toMatchObject({ valid: false, warnings: [] });
  });
});

describe("validate", () => {
  it("takes the attributes of a label image alone, unless an image lists them as its labels", async () => {
    const hierarchy = imageHierarchy("0.5");
    delete hierarchy.groups["labels/cells"]!["multiscales"];
    const root = await write(hierarchy);
    expect(await validate(`${root}#labels/cells`)).toMatchObject({ valid: true, kind: "label" });
    expect(marks(await validate(root))).toEqual(["LABELS labels/cells/zarr.json"]);
  });

  it("wants dimension names in 0.5", async () => {
    const hierarchy = imageHierarchy("0.5");
    hierarchy.arrays["1"] = { ...hierarchy.arrays["1"], dimensionNames: ["c", "x", "y"] };
    const { errors } = await validate(await write(hierarchy));
    expect(errors).toMatchObject([
      { code: "DIMENSION_NAMES", file: "1/zarr.json", pointer: "/dimension_names" },
    ]);
    expect(errors[0]!.hint).toContain('["c","y","x"]');
  });

  it("finds metadata of one version in the Zarr of another", async () => {
    const hierarchy = imageHierarchy("0.4");
    const root = await write({
      ...hierarchy,
      groups: { "": { ome: { version: "0.5", ...hierarchy.groups[""] } } },
    });
    expect(marks(await validate(root))).toContain("VERSION .zattrs");
  });

  it("follows images that a file's root lists", async () => {
    const image = imageHierarchy("0.5");
    const below = <T>(entries: { [path: string]: T }) =>
      Object.fromEntries(
        Object.entries(entries).map(([key, value]) => [key === "" ? "0" : `0/${key}`, value]),
      );
    const groups = {
      ...below(image.groups),
      "": { "bioformats2raw.layout": 3 },
      OME: { series: ["0", "1"] },
    };
    const root = await write({ version: "0.5", groups, arrays: below(image.arrays) });
    expect(marks(await validate(root))).toEqual(["SERIES OME/zarr.json"]);
    expect(marks(await validate(`${root}#0`))).toEqual([]);
    await fs.mkdir(path.join(root, "OME"), { recursive: true });
    await fs.writeFile(path.join(root, "OME/METADATA.ome.xml"), "<OME><Image/></OME>");
    expect(marks(await validate(root))).toContain("SERIES OME/METADATA.ome.xml");
  });

  it("keeps at most a thousand findings, and stops there", async () => {
    const hierarchy = plateHierarchy("0.5");
    const names = Array.from({ length: 2000 }, (_, i) => ({ name: `n${i}` }));
    Object.assign(hierarchy.groups[""]!["plate"] as object, {
      rows: names,
      wells: names.map(({ name }, i) => ({ path: `${name}/1`, rowIndex: i, columnIndex: 0 })),
    });
    const report = await validate(await write(hierarchy));
    expect(report.errors).toHaveLength(1000);
  });

  it("judges metadata of any size, up to what nobody has", async () => {
    const judge = async (attributes: object) => {
      const file = path.join(folder, `${count++}.json`);
      await fs.writeFile(file, JSON.stringify(attributes));
      return validate(file);
    };
    const wells = Array.from({ length: 50_000 }, (_, i) => ({ path: `A/${i}`, rowIndex: 0, columnIndex: i }));
    const columns = wells.map((_, i) => ({ name: String(i) }));
    const plate = { version: "0.4", name: "a", rows: [{ name: "A" }], columns, wells };
    expect(await judge({ plate })).toMatchObject({ valid: true });
    expect(await judge({ plate: { ...plate, wells: [...wells, wells[7]] } })).toMatchObject({ valid: false });
    expect((await judge({ plate: { ...plate, columns: columns.slice(0, 1) } })).errors).toHaveLength(1000);
    expect((await judge({ multiscales: new Array(2_100_000).fill(1) })).errors).toMatchObject([
      { code: "SCHEMA", pointer: "" },
    ]);
  });

  it("refuses what isn't a group, and judges a document by itself", async () => {
    const root = await write(imageHierarchy("0.5"));
    await expect(validate(`${root}#0`)).rejects.toMatchObject({ code: "NOT_FOUND" });
    await expect(validate(`${root}#nothing`)).rejects.toMatchObject({ code: "NOT_FOUND" });
    expect(await validate(path.join(root, "zarr.json"))).toMatchObject({ valid: true, version: "0.5" });
    await fs.rm(path.join(root, "0"), { recursive: true });
    expect(await validate(path.join(root, "zarr.json"))).toMatchObject({ valid: true });
    await fs.writeFile(path.join(root, "zarr.json"), "{");
    await expect(validate(root)).rejects.toMatchObject({ code: "ZARR_METADATA" });
    const deep = path.join(folder, "deep.json");
    await fs.writeFile(deep, `{"ome":${'{"a":'.repeat(500)}1${"}".repeat(500)}}`);
    expect(await validate(deep)).toMatchObject({ valid: false, errors: [{ code: "SCHEMA" }] });
  });

  it("prints a line a finding, or one document, and ends with status 1 where it isn't valid", async () => {
    const hierarchy = imageHierarchy("0.4");
    delete hierarchy.arrays["1"];
    const root = await write(hierarchy);
    const [plain, json, absent] = await Promise.all([
      lamella(["validate", root], folder),
      lamella(["validate", root, "--json"], folder),
      lamella(["validate", "nothing.zarr", "--json"], folder),
    ]);
    expect(plain).toMatchObject({ status: 1, stderr: "" });
    expect(plain.stdout).toMatch(
      /^error\[LEVEL] \.zattrs#\/multiscales\/0\/datasets\/1\/path: .*\n {2}hint: .*\nnot valid/,
    );
    expect(json.status).toBe(1);
    expect(JSON.parse(json.stdout)).toMatchObject({
      valid: false,
      version: "0.4",
      errors: [{ code: "LEVEL" }],
    });
    expect(absent.status).toBe(2);
    expect(JSON.parse(absent.stdout).error.code).toBe("NOT_FOUND");
  });
});
