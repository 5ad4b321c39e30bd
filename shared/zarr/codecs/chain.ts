import { type Block, sizeOf } from "../../block/block.ts";
import { bytesOf, type DType, itemSize, type TypedArray } from "../../block/dtype.ts";
import type { Json } from "../../errors.ts";
import type { Heap } from "../../kernels/heap.ts";
import { codecError, metadataError } from "../metadata.ts";
import { bloscCodec } from "./blosc.ts";
import { type Endian, elementsOf } from "./bytes.ts";
import { checksumCodec } from "./checksums.ts";
import type { BytesCodec, SizeBound } from "./codec.ts";
import { crc32cCodec } from "./crc32c.ts";
import { sizeError } from "./decode-error.ts";
import { foreignDecoder, isForeign } from "./foreign.ts";
import { gzipCodec } from "./gzip.ts";
import { lz4Codec } from "./lz4.ts";
import { packbitsCodec } from "./packbits.ts";
import { bz2Codec, lzmaCodec } from "./rare.ts";
import { permutationOf, untranspose } from "./transpose.ts";
import { zlibCodec } from "./zlib.ts";
import { zstdCodec } from "./zstd.ts";

/** One codec of an array, in v3's terms. */
export interface CodecConfig {
  readonly name: string;
  readonly configuration: { readonly [key: string]: Json };
}

/** Turns a chunk's stored bytes into its elements: native byte order, C order, exactly the chunk's shape. */
export type ChunkDecoder = (bytes: Uint8Array, heap?: Heap) => Block | Promise<Block>;

/** Our bytes-to-bytes codecs. Decoding needs no settings: the streams carry their own. */
const BYTES_CODECS: {
  readonly [name: string]: (configuration: CodecConfig["configuration"]) => BytesCodec;
} = {
  blosc: () => bloscCodec({ cname: "zstd", level: 1, shuffle: true, typeSize: 1 }),
  zstd: () => zstdCodec(0),
  gzip: () => gzipCodec(6),
  zlib: () => zlibCodec(6),
  lz4: () => lz4Codec(),
  crc32c: () => crc32cCodec(),
  bz2: () => bz2Codec(),
  lzma: () => lzmaCodec(),
  packbits: () => packbitsCodec(),
  crc32: ({ location }) => checksumCodec("crc32", location),
  adler32: ({ location }) => checksumCodec("adler32", location),
  fletcher32: () => checksumCodec("fletcher32"),
  "numcodecs.crc32c": ({ location }) => checksumCodec("crc32c", location),
};

/** The codecs of an array's chunks, ready to decode. Throws UNSUPPORTED_CODEC, ZARR_METADATA naming `where`. */
export function chunkDecoder(
  configs: readonly CodecConfig[],
  dtype: DType,
  shape: readonly number[],
  where: string,
): ChunkDecoder {
  const size = sizeOf(shape) * itemSize(dtype);
  const foreign = configs.findLastIndex(({ name }) => !isOwn(name));
  const own = configs.slice(foreign + 1);
  for (const { name, configuration } of configs) {
    if (!isOwn(name) && !isForeign(name)) throw codecError(where, name);
    if (configuration["cname"] === "snappy")
      throw codecError(where, "blosc", "blosc with snappy is not supported");
  }
  const serializer = own.findIndex(({ name }) => name === "bytes");
  const codecs = own
    .slice(serializer + 1)
    .map(
      (config) =>
        bytesCodec(config) ?? fail(metadataError(where, `codec "${config.name}" cannot follow "bytes"`)),
    );
  if (foreign >= 0) {
    const rest = foreignDecoder(configs.slice(0, foreign + 1 + serializer + 1), dtype, shape);
    // what those codecs make of a chunk is at most this large: casts to wider types, and framing
    const inner: SizeBound = { bytes: size * 8 + 65_536, exact: false };
    return async (bytes, heap) => finish(await rest(decodeBytes(codecs, bytes, inner, heap)), dtype, shape);
  }
  const orders = own
    .slice(0, Math.max(serializer, 0))
    .map((config) => transposeOrder(config, shape.length, where))
    .filter((order) => order !== undefined);
  const endian: Endian = own[serializer]?.configuration["endian"] === "big" ? "big" : "little";
  return (bytes, heap) => {
    const decoded = decodeBytes(codecs, bytes, { bytes: size, exact: true }, heap);
    if (decoded.byteLength !== size) throw sizeError("bytes", size, decoded.byteLength);
    const owned = codecs.some(({ name }) => !/crc32|adler32|fletcher32/.test(name));
    return finish(
      untransposeAll(elementsOf(decoded, dtype, endian, owned), dtype, shape, orders),
      dtype,
      shape,
    );
  };
}

