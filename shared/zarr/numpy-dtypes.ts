import type { DType } from "../block/dtype.ts";

/** numpy's codes for what Zarr v2 stores, without the byte order. */
export const NUMPY_DTYPES: { readonly [code: string]: DType } = {
  b1: "bool",
  i1: "int8",
  u1: "uint8",
  i2: "int16",
  u2: "uint16",
  i4: "int32",
  u4: "uint32",
  i8: "int64",
  u8: "uint64",
  f2: "float16",
  f4: "float32",
  f8: "float64",
};
