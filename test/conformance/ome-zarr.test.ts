import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Json } from "../../shared/errors.ts";
import { fromZarr } from "../../shared/index.ts";
import { inspect } from "../../shared/inspect/inspect.ts";
import { pyramidOutput } from "../../shared/pipeline/pyramid.ts";
import { outputsOfRequest } from "../../shared/pipeline/request.ts";
import { compile } from "../../shared/plan/compile.ts";
import { validate } from "../../shared/validate/validate.ts";
import { findPython, runPython } from "../support/python-venv.ts";
import { planOf, run } from "../support/run.ts";

interface Case {
  /** Path of an image's group in the folder. */
  readonly image: string;
  readonly version: "0.4" | "0.5";
  readonly axes: string;
  readonly units: readonly (string | null)[];
  readonly scale: readonly number[];
  readonly shapes: readonly (readonly number[])[];
  /** Of each level, against the first. */
  readonly factors: readonly (readonly number[])[];
  readonly tiff?: string;
  readonly series?: number;
  readonly channels?: readonly string[];
  readonly labels?: readonly string[];
  /** The plate that the image is a field of. */
  readonly plate?: string;
  readonly wells?: readonly string[];
}

const MICROMETRES = [null, null, "micrometer", "micrometer", "micrometer"];
const MOVIE = {
  axes: "tczyx",
  units: ["second", ...MICROMETRES.slice(1)],
  scale: [2.5, 1, 0.65, 0.325, 0.325],
  channels: ["DAPI", "GFP"],
} as const;
const PLANES = [1, 2, 4].map((n) => [1, 1, 1, n, n]);
/** Voxels of 0.65 x 0.325 x 0.325 micrometres, then 0.65 x 0.65 x 0.65: from there on z shrinks too. */
const MOVIE_FACTORS = [...PLANES.slice(0, 2), [1, 1, 2, 4, 4]];
const MOVIE_SHAPES = [
  [2, 2, 5, 132, 121],
  [2, 2, 5, 66, 60],
  [2, 2, 2, 33, 30],
];

