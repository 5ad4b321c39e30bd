import * as z from "zod/mini";
import type { DType } from "../block/dtype.ts";
import type { Json } from "../errors.ts";
import type { Endian } from "./codecs/bytes.ts";
import type { CodecConfig } from "./codecs/chain.ts";
import { parseFillValue } from "./fill-value.ts";
import { formatJson } from "./json.ts";
import { type ArrayMetadata, dtypeError, metadataError } from "./metadata.ts";
import { checkedGrid } from "./metadata-check.ts";
import { checked, lengths } from "./metadata-schema.ts";
import { bytesLast, filterCodecs } from "./numcodecs-filters.ts";
import { NUMPY_DTYPES } from "./numpy-dtypes.ts";

const codecSchema = z.looseObject({ id: z.string() });

/** .zarray, as the Zarr v2 specification has it; unknown keys are left alone. */
const schema = z.looseObject({
  zarr_format: z.literal(2),
  shape: lengths,
  chunks: lengths,
  dtype: z.unknown(),
  compressor: z.nullish(codecSchema),
  filters: z.nullish(z.array(codecSchema)),
  fill_value: z.unknown(),
  order: z._default(z.enum(["C", "F"]), "C"),
  dimension_separator: z._default(z.enum([".", "/"]), "."),
});

/** What numpy calls the kinds that are refused, for the message. */
const REFUSED_KINDS: { readonly [kind: string]: string } = {
  c: "complex",
  S: "bytes",
  U: "string",
  O: "object",
  V: "void",
  M: "datetime64",
  m: "timedelta64",
};

/** Reads `.zarray` and `.zattrs`. Throws ZARR_METADATA, UNSUPPORTED_DTYPE naming `where`. */
export function parseMetadataV2(
  document: { readonly [key: string]: Json },
  attributes: { readonly [key: string]: Json },
  where: string,
): ArrayMetadata {
  const members = checked(schema, document, (what) => metadataError(where, what));
  const { shape, chunks, order, filters, compressor, dimension_separator } = members;
  const { dtype, endian } = parseDType(members.dtype, where);
  const fillValue = parseFillValue(members.fill_value, dtype);
  if (fillValue === undefined) {
    throw metadataError(where, `fill_value ${formatJson(document["fill_value"] ?? null)} is no ${dtype}`);
  }
  const codecs: CodecConfig[] = [];
  if (order === "F" && shape.length > 1) codecs.push({ name: "transpose", configuration: { order: "F" } });
  for (const filter of filters ?? []) codecs.push(...filterCodecs(numcodec(filter), dtype));
  codecs.push({ name: "bytes", configuration: { endian } });
  if (compressor) codecs.push(numcodec(compressor));
  const names = attributes["_ARRAY_DIMENSIONS"];
  const named =
    Array.isArray(names) && names.length === shape.length && names.every((name) => typeof name === "string");
  return {
    zarrFormat: 2,
    shape,
    dtype,
    objectShape: checkedGrid(shape, chunks, dtype, where),
    keys: { encoding: "v2", separator: dimension_separator },
    codecs: bytesLast(codecs, 2),
    fillValue,
    attributes,
    ...(named ? { dimensionNames: names as readonly string[] } : {}),
  };
}

function parseDType(raw: unknown, where: string): { dtype: DType; endian: Endian } {
  if (Array.isArray(raw)) throw dtypeError(where, "structured (record)");
  const match = typeof raw === "string" ? /^([<>|=]?)([a-zA-Z])(\d*)(.*)$/.exec(raw) : null;
  if (!match) throw metadataError(where, `dtype ${JSON.stringify(raw)} is none of numpy's`);
  const [, order, kind, size] = match as unknown as [string, string, string, string];
  const dtype = NUMPY_DTYPES[`${kind}${size}`];
  if (dtype === undefined) {
    const name = kind === "c" ? `complex${Number(size) * 8}` : REFUSED_KINDS[kind];
    throw dtypeError(where, name === undefined ? String(raw) : `${name} (${raw})`);
  }
  return { dtype, endian: order === ">" ? "big" : "little" };
}

function numcodec({ id, ...configuration }: { id: string; [key: string]: unknown }): CodecConfig {
  return { name: `numcodecs.${id}`, configuration: configuration as CodecConfig["configuration"] };
}
