import { type Json, LamellaError } from "../../../errors.ts";
import { isSafeKey } from "../../../storage/key.ts";
import type { UploadRecord } from "./records.ts";

type Options = { readonly [option: string]: Json };

/** The input that an upload's steps read, and the input keys that name a file or a store. */
const IMAGE = "image";
const PLACES = ["zarr", "tiff", "czi", "n5", "hdf5"] as const;
type Kind = (typeof PLACES)[number];

/**
 * The pipeline of an upload whose `NAME.lamella.yaml` has `steps`: they read `image`, which is the upload, and what `inputs` names beside it
 * under `incoming/`; `step` (the last one where it isn't given) becomes `converted/NAME.ome.zarr`, with convert's options for its storage.
 * Uploads are not trusted: nothing outside `incoming/` is read, nothing but that output is written, and of own kernels only those can be
 * named that a deployer published, where the stack allows it: a pipeline that is no file has no others. Throws INVALID_PIPELINE, naming the file.
 */
export function uploadPipeline(options: Options, record: UploadRecord): { readonly [key: string]: Json } {
  const { steps, inputs, step, params, series, ...storage } = options;
  const invalid = (problem: string, hint: string): LamellaError =>
    new LamellaError("INVALID_PIPELINE", `${record.options}: ${problem}`, {
      hint,
      details: { key: record.options },
    });
  if (!isMapping(steps) || Object.keys(steps).length === 0)
    throw invalid(
      "steps is no mapping of steps",
      "Write steps as in a pipeline file; the first reads image.",
    );
  if (inputs !== undefined && !isMapping(inputs))
    throw invalid("inputs is no mapping of inputs", 'Such as inputs: { flat: { tiff: "flat.ome.tif" } }.');
  if (Array.isArray(series) || series === "all")
    throw invalid("steps read one image of the upload, and series names several", "Give one number.");
  const output = step ?? Object.keys(steps).at(-1)!;
  if (typeof output !== "string" || !(output in steps))
    throw invalid(
      `step names ${JSON.stringify(output)}, which is none of its steps`,
      "Name one of them, or leave it out.",
    );
  const kind = kindOf(record.source);
  return {
    version: 1,
    ...(params === undefined ? {} : { params }),
    inputs: {
      ...beside(inputs ?? {}, record, invalid),
      [IMAGE]: {
        [kind]: `s3://${record.bucket}/${record.source}`,
        ...(typeof series === "number" && (kind === "tiff" || kind === "czi") ? { series } : {}),
      },
    },
    steps,
    outputs: { [output]: { zarr: `s3://${record.bucket}/${record.output}`, ...stored(storage) } },
  };
}

/** Convert's options as those of an output; what is no option of either is left for the pipeline's own check to name. */
function stored({ levels, downsample, factors, codec, level, ...rest }: Options): Options {
  const pyramid = {
    ...(levels === undefined ? {} : { levels }),
    ...(downsample === undefined ? {} : { method: downsample }),
    ...(factors === undefined ? {} : { factors }),
  };
  const named = level === undefined ? codec : { name: codec ?? "blosc", level };
  return {
    ...rest,
    ...(named === undefined ? {} : { codec: named }),
    ...(Object.keys(pyramid).length > 0 ? { pyramid } : {}),
  };
}

/** Further inputs: files or stores beside the upload, named relative to its folder under `incoming/`. */
function beside(
  inputs: Options,
  { bucket, source }: UploadRecord,
  invalid: (problem: string, hint: string) => LamellaError,
): { [name: string]: Json } {
  const folder = source.slice(0, source.lastIndexOf("/") + 1);
  const found: { [name: string]: Json } = {};
  for (const [name, input] of Object.entries(inputs)) {
    if (name === IMAGE)
      throw invalid(`the input ${IMAGE} is the upload itself`, "Name the others otherwise.");
    const place = isMapping(input) ? PLACES.find((key) => typeof input[key] === "string") : undefined;
    if (!isMapping(input) || place === undefined)
      throw invalid(`input ${name} doesn't say what it is`, `Give one of ${PLACES.join(", ")}.`);
    const key = folder + String(input[place]);
    // ":" is a scheme, and "#" would be a component of another key
    if (/[:#]/.test(String(input[place])) || !isSafeKey(key))
      throw invalid(
        `input ${name} is not beside the upload: ${String(input[place])}`,
        "Upload it to the same folder, and name it relative to that.",
      );
    found[name] = { ...input, [place]: `s3://${bucket}/${key}` };
  }
  return found;
}

function kindOf(source: string): Kind {
  if (/\.czi$/i.test(source)) return "czi";
  if (/\.(?:ims|hdf5|h5)$/i.test(source)) return "hdf5";
  return /\.(?:zip|ozx)$/i.test(source) ? "zarr" : "tiff";
}

function isMapping(value: unknown): value is Options {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
