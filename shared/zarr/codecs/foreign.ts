import { stridesOf } from "../../block/block.ts";
import { type DType, itemSize, type TypedArray, viewOf } from "../../block/dtype.ts";
import type { CodecConfig } from "./chain.ts";
import { decodeError } from "./decode-error.ts";
import { untranspose } from "./transpose.ts";

/**
 * Codecs that Lamella has none of its own for, and zarrita has. They are rare, so breadth counts more than speed here, and
 * zarrita is loaded when the first chunk of one is decoded.
 */
const FOREIGN: ReadonlySet<string> = new Set([
  "bitround",
  "cast_value",
  "scale_offset",
  "numcodecs.bitround",
  "numcodecs.delta",
  "numcodecs.shuffle",
]);

export function isForeign(name: string): boolean {
  return FOREIGN.has(name);
}

/** Decodes one chunk's bytes through zarrita: an array of a single chunk in a store of a single object. */
export function foreignDecoder(
  configs: readonly CodecConfig[],
  dtype: DType,
  shape: readonly number[],
): (bytes: Uint8Array) => Promise<TypedArray> {
  const origin = shape.map(() => 0);
  return async (bytes) => {
    const { Array: ZarritaArray } = await import("zarrita");
    const array = new ZarritaArray({ get: async () => bytes }, "/", {
      zarr_format: 3,
      node_type: "array",
      shape: [...shape],
      data_type: dtype,
      chunk_grid: { name: "regular", configuration: { chunk_shape: [...shape] } },
      chunk_key_encoding: { name: "default" },
      codecs: configs.map(({ name, configuration }) => ({ name, configuration: { ...configuration } })),
      fill_value: null,
      attributes: {},
    });
    try {
      const { data, stride } = await array.getChunk(origin);
      return inCOrder(data as unknown as ArrayBufferView, dtype, shape, stride);
    } catch (error) {
      const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
      throw decodeError(
        configs.map(({ name }) => name).join(", "),
        cause instanceof Error ? cause.message : String(cause),
        error,
      );
    }
  };
}

/** zarrita hands a transposed chunk back as it lies in memory, with strides that say how. */
function inCOrder(
  view: ArrayBufferView,
  dtype: DType,
  shape: readonly number[],
  stride: readonly number[],
): TypedArray {
  const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  const size = itemSize(dtype);
  const aligned = bytes.byteOffset % size === 0 ? bytes : new Uint8Array(bytes);
  const data = viewOf(dtype, aligned.buffer, aligned.byteOffset, aligned.byteLength / size);
  const expected = stridesOf(shape);
  if (stride.every((step, axis) => shape[axis] === 1 || step === expected[axis])) return data;
  const order = shape.map((_, axis) => axis).sort((a, b) => stride[b]! - stride[a]! || a - b);
  return untranspose(data, dtype, shape, order);
}
