import { LamellaError } from "../errors.ts";
import { chooseImages } from "../formats/ome/kept-xml.ts";
import type { ImageRequest, OutputRequest } from "../plan/outputs.ts";
import type { PyramidMethod, PyramidRequest } from "../plan/pyramid.ts";
import type { CodecSpec } from "../zarr/spec.ts";
import { labelRequest } from "./convert-labels.ts";
import { type ConvertSource, openConvertSource } from "./convert-source.ts";
import { outputUri } from "./output.ts";
import { plateGroups } from "./plate-layout.ts";

export interface ConvertOptions {
  readonly chunks?: readonly number[];
  readonly shards?: readonly number[];
  /** Resolutions in all; default until the smaller of y and x is at most 256. */
  readonly levels?: number;
  readonly downsample?: PyramidMethod;
  /** From one level to the next, the last axes; default "auto". */
  readonly factors?: NonNullable<PyramidRequest["factors"]>;
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
    throw new LamellaError(
      "INVALID_ARGUMENT",
      `output ${dst} is named as a TIFF, but a run writes OME-Zarr`,
      {
        hint: `OME-TIFF is written by the command line on one computer: \`lamella convert\` or \`lamella export\`. Else give a name such as ${dst.replace(/(\.ome)?\.tiff?$/i, ".ome.zarr")}.`,
      },
    );
  }
  const source = await openConvertSource(src, base);
  const series = seriesOf(source, options);
  const omeXml = omeXmlOf(source, series);
  // Some of a plate's images are a series like others.
  const plate = options.series === undefined ? source.plate : undefined;
  const pathOf = (i: number) => plate?.paths[i] ?? String(i);
  return {
    name: "image",
    uri,
    shown: uri,
    root: "",
    layout: "bioformats2raw",
    images: (await Promise.all(series.map((index, i) => imagesOf(source, index, pathOf(i), options)))).flat(),
    ...(omeXml === undefined ? {} : { omeXml }),
    ...(plate ? { plate: plateGroups(options.ngff ?? "0.5", plate) } : {}),
  };
}

/** The OME-XML with the images that are converted, in their order, as bioformats2raw's layout wants it. */
function omeXmlOf({ omeXml, omeImages }: ConvertSource, series: readonly number[]): string | undefined {
  if (omeXml === undefined || !omeImages) return omeXml;
  const images = series.flatMap((index) => omeImages[index] ?? []);
  return (images.length === series.length ? chooseImages(omeXml, images) : undefined) ?? omeXml;
}

function seriesOf(source: ConvertSource, options: ConvertOptions): number[] {
  const all = Array.from({ length: source.count }, (_, i) => i);
  if (options.series === undefined) return all;
  const missing = options.series.find((i) => !all.includes(i));
  if (missing !== undefined || options.series.length === 0) {
    throw new LamellaError(
      "NOT_FOUND",
      `${source.uri} has no series ${missing ?? ""}; it has ${all.length}`,
      {
        hint: "`lamella inspect` lists the series; the first is 0.",
      },
    );
  }
  return [...options.series];
}

/** An image, and its labels. */
async function imagesOf(...[source, series, ...rest]: Parameters<typeof imageOf>): Promise<ImageRequest[]> {
  const image = await imageOf(source, series, ...rest);
  const labels = (await source.labels?.(series)) ?? [];
  return [image, ...labels.map((label) => labelRequest(label, image))];
}

async function imageOf(
  source: ConvertSource,
  series: number,
  path: string,
  options: ConvertOptions,
): Promise<ImageRequest> {
  const { node, metadata, levels = [] } = await source.open(series);
  return {
    node,
    // Whoever says how levels are made wants them made so.
    ...(levels.length > 0 && options.downsample === undefined ? { sourceLevels: levels } : {}),
    kind: "image",
    path,
    metadata,
    options: {
      chunks: options.chunks ?? DEFAULT_CHUNKS,
      ...(options.shards === undefined ? {} : { shards: options.shards }),
      ...(options.codec === undefined ? {} : { codec: options.codec }),
      ...(options.ngff === undefined ? {} : { ngff: options.ngff }),
      pyramid: {
        ...(options.levels === undefined ? {} : { levels: options.levels }),
        // A mean of indices into a palette is another colour.
        method: options.downsample ?? (metadata.values?.palette ? "nearest" : "mean"),
        factors: options.factors ?? "auto",
      },
    },
    windows: true,
  };
}
