import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openImageFile } from "../../../shared/formats/open-image.ts";
import { FIELD } from "../../../shared/formats/tiff/tags.ts";
import { inspect } from "../../../shared/inspect/inspect.ts";
import { outputsOfRequest } from "../../../shared/pipeline/request.ts";
import { compile } from "../../../shared/plan/compile.ts";
import { FileStore } from "../../../shared/storage/file.ts";
import { openZarrArray } from "../../../shared/zarr/read.ts";
import { makeTiff, page, type Tags } from "../../support/make-tiff.ts";
import { readArray } from "../../support/read-array.ts";
import { run } from "../../support/run.ts";

let folder = "";
beforeAll(async () => {
  folder = await fs.mkdtemp(path.join(os.tmpdir(), "lamella-values-"));
});
afterAll(() => fs.rm(folder, { recursive: true, force: true }));

/** A TIFF of one page converted: what `inspect` says of both, and the pixels. */
async function convert(name: string, bytes: Uint8Array, ngff: "0.4" | "0.5") {
  const src = path.join(folder, `${name}.tif`);
  const dst = path.join(folder, `${name}-${ngff}.ome.zarr`);
  await fs.writeFile(src, bytes);
  await run(await compile(await outputsOfRequest({ convert: { src, dst, ngff, levels: 2 } })), folder, {
    workers: 1,
  });
  const [before] = (await inspect(src))["series"] as [{ [key: string]: unknown }];
  const [after] = (await inspect(dst))["series"] as [{ [key: string]: unknown }];
  const pixels = await readArray(await openZarrArray(new FileStore(dst), "0/0"));
  return { before, after, pixels: [...pixels] };
}

describe.each(["0.4", "0.5"] as const)("what values mean, kept in OME-NGFF %s", (ngff) => {
  const SHORT = (...values: number[]) => [FIELD.short, values] as const;

  test("a palette: indices stay, colours go along, levels aren't means of indices", async () => {
    const reds = Array.from({ length: 16 }, (_, i) => i * 0x1111);
    const tags: Tags = {
      262: SHORT(3),
      320: SHORT(...reds, ...reds.map(() => 0), ...reds.map(() => 0xffff)),
    };
    const { before, after, pixels } = await convert(
      "palette",
      makeTiff([page(4, 2, 4, [Uint8Array.of(0x01, 0x2f, 0, 0)], tags)]),
      ngff,
    );
    expect(pixels).toEqual([0, 1, 2, 15, 0, 0, 0, 0]);
    const values = {
      photometric: "palette",
      palette: expect.arrayContaining(["0000FF", "1100FF", "FF00FF"]),
    };
    expect(before["values"]).toMatchObject(values);
    expect(JSON.stringify(before).match(/"palette":/g)).toHaveLength(1);
    expect(after["values"]).toEqual(before["values"]);
    const file = await openImageFile(path.join(folder, "palette.tif"));
    expect(file.series[0]!.metadata.values!.palette).toHaveLength(16);
    const group = ngff === "0.4" ? ".zattrs" : "zarr.json";
    const text = await fs.readFile(path.join(folder, `palette-${ngff}.ome.zarr`, "0", group), "utf8");
    expect(text).toContain('"nearest"');
  });

  test("WhiteIsZero: values stay, the channel is inverted", async () => {
    const { after, pixels } = await convert(
      "white",
      makeTiff([page(2, 2, 8, [Uint8Array.of(0, 200, 0, 0)], { 262: SHORT(0) })]),
      ngff,
    );
    expect(pixels).toEqual([0, 200, 0, 0]);
    expect(after["values"]).toEqual({ photometric: "WhiteIsZero" });
    expect(after["channels"]).toMatchObject([{ inverted: true }]);
  });

  test("nothing of grey and RGB", async () => {
    const rgb = { 258: SHORT(8, 8, 8), 262: SHORT(2), 277: SHORT(3) };
    const { after } = await convert("rgb", makeTiff([page(2, 2, 8, [new Uint8Array(12)], rgb)]), ngff);
    expect(after["values"]).toBeUndefined();
    expect(JSON.stringify(after["channels"])).not.toContain("inverted");
  });
});
