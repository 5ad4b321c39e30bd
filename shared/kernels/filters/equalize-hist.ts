import * as z from "zod";
import { type Block, newBlock, sizeOf } from "../../block/block.ts";
import { DTYPES, type DType, integerRange, isFloat, itemSize } from "../../block/dtype.ts";
import { castBlock, castReference, dtypeCode } from "../cast.ts";
import { aligned } from "../free-list.ts";
import type { Heap, HeapBlock } from "../heap.ts";
import type { Kernel, ResolvedArgs } from "../kernel.ts";
import { linearDType } from "../separable.ts";
import { binEdges } from "../tally/bin-edges.ts";
import { countBlock, countingBytes } from "../tally/count-block.ts";
import { newCounts } from "../tally/counts.ts";
import { blockBytes, isDouble, roundingOf } from "./combine.ts";

interface EqualizeExports {
  extremes(dtype: number, src: number, n: number): number;
  lookUpFloats(dtype: number, src: number, n: number, low: number, table: number, dst: number): void;
  interpolate(
    double: boolean,
    src: number,
    n: number,
    xs: number,
    ys: number,
    count: number,
    scale: number,
    dst: number,
  ): void;
}

const schema = z.strictObject({
  nbins: z.int().min(2).default(256).describe("Bins of the histogram of floats; each integer is its own bin"),
});

/**
 * The share of elements that are no greater: spreads intensities evenly over 0 to 1. Gives float32 for bool, integers up
 * to 16 bits, float16 and float32, else float64. Of floats the shares between the centres of bins are interpolated;
 * float16 counts as float32. NaN and infinities are refused when they are met. Equals skimage.exposure.equalize_hist.
 */
export const equalizeHistKernel: Kernel<z.output<typeof schema>> = {
  name: "equalizeHist",
  summary: "Spreads the block's intensities evenly over 0 to 1",
  equals: "skimage.exposure.equalize_hist",
  args: schema,
  inputs: 1,
  accepts: DTYPES,
  lengths: [],

  resolve({ nbins }) {
    return { nbins };
  },

  outputDType([input]) {
    return linearDType(input!);
  },

  extent() {
    return { kind: "wholeBlock", instead: "rechunk first, so that a chunk holds the image" };
  },

  scratchBytes(shape, [input], args) {
    const n = sizeOf(shape);
    if (n === 0) return 0;
    // Sorted outside of the heap, with a copy while that is done.
    if (isSorted(input!)) return 2 * aligned(n * itemSize(input!));
    if (!isFloat(input!)) return countingBytes(valueCount(input!)) + 4 * valueCount(input!) + 256;
    const bins = nbinsOf(args);
    const image = input === "float16" ? blockBytes(n, "float32") : 0;
    return image + countingBytes(bins + 1) + 2 * blockBytes(bins, "float64") + 256;
  },

  costPerElement(_args, _ndim, [input]) {
    return isSorted(input!) ? 150 : isFloat(input!) ? 14 : 2;
  },

  run(heap, [input], args) {
    const dtype = linearDType(input!.dtype);
    if (input!.data.length === 0) return heap.alloc(dtype, input!.shape);
    if (isSorted(input!.dtype)) return bySorting(input!, heap.alloc(dtype, input!.shape));
    if (!isFloat(input!.dtype)) return byValue(heap, input!);
    if (input!.dtype !== "float16") return byBins(heap, input!, nbinsOf(args));
    const image = castBlock(heap, input!, "float32");
    try {
      return byBins(heap, image, nbinsOf(args));
    } finally {
      heap.free(image);
    }
  },

  reference([input], args) {
    const dtype = linearDType(input!.dtype);
    const result = newBlock(dtype, input!.shape);
    if (input!.data.length === 0) return result;
    if (!isFloat(input!.dtype)) return bySorting(input!, result);
    const image = castReference(input!, dtype);
    const data = image.data as Float64Array;
    const { edges, xs } = binsOf(lowHigh(data), dtype, nbinsOf(args));
    const counts = new Float64Array(nbinsOf(args));
    for (const x of data) {
      const bin = edges.findLastIndex((edge) => x >= edge);
      counts[Math.min(bin, counts.length - 1)]!++;
    }
    const ys = sharesOf(counts, roundingOf(image));
    for (let i = 0; i < data.length; i++) (result.data as Float64Array)[i] = interpolated(data[i]!, xs, ys);
    return result;
  },
};

