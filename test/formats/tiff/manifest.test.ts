import { readFileSync } from "node:fs";
import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it, test } from "vitest";
import { isLamellaError } from "../../../shared/errors.ts";
import { outputsOfRequest } from "../../../shared/pipeline/request.ts";
import { compile } from "../../../shared/plan/compile.ts";
import { FileStore } from "../../../shared/storage/file.ts";
import { openZarrArray, type ZarrArray } from "../../../shared/zarr/read.ts";
import { parseCsv } from "../../support/csv.ts";
import { md5InOrder } from "../../support/read-all.ts";
import { readArray } from "../../support/read-array.ts";
import { run } from "../../support/run.ts";
import { sharedData } from "../../support/shared-data.ts";
import { bioFormatsMd5 } from "../../support/tiff-reference.ts";
import { resultLines, type SurveyResult } from "./survey.ts";

/**
 * Every TIFF of the reference data through `convert`, and the pixels of its first image, as the OME-Zarr holds them,
 * against the sums of tifffile and of Bio-Formats. What was found is kept in manifest-results.json, of which
 * docs/tiff.md is made: `npx vitest run test/formats/tiff/manifest.test.ts -u` brings it up to date.
 */
const data = sharedData("data");
const table = (name: string): { [column: string]: string }[] =>
  data ? parseCsv(readFileSync(path.join(data, name), "utf8")) : [];
const rows = table("manifest.csv").filter((row) =>
  ["tiff", "generated_bioformats"].includes(row["category"]!),
);
const oracle = new Map(
  table("bioformats-oracle.csv")
    .filter((row) => row["series"] === "0")
    .map((row) => [row["file"]!, row]),
);

/** Sums from elsewhere, where the references are known to be wrong. */
const ELSEWHERE: { readonly [file: string]: { readonly md5: string; readonly by: string } } = {
  // numpy, of the LZW blocks that imagecodecs decodes; Bio-Formats' RGB are the same but for what it lets wrap around.
  "tiff/image-tiff/libtiffpic/ycbcr-cat.tif": {
    md5: "72b70c73106983aba14e82f1091dff8f",
    by: "Bio-Formats, clamped where that wraps around",
  },
};

const results = new Map<string, SurveyResult>();
let folder = "";
beforeAll(async () => {
  folder = await fs.mkdtemp(path.join(os.tmpdir(), "lamella-manifest-"));
});
afterAll(() => fs.rm(folder, { recursive: true, force: true }));

async function convert(file: string): Promise<ZarrArray> {
  const dst = path.join(folder, `${results.size}.ome.zarr`);
  const src = path.join(data!, file);
  const plan = await compile(await outputsOfRequest({ convert: { src, dst, levels: 1 } }));
  await run(plan, folder, { workers: 1 });
  return openZarrArray(new FileStore(dst), "0/0");
}

async function survey(row: { [column: string]: string }): Promise<SurveyResult> {
  const file = row["file"]!;
  const seen = oracle.get(file);
  const decodedBy = [
    ...(row["opens"] === "yes" && row["decodes"] === "yes" ? ["tifffile"] : []),
    ...(seen?.["md5_all_planes"] ? ["Bio-Formats"] : []),
  ];
  const about = {
    file,
    compression: row["compression"]!,
    photometric: row["photometric"]!,
    bits: row["bits"]!,
    decodedBy,
  };
  try {
    const array = await convert(file);
    const pixels = await readArray(array);
    const sums: { [by: string]: string | undefined } = {
      ...(row["md5_series0_le"] && array.dtype === row["dtype"]
        ? { tifffile: sumByTifffile(pixels, array.shape, row) }
        : {}),
      ...(seen ? { "Bio-Formats": bioFormatsMd5(pixels, array.shape, seen) } : {}),
    };
    const wanted: { [by: string]: string } = {
      tifffile: row["md5_series0_le"] ?? "",
      "Bio-Formats": seen?.["md5_all_planes"] ?? "",
    };
    const equalTo = decodedBy.find((by) => sums[by] !== undefined && sums[by] === wanted[by]);
    if (equalTo) return { ...about, outcome: "equal", equalTo };
    const other = ELSEWHERE[file];
    if (other && seen && bioFormatsMd5(pixels, array.shape, seen) === other.md5)
      return { ...about, outcome: "equal", equalTo: other.by };
    return { ...about, outcome: decodedBy.length > 0 ? "differs" : "no reference" };
  } catch (error) {
    if (!isLamellaError(error)) throw error;
    const reason = error.message.replace(/^.*?\.(tiff?|ome)(, |: )/, "").replace(/(strip|tile) \d+/, "$1");
    return { ...about, outcome: "refused", code: error.code, reason };
  }
}

/** Undefined where tifffile sees other axes: it reads some parts of multi-file images by themselves. */
function sumByTifffile(
  pixels: Parameters<typeof md5InOrder>[0],
  shape: readonly number[],
  row: { [column: string]: string },
): string | undefined {
  try {
    return md5InOrder(pixels, shape, row["axes"]!, row["shape"]!.split("x").map(Number));
  } catch {
    return undefined;
  }
}

describe.skipIf(!data)("TIFFs of the reference data", () => {
  test.each(rows.map((row) => [row["file"]!, row] as const))("%s", async (_, row) => {
    const result = await survey(row);
    results.set(result.file, result);
    expect(result.outcome).not.toBe("differs");
    if (result.outcome !== "refused") return;
    // By the name of what isn't read, or for damage: the references fill in what a damaged fax lacks.
    expect(result.code).toMatch(/^(TIFF_UNSUPPORTED|CHUNK_DECODE)$/);
    expect(result.reason).toMatch(/(is|are) not read|\(CCITT fax\) does not decode/);
  });

  it("convert with equal pixels, 95 of 100 at least", async () => {
    expect(results.size).toBe(rows.length);
    const decoded = [...results.values()].filter(({ decodedBy }) => decodedBy.length > 0);
    const equal = decoded.filter(({ outcome }) => outcome === "equal");
    expect(equal.length / decoded.length).toBeGreaterThanOrEqual(0.95);
    const kept = [...results.values()].sort((a, b) => (a.file < b.file ? -1 : 1));
    await expect(resultLines(kept)).toMatchFileSnapshot("manifest-results.json");
  });
});
