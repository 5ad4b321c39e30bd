import { sizeOf } from "../block/block.ts";
import { itemSize } from "../block/dtype.ts";
import { PeakMeter } from "../engine/local/peak-meter.ts";
import { type Json, LamellaError } from "../errors.ts";
import { LevelTiles, needsBigTiff, TiffWriter, type WrittenImage } from "../formats/tiff/tiff-writer.ts";
import { type TileCoding, tileCoding, type WrittenCompression } from "../formats/tiff/write-coding.ts";
import type { DownsampleMethod } from "../kernels/downsample/index.ts";
import { realUri } from "../storage/real-uri.ts";
import { formatUri, parseUri } from "../storage/uri.ts";
import { chooseXml } from "./description.ts";
import { type ExportLevel, exportLevels } from "./levels.ts";
import { type ExportMemory, exportMemory } from "./memory.ts";
import { type ExportImage, openExportSource } from "./open-source.ts";
import { type ExportTarget, exportTarget, isBigTiffName, sameFile } from "./target.ts";
import { writeLevels } from "./write-levels.ts";

export interface ExportOptions {
  /** Default deflate. */
  readonly compression?: WrittenCompression;
  readonly compressionLevel?: number;
  /** Rows and columns; default 512 x 512. */
  readonly tile?: readonly [number, number];
  /** Differences of neighbouring pixels; default for compressed integers that aren't labels. */
  readonly predictor?: boolean;
  readonly littleEndian?: boolean;
  /** Default where the file may pass 4 GiB. */
  readonly bigTiff?: boolean;
  /** Resolutions in all; default those of the source, else until the smaller of y and x is at most 256. */
  readonly levels?: number;
  /** How levels are made that the source lacks; default mean, mode for labels, nearest for palettes. */
  readonly downsample?: DownsampleMethod;
  /** Which series; default all. */
  readonly series?: readonly number[];
  readonly overwrite?: boolean;
  /** Budget; default half of the computer's memory. */
  readonly memoryMiB?: number;
}

/** One image of the file. */
interface PlannedImage {
  readonly image: ExportImage;
  readonly levels: readonly ExportLevel[];
  readonly method: DownsampleMethod;
  readonly written: WrittenImage;
  readonly shape: readonly [number, number, number, number, number];
}

/** An export before anything is written: what it will be, and what it takes. */
export interface PreparedExport {
  readonly source: string;
  readonly target: ExportTarget;
  readonly images: readonly PlannedImage[];
  readonly bigTiff: boolean;
  readonly littleEndian: boolean;
  readonly xml: string;
  /** What isn't as it was: dtypes that TIFF lacks, metadata that was made anew. */
  readonly notes: readonly string[];
  /** Decoded bytes of all levels. */
  readonly decodedBytes: number;
  readonly memory: ExportMemory;
}

export interface ExportProgress {
  readonly image: number;
  readonly level: number;
  readonly doneBytes: number;
  readonly totalBytes: number;
  readonly writtenBytes: number;
}

export interface ExportReport {
  readonly output: string;
  readonly bytes: number;
  readonly bigTiff: boolean;
  readonly compression: WrittenCompression;
  readonly series: readonly Json[];
  readonly notes: readonly string[];
  readonly seconds: number;
  readonly projectedMiB: number;
  readonly peakMiB: number;
}

/**
 * Reads the metadata of `src` and decides how it becomes an OME-TIFF at `dst`; writes nothing.
 *
 * Throws OUTPUT_EXISTS, OVER_MEMORY, INVALID_ARGUMENT for an output that is one of the source's files, UNSUPPORTED_DTYPE (int64, uint64), SHAPE_MISMATCH (axes beyond TCZYX),
 * INVALID_ARGUMENT, and the errors of the source.
 */
export async function prepareExport(
  src: string,
  dst: string,
  options: ExportOptions,
): Promise<PreparedExport> {
  const target = await exportTarget(dst, options.overwrite ?? false);
  const { uri, images, omeXml, files = [] } = await openExportSource(src);
  const output = await realUri(target.uri);
  const { component: _, ...place } = parseUri(src);
  for (const file of [formatUri(place), ...files]) if ((await realUri(file)) === output) throw sameFile(dst);
  const chosen = chooseSeries(uri, images, options.series);
  const notes: string[] = [];
  const planned = chosen.map((image) => planImage(image, options, notes));
  const littleEndian = options.littleEndian ?? true;
  const xml = chooseXml({
    images: planned.map(({ image, shape, written }) => ({ image, shape, dtype: written.coding.dtype })),
    omeXml,
    littleEndian,
    where: uri,
    notes,
  });
  const written = planned.map((image) => image.written);
  const bigTiff = options.bigTiff ?? (isBigTiffName(dst) || needsBigTiff(written, xml));
  return {
    source: uri,
    target,
    images: planned,
    bigTiff,
    littleEndian,
    xml,
    notes,
    decodedBytes: planned.reduce((sum, image) => sum + decodedBytes(image), 0),
    memory: exportMemory(planned, xml, options.memoryMiB),
  };
}

