import { sizeOf } from "../block/block.ts";
import { type DType, isDType } from "../block/dtype.ts";
import type { Json } from "../errors.ts";
import type { CodecConfig } from "./codecs/chain.ts";
import { parseFillValue } from "./fill-value.ts";
import { formatJson } from "./json.ts";
import { type ArrayMetadata, codecError, dtypeError, metadataError, type Sharding } from "./metadata.ts";
import { checkedGrid } from "./metadata-check.ts";
import { Fields } from "./metadata-fields.ts";
import { bytesLast, filterCodecs } from "./numcodecs-filters.ts";

/** What the Zarr v3 specification knows of an array. */
const KNOWN: ReadonlySet<string> = new Set([
  "zarr_format",
  "node_type",
  "shape",
  "data_type",
  "chunk_grid",
  "chunk_key_encoding",
  "fill_value",
  "codecs",
  "attributes",
  "dimension_names",
  "storage_transformers",
]);

/** Keeps an index in memory to 256 MiB. */
const MAX_CHUNKS_PER_SHARD = 2 ** 24;

/** Reads an array's `zarr.json`. Throws ZARR_METADATA, UNSUPPORTED_DTYPE, UNSUPPORTED_CODEC naming `where`. */
export function parseMetadataV3(document: { readonly [key: string]: Json }, where: string): ArrayMetadata {
  const fields = new Fields((what) => metadataError(where, what));
  const { shape, dataType, chunkGrid, keyEncoding, attributes, dimensionNames } = members(document, fields);
  refuseUnknown(document, fields, where);
  const dtype = parseDType(dataType.name, where);
  const codecs = bytesLast(
    fields.list(document["codecs"], "codecs", fields.named).flatMap((codec) => filterCodecs(codec, dtype)),
    3,
  );
  const fillValue = parseFillValue(document["fill_value"], dtype);
  if (fillValue === undefined) {
    throw metadataError(where, `fill_value ${formatJson(document["fill_value"] ?? null)} is no ${dtype}`);
  }
  if (chunkGrid.name !== "regular")
    throw metadataError(where, `chunk grid "${chunkGrid.name}" is not supported`);
  const grid = fields.lengths(chunkGrid.configuration["chunk_shape"], "chunk_grid.configuration.chunk_shape");
  if (dimensionNames && dimensionNames.length !== shape.length) {
    throw metadataError(
      where,
      `${shape.length} axes in the shape, ${dimensionNames.length} in dimension_names`,
    );
  }
  const sharded = codecs.some(({ name }) => name === "sharding_indexed");
  const objectShape = checkedGrid(shape, grid, dtype, where, !sharded);
  return {
    zarrFormat: 3,
    shape,
    dtype,
    objectShape,
    keys: parseKeys(keyEncoding, where),
    ...(sharded ? parseSharding(codecs, objectShape, dtype, where) : { codecs }),
    fillValue,
    attributes,
    ...(dimensionNames ? { dimensionNames } : {}),
  };
}

/** Members that can be checked without knowing the others. */
function members(document: { readonly [key: string]: Json }, fields: Fields) {
  fields.oneOf(document["zarr_format"], "zarr_format", [3]);
  fields.oneOf(document["node_type"], "node_type", ["array"]);
  const { dimension_names: names, attributes = {} } = document;
  return {
    shape: fields.lengths(document["shape"], "shape"),
    dataType: fields.named(document["data_type"], "data_type"),
    chunkGrid: fields.named(document["chunk_grid"], "chunk_grid"),
    keyEncoding: fields.named(document["chunk_key_encoding"], "chunk_key_encoding"),
    attributes: fields.object(attributes, "attributes"),
    dimensionNames:
      names == null
        ? undefined
        : fields.list(names, "dimension_names", (name, place) =>
            name === null ? null : fields.string(name, place),
          ),
  };
}

/** The specification: a field that a reader doesn't know must be refused, unless it says that it needn't be understood. */
function refuseUnknown(document: { readonly [key: string]: Json }, fields: Fields, where: string): void {
  const { storage_transformers = [] } = document;
  const transformers = fields.list(storage_transformers, "storage_transformers", fields.named);
  if (transformers.length > 0)
    throw metadataError(where, `storage transformer "${transformers[0]!.name}" is not supported`);
  for (const [key, value] of Object.entries(document)) {
    if (KNOWN.has(key) || value === null) continue;
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
  const fields = new Fields((what) => metadataError(where, `sharding_indexed: ${what}`));
  const { chunk_shape, index_codecs, index_location = "end", ...rest } = outer[0]!.configuration;
  const inner = fields.lengths(chunk_shape, "chunk_shape", 1);
  const codecs = fields.list(rest["codecs"], "codecs", fields.named);
  const indexCodecs = fields.list(index_codecs, "index_codecs", fields.named);
  const indexLocation = fields.oneOf(index_location, "index_location", ["start", "end"]);
  const chunkShape = checkedGrid(shardShape, inner, dtype, where);
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
    sharding: { chunkShape, indexCodecs, indexLocation },
  };
}
