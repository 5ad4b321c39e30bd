import { withoutCoordinates } from "../array/axis-facts.ts";
import type { MeasureNode } from "../array/measure.ts";
import type { ArrayNode } from "../array/nodes.ts";
import type { Axis, ImageMetadata } from "../block/axes.ts";
import { isFloat } from "../block/dtype.ts";
import { LamellaError } from "../errors.ts";
import { asImageAxes, whyNoImage } from "../formats/ngff/axes.ts";
import { DEFAULT_CODEC, type OutputRequest, type StorageOptions } from "../plan/outputs.ts";
import { formatUri, parseUri } from "../storage/uri.ts";
import type { CodecSpec } from "../zarr/spec.ts";
import type { PipelineOutput } from "./schema.ts";

/**
 * An output of its own. An array whose axes are those of an OME-NGFF image, or that gets a pyramid, becomes an OME-Zarr
 * image; any other a plain Zarr array. Throws SHAPE_MISMATCH for a pyramid of what can't be an image.
 */
export function imageOutput(
  name: string,
  node: ArrayNode,
  uri: string,
  output: PipelineOutput,
): OutputRequest {
  const typed = node.axes.some((axis) => axis.type !== undefined);
  const isImage = output.pyramid !== undefined || (typed && whyNoImage(node.axes) === undefined);
  const axes = isImage ? asImageAxes(node.axes) : node.axes;
  return {
    name,
    uri,
    shown: uri,
    root: "",
    layout: isImage ? "image" : "array",
    images: [
      {
        node,
        kind: isImage ? "image" : "array",
        path: "",
        metadata: metadataOf(name, node, axes),
        options: storageOptions(output),
        windows: isImage && node.dtype !== "bool",
      },
    ],
  };
}

/** Where an output goes, as a URI that means the same everywhere. A component makes no sense there. */
export function outputUri(text: string, base?: string): string {
  const uri = fileUri(text, base);
  if (!/\.(?:zip|ozx)$/i.test(uri)) return uri;
  throw new LamellaError(
    "INVALID_ARGUMENT",
    `output ${text} is named as a zip archive, and a folder is written`,
    {
      hint: "`lamella convert SRC DST.ozx` packs an OME-Zarr; here, give another name and pack it after.",
    },
  );
}

/** The same for what is one file. Throws INVALID_ARGUMENT, UNSUPPORTED_URI. */
export function fileUri(text: string, base?: string): string {
  const location = parseUri(text, base);
  if (location.component !== undefined) {
    throw new LamellaError("INVALID_ARGUMENT", `output ${text} has a component after "#"`, {
      hint: 'Name the store only; a "#" that belongs to its name is "%23" in a file:// URI.',
    });
  }
  if (location.scheme === "http" || location.scheme === "https") {
    throw new LamellaError("UNSUPPORTED_URI", `output ${text} is on a web server, which is read only`, {
      hint: "Write to a path or to s3://.",
    });
  }
  return formatUri(location);
}

/** An output that is a store, or a file, of its own. Throws INVALID_PIPELINE where it doesn't say where, or says it twice. */
export function ownOutput(
  name: string,
  node: ArrayNode,
  output: PipelineOutput,
  base: string | undefined,
): OutputRequest {
  const { zarr, csv, parquet } = output;
  const wrong = (what: string, hint: string) => new LamellaError("INVALID_PIPELINE", what, { hint });
  if (node.kind === "measure") {
    if (
      (csv === undefined) === (parquet === undefined) ||
      Object.keys(output).some((key) => !TABLE_KEYS.has(key))
    ) {
      throw wrong(
        "is a table, which is written as one file",
        'Give csv: "name.csv" or parquet: "name.parquet", and nothing else.',
      );
    }
    return csv === undefined
      ? tableOutput(name, node, "parquet", parquet!, base)
      : tableOutput(name, node, "csv", csv, base);
  }
  if (csv !== undefined || parquet !== undefined)
    throw wrong("is an array, not a table", 'Give zarr: "name.zarr"; tables come of op measure.');
  if (zarr === undefined)
    throw wrong("does not say where to write", 'Give zarr: "name.zarr", or labelsOf: with an input image.');
  return imageOutput(name, node, outputUri(zarr, base), output);
}

const TABLE_KEYS: ReadonlySet<string> = new Set(["csv", "parquet", "step"]);

/** A table as a file of its own, CSV or Parquet. */
export function tableOutput(
  name: string,
  node: MeasureNode,
  format: "csv" | "parquet",
  text: string,
  base?: string,
): OutputRequest {
  const shown = outputUri(text, base);
  const slash = shown.lastIndexOf("/");
  const key = decodeURIComponent(shown.slice(slash + 1));
  if (key === "") {
    throw new LamellaError("INVALID_ARGUMENT", `output ${text} names a folder, not a file`, {
      hint: `Give a name such as ${text}${name}.${format}.`,
    });
  }
  return {
    name,
    uri: shown.slice(0, slash),
    shown,
    root: "",
    layout: "table",
    images: [],
    table: { node, key, format },
  };
}

