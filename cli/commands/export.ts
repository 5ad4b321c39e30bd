import { Command } from "commander";
import { choice, exclusive, parseInteger, parseIntegers, parsePositive, parseSeries } from "../values.ts";
import type { DefineCommand } from "./index.ts";

const METHODS = ["mean", "mode", "nearest", "max", "min", "median"] as const;
const COMPRESSIONS = ["deflate", "lzw", "zstd", "none"] as const;
/** Names of raw2ometiff and bfconvert. */
const COMPRESSION_ALIASES = {
  ZLIB: "deflate",
  "ADOBE-DEFLATE": "deflate",
  DEFLATE: "deflate",
  LZW: "lzw",
  ZSTD: "zstd",
  NONE: "none",
  UNCOMPRESSED: "none",
} as const;

/** Options of the TIFF that is written, shared by `export` and `convert SRC DST.ome.tif`. */
export function tiffOptions(command: Command): Command {
  return command
    .option(
      "--compression <name>",
      `of a TIFF: ${COMPRESSIONS.join(", ")}; default deflate`,
      choice(COMPRESSIONS, COMPRESSION_ALIASES),
    )
    .option("--tile-width <n>", "tile size of a TIFF along x, a multiple of 16; default 512", parsePositive)
    .option("--tile-height <n>", "tile size of a TIFF along y, a multiple of 16; default 512", parsePositive)
    .option("--predictor", "store differences of neighbouring pixels; default for compressed integers")
    .option("--no-predictor", "store pixels as they are")
    .option("--bigtiff", "write a BigTIFF; default where the file may pass 4 GiB")
    .option("--no-bigtiff", "write a classic TIFF")
    .option("--big-endian", "highest byte first");
}

/** The options that `tiffOptions` adds, each once. */
export const TIFF_FLAGS: readonly string[] = [
  ...new Set(tiffOptions(new Command()).options.map((option) => option.long!.replace(/^--(no-)?/, ""))),
];

export interface TiffFlags {
  readonly compression?: (typeof COMPRESSIONS)[number];
  readonly level?: number;
  readonly tileWidth?: number;
  readonly tileHeight?: number;
  readonly tile_width?: number;
  readonly tile_height?: number;
  readonly predictor?: boolean;
  readonly bigtiff?: boolean;
  readonly bigEndian?: boolean;
  readonly levels?: number;
  readonly resolutions?: number;
  readonly downsample?: (typeof METHODS)[number];
  readonly downsampleType?: (typeof METHODS)[number];
  readonly series?: string;
  readonly memory?: number;
  readonly overwrite?: boolean;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** The flags as options of the export. */
export function exportOptions(flags: TiffFlags) {
  exclusive({ levels: flags.levels, resolutions: flags.resolutions }, "levels", "resolutions");
  exclusive(
    { downsample: flags.downsample, "downsample-type": flags.downsampleType },
    "downsample",
    "downsample-type",
  );
  exclusive({ "tile-width": flags.tileWidth, tile_width: flags.tile_width }, "tile-width", "tile_width");
  exclusive(
    { "tile-height": flags.tileHeight, tile_height: flags.tile_height },
    "tile-height",
    "tile_height",
  );
  const levels = flags.levels ?? flags.resolutions;
  const downsample = flags.downsample ?? flags.downsampleType;
  const width = flags.tileWidth ?? flags.tile_width;
  const height = flags.tileHeight ?? flags.tile_height;
  const { series } = flags;
  return {
    ...(flags.compression === undefined ? {} : { compression: flags.compression }),
    ...(flags.level === undefined ? {} : { compressionLevel: flags.level }),
    ...(width === undefined && height === undefined ? {} : { tile: [height ?? 512, width ?? 512] as const }),
    ...(flags.predictor === undefined ? {} : { predictor: flags.predictor }),
    ...(flags.bigtiff === undefined ? {} : { bigTiff: flags.bigtiff }),
    ...(flags.bigEndian ? { littleEndian: false } : {}),
    ...(levels === undefined ? {} : { levels }),
    ...(downsample === undefined ? {} : { downsample }),
    ...(series === undefined || series === "all" ? {} : { series: parseIntegers(series) }),
    ...(flags.memory === undefined ? {} : { memoryMiB: flags.memory }),
    ...(flags.overwrite ? { overwrite: true } : {}),
  };
}

export const defineExport: DefineCommand = (program) => {
  const command = program
    .command("export")
    .description("OME-Zarr to pyramidal, tiled OME-TIFF with its OME-XML")
    .argument("<zarr>", "OME-Zarr, an image or array in one behind #, or any image that convert reads")
    .argument("<out>", "OME-TIFF to write: a path or s3://");
  tiffOptions(command)
    .option("--level <n>", "the compression's level: deflate 1 to 9, zstd 1 to 22", parseInteger)
    .option(
      "--levels <n>",
      "resolutions in all; default: those there are, else until the smaller of y and x is at most 256",
      parsePositive,
    )
    .option("--downsample <method>", `for levels that are made: ${METHODS.join(", ")}`, choice(METHODS))
    .option("--series <list>", "which series: all, or numbers such as 0,2", parseSeries)
    .option("--resolutions <n>", "as --levels (bioformats2raw)", parsePositive)
    .option("--tile_width <n>", "as --tile-width", parsePositive)
    .option("--tile_height <n>", "as --tile-height", parsePositive)
    .option("--memory <MiB>", "memory budget", parsePositive)
    .option("--overwrite", "replace an existing file")
    .option("--json", "print one JSON document")
    .option("--quiet", "no progress")
    .option("--verbose", "more on errors")
    .action(async (zarr: string, out: string, flags: TiffFlags) => {
      const { exportHere } = await import("../export-here.ts");
      await exportHere(zarr, out, exportOptions(flags), flags);
    });
};
