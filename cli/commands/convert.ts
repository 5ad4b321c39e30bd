import { Command } from "commander";
import { type Json, LamellaError } from "../../shared/errors.ts";
import type { BudgetFlags, Operation } from "../convert-here.ts";
import { OBSERVE_FLAGS, observeOptions } from "../observe/options.ts";
import { bioFormatsOf, type ReaderFlags, readerOptions } from "../reader-options.ts";
import type { RunFlags } from "../run-plan.ts";
import { choice, exclusive, parseInteger, parseIntegers, parsePositive, parseSeries } from "../values.ts";
import { exportOptions, TIFF_FLAGS, type TiffFlags, tiffOptions } from "./export.ts";
import type { DefineCommand } from "./index.ts";

const METHODS = ["mean", "mode", "nearest", "max", "min", "median"] as const;

/** bioformats2raw's names for the ways to shrink. */
const DOWNSAMPLE_TYPES = { SIMPLE: "nearest", AREA: "mean", LINEAR: "mean" } as const;

function factorsOf(text: string): number[] | "auto" {
  return text === "auto" ? text : parseIntegers(text);
}

/** Options of levels, shared by `convert`, `plan --convert` and `pyramid`. */
export function pyramidOptions(command: Command): Command {
  return command
    .option(
      "--levels <n>",
      "resolutions in all; default: until the smaller of y and x is at most 256",
      parsePositive,
    )
    .option("--downsample <method>", METHODS.join(", "), choice(METHODS))
    .option(
      "--factors <list>",
      "how much each level shrinks, e.g. 2,2 for y and x; default auto: z too, once they are spaced as widely",
      factorsOf,
    );
}

/** Options of a conversion, shared by `convert` and `plan --convert`. */
export function convertOptions(command: Command): Command {
  return pyramidOptions(command)
    .option(
      "--chunks <list>",
      "chunk shape in TCZYX, e.g. 1,1,1,1024,1024; a shorter list means the last axes",
      parseIntegers,
    )
    .option("--shards <list>", "shard shape, a multiple of the chunks (OME-NGFF 0.5)", parseIntegers)
    .option("--ngff <version>", "0.4 (Zarr v2) or 0.5 (Zarr v3)", choice(["0.4", "0.5"] as const))
    .option("--codec <name>", "blosc, zstd, gzip or none", choice(["blosc", "zstd", "gzip", "none"] as const))
    .option("--level <n>", "the codec's compression level", parseInteger)
    .option("--series <list>", "which series: all, or numbers such as 0,2", parseSeries)
    .option("--resolutions <n>", "as --levels (bioformats2raw)", parsePositive)
    .option("--tile_width <n>", "chunk size along x (bioformats2raw)", parsePositive)
    .option("--tile_height <n>", "chunk size along y (bioformats2raw)", parsePositive)
    .option("--chunk_depth <n>", "chunk size along z (bioformats2raw)", parsePositive)
    .option("--downsample-type <type>", "SIMPLE or AREA (bioformats2raw)", choice(METHODS, DOWNSAMPLE_TYPES));
}

/** The options that `convertOptions` adds. */
export const CONVERT_FLAGS: readonly string[] = convertOptions(new Command()).options.map((option) =>
  option.long!.slice(2),
);

export interface ConvertFlags {
  readonly chunks?: number[];
  readonly shards?: number[];
  readonly levels?: number;
  readonly downsample?: (typeof METHODS)[number];
  readonly factors?: number[] | "auto";
  readonly ngff?: "0.4" | "0.5";
  readonly codec?: "blosc" | "zstd" | "gzip" | "none";
  readonly level?: number;
  readonly series?: string;
  readonly resolutions?: number;
  readonly tile_width?: number;
  readonly tile_height?: number;
  readonly chunk_depth?: number;
  readonly downsampleType?: (typeof METHODS)[number];
}

export interface ConvertDocument {
  readonly src: string;
  readonly dst: string;
  readonly [option: string]: Json;
}

/** The flags as the JSON that the state machine takes too. */
export function convertDocument(src: string, dst: string, flags: ConvertFlags): ConvertDocument {
  exclusive({ levels: flags.levels, resolutions: flags.resolutions }, "levels", "resolutions");
  exclusive(
    { downsample: flags.downsample, "downsample-type": flags.downsampleType },
    "downsample",
    "downsample-type",
  );
  const tiles = flags.tile_width ?? flags.tile_height ?? flags.chunk_depth;
  exclusive(
    { chunks: flags.chunks, "tile_width, --tile_height, --chunk_depth": tiles },
    "chunks",
    "tile_width, --tile_height, --chunk_depth",
  );
  const chunks =
    tiles === undefined
      ? flags.chunks
      : [1, 1, flags.chunk_depth ?? 1, flags.tile_height ?? 1024, flags.tile_width ?? 1024];
  const levels = flags.levels ?? flags.resolutions;
  const downsample = flags.downsample ?? flags.downsampleType;
  return {
    src,
    dst,
    ...(chunks === undefined ? {} : { chunks }),
    ...(flags.shards === undefined ? {} : { shards: flags.shards }),
    ...(levels === undefined ? {} : { levels }),
    ...(downsample === undefined ? {} : { downsample }),
    ...(flags.factors === undefined ? {} : { factors: flags.factors }),
    ...(flags.ngff === undefined ? {} : { ngff: flags.ngff }),
    ...(flags.codec === undefined ? {} : { codec: flags.codec }),
    ...(flags.level === undefined ? {} : { level: flags.level }),
    ...(flags.series === undefined || flags.series === "all" ? {} : { series: parseIntegers(flags.series) }),
  };
}

