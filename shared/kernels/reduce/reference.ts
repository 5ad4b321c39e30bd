import { type Block, newBlock, sizeOf, stridesOf } from "../../block/block.ts";
import { allocate, type DType, isFloat } from "../../block/dtype.ts";
import type { ReductionName } from "./reduction.ts";
import { reductionOf } from "./reduction-of.ts";

/**
 * Reductions in plain TypeScript, for the tests: every float as an exact integer of 2^-1074, every result rounded once
 * from a quotient of BigInts. Slow and clear.
 */
export function referenceReduction(
  name: ReductionName,
  block: Block,
  axes: readonly number[],
  ddof = 0,
): Block {
  const kept = block.shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
  const shape = kept.map((axis) => block.shape[axis]!);
  const groups: (number | bigint)[][] = Array.from({ length: sizeOf(shape) }, () => []);
  const strides = stridesOf(block.shape);
  const outStrides = stridesOf(shape);
  for (let i = 0; i < block.data.length; i++) {
    let at = 0;
    for (const [k, axis] of kept.entries()) {
      at += (Math.floor(i / strides[axis]!) % block.shape[axis]!) * outStrides[k]!;
    }
    groups[at]!.push(block.data[i]!);
  }
  const out = newBlock(reductionOf([name]).outputDType(name, block.dtype), shape);
  for (const [i, values] of groups.entries()) {
    out.data[i] = reduceOne(name, values, block.dtype, out.dtype, ddof) as never;
  }
  return out;
}

function reduceOne(
  name: ReductionName,
  values: readonly (number | bigint)[],
  dtype: DType,
  result: DType,
  ddof: number,
): number | bigint {
  if (name.startsWith("nan")) {
    const valid = values.filter((value) => !Number.isNaN(value));
    const plain = name.slice(3) as ReductionName;
    if (valid.length === 0 && values.length > 0 && (plain === "min" || plain === "max")) return Number.NaN;
    if (plain.startsWith("arg")) return argExtreme(plain, values, true);
    if (valid.length <= ddof && (plain === "var" || plain === "std")) return Number.NaN;
    return reduceOne(plain, valid, dtype, result, ddof);
  }
  if (name === "min" || name === "max") return extreme(name, values);
  if (name === "argmax" || name === "argmin") return argExtreme(name, values, false);
  if (name === "any") return Number(values.some((value) => Number(value) !== 0));
  if (name === "all") return Number(values.every((value) => Number(value) !== 0));
  if (name === "prod") return product(values, dtype, result);
  if (isFloat(dtype) && !values.every(Number.isFinite)) {
    if (name === "var" || name === "std") return Number.NaN;
    return (values as number[]).reduce((a, b) => a + (Number.isFinite(b) ? 0 : b), 0);
  }
  const n = BigInt(values.length);
  const whole = values.map((value) => (isFloat(dtype) ? inSmallestUnits(value as number) : BigInt(value)));
  const unit = isFloat(dtype) ? -1074 : 0;
  const s1 = whole.reduce((a, b) => a + b, 0n);
  if (name === "sum") {
    if (isFloat(dtype)) return roundQuotient(s1, 1n, unit, result);
    return result === "int64" ? BigInt.asIntN(64, s1) : BigInt.asUintN(64, s1);
  }
  if (n === 0n) return Number.NaN;
  if (name === "mean") return roundQuotient(s1, n, unit, result);
  const s2 = whole.reduce((a, b) => a + b * b, 0n);
  const numerator = n * s2 - s1 * s1;
  const divisor = n - BigInt(ddof);
  if (divisor <= 0n) return numerator === 0n ? Number.NaN : Number.POSITIVE_INFINITY;
  if (name === "var") return roundQuotient(numerator, n * divisor, 2 * unit, result);
  return Math.sqrt(roundQuotient(numerator, n * divisor, 2 * unit, "float64"));
}

function extreme(name: "min" | "max", values: readonly (number | bigint)[]): number | bigint {
  const less = (a: number | bigint, b: number | bigint) => a < b || (a === b && Object.is(a, -0));
  return values.reduce((a, b) => {
    if (Number.isNaN(a) || Number.isNaN(b)) return Number.NaN;
    return less(b, a) === (name === "min") ? b : a;
  });
}

/** Integers exactly; floats in float64, in the order of the elements. */
function product(values: readonly (number | bigint)[], dtype: DType, result: DType): number | bigint {
  if (isFloat(dtype)) {
    const out = allocate(result, 1);
    out[0] = (values as number[]).reduce((a, b) => a * b, 1) as never;
    return out[0]!;
  }
  const whole = values.reduce<bigint>((a, b) => a * BigInt(b), 1n);
  return result === "int64" ? BigInt.asIntN(64, whole) : BigInt.asUintN(64, whole);
}

function argExtreme(name: string, values: readonly (number | bigint)[], skip: boolean): bigint {
  let best = -1;
  for (const [i, value] of values.entries()) {
    if (Number.isNaN(value)) {
      if (!skip) return BigInt(i);
    } else if (best < 0 || (name === "argmax" ? value > values[best]! : value < values[best]!)) {
      best = i;
    }
  }
  return BigInt(best);
}

/** A finite float64 in units of 2^-1074. */
function inSmallestUnits(value: number): bigint {
  const bits = new BigUint64Array(new Float64Array([value]).buffer)[0]!;
  const exponent = (bits >> 52n) & 0x7ffn;
  const fraction = bits & 0xfffffffffffffn;
  const magnitude = exponent === 0n ? fraction : (fraction | (1n << 52n)) << (exponent - 1n);
  return value < 0 ? -magnitude : magnitude;
}

const FORMATS = {
  float16: { precision: 11, smallest: -24 },
  float32: { precision: 24, smallest: -149 },
  float64: { precision: 53, smallest: -1074 },
} as const;

/** numerator / denominator * 2^unit, rounded to nearest, ties to even, in a float dtype. */
function roundQuotient(numerator: bigint, denominator: bigint, unit: number, dtype: DType): number {
  const { precision, smallest } = FORMATS[dtype as keyof typeof FORMATS];
  const sign = numerator < 0n ? -1 : 1;
  const a = numerator < 0n ? -numerator : numerator;
  if (a === 0n) return 0;
  const bits = (n: bigint) => n.toString(2).length;
  // one bit more than may be needed, then the place of the last bit that is kept
  let last = Math.max(bits(a) - bits(denominator) - precision + unit, smallest);
  let quotient = divideEven(a, denominator, last - unit);
  if (bits(quotient) > precision && last >= smallest) {
    last = Math.max(last + 1, smallest);
    quotient = divideEven(a, denominator, last - unit);
  }
  const scaled = Number(quotient) * 2 ** Math.max(last, -1022) * 2 ** Math.min(0, last + 1022);
  const value = allocate(dtype, 1);
  value[0] = (sign * scaled) as never;
  return value[0] as number;
}

/** a / (b * 2^shift), to the nearest integer, ties to even. */
function divideEven(a: bigint, b: bigint, shift: number): bigint {
  const numerator = shift < 0 ? a << BigInt(-shift) : a;
  const denominator = shift > 0 ? b << BigInt(shift) : b;
  const quotient = numerator / denominator;
  const twice = 2n * (numerator % denominator);
  return quotient + (twice > denominator || (twice === denominator && quotient % 2n === 1n) ? 1n : 0n);
}
