import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fromZarr } from "../shared/index.ts";
import { makeDemoImage } from "./make-demo-image.ts";
import { writePreview } from "./preview.ts";

/**
 * `npm run demo [-- my.ome.tif]`: an OME-TIFF goes in (one of its own making without an argument), an OME-Zarr with
 * its pyramid and segmented labels comes out. It types what a user would type, and says so.
 */
const FOLDER = "demo";
const PIPELINE = `version: 1
inputs:
  image: { zarr: "image.ome.zarr", component: "0/0" }
steps:
  smooth:  { op: mapOverlap, in: image,  kernel: gaussian, args: { sigma: 1.5 }, depth: 6, boundary: reflect, dtype: float32 }
  scaled:  { op: rescale,    in: smooth, outRange: [0, 1], dtype: float32 }
  binary:  { op: mapBlocks,  in: scaled, kernel: threshold, args: { above: 0.3 }, dtype: bool }
  cleaned: { op: removeSmall, in: binary, minSize: 50 }
  objects: { op: label,      in: cleaned }
outputs:
  cleaned: { zarr: "cleaned.zarr", chunks: [16, 512, 512], codec: blosc, pyramid: { levels: 4, method: mode } }
  objects: { labelsOf: image }
`;

function lamella(...args: string[]): void {
  console.log(`\n$ npx lamella ${args.join(" ")}`);
  const run = spawnSync(process.execPath, [path.resolve("dist/cli.js"), ...args], {
    stdio: "inherit",
    env: { ...process.env, LAMELLA_RUNS: path.resolve(FOLDER, ".lamella") },
  });
  if (run.status !== 0) process.exit(run.status ?? 1);
}

async function main(): Promise<void> {
  const started = performance.now();
  const given = process.argv[2];
  mkdirSync(FOLDER, { recursive: true });
  for (const name of ["image.ome.zarr", "cleaned.zarr", ".lamella"]) {
    rmSync(path.join(FOLDER, name), { recursive: true, force: true });
  }
  const image = given ?? path.join(FOLDER, "cells.ome.tif");
  if (given !== undefined && !existsSync(given)) {
    console.error(
      `error[NOT_FOUND]: there is no image ${given}\nhint: npm run demo -- path/to/image.ome.tif`,
    );
    process.exit(2);
  }
  if (given === undefined && !existsSync(image)) {
    console.log(`making an image, ${image}: two channels, 16 planes of 1024 x 1024`);
    await makeDemoImage(image);
  }
  const pipeline = path.join(FOLDER, "pipeline.yaml");
  const zarr = path.join(FOLDER, "image.ome.zarr");
  writeFileSync(pipeline, PIPELINE);
  lamella("convert", image, zarr);
  lamella("plan", pipeline);
  lamella("run", pipeline);

  const labels = `${zarr}/0/labels/objects`;
  const count = (await (await fromZarr(labels)).max().compute()).data[0];
  const full = await fromZarr(zarr, { component: "0/0" });
  const preview = path.join(FOLDER, "preview.png");
  await writePreview(zarr, preview);
  const seconds = (performance.now() - started) / 1000;
  const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
  console.log(`
${image}: ${full.shape.join(" x ")} (${full.axes.map((a) => a.name).join("")}) ${full.dtype}, ${megabytes(full.nbytes)} in memory, ${megabytes(statSync(image).size)} on disk
became, in ${seconds.toFixed(1)} s:
  ${zarr}                    the image, OME-Zarr 0.5 with its pyramid
  ${path.join(FOLDER, "cleaned.zarr")}                      the mask, with a pyramid of its own
  ${labels}   ${count} objects, numbered across the whole image
Look at it:
  ${preview}                        the middle plane with the objects drawn in
  npx lamella view ${zarr}        in the browser: channels, Z, objects laid over, values under the pointer
  npx lamella inspect ${zarr}     axes, levels, scales, channels, provenance
  napari ${zarr}/0                 with the napari-ome-zarr plugin, labels included
  python -c "import zarr; print(zarr.open('${zarr}/0/0'))"
The pipeline that made it is ${pipeline}: change a number, and run it again with --overwrite.`);
}

await main();
