import { type DType, isFloat, isUnsigned, itemSize } from "./dtype.ts";

/** The dtype that holds both, by numpy's promotion (numpy.result_type). */
export function promote(a: DType, b: DType): DType {
  if (a === b) return a;
  if (a === "bool") return b;
  if (b === "bool") return a;
  if (isFloat(a) || isFloat(b)) return floatOf(Math.max(floatBits(a), floatBits(b)));
  const [sizeA, sizeB] = [itemSize(a) * 8, itemSize(b) * 8];
  if (isUnsigned(a) === isUnsigned(b)) return sizeA >= sizeB ? a : b;
  const [unsigned, signed] = isUnsigned(a) ? [sizeA, sizeB] : [sizeB, sizeA];
  const bits = signed > unsigned ? signed : unsigned * 2;
  return bits > 64 ? "float64" : (`int${bits}` as DType);
}

/** Bits of the smallest float that numpy lets a dtype join. */
function floatBits(dtype: DType): number {
  if (isFloat(dtype)) return itemSize(dtype) * 8;
  return Math.min(64, itemSize(dtype) * 16);
}

function floatOf(bits: number): DType {
  return bits <= 16 ? "float16" : bits <= 32 ? "float32" : "float64";
}
