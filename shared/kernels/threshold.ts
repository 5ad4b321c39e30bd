import * as z from "zod";
import { type Block, newBlock } from "../block/block.ts";
import { DTYPES, type DType, integerRange, isFloat } from "../block/dtype.ts";
import { LamellaError } from "../errors.ts";
import { dtypeCode } from "./cast.ts";
import type { Kernel, ResolvedArgs } from "./kernel.ts";

interface ThresholdExports {
  thresholdIntegers(dtype: number, src: number, dst: number, n: number, low: bigint, span: bigint): void;
  thresholdFloats(dtype: number, src: number, dst: number, n: number, low: number, high: number): void;
}

const value = z.union([z.number(), z.string().regex(/^[+-]?\d+$/)], {
  error: 'expected a number, or a string of digits for integers beyond 2^53, such as "9007199254740993"',
});

const schema = z.strictObject({
  above: value.optional().describe("x > above"),
  atLeast: value.optional().describe("x >= atLeast"),
  below: value.optional().describe("x < below"),
  atMost: value.optional().describe("x <= atMost"),
});

type ThresholdArgs = z.output<typeof schema>;

/**
 * Where all the given conditions hold: `above`, `atLeast`, `below`, `atMost`. Gives bool. Compares in the input's own
 * precision, as numpy does with a plain number: a bound is rounded to a float input's dtype; integers are compared
 * exactly, 64-bit ones too (bounds beyond 2^53 are written as strings). A NaN is nowhere.
 */
export const thresholdKernel: Kernel<ThresholdArgs> = {
  name: "threshold",
  summary: "Where elements lie above, below or between bounds",
  equals: "numpy.greater, less, greater_equal, less_equal",
  args: schema,
  inputs: 1,
  accepts: DTYPES,
  lengths: [],
  scalars: ["above", "atLeast", "below", "atMost"],

  resolve(args) {
    const given: { [name: string]: number | string } = {};
    for (const [name, bound] of Object.entries(args)) if (bound !== undefined) given[name] = bound;
    if (Object.keys(given).length === 0) {
      throw new LamellaError(
        "INVALID_ARGS",
        "threshold takes at least one of above, atLeast, below, atMost",
        {
          hint: "For example { above: 0.3 }.",
        },
      );
    }
    return given;
  },

  outputDType() {
    return "bool";
  },

  extent() {
    return { kind: "pointwise" };
  },

  scratchBytes() {
    return 0;
  },

  costPerElement() {
    return 0.1;
  },

  run(heap, [input], args) {
    const { dtype, shape, ptr, data } = input!;
    const output = heap.alloc("bool", shape);
    const { thresholdFloats, thresholdIntegers } = heap.exports as unknown as ThresholdExports;
    if (isFloat(dtype)) {
      const { low, high } = floatInterval(args, dtype);
      thresholdFloats(dtypeCode(dtype), ptr, output.ptr, data.length, low, high);
      return output;
    }
    const { low, high } = integerInterval(args, dtype);
    if (low > high) (output.data as Uint8Array).fill(0);
    else thresholdIntegers(dtypeCode(dtype), ptr, output.ptr, data.length, low, high - low);
    return output;
  },

  reference([input], args) {
    const { dtype, shape, data } = input!;
    const result: Block = newBlock("bool", shape);
    const bound = (name: string) => args[name] as number | string | undefined;
    const exact = isFloat(dtype)
      ? (x: number | string) => rounding(dtype)(Number(x))
      : (x: number | string) => (typeof x === "number" ? x : BigInt(x));
    const tests: [number | string | undefined, (x: number | bigint, b: number | bigint) => boolean][] = [
      [bound("above"), (x, b) => x > b],
      [bound("atLeast"), (x, b) => x >= b],
      [bound("below"), (x, b) => x < b],
      [bound("atMost"), (x, b) => x <= b],
    ];
    for (let i = 0; i < data.length; i++) {
      result.data[i] = tests.every(([b, holds]) => b === undefined || holds(data[i]!, exact(b))) ? 1 : 0;
    }
    return result;
  },
};

/** The integers that satisfy all conditions, within the dtype's range; `low > high` where there is none. */
function integerInterval(args: ResolvedArgs, dtype: DType): { low: bigint; high: bigint } {
  let [low, high] = integerRange(dtype);
  const { above, atLeast, below, atMost } = args as ThresholdArgs;
  // A level that was computed may be NaN, which nothing lies above or below.
  if ([above, atLeast, below, atMost].some(Number.isNaN)) return { low: high, high: low };
  const lows = [
    above === undefined ? low : floorOf(above) + 1n,
    atLeast === undefined ? low : -floorOf(atLeast, -1),
  ];
  const highs = [
    below === undefined ? high : -floorOf(below, -1) - 1n,
    atMost === undefined ? high : floorOf(atMost),
  ];
  for (const bound of lows) if (bound > low) low = bound;
  for (const bound of highs) if (bound < high) high = bound;
  return { low, high };
}

/** Stands for infinity: larger than every integer of a dtype. */
const BEYOND = 1n << 70n;

/** The floor of sign * bound; the ceiling is its negative with sign -1. */
function floorOf(bound: number | string, sign: 1 | -1 = 1): bigint {
  if (typeof bound !== "number") return BigInt(sign) * BigInt(bound);
  if (Number.isFinite(bound)) return BigInt(Math.floor(sign * bound));
  return sign * bound > 0 ? BEYOND : -BEYOND;
}

/** The floats of that dtype that satisfy all conditions, as a closed interval. */
function floatInterval(
  args: ResolvedArgs,
  dtype: "float16" | "float32" | "float64",
): { low: number; high: number } {
  const { above, atLeast, below, atMost } = args as ThresholdArgs;
  const round = rounding(dtype);
  const low = Math.max(
    above === undefined ? -Infinity : nextUp(round(Number(above)), dtype),
    atLeast === undefined ? -Infinity : round(Number(atLeast)),
  );
  const high = Math.min(
    below === undefined ? Infinity : -nextUp(-round(Number(below)), dtype),
    atMost === undefined ? Infinity : round(Number(atMost)),
  );
  return { low, high };
}

function rounding(dtype: "float16" | "float32" | "float64"): (x: number) => number {
  return dtype === "float16" ? Math.f16round : dtype === "float32" ? Math.fround : (x) => x;
}

/** The smallest float above x; NaN above infinity, so that nothing is. */
function nextUp(x: number, dtype: "float16" | "float32" | "float64"): number {
  if (x === Infinity) return Number.NaN;
  if (dtype === "float16") return stepUp(new Float16Array([x]), (bytes) => new Int16Array(bytes));
  if (dtype === "float32") return stepUp(new Float32Array([x]), (bytes) => new Int32Array(bytes));
  if (x === 0) return Number.MIN_VALUE;
  const float = new Float64Array([x]);
  const bits = new BigInt64Array(float.buffer);
  bits[0]! += x > 0 ? 1n : -1n;
  return float[0]!;
}

function stepUp(
  float: Float16Array<ArrayBuffer> | Float32Array<ArrayBuffer>,
  bitsOf: (bytes: ArrayBuffer) => Int16Array | Int32Array,
): number {
  const bits = bitsOf(float.buffer);
  if (float[0] === 0) bits[0] = 1;
  else bits[0]! += float[0]! > 0 ? 1 : -1;
  return float[0]!;
}
