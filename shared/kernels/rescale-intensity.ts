import * as z from "zod";
import type { Block } from "../block/block.ts";
import { DTYPES, type DType } from "../block/dtype.ts";
import type { Json } from "../errors.ts";
import { castReference, dtypeCode } from "./cast.ts";
import type { Heap, HeapBlock } from "./heap.ts";
import { dtypeOfRange, type RangeName, rangeOf, rangeSchema } from "./intensity-range.ts";
import type { Kernel, ResolvedArgs } from "./kernel.ts";

interface RescaleExports {
  rescale(
    from: number,
    to: number,
    src: number,
    dst: number,
    n: number,
    double: boolean,
    inLow: number,
    inHigh: number,
    outLow: number,
    outHigh: number,
  ): void;
  extremes(dtype: number, src: number, n: number): number;
}

const schema = z.strictObject({
  inRange: rangeSchema
    .default("image")
    .describe(
      'What is stretched: "image" is the block\'s own minimum to maximum, "dtype" the dtype\'s, or [low, high]',
    ),
  outRange: rangeSchema
    .default("dtype")
    .describe(
      'What it is stretched to: "dtype" (from 0 where nothing is negative), a dtype\'s name, or [low, high]',
    ),
});

type RescaleArgs = z.output<typeof schema>;

interface Resolved {
  readonly inRange: "image" | readonly [number, number];
  readonly outRange: "image" | RangeName | readonly [number, number];
  readonly outDType: DType;
}

/**
 * Stretches or shrinks intensities linearly from `inRange`, clipping to it, to `outRange`. Without an input range it
 * takes the block's own minimum and maximum. Gives the dtype that `outRange`
 * names; with [low, high] float32 for float16 and float32, else float64. Computes in float32 for those, else in
 * float64. A NaN stays one; in "image" ranges it makes everything NaN. Equals skimage.exposure.rescale_intensity.
 */
export const rescaleIntensityKernel: Kernel<RescaleArgs> = {
  name: "rescaleIntensity",
  summary: "Stretches or shrinks intensities from one range to another",
  equals: "skimage.exposure.rescale_intensity",
  args: schema,
  inputs: 1,
  accepts: DTYPES,
  lengths: [],
  scalars: ["inRange", "outRange"],

  resolve({ inRange, outRange }, { inputs }) {
    const own = inputs[0]!;
    const from = inRange === "dtype" ? own : inRange;
    const to = outRange === "dtype" ? own : outRange;
    const resolvedArgs: Resolved = {
      inRange: from === "image" || Array.isArray(from) ? from : rangeOf(from as RangeName),
      outRange: to,
      outDType: Array.isArray(to) ? computeDType(own) : to === "image" ? own : dtypeOfRange(to as RangeName),
    };
    return resolvedArgs as unknown as { readonly [name: string]: Json };
  },

  outputDType(_inputs, args) {
    return resolved(args).outDType;
  },

  extent(args) {
    const { inRange, outRange } = resolved(args);
    const looks = inRange === "image" || outRange === "image";
    return looks
      ? { kind: "wholeBlock", instead: "give inRange: [low, high], or rechunk first" }
      : { kind: "pointwise" };
  },

  scratchBytes() {
    return 0;
  },

  costPerElement(args, _ndim, [input]) {
    const perPass = computeDType(input!) === "float32" ? 1.1 : 2;
    return resolved(args).inRange === "image" ? perPass * 2 : perPass;
  },

  run(heap, [input], args) {
    const output = heap.alloc(resolved(args).outDType, input!.shape);
    if (output.data.length === 0) return output;
    const { rescale } = heap.exports as unknown as RescaleExports;
    const [inLow, inHigh, outLow, outHigh] = limits(args, () => imageRange(heap, input!));
    rescale(
      dtypeCode(input!.dtype),
      dtypeCode(output.dtype),
      input!.ptr,
      output.ptr,
      output.data.length,
      computeDType(input!.dtype) === "float64",
      inLow,
      inHigh,
      outLow,
      outHigh,
    );
    return output;
  },

  reference([input], args) {
    const dtype = computeDType(input!.dtype);
    const round = dtype === "float32" ? Math.fround : (x: number) => x;
    const values = castReference(input!, dtype);
    const [inLow, inHigh, outLow, outHigh] = limits(args, () => imageRangeReference(values));
    const [low, high, least, most] = [round(inLow), round(inHigh), round(outLow), round(outHigh)];
    const inSpan = round(inHigh - inLow);
    const outSpan = round(outHigh - outLow);
    const result = { ...values, data: values.data.slice() };
    for (let i = 0; i < result.data.length; i++) {
      const x = result.data[i] as number;
      if (inLow === inHigh) {
        const clipped = Math.min(Math.max(x, low), high);
        result.data[i] = Math.min(Math.max(clipped, least), most);
        continue;
      }
      const unit = round(round(clip(x, low, high) - low) / inSpan);
      result.data[i] = round(round(unit * outSpan) + least);
    }
    return castReference(result, resolved(args).outDType);
  },
};

/** As numpy.clip: a NaN stays, and `high` wins over a `low` above it. */
function clip(x: number, low: number, high: number): number {
  let clipped = x;
  if (clipped < low) clipped = low;
  if (clipped > high) clipped = high;
  return clipped;
}

/** What is computed in, and given where the output range is two numbers: scikit-image's _supported_float_type. */
function computeDType(input: DType): "float32" | "float64" {
  return input === "float16" || input === "float32" ? "float32" : "float64";
}

function resolved(args: ResolvedArgs): Resolved {
  return args as unknown as Resolved;
}

/** A dtype's output range begins at 0 where the input range has nothing negative. */
function limits(
  args: ResolvedArgs,
  image: () => readonly [number, number],
): [inLow: number, inHigh: number, outLow: number, outHigh: number] {
  const { inRange, outRange } = resolved(args);
  const [inLow, inHigh] = inRange === "image" ? image() : inRange;
  if (outRange === "image") return [inLow, inHigh, ...image()];
  if (typeof outRange !== "string") return [inLow, inHigh, ...outRange];
  const [low, high] = rangeOf(outRange);
  return [inLow, inHigh, inLow >= 0 ? 0 : low, high];
}

function imageRange(heap: Heap, { dtype, ptr, data }: HeapBlock): [number, number] {
  const { extremes } = heap.exports as unknown as RescaleExports;
  const found = new Float64Array(heap.memory.buffer, extremes(dtypeCode(dtype), ptr, data.length), 2);
  // Adding 0 makes -0 a plain 0.
  return [found[0]! + 0, found[1]! + 0];
}

function imageRangeReference({ data }: Block): [number, number] {
  let low = Infinity;
  let high = -Infinity;
  for (const x of data) {
    low = Math.min(low, Number(x));
    high = Math.max(high, Number(x));
  }
  return [low + 0, high + 0];
}