/** An output under the `labels/` of an OME-Zarr input image, or of another output. */
export function labelsOutput(
  name: string,
  node: ArrayNode,
  output: PipelineOutput,
  input: ArrayNode | undefined,
  parent: OutputRequest | undefined,
  where: string,
): OutputRequest {
  if (output.zarr !== undefined) {
    throw new LamellaError("INVALID_PIPELINE", `${where}: outputs.${name} has both zarr and labelsOf`, {
      hint: "Leave one of them out.",
    });
  }
  if (isFloat(node.dtype) || node.dtype === "bool") {
    throw new LamellaError(
      "UNSUPPORTED_DTYPE",
      `${where}: outputs.${name} is ${node.dtype}; labels are integers`,
      {
        hint: "Use op: label, or dtype: uint8.",
      },
    );
  }
  const place = labelsPlace(input, parent);
  if (!place) {
    throw new LamellaError(
      "INVALID_PIPELINE",
      `${where}: outputs.${name} has labelsOf: ${output.labelsOf ?? ""}, which is not an OME-Zarr image`,
      {
        hint: "Name an input that is a level of an OME-Zarr image, or an output that is an image.",
      },
    );
  }
  const image = input ?? parent?.images[0]?.node;
  if (image && !fitsImage(node.shape, image.shape)) {
    throw new LamellaError(
      "SHAPE_MISMATCH",
      `${where}: outputs.${name} is ${node.shape.join(" x ")}, the image it labels ${image.shape.join(" x ")}`,
      {
        hint: "Labels have the axes of their image, each as long or 1. A channel picked by a list keeps its axis, sel: { c: [DAPI] }; so does a reduction with keepdims: true.",
      },
    );
  }
  const root = `${place.group === "" ? "" : `${place.group}/`}labels/${name}`;
  return {
    name,
    uri: place.uri,
    shown: `${place.uri}/${root}`,
    root,
    layout: "labels",
    images: [
      {
        node,
        kind: "labels",
        path: root,
        metadata: metadataOf(name, node, asImageAxes(node.axes)),
        options: { ...storageOptions(output), ngff: place.ngff, ...(output.pyramid ? {} : place.pyramid) },
        ...(place.levels ? { parentLevels: place.levels } : {}),
        windows: false,
      },
    ],
  };
}

function fitsImage(labels: readonly number[], image: readonly number[]): boolean {
  return labels.length === image.length && labels.every((n, axis) => n === image[axis] || n === 1);
}

/** Where labels go, and what they must agree with. */
interface LabelsPlace {
  readonly uri: string;
  readonly group: string;
  readonly ngff: "0.4" | "0.5";
  readonly pyramid: Pick<StorageOptions, "pyramid">;
  readonly levels?: readonly (readonly number[])[];
}

function labelsPlace(
  input: ArrayNode | undefined,
  parent: OutputRequest | undefined,
): LabelsPlace | undefined {
  if (input?.kind === "source" && input.source.kind === "zarr" && input.source.image) {
    const { uri, image } = input.source;
    const ngff = image.zarrFormat === 2 ? "0.4" : "0.5";
    return { uri, group: image.path, ngff, pyramid: {}, levels: image.levelShapes };
  }
  if (parent?.layout === "image") {
    const { options } = parent.images[0]!;
    const { method: _, ...levels } = options.pyramid ?? {};
    return {
      uri: parent.uri,
      group: parent.root,
      ngff: options.ngff ?? "0.5",
      pyramid: options.pyramid ? { pyramid: levels } : {},
    };
  }
  return undefined;
}

function storageOptions(output: PipelineOutput): StorageOptions {
  return {
    ...(output.chunks === undefined ? {} : { chunks: output.chunks }),
    ...(output.shards === undefined ? {} : { shards: output.shards }),
    ...(output.codec === undefined ? {} : { codec: codecSpec(output.codec) }),
    ...(output.ngff === undefined ? {} : { ngff: output.ngff }),
    ...(output.pyramid === undefined
      ? {}
      : {
          pyramid: {
            ...(output.pyramid.levels === undefined ? {} : { levels: output.pyramid.levels }),
            ...(output.pyramid.method === undefined ? {} : { method: output.pyramid.method }),
            ...(output.pyramid.factors === undefined ? {} : { factors: output.pyramid.factors }),
          },
        }),
  };
}

/** A codec as users write it: a name, or a name with its level. Throws INVALID_ARGUMENT for a level that the codec doesn't have. */
export function codecSpec(codec: NonNullable<PipelineOutput["codec"]>, level?: number): CodecSpec {
  const given = typeof codec === "string" ? { name: codec } : codec;
  const wanted = ("level" in given ? given.level : undefined) ?? level;
  const most = given.name === "zstd" ? 22 : 9;
  if (
    wanted !== undefined &&
    (!Number.isInteger(wanted) || wanted < (given.name === "zstd" ? 1 : 0) || wanted > most)
  ) {
    throw new LamellaError("INVALID_ARGUMENT", `${given.name} has no level ${wanted}`, {
      hint: `Levels go up to ${most}.`,
    });
  }
  switch (given.name) {
    case "blosc":
      return {
        name: "blosc",
        cname: ("cname" in given ? given.cname : undefined) ?? "zstd",
        level: wanted ?? (DEFAULT_CODEC.name === "blosc" ? DEFAULT_CODEC.level : 1),
        shuffle: ("shuffle" in given ? given.shuffle : undefined) ?? "shuffle",
      };
    case "zstd":
      return { name: "zstd", level: wanted ?? 3 };
    case "gzip":
      return { name: "gzip", level: wanted ?? 5 };
    case "none":
      if (wanted !== undefined)
        throw new LamellaError("INVALID_ARGUMENT", "codec none has no level", {
          hint: "Leave level out, or choose zstd, gzip or blosc.",
        });
      return { name: "none" };
  }
}

/** Channels keep their names and colours; a display window was that of other values, and is measured anew. */
function metadataOf(name: string, node: ArrayNode, axes: readonly Axis[]): ImageMetadata {
  const channels = node.channels?.map(({ window: _, ...channel }) => channel);
  // Outputs hold scales and translations; coordinates of single elements have no place in them.
  return { name, axes: axes.map(withoutCoordinates), ...(channels ? { channels } : {}) };
}
