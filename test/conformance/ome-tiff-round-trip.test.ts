import { createHash } from "node:crypto";
import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bytesOf } from "../../shared/block/dtype.ts";
import { isLamellaError } from "../../shared/errors.ts";
import { prepareExport, runExport } from "../../shared/export/export.ts";
import type { ImageFile } from "../../shared/formats/image.ts";
import { openImageFile } from "../../shared/formats/open-image.ts";
import { outputsOfRequest } from "../../shared/pipeline/request.ts";
import { compile } from "../../shared/plan/compile.ts";
import { parseCsv } from "../support/csv.ts";
import { findPython, pythonVenv, runPython } from "../support/python-venv.ts";
import { readAll } from "../support/read-all.ts";
import { run } from "../support/run.ts";
import { sharedData } from "../support/shared-data.ts";

const data = sharedData("data");
let folder = "";
let manifest: { file: string }[] = [];
const pairs: { source: string; output: string; series: { shape: number[]; dtype: string; md5: string }[] }[] =
  [];

/** Names, axes and channels; palettes aren't written: the indices are. */
function described({ metadata }: ImageFile["series"][number]): string {
  const { values: _, ...rest } = metadata;
  return JSON.stringify(rest);
}

/** TIFF to OME-Zarr to OME-TIFF, opened. */
async function roundTrip(
  source: string,
): Promise<{ output: string; file: ImageFile; notes: readonly string[] }> {
  const name = path.join(folder, String(pairs.length));
  const plan = await compile(await outputsOfRequest({ convert: { src: source, dst: `${name}.zarr` } }));
  await run(plan, folder, { workers: 1 });
  const output = `${name}.ome.tif`;
  const { notes } = await runExport(await prepareExport(`${name}.zarr`, output, {}));
  return { output, file: await openImageFile(output), notes };
}

describe.skipIf(!data)("every OME-TIFF of the manifest, to OME-Zarr and back", () => {
  beforeAll(async () => {
    if (findPython()) await pythonVenv();
    folder = await fs.mkdtemp(path.join(os.tmpdir(), "lamella-round-trip-"));
    manifest = parseCsv(await fs.readFile(path.join(data!, "manifest.csv"), "utf8")) as { file: string }[];
  });
  afterAll(() => fs.rm(folder, { recursive: true, force: true }));

  it("keeps pixels, dimensions, sizes with units, and channel names", async () => {
    const failures: string[] = [];
    for (const { file: name } of manifest) {
      if (!/\.(tiff?|ome)$/i.test(name) || name.startsWith("tiff_malformed")) continue;
      const source = path.join(data!, name);
      const file = await openImageFile(source).catch((error: unknown) => {
        // What isn't read at all is for other tests to say.
        if (isLamellaError(error)) return undefined;
        throw error;
      });
      if (file?.format !== "ome-tiff") continue;
      const back = await roundTrip(source);
      if (back.notes.length > 0) failures.push(`${name}: ${back.notes.join("; ")}`);
      if (back.file.series.length !== file.series.length) failures.push(`${name}: series`);
      const series = [];
      for (const [i, before] of file.series.entries()) {
        const after = back.file.series[i]!;
        const pixels = await readAll(after.source);
        const same =
          Buffer.from(bytesOf(await readAll(before.source)).buffer).equals(bytesOf(pixels)) &&
          before.source.dtype === after.source.dtype;
        if (!same) failures.push(`${name}: pixels of series ${i}`);
        if (described(after) !== described(before))
          failures.push(`${name}: ${described(after)}, not ${described(before)}`);
        series.push({
          shape: [...after.source.shape],
          dtype: after.source.dtype,
          md5: createHash("md5").update(bytesOf(pixels)).digest("hex"),
        });
      }
      pairs.push({ source, output: back.output, series });
    }
    expect(failures).toEqual([]);
    expect(pairs.length).toBeGreaterThanOrEqual(55);
  }, 300_000);

  it.skipIf(!findPython())("reads the same in tifffile", async () => {
    await fs.writeFile(path.join(folder, "round-trip.json"), JSON.stringify(pairs));
    const report = JSON.parse(await runPython("check_round_trip.py", [folder])) as { compared: number };
    expect(report).toEqual({ checked: pairs.length, compared: expect.any(Number), failures: [] });
    expect(report.compared).toBeGreaterThan(20);
  });
});
