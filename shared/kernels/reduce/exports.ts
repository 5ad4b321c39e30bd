import { DTYPES, type DType } from "../../block/dtype.ts";
import type { Heap, HeapExports } from "../heap.ts";

/** The functions of wasm/assembly/reduce.ts. Pointers and counts are unsigned 32-bit numbers. */
interface ReduceExports extends HeapExports {
  /** Of wasm/assembly/memory.ts: typed arrays fill shared memory element by element. */
  fillBytes(ptr: number, value: number, bytes: number): void;
  /** The same: they copy it element by element too. */
  copyRows(dst: number, dstPitch: number, src: number, srcPitch: number, bytes: number, rows: number): void;
  reduceSum(
    dtype: number,
    src: number,
    outer: number,
    reduced: number,
    inner: number,
    state: number,
    stride: number,
    digits: number,
    squareDigits: number,
  ): void;
  reduceExtreme(
    isMax: number,
    dtype: number,
    src: number,
    outer: number,
    reduced: number,
    inner: number,
    state: number,
  ): void;
  reduceSameNaN(dtype: number, at: number, n: number): void;
  reduceFiniteRange(dtype: number, src: number, n: number, out: number): void;
  reduceNormalize(state: number, n: number, stride: number, digits: number): void;
  reduceMerge(into: number, from: number, n: number, stride: number, digits: number, flagged: number): void;
  reduceWords(state: number, n: number, stride: number, digits: number): number;
  reducePack(
    state: number,
    n: number,
    stride: number,
    digits: number,
    first: number,
    last: number,
    dst: number,
  ): void;
  reduceUnpack(
    src: number,
    n: number,
    stride: number,
    digits: number,
    first: number,
    last: number,
    state: number,
  ): void;
  reduceFinishIntegers(state: number, n: number, stride: number, digits: number, out: number): void;
  reduceFinishFloats(
    op: number,
    state: number,
    n: number,
    stride: number,
    digits: number,
    squareDigits: number,
    unit: number,
    floats: number,
    count: number,
    divisor: number,
    counts: number,
    ddof: number,
    bytes: number,
    out: number,
  ): void;
  reduceProduct(
    dtype: number,
    src: number,
    outer: number,
    reduced: number,
    inner: number,
    state: number,
  ): void;
  reduceTruth(
    isAll: number,
    dtype: number,
    src: number,
    outer: number,
    reduced: number,
    inner: number,
    state: number,
  ): void;
  reduceArg(
    isMax: number,
    skip: number,
    dtype: number,
    src: number,
    outer: number,
    reduced: number,
    inner: number,
    first: number,
    state: number,
  ): void;
  reduceArgMerge(isMax: number, skip: number, dtype: number, from: number, n: number, into: number): void;
  cumulateIntegers(
    isProduct: number,
    dtype: number,
    src: number,
    outer: number,
    n: number,
    inner: number,
    run: number,
    out: number,
  ): void;
  cumulateProducts(
    dtype: number,
    src: number,
    outer: number,
    n: number,
    inner: number,
    run: number,
    out: number,
  ): void;
  cumulateFloats(
    dtype: number,
    src: number,
    outer: number,
    n: number,
    inner: number,
    state: number,
    stride: number,
    digits: number,
    unit: number,
    out: number,
  ): void;
  replaceNaN(dtype: number, src: number, dst: number, n: number, value: number): void;
  reduceCount(dtype: number, src: number, outer: number, reduced: number, inner: number, state: number): void;
}

export function reduceExports(heap: Heap): ReduceExports {
  return heap.exports as ReduceExports;
}

/** The number by which the module knows a dtype. */
export function dtypeCode(dtype: DType): number {
  return DTYPES.indexOf(dtype);
}
