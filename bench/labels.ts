import { mkdir, rm } from "node:fs/promises";
import path from "node:path";
import type { StageReport } from "../shared/engine/local/engine.ts";
import { fromZarr } from "../shared/index.ts";
import { runPipeline } from "./lamella.ts";
import { type Mask, makeMask, voxels } from "./mask.ts";
import { type Measured, measure } from "./measure.ts";
import { type PeerPython, peerPython } from "./peers/python.ts";
import type { SuiteOptions } from "./suite.ts";
import { formatNumber, type Table } from "./table.ts";

type Shape3 = readonly [number, number, number];

/** Going up; scipy and the numbers are compared on the first. */
const SHAPES: { readonly [size in SuiteOptions["size"]]: readonly Shape3[] } = {
  small: [
    [128, 256, 256],
    [256, 256, 256],
  ],
  large: [
    [256, 512, 512],
    [512, 512, 512],
    [512, 1024, 1024],
    [1024, 1024, 1024],
  ],
};

/** What labelling a gigavoxel may take on two workers, MiB. */
const ALLOWED_MIB = 1536;
/** Where the peer is stopped: seconds, and GiB of addresses. */
const PEER_SECONDS = 300;
const PEER_GIB = 20;

export interface LabelsRun {
  readonly shape: Shape3;
  readonly lamella: Side & { readonly stages: readonly StageReport[] };
  /** Undefined where it wasn't tried any more. */
  readonly daskImage?: Side | { readonly failed: string };
}

interface Side {
  readonly objects?: number;
  readonly cpuSeconds: number;
  readonly wallSeconds: number;
  readonly peakMiB: number | undefined;
}

export interface LabelsResult {
  readonly workers: number;
  readonly runs: readonly LabelsRun[];
  readonly versions?: { readonly [name: string]: string };
  readonly skipped?: string;
  readonly failures: readonly string[];
}

/**
 * Labels masks of smooth noise by faces, smaller ones first, beside dask-image until that fails; the numbers of the smallest are
 * compared with scipy's, and the largest has to stay under 1.5 GiB.
 */
export async function labels(options: SuiteOptions): Promise<LabelsResult> {
  const { folder, workers, log } = options;
  await mkdir(folder, { recursive: true });
  const peer = await peerPython(options.python);
  const python = "why" in peer ? undefined : peer;
  if ("why" in peer) log(`nothing beside it: ${peer.why}`);
  const runs: LabelsRun[] = [];
  const failures: string[] = [];
  let peerGoesOn = python !== undefined;
  for (const [i, shape] of SHAPES[options.size].entries()) {
    const mask = await makeMask(folder, shape);
    const ours = path.join(folder, "labels-lamella.zarr");
    await rm(ours, { recursive: true, force: true });
    const own = await runOurs(mask, ours, options);
    log(`${shape.join(" x ")}: lamella ${told(own)}`);
    failures.push(...memoryFailures(shape, own));
    const objects = Number((await (await fromZarr(ours)).max().compute({ workers })).data[0]);
    if (i === 0 && python) failures.push(...(await numberFailures(python, mask, ours)));
    await rm(ours, { recursive: true, force: true });
    const daskImage = python && peerGoesOn ? await runTheirs(python, mask, options) : undefined;
    if (daskImage)
      log(`${shape.join(" x ")}: dask-image ${"failed" in daskImage ? daskImage.failed : told(daskImage)}`);
    if (daskImage && "failed" in daskImage) peerGoesOn = false;
    runs.push({
      shape,
      lamella: { ...own, objects },
      ...(daskImage ? { daskImage } : {}),
    });
  }
  const largest = runs.at(-1)!;
  if ((largest.lamella.peakMiB ?? 0) > ALLOWED_MIB)
    failures.push(`${formatNumber(largest.lamella.peakMiB)} MiB were used, ${ALLOWED_MIB} are allowed`);
  return {
    workers,
    runs,
    ...(python ? { versions: python.versions } : {}),
    ...("why" in peer ? { skipped: peer.why } : {}),
    failures,
  };
}

async function runOurs(mask: Mask, target: string, { folder, workers }: SuiteOptions) {
  const pipeline = {
    inputs: { mask: { zarr: mask.path } },
    steps: { labels: { op: "label", in: "mask" } },
    outputs: { labels: { zarr: target } },
  };
  const run = await runPipeline(pipeline, { folder, name: "labels", workers });
  return { ...sideOf(run), stages: run.report.stages };
}

