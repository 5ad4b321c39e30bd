import { type DType, isFloat } from "../../block/dtype.ts";
import { isodata } from "./isodata.ts";
import { li } from "./li.ts";
import { otsu } from "./otsu.ts";
import type { ThresholdMethod } from "./threshold-counts.ts";
import { triangle } from "./triangle.ts";
import { yen } from "./yen.ts";

/** Thresholds that a histogram decides, by the names of their operations. */
export const THRESHOLD_NAMES = ["otsu", "li", "yen", "triangle", "isodata"] as const;
export type ThresholdName = (typeof THRESHOLD_NAMES)[number];

export const THRESHOLDS: { readonly [N in ThresholdName]: ThresholdMethod } = {
  otsu,
  li,
  yen,
  triangle,
  isodata,
};

/** scikit-image's: int64 for integers, whose bins are their values, else the image's own; li is always a float. */
export function thresholdDType(name: ThresholdName, dtype: DType): DType {
  if (isFloat(dtype)) return dtype;
  return name === "li" ? "float64" : "int64";
}
