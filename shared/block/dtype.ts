/** The dtypes of Zarr core that Lamella computes with, by numpy's names. Complex is refused by name. */
export const DTYPES = [
  "bool",
  "int8",
  "uint8",
  "int16",
  "uint16",
  "int32",
  "uint32",
  "int64",
  "uint64",
  "float16",
  "float32",
  "float64",
] as const;

export type DType = (typeof DTYPES)[number];

/** `bool` is stored as one byte, 0 or 1. 64-bit integers are BigInt arrays. */
export interface TypedArrayOf {
  bool: Uint8Array;
  int8: Int8Array;
  uint8: Uint8Array;
  int16: Int16Array;
  uint16: Uint16Array;
  int32: Int32Array;
  uint32: Uint32Array;
  int64: BigInt64Array;
  uint64: BigUint64Array;
  float16: Float16Array;
  float32: Float32Array;
  float64: Float64Array;
}

export type TypedArray = TypedArrayOf[DType];

const CONSTRUCTORS = {
  bool: Uint8Array,
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  int64: BigInt64Array,
  uint64: BigUint64Array,
  float16: Float16Array,
  float32: Float32Array,
  float64: Float64Array,
} as const;

export function isDType(name: string): name is DType {
  return (DTYPES as readonly string[]).includes(name);
}

/** Bytes of one element. */
export function itemSize(dtype: DType): 1 | 2 | 4 | 8 {
  return CONSTRUCTORS[dtype].BYTES_PER_ELEMENT as 1 | 2 | 4 | 8;
}

export function isFloat(dtype: DType): dtype is "float16" | "float32" | "float64" {
  return dtype.startsWith("float");
}

export function isUnsigned(dtype: DType): boolean {
  return dtype === "bool" || dtype.startsWith("uint");
}

export function isBigInt(dtype: DType): dtype is "int64" | "uint64" {
  return dtype === "int64" || dtype === "uint64";
}

/** A new, zeroed typed array. */
export function allocate(dtype: DType, length: number): TypedArray {
  return new CONSTRUCTORS[dtype](length);
}

/** A typed view on existing bytes; `byteOffset` must be aligned to the item size. */
export function viewOf(
  dtype: DType,
  buffer: ArrayBufferLike,
  byteOffset: number,
  length: number,
): TypedArray {
  return new CONSTRUCTORS[dtype](buffer as ArrayBuffer, byteOffset, length);
}

/** The bytes behind a typed array, without copying. */
export function bytesOf(data: TypedArray): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** Smallest and largest value of an integer dtype (bool: 0 and 1), as BigInt. */
export function integerRange(dtype: DType): readonly [min: bigint, max: bigint] {
  if (dtype === "bool") return [0n, 1n];
  const bits = BigInt(itemSize(dtype) * 8);
  return isUnsigned(dtype) ? [0n, (1n << bits) - 1n] : [-(1n << (bits - 1n)), (1n << (bits - 1n)) - 1n];
}