async function runTheirs(
  python: PeerPython,
  mask: Mask,
  { folder, workers }: SuiteOptions,
): Promise<Side | { readonly failed: string }> {
  const target = path.join(folder, "labels-dask.zarr");
  await rm(target, { recursive: true, force: true });
  const script = path.join(import.meta.dirname, "peers/dask_image_label.py");
  const args = [script, mask.path, target, "--workers", String(workers), "--memory", String(PEER_GIB)];
  const run = await measure("timeout", [String(PEER_SECONDS), python.program, ...args]);
  await rm(target, { recursive: true, force: true });
  if (run.status === 124) return { failed: `not done after ${PEER_SECONDS} s` };
  if (run.status !== 0) return { failed: run.stderr.trim().split("\n").at(-1) ?? `status ${run.status}` };
  return { ...sideOf(run), objects: (JSON.parse(run.stdout) as { objects: number }).objects };
}

function sideOf({ cpuSeconds, wallSeconds, peakMiB }: Measured): Side {
  return { cpuSeconds, wallSeconds, peakMiB };
}

async function numberFailures(python: PeerPython, mask: Mask, ours: string): Promise<string[]> {
  const script = path.join(import.meta.dirname, "peers/scipy_label.py");
  const run = await measure(python.program, [script, mask.path, ours]);
  if (run.status !== 0) throw new Error(`scipy failed:\n${run.stderr}`);
  const { different } = JSON.parse(run.stdout) as { different: number };
  return different === 0 ? [] : [`${different} voxels are numbered otherwise than scipy numbers them`];
}

function memoryFailures(shape: Shape3, { stages, peakMiB }: LabelsRun["lamella"]): string[] {
  const failures = stages
    .filter((stage) => stage.peakMiB > stage.projectedMiB)
    .map(
      (stage) =>
        `${shape.join(" x ")}, ${stage.name}: ${stage.peakMiB} MiB of ${stage.projectedMiB} projected`,
    );
  const projected = Math.max(...stages.map((stage) => stage.projectedMiB));
  if ((peakMiB ?? 0) > projected)
    failures.push(`${shape.join(" x ")}: ${formatNumber(peakMiB)} MiB of ${projected} projected`);
  return failures;
}

function told({ cpuSeconds, wallSeconds, peakMiB }: Side): string {
  const memory = peakMiB === undefined ? "" : `, ${formatNumber(peakMiB)} MiB`;
  return `${formatNumber(cpuSeconds)} CPU s, ${formatNumber(wallSeconds)} s${memory}`;
}

/** What is printed, and goes into docs/benchmarks.md. */
export function labelsTable({ runs }: LabelsResult): Table {
  return {
    head: ["mask", "Mvoxel", "objects", "", "CPU s", "wall s", "peak MiB", "projected MiB"],
    rows: runs.flatMap(({ shape, lamella, daskImage }) => {
      const name = shape.join(" x ");
      const size = formatNumber(voxels({ path: "", shape }) / 1e6);
      const row = (who: string, side: Side, projected: string) => [
        name,
        size,
        String(side.objects ?? ""),
        who,
        formatNumber(side.cpuSeconds),
        formatNumber(side.wallSeconds),
        formatNumber(side.peakMiB),
        projected,
      ];
      const projected = Math.max(...lamella.stages.map((stage) => stage.projectedMiB));
      const rows = [row("lamella", lamella, formatNumber(projected))];
      if (daskImage && "failed" in daskImage)
        rows.push([name, size, "", `dask-image: ${daskImage.failed}`, "", "", "", ""]);
      else if (daskImage) rows.push(row("dask-image", daskImage, ""));
      return rows;
    }),
  };
}

/** The stages of the largest mask, each held against its projection. */
export function labelStagesTable({ runs }: LabelsResult): Table {
  const { stages } = runs.at(-1)!.lamella;
  return {
    head: ["stage", "tasks", "seconds", "peak MiB", "projected MiB"],
    rows: stages.map((stage) => [
      stage.name,
      String(stage.tasks),
      formatNumber(stage.seconds),
      String(stage.peakMiB),
      String(stage.projectedMiB),
    ]),
  };
}

/** What a reader of the tables must know. */
export function labelsNotes({ workers, versions, skipped }: LabelsResult): string[] {
  const beside = versions
    ? `dask-image ${versions["dask-image"] ?? ""} is stopped after ${PEER_SECONDS} s, or at ${PEER_GIB} GiB, and then not tried on larger masks. On the smallest mask every voxel has scipy's number.`
    : `dask-image wasn't measured: ${skipped}.`;
  return [
    `Smooth noise, thresholded, bool in chunks of 128 x 128 x 128; labelled by faces into uint32, blosc (zstd 1, byte shuffle), ${workers} workers. ${beside}`,
  ];
}
