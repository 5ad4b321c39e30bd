import { type Block, newBlock, sizeOf, stridesOf } from "../../block/block.ts";
import { isFloat } from "../../block/dtype.ts";
import type { DownsampleMethod } from "./downsample.ts";
import { downsampledShape, effectiveFactors } from "./shape.ts";

type Value = number | bigint;

/** `downsample` in plain TypeScript, for the tests: each window gathered, then taken as the method says. */
export function referenceDownsample(
  block: Block,
  factors: readonly number[],
  method: DownsampleMethod,
): Block {
  const effective = effectiveFactors(block.shape, factors);
  const out = newBlock(block.dtype, downsampledShape(block.shape, factors));
  const outStrides = stridesOf(out.shape);
  const strides = stridesOf(block.shape);
  for (let i = 0; i < out.data.length; i++) {
    const first = out.shape.reduce((at, size, axis) => {
      return at + (Math.floor(i / outStrides[axis]!) % size) * effective[axis]! * strides[axis]!;
    }, 0);
    const window: Value[] = [];
    const inner = stridesOf(effective);
    for (let k = 0; k < sizeOf(effective); k++) {
      const at = effective.reduce((sum, size, axis) => {
        return sum + (Math.floor(k / inner[axis]!) % size) * strides[axis]!;
      }, first);
      window.push(block.data[at]!);
    }
    const value = METHODS[method](window, isFloat(block.dtype));
    out.data[i] = (typeof out.data[i] === "bigint" ? value : Number(value)) as never;
  }
  return out;
}

const METHODS: { readonly [M in DownsampleMethod]: (window: readonly Value[], float: boolean) => Value } = {
  nearest: (window) => window[0]!,
  min: (window) => window.reduce((a, b) => (isNaNValue(a) || precedes(a, b) ? a : b)),
  max: (window) => window.reduce((a, b) => (isNaNValue(a) || precedes(b, a) ? a : b)),
  mean(window, float) {
    if (float) return (window as number[]).reduce((a, b) => a + b, -0) / window.length;
    const sum = window.reduce((a: bigint, b) => a + BigInt(b), 0n);
    return divideEven(sum, BigInt(window.length));
  },
  mode(window) {
    const counts = new Map<Value, number>();
    for (const value of window) counts.set(value, (counts.get(value) ?? 0) + 1);
    const most = Math.max(...counts.values());
    return [...counts]
      .filter(([, count]) => count === most)
      .map(([value]) => value)
      .sort(order)[0]!;
  },
  median(window, float) {
    const sorted = window.map(plusZero).sort(order);
    const [lower, upper] = [sorted[(sorted.length - 1) >> 1]!, sorted[sorted.length >> 1]!];
    if (sorted.some(isNaNValue)) return Number.NaN;
    if (sorted.length % 2 === 1) return upper;
    if (float) return ((lower as number) + (upper as number)) / 2;
    return divideEven(BigInt(lower) + BigInt(upper), 2n);
  },
};

function isNaNValue(value: Value): boolean {
  return Number.isNaN(value);
}

function plusZero(value: Value): Value {
  return value === 0 ? 0 : value;
}

/** a before b in the order of the floats: -0 before 0, and NaN before all, as it spreads. */
function precedes(a: Value, b: Value): boolean {
  return !isNaNValue(b) && (a < b || (a === b && Object.is(a, -0)));
}

/** Ascending, NaN last. */
function order(a: Value, b: Value): number {
  if (isNaNValue(a) || isNaNValue(b)) return Number(isNaNValue(a)) - Number(isNaNValue(b));
  return a < b ? -1 : a > b ? 1 : 0;
}

function divideEven(sum: bigint, count: bigint): bigint {
  const floor = (sum - (((sum % count) + count) % count)) / count;
  const twice = 2n * (sum - floor * count);
  return floor + (twice > count || (twice === count && floor % 2n !== 0n) ? 1n : 0n);
}
