import { createHash } from "node:crypto";
import * as z from "zod/mini";
import { sizeOf } from "../../block/block.ts";
import { type DType, isDType, itemSize } from "../../block/dtype.ts";
import { type Json, LamellaError } from "../../errors.ts";
import { joinKey } from "../../storage/key.ts";
import type { ObjectStore } from "../../storage/store.ts";
import { parseJsonObject } from "../../zarr/json.ts";
import { MAX_CHUNK_BYTES } from "../../zarr/metadata.ts";
import { checked, lengths } from "../../zarr/metadata-schema.ts";

/** `attributes.json` of a group or dataset, as found. */
export interface N5Attributes {
  readonly values: { readonly [key: string]: Json };
  /** SHA-256 of the document, for fingerprints. */
  readonly hash: string;
  /** The document's URI, for messages. */
  readonly where: string;
}

/** What `attributes.json` says of a dataset, with the axes reversed: N5 lists them x first, Lamella z, y, x. */
export interface N5Dataset {
  readonly shape: readonly number[];
  readonly blockShape: readonly number[];
  readonly dtype: DType;
  readonly compression: { readonly type: string; readonly [key: string]: unknown };
}

const sizes = lengths.check(z.minLength(1), z.maxLength(32));
const compression = z.looseObject({ type: z.string() });

const schema = z.looseObject({
  dimensions: sizes,
  blockSize: sizes,
  dataType: z.string(),
  compression: z.optional(
    z.union([
      compression,
      z.pipe(
        z.string(),
        z.transform((type) => ({ type })),
      ),
    ]),
  ),
  /** N5 before 2.0. */
  compressionType: z.optional(z.string()),
});

/** Reads `attributes.json` at `path`; undefined where there is none. Throws N5_METADATA where it is no JSON object. */
export async function readN5Attributes(store: ObjectStore, path: string): Promise<N5Attributes | undefined> {
  const key = joinKey(path, "attributes.json");
  const bytes = await store.get(key);
  if (!bytes) return undefined;
  const where = `${store.uri}/${key}`;
  try {
    const hash = createHash("sha256").update(bytes).digest("hex");
    return { values: parseJsonObject(bytes, where), hash, where };
  } catch (error) {
    throw n5Error(where, error instanceof Error ? error.message.replace(`${where}: `, "") : String(error));
  }
}

/** True where the attributes are a dataset's, not a group's. */
export function isN5Dataset(attributes: N5Attributes | undefined): boolean {
  return attributes !== undefined && "dimensions" in attributes.values && "dataType" in attributes.values;
}

/** The dataset that attributes describe. Throws N5_METADATA, UNSUPPORTED_DTYPE. Source: the N5 specification, version 4. */
export function parseN5Dataset({ values, where }: N5Attributes): N5Dataset {
  const members = checked(schema, values, (what) => n5Error(where, what));
  const { dimensions, blockSize, dataType } = members;
  if (blockSize.length !== dimensions.length)
    throw n5Error(where, `${dimensions.length} dimensions, and a block size of ${blockSize.length}`);
  if (!isDType(dataType) || dataType === "bool" || dataType === "float16") {
    throw new LamellaError("UNSUPPORTED_DTYPE", `${where}: data type ${dataType} is not supported`, {
      hint: "N5 datasets of int8 to int64, uint8 to uint64, float32 and float64 are read.",
      details: { uri: where, dtype: dataType },
    });
  }
  const blockShape = blockSize.map((n, i) => (n === 0 && dimensions[i] === 0 ? 1 : n)).reverse();
  if (blockShape.some((n) => n < 1))
    throw n5Error(where, `block size [${blockSize.join(", ")}] has an empty axis`);
  const shape = dimensions.toReversed();
  const bytes = sizeOf(blockShape) * itemSize(dataType);
  if (bytes > MAX_CHUNK_BYTES)
    throw n5Error(
      where,
      `a block of [${blockSize.join(", ")}] ${dataType} has ${bytes} bytes; at most 2 GiB are read at once`,
    );
  const type = members.compression ?? { type: members.compressionType ?? "raw" };
  return { shape, blockShape, dtype: dataType, compression: type };
}

function n5Error(where: string, what: string): LamellaError {
  return new LamellaError("N5_METADATA", `${where}: ${what}`, {
    hint: "Check the document against the N5 specification, or write the dataset again.",
    details: { uri: where },
  });
}
