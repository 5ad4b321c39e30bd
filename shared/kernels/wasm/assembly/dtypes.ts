// Codes of the dtypes: their place in DTYPES (shared/block/dtype.ts). bool is computed with as uint8.
export const BOOL: i32 = 0;
export const I8: i32 = 1;
export const U8: i32 = 2;
export const I16: i32 = 3;
export const U16: i32 = 4;
export const I32: i32 = 5;
export const U32: i32 = 6;
export const I64: i32 = 7;
export const U64: i32 = 8;
export const F16: i32 = 9;
export const F32: i32 = 10;
export const F64: i32 = 11;

/** Bytes of one element. */
export function sizeOfDType(dtype: i32): usize {
  if (dtype <= U8) return 1;
  if (dtype <= U16 || dtype == F16) return 2;
  if (dtype <= U32 || dtype == F32) return 4;
  return 8;
}
