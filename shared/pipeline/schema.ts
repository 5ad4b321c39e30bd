import * as z from "zod";
import { PYRAMID_METHODS } from "../plan/pyramid.ts";
import { common, perAxis } from "./common-schemas.ts";
import { arrangeSchemas } from "./steps/arrange.ts";
import { blockSchemas } from "./steps/blocks.ts";
import { whereSchema } from "./steps/expressions.ts";
import { objectSchemas } from "./steps/objects.ts";
import { resampleSchemas } from "./steps/resample.ts";
import { sliceSchema } from "./steps/select.ts";
import { wholeArraySchemas } from "./steps/whole-array.ts";

/** The pipeline file, version 1. `lamella schema` prints it as JSON Schema; unknown keys are errors. */
/** 0.5 without quotes is a number in YAML. */
export const ngffVersion = z.union(
  [
    z.enum(["0.4", "0.5"]),
    z.literal([0.4, 0.5]).transform((version) => (version === 0.4 ? ("0.4" as const) : ("0.5" as const))),
  ],
  { error: "expected 0.4 or 0.5" },
);

/** How much smaller a level is than the one before. */
export const pyramidFactors = z.union([z.array(z.number().int().positive()), z.literal("auto")], {
  error: 'expected a whole factor for each axis, the last ones where they are fewer, or "auto"',
});

/** What an input may be, by the key that says so. */
export const inputSchemas = {
  zarr: z.strictObject({
    zarr: z.string().describe("URI or path of a Zarr store; relative paths are relative to this file"),
    component: z
      .union([z.string(), z.number().int().nonnegative().transform(String)], {
        error: 'expected the path of an array, such as "0/0"',
      })
      .exactOptional()
      .describe("path of the array in its group, e.g. 0/0"),
  }),
  tiff: z.strictObject({
    tiff: z.string().describe("URI or path of a TIFF or OME-TIFF"),
    series: z.number().int().nonnegative().exactOptional(),
    level: z.number().int().nonnegative().exactOptional(),
  }),
  czi: z.strictObject({
    czi: z.string().describe("URI or path of a Zeiss CZI"),
    series: z.number().int().nonnegative().exactOptional().describe("which scene"),
    level: z.number().int().nonnegative().exactOptional(),
  }),
  n5: z.strictObject({
    n5: z.string().describe("URI or path of an N5 container"),
    component: z
      .string()
      .exactOptional()
      .describe("path of the dataset, e.g. volumes/raw/s0; of a pyramid's group, the full resolution"),
  }),
  hdf5: z.strictObject({
    hdf5: z.string().describe("URI or path of an HDF5 file"),
    dataset: z
      .string()
      .exactOptional()
      .describe(
        "path of the dataset, e.g. /exported/data; without it an Imaris or BigDataViewer image, or the only one",
      ),
  }),
} as const;
const input = z.union([
  inputSchemas.zarr,
  inputSchemas.tiff,
  inputSchemas.czi,
  inputSchemas.n5,
  inputSchemas.hdf5,
]);

const axisChunks = z.union([z.number().int(), z.literal("auto"), z.array(z.number().int())]);
const chunkArgument = z.union(
  [z.number().int(), z.literal("auto"), z.array(axisChunks), z.record(z.string(), axisChunks)],
  { error: 'expected a size, -1, "auto", a list with an entry per axis, or a map by axis' },
);

export const stepSchemas = {
  ...blockSchemas,
  ...wholeArraySchemas,
  where: whereSchema,
  rechunk: z.strictObject({ op: z.literal("rechunk"), ...common, chunks: chunkArgument }),
  slice: sliceSchema,
  stack: z.strictObject({
    op: z.literal("stack"),
    in: z.array(z.string()).min(1).describe("inputs or earlier steps, of one shape"),
    axis: z.number().int().exactOptional(),
    dtype: common.dtype,
  }),
  concatenate: z.strictObject({
    op: z.literal("concatenate"),
    in: z.array(z.string()).min(1).describe("inputs or earlier steps"),
    axis: z.union([z.number().int(), z.string()]).exactOptional(),
    dtype: common.dtype,
  }),
  transpose: z.strictObject({
    op: z.literal("transpose"),
    ...common,
    axes: z.array(z.union([z.number().int(), z.string()])).exactOptional(),
  }),
  flip: z.strictObject({
    op: z.literal("flip"),
    ...common,
    axis: z
      .union([z.number().int(), z.string(), z.array(z.union([z.number().int(), z.string()]))])
      .exactOptional(),
  }),
  pad: z.strictObject({
    op: z.literal("pad"),
    ...common,
    padWidth: perAxis.describe("elements per axis: a number, a list of numbers or [before, after], or a map"),
    mode: z.enum(["constant", "edge", "reflect", "symmetric", "wrap"]).exactOptional(),
    constantValues: z.number().exactOptional(),
  }),
  ...arrangeSchemas,
  ...resampleSchemas,
  astype: z.strictObject({ op: z.literal("astype"), in: common.in, dtype: z.string() }),
  ...objectSchemas,
} as const;

export type OpName = keyof typeof stepSchemas;
export type Step = { [K in OpName]: z.infer<(typeof stepSchemas)[K]> }[OpName];

const codecName = z.enum(["blosc", "zstd", "gzip", "none"]);

export const outputSchema = z.strictObject({
  zarr: z.string().exactOptional().describe("where to write; left out with labelsOf"),
  csv: z.string().exactOptional().describe("where to write a table, instead of zarr"),
  parquet: z.string().exactOptional().describe("where to write a table, instead of zarr"),
  labelsOf: z.string().exactOptional().describe("write as labels of this input image, or of this output"),
  step: z.string().exactOptional().describe("the step to store; default: the output's own name"),
  chunks: z.array(z.number().int()).exactOptional(),
  shards: z.array(z.number().int()).exactOptional(),
  codec: z
    .union(
      [
        codecName,
        z.strictObject({
          name: codecName,
          level: z.number().int().exactOptional(),
          cname: z.enum(["zstd", "lz4"]).exactOptional(),
          shuffle: z.enum(["shuffle", "noshuffle"]).exactOptional(),
        }),
      ],
      { error: "expected blosc, zstd, gzip, none, or a map of name, level, cname and shuffle" },
    )
    .exactOptional(),
  ngff: ngffVersion.exactOptional(),
  pyramid: z
    .strictObject({
      levels: z.number().int().positive().exactOptional(),
      method: z.enum(PYRAMID_METHODS).exactOptional(),
      factors: pyramidFactors.exactOptional(),
    })
    .exactOptional(),
});

export const pipelineSchema = z.strictObject({
  $schema: z.string().exactOptional(),
  version: z.literal(1),
  params: z.record(z.string(), z.json()).exactOptional(),
  inputs: z.record(z.string(), input),
  steps: z
    .record(z.string(), z.discriminatedUnion("op", Object.values(stepSchemas) as never))
    .exactOptional(),
  outputs: z.record(z.string(), outputSchema),
});

export type PipelineInput = z.infer<typeof input>;
export type PipelineOutput = z.infer<typeof outputSchema>;
export interface Pipeline {
  readonly version: 1;
  readonly params?: { readonly [name: string]: unknown };
  readonly inputs: { readonly [name: string]: PipelineInput };
  readonly steps?: { readonly [name: string]: Step };
  readonly outputs: { readonly [name: string]: PipelineOutput };
}
