import {
  describeExport,
  type ExportOptions,
  type ExportReport,
  prepareExport,
  runExport,
} from "../shared/export/export.ts";
import { formatBytes, formatSeconds } from "./format.ts";
import { untilInterrupted } from "./interrupt.ts";
import { Progress } from "./progress/progress.ts";
import { shownPath } from "./run-plan.ts";

/** Writes an OME-TIFF; Ctrl-C stops it and leaves nothing. */
export async function exportHere(
  src: string,
  dst: string,
  options: ExportOptions,
  flags: { readonly json?: boolean; readonly quiet?: boolean },
): Promise<void> {
  const progress = new Progress({ quiet: flags.quiet });
  await untilInterrupted(async (signal) => {
    const prepared = await prepareExport(src, dst, options);
    for (const note of prepared.notes) progress.note(`note: ${note}`);
    const report = await runExport(prepared, {
      signal,
      onProgress: ({ image, level, doneBytes, totalBytes, writtenBytes }) => {
        const of = prepared.images.length > 1 ? `series ${image} of ${prepared.images.length}, ` : "";
        progress.share(`${of}level ${level}: wrote ${formatBytes(writtenBytes)}`, doneBytes, totalBytes);
      },
    });
    printExport(report, progress, flags);
  });
}

function printExport(report: ExportReport, progress: Progress, flags: { readonly json?: boolean }): void {
  if (flags.json) {
    process.stdout.write(`${JSON.stringify(report)}\n`);
    return;
  }
  const { bytes, seconds, bigTiff, peakMiB, projectedMiB } = report;
  progress.note(
    `${bigTiff ? "BigTIFF" : "TIFF"} of ${formatBytes(bytes)} in ${formatSeconds(seconds)}, memory ${peakMiB} of ${projectedMiB} MiB`,
  );
  process.stdout.write(`${shownPath(report.output)}\n`);
}

/** What `plan --convert SRC DST.ome.tif` prints: what would be written, and the memory that it takes. */
export async function printExportPlan(
  src: string,
  dst: string,
  options: ExportOptions,
  flags: { readonly json?: boolean },
): Promise<void> {
  const prepared = await prepareExport(src, dst, options);
  const described = {
    output: prepared.target.uri,
    ...describeExport(prepared),
    decodedBytes: prepared.decodedBytes,
  };
  if (flags.json) {
    process.stdout.write(`${JSON.stringify(described)}\n`);
    return;
  }
  const lines = [
    `${described.bigTiff ? "BigTIFF" : "TIFF"} at ${shownPath(described.output)}: ${formatBytes(described.decodedBytes)} decoded, at most ${described.projectedMiB} MiB of memory, one process`,
  ];
  for (const [i, { image, levels, written, shape }] of prepared.images.entries()) {
    const { coding } = written;
    lines.push(
      `series ${i} ${JSON.stringify(image.name)}: ${shape.join(" x ")} ${coding.dtype}, tiles ${coding.tile.join(" x ")}, ` +
        `${coding.compression}${coding.compression === "deflate" || coding.compression === "zstd" ? ` ${coding.level}` : ""}${coding.predictor ? " with predictor" : ""}; ` +
        `levels ${levels.map(({ size, source }) => `${size.join(" x ")}${source ? "" : " (made)"}`).join(", ")}`,
    );
  }
  for (const note of described.notes) lines.push(`note: ${note}`);
  process.stdout.write(`${lines.join("\n")}\n`);
}
