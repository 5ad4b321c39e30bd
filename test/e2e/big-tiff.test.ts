import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { checkSparse } from "../../bench/check-sparse.ts";
import { measure } from "../../bench/measure.ts";
import { makeSparseTiff } from "../../bench/sparse-tiff.ts";
import { openStore } from "../../shared/storage/uri.ts";
import { openZarrArray } from "../../shared/zarr/read.ts";

const MAIN = path.resolve(import.meta.dirname, "../../cli/main.ts");
let folder = "";
beforeAll(async () => {
  folder = await fs.mkdtemp(path.join(os.tmpdir(), "lamella-big-tiff-"));
});
afterAll(() => fs.rm(folder, { recursive: true, force: true }));

it("converts a sparse BigTIFF in bounded memory, and every real tile is there", async () => {
  const tiff = await makeSparseTiff(path.join(folder, "sparse.tif"), 20);
  const { blocks } = await fs.stat(tiff.path);
  expect(blocks * 512).toBeLessThan(tiff.bytes / 4);
  const zarr = path.join(folder, "sparse.ome.zarr");
  const args = ["convert", tiff.path, zarr, "--workers", "2", "--quiet", "--runs", folder];
  const run = await measure(process.execPath, [MAIN, ...args], { cwd: folder });
  expect(run.stderr).toBe("");
  expect(run.status).toBe(0);
  expect(run.peakMiB ?? 0).toBeLessThan(600);
  const check = await checkSparse(tiff, zarr);
  expect(check).toMatchObject({ realTiles: tiff.real, levels: 7, failures: [] });
  expect(check.zeroTiles).toBeGreaterThan(10);
  // Chunks of zeros aren't written.
  const array = await openZarrArray(await openStore(zarr), "0/0");
  const chunks = (await fs.readdir(path.join(zarr, "0/0/c"), { recursive: true })).filter((name) =>
    /^\d+\/\d+\/\d+\/\d+\/\d+$/.test(name),
  );
  expect(chunks.length).toBeLessThan((array.shape[3]! / 1024) ** 2);
});