/** Writes what was prepared. An error, or an interruption, leaves nothing under the target's name. */
export async function runExport(
  prepared: PreparedExport,
  options: { readonly signal?: AbortSignal; readonly onProgress?: (progress: ExportProgress) => void } = {},
): Promise<ExportReport> {
  const started = performance.now();
  const { images, target, memory, bigTiff, littleEndian } = prepared;
  const { signal } = options;
  const meter = new PeakMeter();
  const sink = await target.open(signal);
  const writer = new TiffWriter(sink, { bigTiff, littleEndian });
  try {
    let doneBytes = 0;
    for (const [i, { image, levels, method, written, shape }] of images.entries()) {
      await writeLevels({
        writer,
        sink,
        image: written,
        label: image.levels[0]!.label,
        planes: [shape[0], shape[1], shape[2]],
        levels,
        method,
        blockBytes: memory.blockBytes,
        cacheBytes: memory.cacheBytes,
        ...(signal ? { signal } : {}),
        onBlock: (level, bytes) => {
          doneBytes += bytes;
          const { offset: writtenBytes } = writer;
          options.onProgress?.({
            image: i,
            level,
            doneBytes,
            totalBytes: prepared.decodedBytes,
            writtenBytes,
          });
        },
      });
    }
    const bytes = await writer.finish(
      images.map((image) => image.written),
      prepared.xml,
    );
    meter.stop();
    return {
      output: target.uri,
      ...describeExport(prepared),
      bytes,
      seconds: (performance.now() - started) / 1000,
      peakMiB: Math.ceil(meter.peak / 2 ** 20),
    };
  } catch (error) {
    await writer.abort();
    if (signal?.aborted && !(error instanceof LamellaError)) {
      throw new LamellaError("INTERRUPTED", "the export was interrupted", {
        hint: "Nothing is left of it: run the same command again.",
        cause: error,
      });
    }
    throw error;
  } finally {
    meter.stop();
  }
}

/** What an export will write, as plain JSON. */
export function describeExport(
  prepared: PreparedExport,
): Pick<ExportReport, "bigTiff" | "compression" | "series" | "notes" | "projectedMiB"> {
  const { images, bigTiff, notes, memory } = prepared;
  return {
    bigTiff,
    compression: images[0]!.written.coding.compression,
    series: images.map(({ image, levels, written, shape }) => ({
      name: image.name,
      shape: [...shape],
      dtype: written.coding.dtype,
      tile: [...written.coding.tile],
      predictor: written.coding.predictor,
      levels: levels.map(({ size, source }) => ({ size: [...size], made: source === undefined })),
      ...(image.channels ? { channels: image.channels.map(({ label }) => label) } : {}),
    })),
    notes,
    projectedMiB: Math.ceil(memory.projectedBytes / 2 ** 20),
  };
}

function chooseSeries(
  uri: string,
  images: readonly ExportImage[],
  wanted: readonly number[] | undefined,
): readonly ExportImage[] {
  if (wanted === undefined) return images;
  const missing = wanted.find((i) => !images[i]);
  if (missing !== undefined || wanted.length === 0) {
    throw new LamellaError("NOT_FOUND", `${uri} has no series ${missing ?? ""}; it has ${images.length}`, {
      hint: "`lamella inspect` lists the series; the first is 0.",
    });
  }
  return wanted.map((i) => images[i]!);
}

function planImage(image: ExportImage, options: ExportOptions, notes: string[]): PlannedImage {
  const full = image.levels[0]!;
  if (image.storedAs !== full.dtype)
    notes.push(`${full.label}: ${image.storedAs} is written as ${full.dtype}`);
  if (image.values?.palette)
    notes.push(`${full.label}: the indices of its palette are written, and not the colours`);
  const levels = exportLevels(image.levels, options.levels);
  const coding = codingOf(image, options);
  const shape = [...full.shape] as unknown as PlannedImage["shape"];
  const planes = shape[0] * shape[1] * shape[2];
  checkTables(full.label, planes, levels, coding);
  const tables = levels.map(({ size }) => new LevelTiles(planes, size, coding.tile));
  return {
    image,
    levels,
    method: options.downsample ?? (image.isLabels ? "mode" : image.values?.palette ? "nearest" : "mean"),
    written: { planes, coding, levels: tables },
    shape,
  };
}

function codingOf(image: ExportImage, options: ExportOptions): TileCoding {
  const { dtype, label } = image.levels[0]!;
  const integers = dtype !== "float32" && dtype !== "float64";
  const compressed = (options.compression ?? "deflate") !== "none";
  // Floats have a predictor of their own (3), which Bio-Formats doesn't read.
  const predictor = options.predictor ?? (integers && compressed && !image.isLabels);
  return tileCoding(label, dtype, { ...options, predictor });
}

/** More tiles than these would take hundreds of megabytes of tables, here and in any reader. */
const MOST_TILES = 2 ** 26;

function checkTables(
  label: string,
  planes: number,
  levels: readonly ExportLevel[],
  { tile }: TileCoding,
): void {
  const tiles = levels.reduce(
    (sum, { size: [rows, columns] }) =>
      sum + planes * Math.ceil(rows / tile[0]) * Math.ceil(columns / tile[1]),
    0,
  );
  if (tiles <= MOST_TILES) return;
  throw new LamellaError(
    "INVALID_ARGUMENT",
    `${label} would have ${tiles} tiles, more than one TIFF can list well`,
    {
      hint: "Choose larger tiles, or write some of its series, times or channels at a time.",
    },
  );
}

function decodedBytes({ levels, written, shape }: PlannedImage): number {
  const planes = sizeOf(shape.slice(0, 3));
  const bytes = itemSize(written.coding.dtype);
  return levels.reduce((sum, { size: [rows, columns] }) => sum + planes * rows * columns * bytes, 0);
}
