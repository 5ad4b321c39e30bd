import { type Block, sizeOf } from "../../shared/block/block.ts";
import { allocate, type DType, integerRange, isBigInt, isFloat } from "../../shared/block/dtype.ts";

/** A seeded generator of numbers in [0, 1): xorshift32. */
export function randomOf(seed: number): () => number {
  let state = seed | 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

/** Smooth values with some noise, and the dtype's extremes first: NaN, infinities and -0, or the least and the most. */
export function sampleBlock(dtype: DType, shape: readonly number[], seed = 1): Block {
  const random = randomOf(seed);
  const data = allocate(dtype, sizeOf(shape)) as { [index: number]: number | bigint };
  const length = sizeOf(shape);
  for (let i = 0; i < length; i++) {
    const value = dtype === "bool" ? Number(random() > 0.5) : Math.floor(i / 7) + Math.floor(random() * 4);
    data[i] = isBigInt(dtype) ? BigInt(value) : isFloat(dtype) ? value / 3 : value;
  }
  const extremes: (number | bigint)[] = isFloat(dtype)
    ? [Number.NaN, Infinity, -Infinity, -0]
    : [...integerRange(dtype)];
  extremes.slice(0, length).forEach((value, i) => {
    data[i] = isBigInt(dtype) ? value : Number(value);
  });
  return { dtype, shape, data: data as unknown as Block["data"] };
}
