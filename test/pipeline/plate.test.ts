import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readOmePlates } from "../../shared/formats/ome/plate.ts";
import { FIELD } from "../../shared/formats/tiff/tags.ts";
import { inspect } from "../../shared/inspect/inspect.ts";
import { outputsOfRequest } from "../../shared/pipeline/request.ts";
import { compile } from "../../shared/plan/compile.ts";
import { FileStore } from "../../shared/storage/file.ts";
import { validate } from "../../shared/validate/validate.ts";
import { openZarrArray } from "../../shared/zarr/read.ts";
import { makeTiff, page } from "../support/make-tiff.ts";
import { plateHierarchy, writeHierarchy } from "../support/ngff-store.ts";
import { readArray } from "../support/read-array.ts";
import { run } from "../support/run.ts";

let folder = "";
let count = 0;
const at = (...parts: string[]) => path.join(folder, ...parts);
beforeAll(async () => {
  folder = await fs.mkdtemp(path.join(os.tmpdir(), "lamella-plates-"));
});
afterAll(() => fs.rm(folder, { recursive: true, force: true }));

async function convert(
  src: string,
  options: { ngff?: "0.4" | "0.5"; series?: number[] } = {},
): Promise<string> {
  const dst = at(`${count++}.zarr`);
  await run(await compile(await outputsOfRequest({ convert: { src, dst, ...options } })), folder, {
    workers: 1,
  });
  return dst;
}

const SIZE = [6, 4] as const;

/** Images 0 to 3 of one plane each, filled with 10, 11, 12, 13; samples as [well, image, acquisition]. */
function plateXml(
  samples: readonly (readonly [row: number, column: number, image: number, acquisition: number])[],
): string {
  const images = [0, 1, 2, 3].map(
    (i) =>
      `<Image ID="Image:${i}" Name="field ${i}"><Pixels ID="Pixels:${i}" DimensionOrder="XYZCT" Type="uint8" SizeX="${SIZE[0]}" SizeY="${SIZE[1]}" SizeZ="1" SizeC="1" SizeT="1"><Channel ID="Channel:${i}" Name="DAPI" SamplesPerPixel="1"/><TiffData IFD="${i}" PlaneCount="1"/></Pixels></Image>`,
  );
  const wells = new Map<string, string>();
  for (const [row, column, image] of samples) {
    const key = `Row="${row}" Column="${column}"`;
    const sample = `<WellSample ID="WellSample:${image}" Index="${image}"><ImageRef ID="Image:${image}"/></WellSample>`;
    wells.set(key, (wells.get(key) ?? "") + sample);
  }
  const acquisitions = [0, 1].map((id) => {
    const refs = samples.filter(([, , , acquisition]) => acquisition === id);
    return `<PlateAcquisition ID="PlateAcquisition:${id}" Name="run ${id}">${refs.map(([, , image]) => `<WellSampleRef ID="WellSample:${image}"/>`).join("")}</PlateAcquisition>`;
  });
  const plate = `<Plate ID="Plate:0" Name="screen" Rows="2" Columns="3">${[...wells].map(([key, body], i) => `<Well ID="Well:${i}" ${key}>${body}</Well>`).join("")}${acquisitions.join("")}</Plate>`;
  return `<?xml version="1.0"?><OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06">${plate}${images.join("")}</OME>`;
}

async function plateTiff(samples: Parameters<typeof plateXml>[0]): Promise<string> {
  const file = at(`${count++}.ome.tif`);
  const xml = plateXml(samples);
  const pages = [0, 1, 2, 3].map((i) =>
    page(
      SIZE[0],
      SIZE[1],
      8,
      [new Uint8Array(SIZE[0] * SIZE[1]).fill(10 + i)],
      i === 0 ? { 270: [FIELD.ascii, xml] } : {},
    ),
  );
  await fs.writeFile(file, makeTiff(pages));
  return file;
}

const first = async (zarr: string, field: string) =>
  Number((await readArray(await openZarrArray(new FileStore(zarr), `${field}/0`)))[0]);

