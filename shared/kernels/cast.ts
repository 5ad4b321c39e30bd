import { type Block, newBlock } from "../block/block.ts";
import { DTYPES, type DType, integerRange, isBigInt, isFloat, itemSize } from "../block/dtype.ts";
import type { Heap, HeapBlock } from "./heap.ts";

interface CastExports {
  cast(from: number, to: number, src: number, dst: number, length: number): void;
}

/** The kernel module's code of a dtype. */
export function dtypeCode(dtype: DType): number {
  return DTYPES.indexOf(dtype);
}

/**
 * A copy of `block` as `dtype`, for all pairs of dtypes. Float to integer truncates towards zero and saturates, NaN
 * gives 0; integer to integer keeps the low bits, as numpy's astype; anything to bool is `!= 0`; integer to float and
 * float to a narrower float round to the nearest, ties to even, with subnormals and overflow to infinity.
 */
export function castBlock(heap: Heap, block: HeapBlock, dtype: DType): HeapBlock {
  const result = heap.alloc(dtype, block.shape);
  castInto(heap, block, result);
  return result;
}

/** The same into a block that is there, of as many elements. */
export function castInto(heap: Heap, block: HeapBlock, target: HeapBlock): void {
  const { cast } = heap.exports as unknown as CastExports;
  cast(dtypeCode(block.dtype), dtypeCode(target.dtype), block.ptr, target.ptr, block.data.length);
}

/** The same for `length` elements at one address of the heap, to another. */
export function castRun(
  heap: Heap,
  from: DType,
  to: DType,
  source: number,
  target: number,
  length: number,
): void {
  const { cast } = heap.exports as unknown as CastExports;
  cast(dtypeCode(from), dtypeCode(to), source, target, length);
}

/** The same as `castBlock` in plain TypeScript, element by element. */
export function castReference(block: Block, dtype: DType): Block {
  const result = newBlock(dtype, block.shape);
  const convert = castElement(block.dtype, dtype);
  const target = result.data as { [i: number]: number | bigint };
  for (let i = 0; i < block.data.length; i++) target[i] = convert(block.data[i]!);
  return result;
}

/** The value of one element after a cast. */
function castElement(from: DType, to: DType): (value: number | bigint) => number | bigint {
  if (to === "bool") return (value) => (value ? 1 : Number.isNaN(value) ? 1 : 0);
  if (to === "float16" && isBigInt(from)) return (value) => Math.f16round(Number(value));
  if (to === "float32" && isBigInt(from)) return (value) => bigIntToFloat32(value as bigint);
  if (isFloat(to)) return (value) => Number(value);
  if (isFloat(from)) {
    const [min, max] = integerRange(to);
    return (value) => {
      const whole = saturate(value as number, min, max);
      return isBigInt(to) ? whole : Number(whole);
    };
  }
  const bits = itemSize(to) * 8;
  return (value) => {
    const wrapped = to.startsWith("uint")
      ? BigInt.asUintN(bits, BigInt(value))
      : BigInt.asIntN(bits, BigInt(value));
    return isBigInt(to) ? wrapped : Number(wrapped);
  };
}

function saturate(value: number, min: bigint, max: bigint): bigint {
  if (Number.isNaN(value)) return 0n;
  if (value >= Number(max)) return max;
  if (value <= Number(min)) return min;
  return BigInt(Math.trunc(value));
}

/** Through float64 the rounding would happen twice: clear what cannot decide but by being nonzero, first. */
function bigIntToFloat32(value: bigint): number {
  const size = value < 0n ? -value : value;
  const spare = size.toString(2).length - 40;
  if (spare <= 0) return Math.fround(Number(value));
  const step = 1n << BigInt(spare);
  const sticky = size % step === 0n ? size : (size / step) * step + step / 2n;
  return Math.fround(Number(value < 0n ? -sticky : sticky));
}