describe.skipIf(!findPython())("software that users have", () => {
  let folder = "";
  const at = (...parts: string[]) => path.join(folder, ...parts);
  beforeAll(async () => {
    folder = await fs.mkdtemp(path.join(os.tmpdir(), "lamella-ome-zarr-"));
    await runPython("check_ome_zarr.py", ["make", folder]);
    await runPython("check_ome_zarr.py", ["write", folder]);
  }, 300_000);
  afterAll(() => fs.rm(folder, { recursive: true, force: true }));

  async function convert(src: string, dst: string, options: { [option: string]: Json }): Promise<void> {
    const request = { convert: { src: at(src), dst: at(dst), ...options } };
    await run(await compile(await outputsOfRequest(request)), folder, { workers: 1 });
  }

  it("opens conversions and outputs of pipelines, with scales, translations, units, names and labels", async () => {
    const cases: Case[] = [];
    for (const [dst, version, options] of [
      ["v05.zarr", "0.5", { levels: 3 }],
      ["v04.zarr", "0.4", { levels: 3, ngff: "0.4", chunks: [1, 2, 50, 60], codec: "zstd" }],
      ["shards.zarr", "0.5", { levels: 3, chunks: [1, 32, 32], shards: [2, 64, 96], codec: "none" }],
    ] as const) {
      await convert("movie.ome.tif", dst, options as unknown as { [option: string]: Json });
      // Without chunks given, labels follow their image's.
      const document = {
        version: 1,
        inputs: { image: { zarr: `${dst}`, component: "0/0" } },
        steps: {
          bright: { op: "mapBlocks", in: "image", kernel: "threshold", args: { above: 30000 } },
          cells: { op: "label", in: "bright" },
          brightest: { op: "max", in: "image", axis: "z" },
        },
        outputs: {
          cells: { labelsOf: "image" },
          brightest: { zarr: `max-${dst}`, ngff: version, pyramid: { levels: 2 } },
        },
      };
      await run(await planOf(document, folder), folder, { workers: 1 });
      cases.push({
        image: `${dst}/0`,
        version,
        ...MOVIE,
        shapes: MOVIE_SHAPES,
        factors: MOVIE_FACTORS,
        tiff: "movie.ome.tif",
        series: 0,
        labels: ["cells"],
      });
      cases.push({
        image: `max-${dst}`,
        version,
        axes: "tcyx",
        units: ["second", null, "micrometer", "micrometer"],
        scale: [2.5, 1, 0.325, 0.325],
        channels: MOVIE.channels,
        shapes: [
          [2, 2, 132, 121],
          [2, 2, 66, 60],
        ],
        factors: [
          [1, 1, 1, 1],
          [1, 1, 2, 2],
        ],
      });
    }
    await convert("rgb.tif", "rgb.zarr", { levels: 2 });
    cases.push({
      image: "rgb.zarr/0",
      version: "0.5",
      axes: "tczyx",
      units: [null, null, null, null, null],
      scale: [1, 1, 1, 1, 1],
      shapes: [
        [1, 3, 1, 90, 70],
        [1, 3, 1, 45, 35],
      ],
      factors: PLANES.slice(0, 2),
      tiff: "rgb.tif",
      series: 0,
      channels: ["Red", "Green", "Blue"],
    });
    for (const version of ["0.4", "0.5"] as const) {
      await convert("series.ome.tif", `series-${version}.zarr`, { levels: 1, ngff: version });
      const sizes = [
        [1, 3, 1, 65, 80],
        [1, 1, 2, 40, 31],
      ];
      for (const [series, shape] of sizes.entries()) {
        cases.push({
          image: `series-${version}.zarr/${series}`,
          version,
          axes: "tczyx",
          units: [null, null, null, null, "micrometer"],
          scale: [1, 1, 1, 1, 0.5],
          shapes: [shape],
          factors: PLANES.slice(0, 1),
          tiff: "series.ome.tif",
          series,
        });
      }
    }
    for (const ngff of ["0.4", "0.5"] as const) {
      await convert("movie.ome.tif", `grown-${ngff}.zarr`, { levels: 1, ngff });
      const grown = await pyramidOutput(at(`grown-${ngff}.zarr`), { levels: 3 });
      await run(await compile([grown]), folder, { workers: 1 });
      const image = { image: `grown-${ngff}.zarr/0`, version: ngff, tiff: "movie.ome.tif", series: 0 };
      cases.push({ ...image, ...MOVIE, shapes: MOVIE_SHAPES, factors: MOVIE_FACTORS });

      const plate = `screen-${ngff}.zarr`;
      await convert(`plate-${ngff}.zarr`, plate, { levels: 2, ngff });
      cases.push({
        image: `${plate}/A/2/0`,
        version: ngff,
        axes: "tczyx",
        units: [null, null, null, null, null],
        scale: [1, 1, 1, 1, 1],
        shapes: [
          [1, 3, 1, 65, 80],
          [1, 3, 1, 32, 40],
        ],
        factors: PLANES.slice(0, 2),
        plate,
        wells: ["A/1", "A/2"],
      });
    }
    await fs.writeFile(at("manifest.json"), JSON.stringify(cases));
    const report = JSON.parse(await runPython("check_ome_zarr.py", ["check", folder]));
    expect(report.failures).toEqual([]);
    const opened = cases.length;
    expect(report.opened).toEqual({
      "zarr-python": opened,
      tensorstore: opened,
      "ome-zarr-py": opened,
      "ngff-zarr": opened,
      "ome-zarr-models": opened,
      plates: 2,
    });

    const roots = [...new Set(cases.map(({ image }) => image.split("/")[0]!))];
    for (const root of roots) expect(await validate(at(root))).toMatchObject({ errors: [], valid: true });
  }, 600_000);

  it("writes images, labels and plates that are read and found valid here", async () => {
    for (const version of ["0.4", "0.5"]) {
      for (const [name, kind] of [
        ["ngff", "image"],
        ["ome", "image"],
        ["plate", "plate"],
      ]) {
        const report = await validate(at(`${name}-${version}.zarr`));
        expect([name, report.errors]).toEqual([name, []]);
        expect(report).toMatchObject({ version, kind });
      }
      expect(await inspect(at(`ome-${version}.zarr`))).toMatchObject({ labels: ["bright"] });
      expect(await inspect(at(`plate-${version}.zarr`))).toMatchObject({
        wells: [
          { path: "A/1", fields: ["0"] },
          { path: "A/2", fields: ["0"] },
        ],
      });
    }
    for (const version of ["0.4", "0.5", "0.6"]) {
      const { axes } = await fromZarr(at(`ngff-${version}.zarr`));
      expect(axes.map(({ name, unit, scale, translation }) => [name, unit, scale, translation])).toEqual([
        ["c", undefined, 1, 0],
        ["y", "micrometer", 0.5, 3],
        ["x", "micrometer", 0.25, 0],
      ]);
    }
  }, 300_000);
});
