import { type DType, itemSize } from "../block/dtype.ts";
import type { Json } from "../errors.ts";
import { fillToJson } from "./fill-value.ts";
import { encodeJson, type JsonDocument } from "./json.ts";
import type { ArraySpec, CodecSpec } from "./spec.ts";
import { checkSpec, fillValueOf } from "./write-spec.ts";

/** A metadata document to be put, under a key relative to the array or group. */
export interface MetadataObject {
  readonly key: string;
  readonly bytes: Uint8Array;
}

type Attributes = { readonly [key: string]: Json };

/** zarr.json, or .zarray and (where there are attributes) .zattrs. Throws INVALID_ARGUMENT for an impossible spec. */
export function arrayMetadataObjects(spec: ArraySpec): MetadataObject[] {
  checkSpec(spec);
  return spec.zarrFormat === 3 ? [metadataV3(spec)] : metadataV2(spec);
}

/** zarr.json, or .zgroup and (where there are attributes) .zattrs. */
export function groupMetadataObjects(zarrFormat: 2 | 3, attributes: Attributes = {}): MetadataObject[] {
  if (zarrFormat === 3) return [object("zarr.json", { zarr_format: 3, node_type: "group", attributes })];
  return [object(".zgroup", { zarr_format: 2 }), ...attributesV2(attributes)];
}

function object(key: string, document: JsonDocument): MetadataObject {
  return { key, bytes: encodeJson(document) };
}

function attributesV2(attributes: Attributes): MetadataObject[] {
  return Object.keys(attributes).length === 0 ? [] : [object(".zattrs", attributes)];
}

function metadataV3(spec: ArraySpec): MetadataObject {
  const inner: JsonDocument[] = [
    bytesV3(spec.dtype),
    ...compressorV3(spec.codec, itemSize(spec.dtype)),
    ...(spec.checksum ? [{ name: "crc32c" }] : []),
  ];
  const sharding = {
    name: "sharding_indexed",
    configuration: {
      chunk_shape: spec.chunkShape,
      codecs: inner,
      index_codecs: [bytesV3("uint64"), { name: "crc32c" }],
      index_location: "end",
    },
  };
  return object("zarr.json", {
    zarr_format: 3,
    node_type: "array",
    shape: spec.shape,
    data_type: spec.dtype,
    chunk_grid: { name: "regular", configuration: { chunk_shape: spec.shardShape ?? spec.chunkShape } },
    chunk_key_encoding: { name: "default", configuration: { separator: "/" } },
    fill_value: fillToJson(fillValueOf(spec), spec.dtype),
    codecs: spec.shardShape ? [sharding] : inner,
    attributes: spec.attributes ?? {},
    ...(spec.dimensionNames ? { dimension_names: spec.dimensionNames } : {}),
  });
}

function bytesV3(dtype: DType): JsonDocument {
  return itemSize(dtype) === 1 ? { name: "bytes" } : { name: "bytes", configuration: { endian: "little" } };
}

function compressorV3(codec: CodecSpec, typesize: number): JsonDocument[] {
  switch (codec.name) {
    case "blosc": {
      const { cname, level: clevel, shuffle } = codec;
      return [{ name: "blosc", configuration: { typesize, cname, clevel, shuffle, blocksize: 0 } }];
    }
    case "zstd":
      return [{ name: "zstd", configuration: { level: codec.level, checksum: false } }];
    case "gzip":
      return [{ name: "gzip", configuration: { level: codec.level } }];
    case "none":
      return [];
  }
}

const DTYPES_V2: { readonly [name in DType]: string } = {
  bool: "|b1",
  int8: "|i1",
  uint8: "|u1",
  int16: "<i2",
  uint16: "<u2",
  int32: "<i4",
  uint32: "<u4",
  int64: "<i8",
  uint64: "<u8",
  float16: "<f2",
  float32: "<f4",
  float64: "<f8",
};

function metadataV2(spec: ArraySpec): MetadataObject[] {
  const dimensions: Attributes = spec.dimensionNames ? { _ARRAY_DIMENSIONS: spec.dimensionNames } : {};
  return [
    object(".zarray", {
      zarr_format: 2,
      shape: spec.shape,
      chunks: spec.chunkShape,
      dtype: DTYPES_V2[spec.dtype],
      compressor: compressorV2(spec.codec),
      fill_value: fillToJson(fillValueOf(spec), spec.dtype),
      order: "C",
      filters: null,
      dimension_separator: "/",
    }),
    ...attributesV2({ ...dimensions, ...spec.attributes }),
  ];
}

function compressorV2(codec: CodecSpec): JsonDocument {
  switch (codec.name) {
    case "blosc": {
      const { cname, level: clevel, shuffle } = codec;
      return { id: "blosc", cname, clevel, shuffle: shuffle === "shuffle" ? 1 : 0, blocksize: 0 };
    }
    case "zstd":
      return { id: "zstd", level: codec.level };
    case "gzip":
      return { id: "gzip", level: codec.level };
    case "none":
      return null;
  }
}
