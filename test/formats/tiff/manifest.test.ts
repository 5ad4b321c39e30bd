import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { isLamellaError } from "../../../shared/errors.ts";
import { openImage } from "../../../shared/formats/open-image.ts";
import { FileStore } from "../../../shared/storage/file.ts";
import { parseCsv } from "../../support/csv.ts";
import { md5InOrder, readAll } from "../../support/read-all.ts";
import { sharedData } from "../../support/shared-data.ts";

const data = sharedData("data");
const rows = data
  ? parseCsv(readFileSync(path.join(data, "manifest.csv"), "utf8")).filter((row) =>
      ["tiff", "generated_bioformats"].includes(row["category"]!),
    )
  : [];

/** Faxes with errors in them, which libtiff fills with white. */
const DAMAGED = /testfax4|g3aoe/;

/** Arrays whose pages aren't Y by X, refused by name too. */
const REFUSED_FILES = /highdicom__seg_image|scale_image__inputs__binary_c2/;

describe.skipIf(!data)("reference TIFFs", () => {
  const cases = rows.filter(
    (row) => row["opens"] === "yes" && row["decodes"] === "yes" && row["md5_series0_le"],
  );
  test.each(cases.map((row) => [row["file"]!, row] as const))("%s", async (name, row) => {
    const file = path.join(data!, name);
    const opening = openImage({
      store: new FileStore(path.dirname(file)),
      key: path.basename(file),
      uri: file,
    });
    if (REFUSED_FILES.test(name)) {
      await expect(opening).rejects.toMatchObject({ code: "TIFF_UNSUPPORTED", details: { file } });
      return;
    }
    const image = await opening;
    if (DAMAGED.test(name)) {
      await expect(readAll(image.series[0]!.source)).rejects.toMatchObject({ code: "CHUNK_DECODE" });
      return;
    }
    const { source } = image.series[0]!;
    expect(source.dtype).toBe(row["dtype"]);
    const pixels = await readAll(source);
    // tifffile doesn't follow BinaryOnly to the master file; the master's own row has the whole image.
    if (image.omeXml?.includes(path.basename(file)) && row["kind"] === "generic") {
      expect(Object.keys(image.fingerprints).length).toBeGreaterThan(1);
      return;
    }
    const lengths = row["shape"]!.split("x").map(Number);
    expect(md5InOrder(pixels, source.shape, row["axes"]!, lengths)).toBe(row["md5_series0_le"]);
  });
});

describe.skipIf(!data)("malformed TIFFs", () => {
  const all = data
    ? parseCsv(readFileSync(path.join(data, "manifest.csv"), "utf8")).filter((row) =>
        ["tiff_malformed", "lsm"].includes(row["category"]!),
      )
    : [];
  test.each(all.map((row) => row["file"]!))(
    "%s",
    async (name) => {
      const file = path.join(data!, name);
      try {
        const image = await openImage({
          store: new FileStore(path.dirname(file)),
          key: path.basename(file),
          uri: file,
        });
        for (const { source } of image.series) await readAll(source);
      } catch (error) {
        expect(isLamellaError(error) && error.code !== "INTERNAL" && error.hint !== undefined).toBe(true);
        expect(String(error)).toContain(path.basename(file));
      }
    },
    10_000,
  );
});
