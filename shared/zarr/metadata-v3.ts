import * as z from "zod/mini";
import { sizeOf } from "../block/block.ts";
import { type DType, isDType } from "../block/dtype.ts";
import type { Json } from "../errors.ts";
import type { CodecConfig } from "./codecs/chain.ts";
import { parseFillValue } from "./fill-value.ts";
import { formatJson } from "./json.ts";
import { type ArrayMetadata, codecError, dtypeError, metadataError, type Sharding } from "./metadata.ts";
import { checkedGrid } from "./metadata-check.ts";
import { checked, json, lengths } from "./metadata-schema.ts";
import { bytesLast, filterCodecs } from "./numcodecs-filters.ts";

/** An extension point: a name, or an object with name and configuration. */
const named = z.pipe(
  z.union([
    z.string(),
    z.looseObject({ name: z.string(), configuration: z.optional(z.record(z.string(), json)) }),
  ]),
  z.transform(
    (value): CodecConfig =>
      typeof value === "string"
        ? { name: value, configuration: {} }
        : { name: value.name, configuration: value.configuration ?? {} },
  ),
);

const schema = z.looseObject({
  zarr_format: z.literal(3),
  node_type: z.literal("array"),
  shape: lengths,
  data_type: named,
  chunk_grid: named,
  chunk_key_encoding: named,
  fill_value: z.unknown(),
  codecs: z.array(named),
  attributes: z._default(z.record(z.string(), json), {}),
  dimension_names: z.nullish(z.array(z.nullable(z.string()))),
  storage_transformers: z._default(z.array(named), []),
});

const regularSchema = z.looseObject({ chunk_shape: lengths });

const shardingSchema = z.object({
  chunk_shape: z.array(z.int().check(z.minimum(1))),
  codecs: z.array(named),
  index_codecs: z.array(named),
  index_location: z._default(z.enum(["start", "end"]), "end"),
});

/** Keeps an index in memory to 256 MiB. */
const MAX_CHUNKS_PER_SHARD = 2 ** 24;

/** Reads an array's `zarr.json`. Throws ZARR_METADATA, UNSUPPORTED_DTYPE, UNSUPPORTED_CODEC naming `where`. */
export function parseMetadataV3(document: { readonly [key: string]: Json }, where: string): ArrayMetadata {
  const members = checked(schema, document, (what) => metadataError(where, what));
  const { shape, attributes, chunk_grid, chunk_key_encoding, dimension_names } = members;
  refuseUnknown(members, where);
  const dtype = parseDType(members.data_type.name, where);
  const codecs = bytesLast(
    members.codecs.flatMap((codec) => filterCodecs(codec, dtype)),
    3,
  );
  const fillValue = parseFillValue(members.fill_value, dtype);
  if (fillValue === undefined) {
    throw metadataError(where, `fill_value ${formatJson(document["fill_value"] ?? null)} is no ${dtype}`);
  }
  if (chunk_grid.name !== "regular")
    throw metadataError(where, `chunk grid "${chunk_grid.name}" is not supported`);
  const grid = checked(regularSchema, chunk_grid.configuration, (what) =>
    metadataError(where, `chunk_grid.configuration.${what}`),
  ).chunk_shape;
  if (dimension_names && dimension_names.length !== shape.length) {
    throw metadataError(
      where,
      `${shape.length} axes in the shape, ${dimension_names.length} in dimension_names`,
    );
  }
  const sharded = codecs.some(({ name }) => name === "sharding_indexed");
  const objectShape = checkedGrid(shape, grid, dtype, where, !sharded);
  return {
    zarrFormat: 3,
    shape,
    dtype,
    objectShape,
    keys: parseKeys(chunk_key_encoding, where),
    ...(sharded ? parseSharding(codecs, objectShape, dtype, where) : { codecs }),
    fillValue,
    attributes,
    ...(dimension_names ? { dimensionNames: dimension_names } : {}),
  };
}

/** The specification: a field that a reader doesn't know must be refused, unless it says that it needn't be understood. */
function refuseUnknown(document: { readonly [key: string]: unknown }, where: string): void {
  const transformers = document["storage_transformers"] as readonly CodecConfig[];
  if (transformers.length > 0)
    throw metadataError(where, `storage transformer "${transformers[0]!.name}" is not supported`);
  for (const [key, value] of Object.entries(document)) {
    if (key in schema.shape || value === null) continue;
    if ((value as { must_understand?: unknown } | undefined)?.must_understand === false) continue;
    throw metadataError(
      where,
      `unknown key "${key}"`,
      "The array uses an extension of Zarr that Lamella doesn't know.",
    );
  }
}

function parseDType(name: string, where: string): DType {
  if (isDType(name)) return name;
  throw dtypeError(where, name);
}

function parseKeys({ name, configuration }: CodecConfig, where: string): ArrayMetadata["keys"] {
  if (name !== "default" && name !== "v2")
    throw metadataError(where, `chunk key encoding "${name}" is not supported`);
  const separator = configuration["separator"] ?? (name === "default" ? "/" : ".");
  if (separator !== "/" && separator !== ".") {
    throw metadataError(where, `chunk key separator ${JSON.stringify(separator)} is neither "/" nor "."`);
  }
  return { encoding: name, separator };
}

function parseSharding(
  outer: readonly CodecConfig[],
  shardShape: readonly number[],
  dtype: DType,
  where: string,
): { codecs: readonly CodecConfig[]; sharding: Sharding } {
  if (outer.length !== 1) {
    throw codecError(
      where,
      "sharding_indexed",
      "sharding_indexed together with other codecs is not supported",
    );
  }
  const { chunk_shape, codecs, index_codecs, index_location } = checked(
    shardingSchema,
    outer[0]!.configuration,
    (what) => metadataError(where, `sharding_indexed: ${what}`),
  );
  const chunkShape = checkedGrid(shardShape, chunk_shape, dtype, where);
  if (chunkShape.some((length, axis) => shardShape[axis]! % length !== 0)) {
    throw metadataError(
      where,
      `shards of [${shardShape.join(", ")}] are no whole number of chunks of [${chunkShape.join(", ")}]`,
    );
  }
  if (sizeOf(chunkShape.map((length, axis) => shardShape[axis]! / length)) > MAX_CHUNKS_PER_SHARD) {
    throw metadataError(where, "a shard has more than 2^24 chunks", "Rewrite the array with smaller shards.");
  }
  if (codecs.some(({ name }) => name === "sharding_indexed")) {
    throw codecError(where, "sharding_indexed", "shards within shards are not supported");
  }
  return {
    codecs: bytesLast(
      codecs.flatMap((codec) => filterCodecs(codec, dtype)),
      3,
    ),
    sharding: { chunkShape, indexCodecs: index_codecs, indexLocation: index_location },
  };
}
