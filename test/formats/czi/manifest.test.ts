import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { openImage } from "../../../shared/formats/open-image.ts";
import { FileStore } from "../../../shared/storage/file.ts";
import { parseCsv } from "../../support/csv.ts";
import { md5InOrder, readAll } from "../../support/read-all.ts";
import { sharedData } from "../../support/shared-data.ts";

const data = sharedData("data");
const rows = data
  ? parseCsv(readFileSync(path.join(data, "bioformats-oracle.csv"), "utf8")).filter(({ file }) =>
      file!.endsWith(".czi"),
    )
  : [];

/** Planes are compared with those that Bio-Formats reads: MD5 of all of them, C first, then Z, then T. */
describe.skipIf(!data)("reference CZIs", () => {
  test("there are some", () => expect(rows.length).toBeGreaterThanOrEqual(8));

  test.each(rows.map((row) => [`${row["file"]} series ${row["series"]}`, row] as const))(
    "%s",
    async (_, row) => {
      const number = (name: string): number => Number(row[name]);
      const file = path.join(data!, row["file"]!);
      const image = await openImage({
        store: new FileStore(path.dirname(file)),
        key: path.basename(file),
        uri: file,
      });
      expect(image.series).toHaveLength(number("series_count"));
      const { source, metadata } = image.series[number("series")]!;
      expect(source.dtype).toBe(row["pixel_type"]);
      expect(source.shape).toEqual(["sizeT", "sizeC", "sizeZ", "sizeY", "sizeX"].map(number));
      const samples = number("rgb_channels");
      const [t, c, z, y, x] = source.shape as [number, number, number, number, number];
      const digest = md5InOrder(await readAll(source), source.shape, "TZCYXS", [
        t,
        z,
        c / samples,
        y,
        x,
        samples,
      ]);
      expect(digest).toBe(row["md5_all_planes"]);
      for (const [axis, column] of [
        [4, "physX"],
        [2, "physZ"],
      ] as const) {
        const micrometres = Number.parseFloat(row[column]!);
        if (Number.isNaN(micrometres)) continue;
        expect(metadata.axes[axis]!.unit).toBe("micrometer");
        expect(metadata.axes[axis]!.scale).toBeCloseTo(micrometres, 9);
      }
    },
  );
});
