import * as z from "zod";
import { DTYPES, type DType, integerRange, isFloat } from "../block/dtype.ts";

const CAMERA_DTYPES = ["uint10", "uint12", "uint14"] as const;

/** The dtypes whose range can be named: those of arrays, and the narrower ones that cameras fill. */
const RANGE_NAMES = [...DTYPES, ...CAMERA_DTYPES] as const;

export type RangeName = (typeof RANGE_NAMES)[number];

/** A range of intensities: of the image itself, of a dtype (the image's, or by name), or given. */
export const rangeSchema = z.union(
  [z.enum(["image", "dtype", ...RANGE_NAMES]), z.tuple([z.number(), z.number()])],
  {
    error: `expected [low, high], "image", "dtype", or the name of a dtype`,
  },
);

/** The dtype that holds a named range. */
export function dtypeOfRange(name: RangeName): DType {
  return (CAMERA_DTYPES as readonly string[]).includes(name) ? "uint16" : (name as DType);
}

/** The range of a dtype: -1 to 1 for floats. Equals skimage.util.dtype.dtype_range; 64-bit limits are rounded. */
export function rangeOf(name: RangeName): readonly [low: number, high: number] {
  const bits = /^uint(10|12|14)$/.exec(name)?.[1];
  if (bits !== undefined) return [0, 2 ** Number(bits) - 1];
  const dtype = dtypeOfRange(name);
  if (isFloat(dtype)) return [-1, 1];
  const [low, high] = integerRange(dtype);
  return [Number(low), Number(high)];
}
