import { mkdir, rm } from "node:fs/promises";
import path from "node:path";
import { compareArrays, type Difference } from "./compare.ts";
import { GAUSSIAN_STEP } from "./gaussian-step.ts";
import { runPipeline } from "./lamella.ts";
import { type Measured, measure, median } from "./measure.ts";
import { type PeerPython, peerPython } from "./peers/python.ts";
import type { SuiteOptions } from "./suite.ts";
import { formatNumber, formatRatio, type Table } from "./table.ts";
import { makeVolume, VOLUME_CHUNKS } from "./volume.ts";

/** Medians of several runs. */
interface Side {
  readonly cpuSeconds: number;
  readonly wallSeconds: number;
  readonly peakMiB: number | undefined;
}

export interface GaussianResult {
  readonly shape: readonly number[];
  readonly workers: number;
  readonly runs: number;
  readonly lamella: Side & { readonly projectedMiB: number };
  readonly dask?: Side & {
    readonly versions: { readonly [name: string]: string };
    readonly difference: Difference;
  };
  /** Why there is no peer. */
  readonly skipped?: string;
  /** What doesn't hold that should. */
  readonly failures: readonly string[];
}

/** One count: a value just below a whole number and one just above it, both truncated. */
const ALLOWED_DIFFERENCE = 1;

/**
 * Gaussian of sigma 2 in three dimensions over chunks of 16 x 512 x 512, uint16 to uint16, blosc (zstd 1, shuffle) in and out, on
 * as many workers as Dask has threads. The two take turns, so that whatever else the computer does meets both.
 */
export async function gaussian(options: SuiteOptions): Promise<GaussianResult> {
  const { workers, runs } = options;
  await mkdir(options.folder, { recursive: true });
  const volume = await makeVolume(options.folder, options.size);
  const peer = await peerPython(options.python);
  const dask = "why" in peer ? undefined : peer;
  if ("why" in peer) options.log(`no Dask beside it: ${peer.why}`);
  const ours = path.join(options.folder, "smooth-lamella.zarr");
  const theirs = path.join(options.folder, "smooth-dask.zarr");
  const own: (Measured & { readonly projectedMiB: number })[] = [];
  const other: Measured[] = [];
  for (let run = 0; run < runs; run++) {
    await rm(ours, { recursive: true, force: true });
    own.push(await runOurs(volume.path, ours, options));
    options.log(`run ${run + 1} of ${runs}: lamella ${told(own.at(-1)!)}`);
    if (!dask) continue;
    await rm(theirs, { recursive: true, force: true });
    other.push(await runDask(dask, volume.path, theirs, workers));
    options.log(`run ${run + 1} of ${runs}: dask    ${told(other.at(-1)!)}`);
  }
  const projectedMiB = Math.max(...own.map((run) => run.projectedMiB));
  const lamella = { ...sideOf(own), projectedMiB };
  const difference = dask && (await compareArrays(ours, theirs));
  await Promise.all([ours, theirs].map((output) => rm(output, { recursive: true, force: true })));
  const failures: string[] = [];
  const worst = Math.max(...own.map((run) => run.peakMiB ?? 0));
  if (worst > projectedMiB) failures.push(`${formatNumber(worst)} MiB were used, ${projectedMiB} projected`);
  if (difference && difference.largest > ALLOWED_DIFFERENCE)
    failures.push(`the outputs differ by up to ${difference.largest}`);
  return {
    shape: volume.shape,
    workers,
    runs,
    lamella,
    ...(dask && difference ? { dask: { ...sideOf(other), versions: dask.versions, difference } } : {}),
    ...("why" in peer ? { skipped: peer.why } : {}),
    failures,
  };
}

async function runOurs(source: string, target: string, { folder, workers }: SuiteOptions) {
  const pipeline = {
    inputs: { image: { zarr: source } },
    steps: { smooth: GAUSSIAN_STEP },
    outputs: { smooth: { zarr: target, chunks: [...VOLUME_CHUNKS], codec: "blosc" } },
  };
  const run = await runPipeline(pipeline, { folder, name: "gaussian", workers });
  return { ...run, projectedMiB: run.report.stages[0]!.projectedMiB };
}

async function runDask(python: PeerPython, source: string, target: string, workers: number) {
  const script = path.join(import.meta.dirname, "peers/dask_gaussian.py");
  const run = await measure(python.program, [script, source, target, "--workers", String(workers)]);
  if (run.status !== 0) throw new Error(`Dask failed:\n${run.stderr}`);
  return run;
}

function sideOf(runs: readonly Measured[]): Side {
  const peaks = runs.flatMap((run) => run.peakMiB ?? []);
  return {
    cpuSeconds: median(runs.map((run) => run.cpuSeconds)),
    wallSeconds: median(runs.map((run) => run.wallSeconds)),
    peakMiB: peaks.length === 0 ? undefined : median(peaks),
  };
}

function told({ cpuSeconds, wallSeconds, peakMiB }: Side): string {
  const memory = peakMiB === undefined ? "" : `, ${formatNumber(peakMiB)} MiB`;
  return `${formatNumber(cpuSeconds)} CPU s, ${formatNumber(wallSeconds)} s${memory}`;
}

/** What is printed, and goes into docs/benchmarks.md. */
export function gaussianTable({ lamella, dask }: GaussianResult): Table {
  const row = (name: string, side: Side, projected: string, ofProjected: string) => [
    name,
    formatNumber(side.cpuSeconds),
    formatNumber(side.wallSeconds),
    formatNumber(side.peakMiB),
    projected,
    ofProjected,
  ];
  const rows = [
    row(
      "lamella",
      lamella,
      formatNumber(lamella.projectedMiB),
      formatRatio(lamella.peakMiB && lamella.projectedMiB / lamella.peakMiB),
    ),
  ];
  if (dask) {
    rows.push(row("dask, threads", dask, "", ""));
    rows.push([
      "dask / lamella",
      formatRatio(dask.cpuSeconds / lamella.cpuSeconds),
      formatRatio(dask.wallSeconds / lamella.wallSeconds),
      formatRatio(dask.peakMiB && lamella.peakMiB && dask.peakMiB / lamella.peakMiB),
      "",
      "",
    ]);
  }
  return {
    head: ["", "CPU s", "wall s", "peak MiB", "projected MiB", "projected / peak"],
    rows,
  };
}

/** What a reader of the table must know. */
export function gaussianNotes({ shape, workers, runs, dask, skipped }: GaussianResult): string[] {
  const mebibytes = (shape.reduce((a, b) => a * b, 2) / 2 ** 20).toFixed(0);
  const notes = [
    `${shape.join(" x ")} uint16 (${mebibytes} MiB) in chunks of ${VOLUME_CHUNKS.join(" x ")}; sigma 2 on all axes, depth 8, reflected ends; computed in float32, written as uint16, which truncates on both sides; input and output are blosc (zstd 1, byte shuffle). ${workers} workers, medians of ${runs} runs in turn, the input in the page cache.`,
  ];
  if (dask) {
    const { largest, share } = dask.difference;
    notes.push(
      `The outputs differ by at most ${largest} count${largest === 1 ? "" : "s"}, in ${(share * 1e6).toFixed(1)} of a million elements: scipy adds in float64, Lamella in float32, and both truncate.`,
    );
  } else notes.push(`Dask wasn't measured: ${skipped}.`);
  return notes;
}