function isOwn(name: string): boolean {
  return name === "bytes" || name === "transpose" || isBytesCodec(name);
}

/** numcodecs' registry, and so Zarr v2, names its codecs "numcodecs.zlib"; crc32c there is another one. */
export function shortName(name: string): string {
  return name.startsWith("numcodecs.") && name !== "numcodecs.crc32c"
    ? name.slice("numcodecs.".length)
    : name;
}

/** Undefined for what isn't a bytes-to-bytes codec of ours. */
export function bytesCodec({ name, configuration }: CodecConfig): BytesCodec | undefined {
  return isBytesCodec(name) ? BYTES_CODECS[shortName(name)]!(configuration) : undefined;
}

export function isBytesCodec(name: string): boolean {
  return Object.hasOwn(BYTES_CODECS, shortName(name));
}

/** Undoes `codecs`, last first, to at most `bound`. */
export function decodeBytes(
  codecs: readonly BytesCodec[],
  bytes: Uint8Array,
  bound: SizeBound,
  heap?: Heap,
): Uint8Array {
  const bounds = [bound];
  for (const codec of codecs) {
    const before = bounds.at(-1)!;
    const after = codec.encodedBound(before.bytes);
    bounds.push({ bytes: after.bytes, exact: before.exact && after.exact });
  }
  let decoded = bytes;
  for (let i = codecs.length - 1; i >= 0; i--) decoded = codecs[i]!.decode(decoded, bounds[i]!, heap);
  return decoded;
}

function transposeOrder(config: CodecConfig, ndim: number, where: string): number[] | undefined {
  if (config.name !== "transpose")
    throw metadataError(where, `codec "${config.name}" cannot come before "bytes"`);
  const { order } = config.configuration;
  if (order === "C" || order === "F") return permutationOf(order, ndim);
  const axes = Array.isArray(order) ? (order as readonly Json[]) : [];
  const whole =
    axes.length === ndim &&
    Array.from({ length: ndim }, (_, axis) => axis).every((axis) => axes.includes(axis));
  if (!whole)
    throw metadataError(where, `transpose order ${JSON.stringify(order)} is no permutation of ${ndim} axes`);
  return permutationOf(axes as readonly number[], ndim);
}

/** Several transposes in a row are undone from the last, each on the shape that the ones before it give. */
function untransposeAll(
  data: TypedArray,
  dtype: DType,
  shape: readonly number[],
  orders: readonly (readonly number[])[],
): TypedArray {
  const shapes = [shape];
  for (const order of orders) shapes.push(order.map((axis) => shapes.at(-1)![axis]!));
  let out = data;
  for (let i = orders.length - 1; i >= 0; i--) out = untranspose(out, dtype, shapes[i]!, orders[i]!);
  return out;
}

function finish(data: TypedArray, dtype: DType, shape: readonly number[]): Block {
  if (data.length !== sizeOf(shape))
    throw sizeError("bytes", sizeOf(shape) * itemSize(dtype), data.byteLength);
  return { dtype, shape, data: dtype === "bool" ? truths(bytesOf(data)) : data };
}

/** Any byte but 0 is true, as in numpy. Most arrays hold 0 and 1 alone, which four bytes at a time tell soonest. */
function truths(bytes: Uint8Array): Uint8Array {
  const head = Math.min(bytes.length, (4 - (bytes.byteOffset % 4)) % 4);
  const length = (bytes.length - head) >> 2;
  const words =
    length === 0 ? new Uint32Array(0) : new Uint32Array(bytes.buffer, bytes.byteOffset + head, length);
  let seen = 0;
  for (let i = 0; i < length; i++) seen |= words[i]!;
  for (let i = 0; i < head; i++) seen |= bytes[i]!;
  for (let i = head + length * 4; i < bytes.length; i++) seen |= bytes[i]!;
  return (seen & 0xfefefefe) === 0 ? bytes : bytes.map((byte) => (byte === 0 ? 0 : 1));
}

function fail(error: Error): never {
  throw error;
}