/** Of wider integers a table of all values would be too large. */
function isSorted(dtype: DType): boolean {
  return !isFloat(dtype) && itemSize(dtype) > 2;
}

function valueCount(dtype: DType): number {
  return dtype === "bool" ? 2 : 2 ** (8 * itemSize(dtype));
}

function byValue(heap: Heap, input: HeapBlock): HeapBlock {
  const low = integerRange(input.dtype)[0];
  const bins = valueCount(input.dtype);
  const counts = newCounts(bins);
  countBlock(heap, input, { kind: "values", low, bins }, counts);
  const table = heap.alloc("float32", [bins]);
  (table.data as Float32Array).set(sharesOf(counts.bins, Math.fround));
  const output = heap.alloc("float32", input.shape);
  const { lookUpFloats } = heap.exports as unknown as EqualizeExports;
  lookUpFloats(dtypeCode(input.dtype), input.ptr, output.data.length, Number(low), table.ptr, output.ptr);
  heap.free(table);
  return output;
}

function byBins(heap: Heap, image: HeapBlock, nbins: number): HeapBlock {
  const { extremes, interpolate } = heap.exports as unknown as EqualizeExports;
  const n = image.data.length;
  const found = new Float64Array(heap.memory.buffer, extremes(dtypeCode(image.dtype), image.ptr, n), 2);
  const { edges, xs } = binsOf([found[0]!, found[1]!], image.dtype, nbins);
  const counts = newCounts(nbins);
  countBlock(heap, image, { kind: "uniform", edges }, counts);
  const ys = sharesOf(counts.bins, roundingOf(image));
  const points = [xs, ys].map((data) => heap.copyIn({ dtype: "float64", shape: [nbins], data }));
  const output = heap.alloc(image.dtype, image.shape);
  const scale = (nbins - 1) / (xs[nbins - 1]! - xs[0]!);
  interpolate(isDouble(image), image.ptr, n, points[0]!.ptr, points[1]!.ptr, nbins, scale, output.ptr);
  for (const block of points) heap.free(block);
  return output;
}

function bySorting<B extends Block>({ data }: Block, result: B): B {
  const sorted = data.slice().sort();
  const target = result.data as Float64Array;
  for (let i = 0; i < data.length; i++) {
    let [low, high] = [0, sorted.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (sorted[middle]! <= data[i]!) low = middle + 1;
      else high = middle;
    }
    target[i] = low / sorted.length;
  }
  return result;
}

function binsOf([low, high]: readonly [number, number], dtype: DType, nbins: number) {
  const edges = binEdges(nbins, low, high, dtype, true);
  const round = roundingOf({ dtype });
  const xs = Float64Array.from({ length: nbins }, (_, i) => round(round(edges[i]! + edges[i + 1]!) / 2));
  return { edges, xs };
}

/** How many of all elements are in each bin or in those before, as shares. */
function sharesOf(counts: Float64Array, round: (x: number) => number): Float64Array {
  let total = 0;
  for (const count of counts) total += count;
  let so = 0;
  return counts.map((count) => {
    so += count;
    return round(so / total);
  });
}

function lowHigh(data: Float64Array): [number, number] {
  return [data.reduce((a, b) => Math.min(a, b)), data.reduce((a, b) => Math.max(a, b))];
}

function interpolated(x: number, xs: Float64Array, ys: Float64Array): number {
  if (x <= xs[0]!) return ys[0]!;
  if (x >= xs.at(-1)!) return ys.at(-1)!;
  const j = xs.findLastIndex((point) => x >= point);
  const slope = (ys[j + 1]! - ys[j]!) / (xs[j + 1]! - xs[j]!);
  return slope * (x - xs[j]!) + ys[j]!;
}

function nbinsOf(args: ResolvedArgs): number {
  return args["nbins"] as number;
}
