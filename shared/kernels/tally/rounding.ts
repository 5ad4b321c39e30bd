import type { DType } from "../../block/dtype.ts";

export type Rounding = (x: number) => number;

const exact: Rounding = (x) => x;

/** How a float dtype rounds each step of a computation; integers are computed with in float64. */
export function roundingOf(dtype: DType): Rounding {
  return dtype === "float16" ? Math.f16round : dtype === "float32" ? Math.fround : exact;
}