/** Options that say where and how a run happens, shared by `convert` and `run`. */
export function runOptions(command: Command): Command {
  return observeOptions(command)
    .option("--workers <n>", "worker threads; default: one a core", parsePositive)
    .option("--memory <MiB>", "memory budget of the whole run", parsePositive)
    .option("--overwrite", "replace an existing output, which goes before the new one is made")
    .option("--keep", "keep intermediates after success")
    .option("--runs <dir>", "where runs are kept; default .lamella, or LAMELLA_RUNS")
    .option("--json", "print one JSON document")
    .option("--quiet", "no progress")
    .option("--verbose", "more on errors, and a line for each batch");
}

/** A destination that is written as OME-TIFF, as bfconvert does. */
export function isTiffDestination(dst: string): boolean {
  return /\.(?:tiff?|tf2|tf8|btf)\/?$/i.test(dst);
}

/** What only OME-Zarr, or only a run of stages, has. */
const ZARR_ONLY = [
  "zip",
  "chunks",
  "shards",
  "ngff",
  "codec",
  "factors",
  "chunk_depth",
  "workers",
  "keep",
  "runs",
  ...OBSERVE_FLAGS,
];

/** Refuses options that the destination has no use for. Throws INVALID_ARGUMENT. */
export function checkDestination(dst: string, flags: object): void {
  const isTiff = isTiffDestination(dst);
  for (const flag of isTiff ? ZARR_ONLY : TIFF_FLAGS) {
    const name = flag.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
    if ((flags as Readonly<Record<string, unknown>>)[name] === undefined) continue;
    throw new LamellaError(
      "INVALID_ARGUMENT",
      `--${flag} is for ${isTiff ? "OME-Zarr" : "OME-TIFF"}; ${dst} is written as ${isTiff ? "OME-TIFF" : "OME-Zarr"}`,
      {
        hint: isTiff
          ? "One process writes one file: `lamella export --help` lists what it takes."
          : "OME-Zarr has --chunks and --codec.",
      },
    );
  }
}

export const defineConvert: DefineCommand = (program) => {
  const command = program
    .command("convert")
    .description("any image it reads to OME-Zarr, or OME-TIFF, with pyramid and metadata")
    .argument("<src>", "image file: a path, s3:// or https://")
    .argument(
      "<dst>",
      "OME-Zarr to write, zipped where it ends in .ozx or .zip, or OME-TIFF where it ends in .ome.tif: a path or s3://",
    )
    .option("--zip", "one file, .ozx or .zip; such a name is enough");
  runOptions(tiffOptions(readerOptions(convertOptions(command)))).action(
    async (src: string, dst: string, flags: AllFlags) => {
      checkDestination(dst, flags);
      const bioFormats = bioFormatsOf(flags);
      if (bioFormats === undefined) return convert(src, dst, flags);
      const { readByBioFormats } = await import("../read-by-bioformats.ts");
      return readByBioFormats(src, dst, flags, bioFormats, ({ uri, origin }) =>
        convert(uri, dst, flags, origin),
      );
    },
  );
};

type AllFlags = { readonly zip?: true } & ConvertFlags & ReaderFlags & BudgetFlags & RunFlags & TiffFlags;

/** `origin` says where the source came from, where it is a temporary one. */
async function convert(src: string, dst: string, flags: AllFlags, origin?: Operation): Promise<void> {
  if (isTiffDestination(dst)) {
    const { exportHere } = await import("../export-here.ts");
    return exportHere(src, dst, exportOptions(flags), flags);
  }
  const { isZipDestination, zipHere } = await import("../zip-here.ts");
  if (isZipDestination(dst)) return zipHere(convertDocument(src, dst, flags), flags, origin);
  if (flags.zip) {
    throw new LamellaError("INVALID_ARGUMENT", `--zip: ${dst} is not named as a zip archive`, {
      hint: "Name it .ozx, or .zip.",
    });
  }
  const { convertHere } = await import("../convert-here.ts");
  return convertHere(convertDocument(src, dst, flags), flags, origin);
}
