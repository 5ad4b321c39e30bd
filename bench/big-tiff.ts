import { mkdir, rm, stat } from "node:fs/promises";
import path from "node:path";
import { checkSparse, type SparseCheck } from "./check-sparse.ts";
import { runLamella } from "./lamella.ts";
import { makeSparseTiff } from "./sparse-tiff.ts";
import type { SuiteOptions } from "./suite.ts";
import { formatNumber } from "./table.ts";

export interface BigTiffResult {
  readonly fileBytes: number;
  readonly diskBytes: number;
  readonly realBytes: number;
  readonly wallSeconds: number;
  readonly cpuSeconds: number;
  readonly peakMiB: number | undefined;
  readonly projectedMiB: number;
  readonly check: SparseCheck;
  readonly failures: readonly string[];
}

/** Tiles of 512 KiB along each side: 200 MB small, 21 GB large. */
const TILES = { small: 20, large: 200 };
/** What converting any image must stay under with two workers, without a word on memory. */
const PEAK_MIB = 600;

/** Converts a sparse BigTIFF of 21 GB, 2 GB of it real pixels, by the built command line, and checks what came of it. */
export async function bigTiff(options: SuiteOptions): Promise<BigTiffResult> {
  const folder = path.join(options.folder, "big-tiff");
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  try {
    const tiff = await makeSparseTiff(path.join(folder, "sparse.tif"), TILES[options.size]);
    const { blocks } = await stat(tiff.path);
    options.log(
      `${formatNumber(tiff.bytes / 1e9)} GB, ${formatNumber((blocks * 512) / 1e9)} GB of them on the disk`,
    );
    const zarr = path.join(folder, "sparse.ome.zarr");
    const run = await runLamella(["convert", tiff.path, zarr, "--workers", String(options.workers)], folder);
    options.log(`converted in ${formatNumber(run.wallSeconds)} s, at most ${formatNumber(run.peakMiB)} MiB`);
    const check = await checkSparse(tiff, zarr);
    return {
      fileBytes: tiff.bytes,
      diskBytes: blocks * 512,
      realBytes: tiff.real * 2 ** 19,
      wallSeconds: run.wallSeconds,
      cpuSeconds: run.cpuSeconds,
      peakMiB: run.peakMiB,
      projectedMiB: Math.max(...run.report.stages.map((stage) => stage.projectedMiB)),
      check,
      failures: [...check.failures, ...failuresOf(run.peakMiB, check.realTiles, tiff.real)],
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function failuresOf(peakMiB: number | undefined, checked: number, real: number): string[] {
  const failures: string[] = [];
  if (peakMiB !== undefined && peakMiB > PEAK_MIB)
    failures.push(`${formatNumber(peakMiB)} MiB were used, over ${PEAK_MIB}`);
  if (checked !== real) failures.push(`${checked} of ${real} real tiles were compared`);
  return failures;
}

/** One line. */
export function bigTiffLine(result: BigTiffResult): string {
  const { check } = result;
  return (
    `BigTIFF of ${formatNumber(result.fileBytes / 1e9)} GB, ${formatNumber(result.realBytes / 1e9)} GB of real tiles: converted in ` +
    `${formatNumber(result.wallSeconds)} s (${formatNumber(result.cpuSeconds)} s CPU), peak ${formatNumber(result.peakMiB)} MiB of the process tree ` +
    `(projected ${result.projectedMiB}, limit ${PEAK_MIB}); equal: ${check.realTiles} real tiles (all), ${check.zeroTiles} of the others, ` +
    `${check.boxes} boxes of ${check.levels - 1} smaller levels${result.failures.length > 0 ? `; FAILED: ${result.failures.join("; ")}` : ""}`
  );
}
