import { imageNode } from "../array/open.ts";
import { isLamellaError, LamellaError } from "../errors.ts";
import type { ImageFile } from "../formats/image.ts";
import { openImageFile } from "../formats/open-image.ts";
import type { ImageRequest, OutputRequest } from "../plan/outputs.ts";
import type { PyramidMethod } from "../plan/pyramid.ts";
import type { CodecSpec } from "../zarr/spec.ts";
import { outputUri } from "./output.ts";

export interface ConvertOptions {
  readonly chunks?: readonly number[];
  readonly shards?: readonly number[];
  /** Resolutions in all; default until the smaller of y and x is at most 256. */
  readonly levels?: number;
  readonly downsample?: PyramidMethod;
  readonly ngff?: "0.4" | "0.5";
  readonly codec?: CodecSpec;
  /** Default: all. */
  readonly series?: readonly number[];
}

/** Square powers of two in the plane: what viewers tile by. */
const DEFAULT_CHUNKS = [1, 1, 1, 1024, 1024];

/** What converting an image file to an OME-Zarr in bioformats2raw's layout writes: each series an image with its pyramid. */
export async function convertOutput(
  src: string,
  dst: string,
  options: ConvertOptions,
  base?: string,
): Promise<OutputRequest> {
  const uri = outputUri(dst, base);
  if (/\.tiff?$/i.test(uri)) {
    throw new LamellaError("INVALID_ARGUMENT", `output ${dst} is named as a TIFF, but OME-Zarr is written`, {
      hint: `Writing OME-TIFF is not there yet. Give a name such as ${dst.replace(/(\.ome)?\.tiff?$/i, ".ome.zarr")}.`,
    });
  }
  const file = await openSource(src, base);
  return {
    name: "image",
    uri,
    shown: uri,
    root: "",
    layout: "bioformats2raw",
    images: seriesOf(file, options).map((series, i) => imageOf(file, series, i, options)),
    ...(file.omeXml === undefined ? {} : { omeXml: file.omeXml }),
  };
}

/** Opens the image file; a Zarr in its place is the commonest mistake, and has an answer. */
async function openSource(src: string, base: string | undefined): Promise<ImageFile> {
  try {
    return await openImageFile(src, base === undefined ? {} : { base });
  } catch (error) {
    if (!isLamellaError(error) || error.code !== "NOT_FOUND" || !/\.zarr\/?$/i.test(src)) throw error;
    throw new LamellaError("UNKNOWN_FORMAT", `${src} is not an image file; convert reads TIFF and OME-TIFF`, {
      hint: "To store a Zarr in other chunks or with a pyramid, name it as the input and output of a pipeline: `lamella run`.",
      cause: error,
    });
  }
}

function seriesOf(file: ImageFile, options: ConvertOptions): number[] {
  const all = file.series.map((_, i) => i);
  if (options.series === undefined) return all;
  const missing = options.series.find((i) => !all.includes(i));
  if (missing !== undefined || options.series.length === 0) {
    throw new LamellaError("NOT_FOUND", `${file.uri} has no series ${missing ?? ""}; it has ${all.length}`, {
      hint: "`lamella inspect` lists the series; the first is 0.",
    });
  }
  return [...options.series];
}

function imageOf(file: ImageFile, series: number, path: number, options: ConvertOptions): ImageRequest {
  const node = imageNode(file, { series });
  const { metadata, name } = file.series[series]!;
  return {
    node,
    kind: "image",
    path: String(path),
    metadata: { ...metadata, ...(name === "" ? {} : { name }) },
    options: {
      chunks: options.chunks ?? DEFAULT_CHUNKS,
      ...(options.shards === undefined ? {} : { shards: options.shards }),
      ...(options.codec === undefined ? {} : { codec: options.codec }),
      ...(options.ngff === undefined ? {} : { ngff: options.ngff }),
      pyramid: {
        ...(options.levels === undefined ? {} : { levels: options.levels }),
        method: options.downsample ?? "mean",
      },
    },
    windows: true,
  };
}
