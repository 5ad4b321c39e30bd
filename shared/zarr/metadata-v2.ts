import type { DType } from "../block/dtype.ts";
import type { Json } from "../errors.ts";
import type { Endian } from "./codecs/bytes.ts";
import type { CodecConfig } from "./codecs/chain.ts";
import { parseFillValue } from "./fill-value.ts";
import { formatJson } from "./json.ts";
import { type ArrayMetadata, dtypeError, metadataError } from "./metadata.ts";
import { checkedGrid } from "./metadata-check.ts";
import { Fields } from "./metadata-fields.ts";
import { bytesLast, filterCodecs } from "./numcodecs-filters.ts";
import { NUMPY_DTYPES } from "./numpy-dtypes.ts";

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
  const { shape, chunks, order, filters, compressor, separator } = members(document, where);
  const { dtype, endian } = parseDType(document["dtype"], where);
  const fillValue = parseFillValue(document["fill_value"], dtype);
  if (fillValue === undefined) {
    throw metadataError(where, `fill_value ${formatJson(document["fill_value"] ?? null)} is no ${dtype}`);
  }
  const codecs: CodecConfig[] = [];
  if (order === "F" && shape.length > 1) codecs.push({ name: "transpose", configuration: { order: "F" } });
  for (const filter of filters) codecs.push(...filterCodecs(filter, dtype));
  codecs.push({ name: "bytes", configuration: { endian } });
  if (compressor) codecs.push(compressor);
  const names = attributes["_ARRAY_DIMENSIONS"];
  const named =
    Array.isArray(names) && names.length === shape.length && names.every((name) => typeof name === "string");
  return {
    zarrFormat: 2,
    shape,
    dtype,
    objectShape: checkedGrid(shape, chunks, dtype, where),
    keys: { encoding: "v2", separator },
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

/** Of `.zarray`, as the Zarr v2 specification has it; unknown keys are left alone. */
function members(document: { readonly [key: string]: Json }, where: string) {
  const fields = new Fields((what) => metadataError(where, what));
  const { zarr_format, order, dimension_separator, filters, compressor } = document;
  fields.oneOf(zarr_format, "zarr_format", [2]);
  const numcodec = (value: unknown, place: string): CodecConfig => {
    const { id, ...configuration } = fields.object(value, place);
    return { name: `numcodecs.${fields.string(id, `${place}.id`)}`, configuration };
  };
  return {
    shape: fields.lengths(document["shape"], "shape"),
    chunks: fields.lengths(document["chunks"], "chunks"),
    order: order === undefined ? "C" : fields.oneOf(order, "order", ["C", "F"]),
    filters: fields.list(filters ?? [], "filters", numcodec),
    compressor: compressor == null ? undefined : numcodec(compressor, "compressor"),
    separator:
      dimension_separator === undefined
        ? "."
        : fields.oneOf(dimension_separator, "dimension_separator", [".", "/"]),
  };
}
