import { existsSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import path from "node:path";
import { makeDemoImage } from "../scripts/make-demo-image.ts";
import type { StageReport } from "../shared/engine/local/engine.ts";
import { type LamellaRun, runLamella, runPipeline } from "./lamella.ts";
import { MEMORY_MIB, memoryPipelines } from "./memory-pipelines.ts";
import type { SuiteOptions } from "./suite.ts";
import { formatNumber, formatRatio, type Table } from "./table.ts";
import { makeVolume } from "./volume.ts";

export interface MemoryCase {
  readonly name: string;
  readonly stages: readonly StageReport[];
  /** Of the process tree, measured from outside; undefined where there is no /proc. */
  readonly peakMiB: number | undefined;
}

export interface MemoryResult {
  readonly workers: number;
  readonly shape: readonly number[];
  readonly cases: readonly MemoryCase[];
  readonly failures: readonly string[];
}

/**
 * Runs plans of every kind by the built command line and holds each stage's measured peak against its projection, and the
 * process tree's, measured from outside, against the largest of them.
 */
export async function memory(options: SuiteOptions): Promise<MemoryResult> {
  const { folder, size, workers, log } = options;
  await mkdir(folder, { recursive: true });
  const volume = await makeVolume(folder, size);
  const image = await demoImage(folder, size);
  const outputs = path.join(folder, "memory");
  const cases: MemoryCase[] = [];
  const measured = async (name: string, run: () => Promise<LamellaRun>): Promise<void> => {
    await rm(outputs, { recursive: true, force: true });
    await mkdir(outputs);
    const { report, peakMiB } = await run();
    cases.push({ name, stages: report.stages, peakMiB });
    log(
      `${name}: ${formatNumber(peakMiB)} MiB of ${Math.max(...report.stages.map((s) => s.projectedMiB))} projected`,
    );
  };
  await measured("convert", () =>
    runLamella(["convert", image, path.join(outputs, "image.zarr"), "--workers", String(workers)], outputs),
  );
  for (const [name, pipeline] of Object.entries(memoryPipelines(volume.path, outputs))) {
    await measured(name, () =>
      runPipeline(pipeline, { folder: outputs, name, workers, memoryMiB: MEMORY_MIB[name] }),
    );
  }
  await rm(outputs, { recursive: true, force: true });
  return { workers, shape: volume.shape, cases, failures: cases.flatMap(failuresOf) };
}

async function demoImage(folder: string, size: SuiteOptions["size"]): Promise<string> {
  const image = path.join(folder, `image-${size}.ome.tif`);
  if (existsSync(image)) return image;
  await makeDemoImage(`${image}.part`, {
    shape: size === "large" ? [1, 2, 16, 2048, 2048] : [1, 2, 8, 1024, 1024],
  });
  await rename(`${image}.part`, image);
  return image;
}

function failuresOf({ name, stages, peakMiB }: MemoryCase): string[] {
  const failures = stages
    .filter((stage) => stage.peakMiB > stage.projectedMiB)
    .map(
      (stage) => `${name}, ${stage.name}: ${stage.peakMiB} MiB were used, ${stage.projectedMiB} projected`,
    );
  const projected = Math.max(...stages.map((stage) => stage.projectedMiB));
  if (peakMiB !== undefined && peakMiB > projected)
    failures.push(`${name}: the processes used ${formatNumber(peakMiB)} MiB, ${projected} were projected`);
  return failures;
}

export function memoryTable({ cases }: MemoryResult): Table {
  const rows = cases.flatMap(({ name, stages, peakMiB }) => [
    ...stages.map((stage) => [
      name,
      `${stage.name} (${stage.kind})`,
      String(stage.tasks),
      String(stage.peakMiB),
      String(stage.projectedMiB),
      formatRatio(stage.projectedMiB / stage.peakMiB),
    ]),
    ...(stages.length > 1 ? [whole(name, stages, peakMiB)] : []),
  ]);
  return { head: ["plan", "stage", "tasks", "peak MiB", "projected MiB", "projected / peak"], rows };
}

function whole(name: string, stages: readonly StageReport[], peakMiB: number | undefined): string[] {
  const projected = Math.max(...stages.map((stage) => stage.projectedMiB));
  return [
    name,
    "all, from outside",
    "",
    formatNumber(peakMiB),
    String(projected),
    formatRatio(peakMiB && projected / peakMiB),
  ];
}
