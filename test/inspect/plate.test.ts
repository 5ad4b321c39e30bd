import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fromZarr } from "../../shared/index.ts";
import { inspect } from "../../shared/inspect/inspect.ts";
import { imageHierarchy, plateHierarchy, writeHierarchy } from "../support/ngff-store.ts";

let folder = "";
beforeAll(async () => {
  folder = await fs.mkdtemp(path.join(os.tmpdir(), "lamella-plate-"));
});
afterAll(() => fs.rm(folder, { recursive: true, force: true }));

describe.each(["0.4", "0.5"] as const)("a plate of OME-NGFF %s", (version) => {
  const root = () => path.join(folder, `plate-${version}.zarr`);
  beforeAll(async () => {
    const hierarchy = plateHierarchy(version);
    (hierarchy.groups[""]!["plate"] as { wells: object[] }).wells.push({
      path: "A/2",
      rowIndex: 0,
      columnIndex: 1,
    });
    await writeHierarchy(root(), hierarchy);
  });

  it("is inspected as its rows, columns, wells with their fields, and a field as an example", async () => {
    expect(await inspect(root())).toMatchObject({
      kind: "ome-zarr plate",
      name: "plate",
      rows: ["A", "B"],
      columns: ["1", "2"],
      wells: [
        { path: "A/1", fields: ["0"] },
        { path: "B/2", fields: ["0"] },
        { path: "A/2", fields: [], missing: true },
      ],
      firstField: { path: "A/1/0", levels: [{ shape: [2, 8, 8], dtype: "uint8" }] },
    });
    expect(await inspect(`${root()}#B/2`)).toMatchObject({
      kind: "ome-zarr well",
      fields: [{ path: "B/2/0", levels: [{ shape: [2, 8, 8] }] }],
    });
    expect(await inspect(`${root()}#B/2/0`)).toMatchObject({ kind: "ome-zarr image", path: "B/2/0" });
  });

  it("opens a field, and says how to name one", async () => {
    const field = await fromZarr(`${root()}#B/2/0`);
    expect([field.shape, field.axes.map((axis) => axis.scale)]).toEqual([
      [2, 8, 8],
      [1, 0.5, 0.5],
    ]);
    await expect(fromZarr(root())).rejects.toMatchObject({
      code: "NOT_FOUND",
      hint: expect.stringContaining("#A/1/0"),
    });
    await expect(fromZarr(`${root()}#B/2`)).rejects.toMatchObject({
      hint: expect.stringContaining("#B/2/0"),
    });
  });
});

describe("a label image", () => {
  it("is inspected with its source and how many colours it has", async () => {
    const root = path.join(folder, "labels.zarr");
    await writeHierarchy(root, imageHierarchy("0.5"));
    expect(await inspect(`${root}#labels/cells`)).toMatchObject({
      imageLabel: { source: "../../", colors: 1, properties: 0 },
    });
    expect(await inspect(root)).toMatchObject({ labels: ["cells"] });
  });

  it("is opened as a level of an image also where levels lie two groups below", async () => {
    const hierarchy = imageHierarchy("0.5");
    const [multiscale] = hierarchy.groups[""]!["multiscales"] as { datasets: { path: string }[] }[];
    for (const [i, dataset] of multiscale!.datasets.entries()) {
      dataset.path = `scale${i}/image`;
      hierarchy.groups[`scale${i}`] = {};
      hierarchy.arrays[`scale${i}/image`] = hierarchy.arrays[String(i)]!;
    }
    const root = path.join(folder, "deep.zarr");
    await writeHierarchy(root, hierarchy);
    const level = await fromZarr(`${root}#scale1/image`);
    expect(level.axes.map(({ name, scale }) => [name, scale])).toEqual([
      ["c", 1],
      ["y", 1],
      ["x", 1],
    ]);
  });
});
