import { type DType, itemSize, type TypedArray, viewOf } from "../../block/dtype.ts";

export type Endian = "little" | "big";

/**
 * Zarr's `bytes` codec, decoding: elements in native (little-endian) order. Takes the bytes over, swapping in place,
 * when they are its caller's own (`owned`); copies where they aren't, or where they aren't aligned.
 */
export function elementsOf(bytes: Uint8Array, dtype: DType, endian: Endian, owned: boolean): TypedArray {
  const size = itemSize(dtype);
  const swap = endian === "big" && size > 1;
  const usable = bytes.byteOffset % size === 0 && !(swap && !owned);
  // not `slice`, which on a Buffer is a view
  const own = usable ? bytes : new Uint8Array(bytes);
  if (swap) swapBytes(own, size);
  return viewOf(dtype, own.buffer, own.byteOffset, own.byteLength / size);
}

/** Reverses the bytes of each element, in place. */
function swapBytes(bytes: Uint8Array, size: number): void {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (size === 2) buffer.swap16();
  else if (size === 4) buffer.swap32();
  else if (size === 8) buffer.swap64();
}
