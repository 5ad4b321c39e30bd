import { type DType, isFloat, isUnsigned, itemSize, viewOf } from "../../block/dtype.ts";

/** Bits of an element's key. */
export function keyBits(dtype: DType): number {
  return 8 * itemSize(dtype);
}

/**
 * The element behind a key: keys are unsigned numbers that ascend with the elements. Of signed integers the sign bit is
 * inverted; of floats too, or every bit where it was set.
 */
export function elementOfKey(key: bigint, dtype: DType): number | bigint {
  const bits = BigInt(keyBits(dtype));
  const top = 1n << (bits - 1n);
  let raw = key;
  if (isFloat(dtype)) raw = key & top ? key ^ top : BigInt.asUintN(Number(bits), ~key);
  else if (!isUnsigned(dtype)) raw = key ^ top;
  const bytes = new BigUint64Array([raw]).buffer;
  return viewOf(dtype, bytes, 0, 1)[0]!;
}