describe("a plate in OME-XML", () => {
  const GOOD = [
    [0, 1, 2, 0],
    [0, 1, 0, 1],
    [1, 0, 1, 0],
    [1, 0, 3, 1],
  ] as const;

  it.each(["0.4", "0.5"] as const)("becomes a plate of wells and fields: %s", async (ngff) => {
    const zarr = await convert(await plateTiff(GOOD), { ngff });
    expect(await validate(zarr, { strict: true })).toMatchObject({
      errors: [],
      kind: "plate",
      version: ngff,
    });
    expect(await inspect(zarr)).toMatchObject({
      kind: "ome-zarr plate",
      name: "screen",
      rows: ["A", "B"],
      columns: ["1", "2", "3"],
      acquisitions: [
        { id: 0, name: "run 0", maximumfieldcount: 1 },
        { id: 1, name: "run 1", maximumfieldcount: 1 },
      ],
      wells: [
        { path: "A/2", fields: ["0", "1"] },
        { path: "B/1", fields: ["0", "1"] },
      ],
      firstField: { name: "field 2", channels: [{ label: "DAPI" }] },
    });
    expect(await inspect(`${zarr}#A/2`)).toMatchObject({ fields: [{ acquisition: 0 }, { acquisition: 1 }] });
    const values = await Promise.all(["A/2/0", "A/2/1", "B/1/0", "B/1/1"].map((field) => first(zarr, field)));
    expect(values).toEqual([12, 10, 11, 13]);
    expect(await fs.readFile(path.join(zarr, "OME/METADATA.ome.xml"), "utf8")).toContain('Name="screen"');
  });

  it("keeps each field beside its Image where the plate's order is another than the OME-XML's", async () => {
    const zarr = await convert(await convert(await plateTiff(GOOD)));
    const { attributes } = JSON.parse(await fs.readFile(path.join(zarr, "OME/zarr.json"), "utf8"));
    const xml = await fs.readFile(path.join(zarr, "OME/METADATA.ome.xml"), "utf8");
    const values = await Promise.all(attributes.ome.series.map((field: string) => first(zarr, field)));
    const named = [...xml.matchAll(/<Image ID="[^"]*" Name="field (\d)"/g)].map(([, i]) => 10 + Number(i));
    expect(values).toHaveLength(4);
    expect(values).toEqual(named);
  });

  it.each([
    ["an image that is in no well", GOOD.slice(0, 3)],
    ["an image in two wells", [...GOOD, [0, 2, 3, 0]] as const],
  ])("is a series where it has %s, and where some are chosen", async (_name, samples) => {
    const zarr = await convert(await plateTiff(samples));
    expect(await validate(zarr)).toMatchObject({ errors: [], kind: "series" });
    expect(await first(zarr, "3")).toBe(13);
    const chosen = await convert(await plateTiff(GOOD), { series: [3] });
    expect(await validate(chosen)).toMatchObject({ errors: [], kind: "series" });
    expect(await first(chosen, "0")).toBe(13);
  });

  it("names rows by letters beyond Z, and by numbers where it says so", () => {
    const plate = (more: string, row: number) =>
      `<OME><Plate ${more}><Well Row="${row}" Column="0"><WellSample ID="a"><ImageRef ID="Image:0"/></WellSample></Well></Plate></OME>`;
    const [letters] = readOmePlates(plate("", 27), "here");
    expect(letters!.rows.slice(-3)).toEqual(["Z", "AA", "AB"]);
    expect(letters!.columns).toEqual(["1"]);
    const [numbers] = readOmePlates(
      plate('RowNamingConvention="number" ColumnNamingConvention="letter"', 1),
      "here",
    );
    expect([numbers!.rows, numbers!.columns]).toEqual([["1", "2"], ["A"]]);
    expect(readOmePlates(plate("", 1e9), "here")).toEqual([]);
    expect(readOmePlates("<OME><Plate/><Image/></OME>", "here")).toEqual([]);
  });
});

describe("an OME-Zarr plate", () => {
  it("keeps its wells and fields, without wells that aren't there", async () => {
    const hierarchy = plateHierarchy("0.4");
    (hierarchy.groups[""]!["plate"] as { wells: object[] }).wells.push({
      path: "A/2",
      rowIndex: 0,
      columnIndex: 1,
    });
    await writeHierarchy(at("plate.zarr"), hierarchy);
    const zarr = await convert(at("plate.zarr"));
    expect(await validate(zarr)).toMatchObject({ errors: [], kind: "plate", version: "0.5" });
    expect(await inspect(zarr)).toMatchObject({ wells: [{ path: "A/1" }, { path: "B/2" }] });
    const well = await convert(`${at("plate.zarr")}#B/2`);
    expect(await validate(well)).toMatchObject({ errors: [], kind: "series" });
  });

  it("is refused where two fields would go to one place", async () => {
    const hierarchy = plateHierarchy("0.5");
    (hierarchy.groups["A/1"]!["well"] as { images: object[] }).images.push({ path: "0", acquisition: 1 });
    await writeHierarchy(at("twice.zarr"), hierarchy);
    await expect(convert(at("twice.zarr"))).rejects.toMatchObject({ code: "ZARR_METADATA" });
  });
});
