import fc from "fast-check";
import { type Block, sizeOf } from "../../../shared/block/block.ts";
import {
  allocate,
  bytesOf,
  DTYPES,
  type DType,
  integerRange,
  isFloat,
  itemSize,
} from "../../../shared/block/dtype.ts";

/** Any dtype. */
export const anyDType: fc.Arbitrary<DType> = fc.constantFrom(...DTYPES);

/** Floats of all magnitudes, their specials rarely; or a narrow range, where results are of ordinary size. */
function elements(dtype: DType, specials: boolean): fc.Arbitrary<number | bigint> {
  if (isFloat(dtype)) {
    const bits = 8 * itemSize(dtype);
    const any = fc.bigInt({ min: 0n, max: (1n << BigInt(bits)) - 1n }).map((b) => {
      const value = allocate(dtype, 1);
      bytesOf(value).set(new Uint8Array(new BigUint64Array([b]).buffer, 0, itemSize(dtype)));
      return specials || Number.isFinite(value[0]) ? (value[0] as number) : 1.5;
    });
    return fc.oneof(fc.double({ min: -1000, max: 1000, noNaN: true }), any, fc.constantFrom(0, -0, 1, 0.1));
  }
  const [min, max] = integerRange(dtype);
  return fc.oneof(fc.bigInt({ min, max }), fc.constantFrom(min, max, 0n, 1n));
}

function filled(dtype: DType, shape: readonly number[], values: readonly (number | bigint)[]): Block {
  const data = allocate(dtype, sizeOf(shape));
  const big = data instanceof BigInt64Array || data instanceof BigUint64Array;
  for (const [i, value] of values.entries()) data[i] = (big ? BigInt(value) : Number(value)) as never;
  return { dtype, shape, data };
}

/** A block of the given dtypes and of rank 0 .. 5, axes of 0 .. 7 (`minimum` .. 7). */
export function anyBlock(
  dtypes: fc.Arbitrary<DType> = anyDType,
  { minimum = 0, minRank = 0, specials = true, maxSize = 600 } = {},
): fc.Arbitrary<Block> {
  return fc
    .tuple(dtypes, fc.array(fc.integer({ min: minimum, max: 7 }), { minLength: minRank, maxLength: 5 }))
    .filter(([, shape]) => sizeOf(shape) <= maxSize)
    .chain(([dtype, shape]) => {
      const length = sizeOf(shape);
      return fc
        .array(elements(dtype, specials), { minLength: length, maxLength: length })
        .map((values) => filled(dtype, shape, values));
    });
}

/** Some of the axes of a block. */
export function someAxes(shape: readonly number[]): fc.Arbitrary<number[]> {
  return fc.subarray(shape.map((_, axis) => axis));
}

/** Values in a form that compares bit for bit, save for which NaN it is. */
export function bitsOf(block: Block): (string | number)[] {
  return Array.from(block.data as ArrayLike<number | bigint>, (v) =>
    typeof v === "bigint" ? `${v}n` : Object.is(v, -0) ? "-0" : Number.isNaN(v) ? "nan" : v,
  );
}

/** A seeded generator of 32-bit numbers, for blocks too large for fast-check. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return (t ^ (t >>> 14)) >>> 0;
  };
}
