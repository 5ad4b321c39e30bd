import { type Block, newBlock, sizeOf } from "../../block/block.ts";
import type { DType } from "../../block/dtype.ts";
import { gaussianFilters } from "../gaussian-filters.ts";
import type { Heap, HeapBlock } from "../heap.ts";
import { type AxisFilter, separable, separableReference, separableScratch } from "../separable.ts";
import { blockBytes, combineExports, isDouble, roundingOf } from "./combine.ts";
import { imgAsFloat, imgAsFloatReference } from "./img-as-float.ts";
import { boundaryOfMode, type FilterEnds } from "./mode.ts";
import { subBlock } from "./sub-block.ts";

interface CannyExports {
  magnitude(double: boolean, dst: number, a: number, b: number, n: number): void;
  thinEdges(
    double: boolean,
    along: number,
    across: number,
    size: number,
    dst: number,
    rows: number,
    mid: number,
    cols: number,
    inner: number,
    low: number,
    high: number,
  ): void;
}

export interface ResolvedCanny extends FilterEnds {
  /** The axes of rows and columns. */
  readonly plane: readonly [y: number, x: number];
  /** Per axis; 0 for all but those of the plane. */
  readonly sigma: readonly number[];
  readonly radius: readonly number[];
  /** On images from 0 to 1. */
  readonly low: number;
  readonly high: number;
}

/** What a slab looks like from one plane: (rows, mid, cols, inner). */
export interface PlaneLayout {
  readonly slabs: number;
  readonly shape: readonly number[];
  readonly rows: number;
  readonly mid: number;
  readonly cols: number;
  readonly inner: number;
}

/** What is computed in: scikit-image's _supported_float_type. */
export function computeDType(input: DType): "float32" | "float64" {
  return input === "float16" || input === "float32" ? "float32" : "float64";
}

export function planeLayout(shape: readonly number[], [y, x]: readonly [number, number]): PlaneLayout {
  return {
    slabs: sizeOf(shape.slice(0, y)),
    shape: shape.slice(y),
    rows: shape[y]!,
    mid: sizeOf(shape.slice(y + 1, x)),
    cols: shape[x]!,
    inner: sizeOf(shape.slice(x + 1)),
  };
}

/** The gradients of a slab, along rows and columns, and their length. */
export interface Gradients {
  readonly along: HeapBlock;
  readonly across: HeapBlock;
  readonly size: HeapBlock;
}

/** Calls `use` with the gradients of one slab of planes after the other, and the index of its first element. */
export function eachSlab(
  heap: Heap,
  input: HeapBlock,
  r: ResolvedCanny,
  use: (gradients: Gradients, start: number) => void,
): void {
  const dtype = computeDType(input.dtype);
  const { slabs, shape } = planeLayout(input.shape, r.plane);
  const bleed = r.mode === "constant" ? bleedOver(heap, dtype, shape, r) : undefined;
  const { magnitude } = heap.exports as unknown as CannyExports;
  for (let slab = 0; slab < slabs; slab++) {
    const start = slab * sizeOf(shape);
    const part = subBlock(heap, input, start, shape);
    const image = input.dtype === dtype ? part : imgAsFloat(heap, part, dtype);
    const smooth = separable(heap, image, smoothing(r), boundaryOfMode(r));
    if (image !== part) heap.free(image);
    if (bleed) combineExports(heap).divideBy(isDouble(smooth), smooth.ptr, bleed.ptr, smooth.data.length);
    const along = separable(heap, smooth, gradient(r, 0), "reflect");
    const across = separable(heap, smooth, gradient(r, 1), "reflect");
    // The smoothed slab isn't needed any more: its gradients' length takes its place.
    magnitude(isDouble(smooth), smooth.ptr, along.ptr, across.ptr, smooth.data.length);
    use({ along, across, size: smooth }, start);
    for (const block of [along, across, smooth]) heap.free(block);
  }
  if (bleed) heap.free(bleed);
}

/** The codes of one slab. */
export function thinSlab(
  heap: Heap,
  { along, across, size }: Gradients,
  { rows, mid, cols, inner }: PlaneLayout,
  codes: number,
  low: number,
  high: number,
): void {
  const { thinEdges } = heap.exports as unknown as CannyExports;
  const double = isDouble(size);
  const [least, most] = thresholdsOf(low, high, double);
  thinEdges(double, along.ptr, across.ptr, size.ptr, codes, rows, mid, cols, inner, least, most);
}

/** Thresholds as scikit-image compares with them: the lower in float32, and never 0. */
function thresholdsOf(low: number, high: number, double: boolean): [number, number] {
  return [Math.fround(low === 0 ? 1e-14 : low), double ? high : Math.fround(high)];
}

/** Axes are counted from the slab's first. */
function smoothing({ plane: [y], sigma, radius }: ResolvedCanny): AxisFilter[] {
  const own = sigma.slice(y);
  return gaussianFilters(
    own,
    own.map(() => 0),
    radius.slice(y),
  );
}

function gradient({ plane: [y, x] }: ResolvedCanny, which: 0 | 1): AxisFilter[] {
  const axes = [0, x - y];
  return [
    { axis: axes[which]!, weights: Float64Array.of(0, 1), symmetry: "odd" },
    { axis: axes[1 - which]!, weights: Float64Array.of(2, 1), symmetry: "even" },
  ];
}

/** How much of each element's smoothed value comes from within the image: what scikit-image divides by. */
function bleedOver(
  heap: Heap,
  dtype: "float32" | "float64",
  shape: readonly number[],
  r: ResolvedCanny,
): HeapBlock {
  const ones = heap.alloc(dtype, shape);
  (ones.data as Float64Array).fill(1);
  const bleed = separable(heap, ones, smoothing(r), boundaryOfMode(r));
  heap.free(ones);
  const double = isDouble(bleed);
  combineExports(heap).addConstant(double, bleed.ptr, bleed.data.length, epsilonOf(double));
  return bleed;
}

/** numpy.finfo's eps. */
function epsilonOf(double: boolean): number {
  return double ? 2 ** -52 : 2 ** -23;
}

/** Heap bytes that the gradients need. */
export function cannyScratch(shape: readonly number[], input: DType, r: ResolvedCanny): number {
  if (sizeOf(shape) === 0) return 0;
  const dtype = computeDType(input);
  const slab = shape.slice(r.plane[0]);
  const block = blockBytes(sizeOf(slab), dtype);
  const passes = [smoothing(r), gradient(r, 0), gradient(r, 1)];
  return 4 * block + Math.max(...passes.map((filters) => separableScratch(slab, filters, dtype)));
}

/** The gradients in plain TypeScript, of the whole block. */
export function gradientsReference(
  input: Block,
  r: ResolvedCanny,
): { readonly along: Block; readonly across: Block; readonly size: Block } {
  const dtype = computeDType(input.dtype);
  const none = r.sigma.map(() => 0);
  const filters = gaussianFilters(r.sigma, none, r.radius);
  const smooth = separableReference(imgAsFloatReference(input, dtype), filters, boundaryOfMode(r));
  const round = roundingOf(smooth);
  const data = smooth.data as Float64Array;
  if (r.mode === "constant") {
    const ones = newBlock(dtype, input.shape);
    (ones.data as Float64Array).fill(1);
    const bleed = separableReference(ones, filters, boundaryOfMode(r)).data as Float64Array;
    const epsilon = epsilonOf(isDouble(smooth));
    for (let i = 0; i < data.length; i++) data[i] = round(data[i]! / round(bleed[i]! + epsilon));
  }
  const [along, across] = ([0, 1] as const).map((which) => {
    const own = gradient(r, which).map((filter) => ({ ...filter, axis: filter.axis + r.plane[0] }));
    return separableReference(smooth, own, "reflect");
  }) as [Block, Block];
  const size = newBlock(dtype, input.shape);
  for (let i = 0; i < data.length; i++) {
    const [a, b] = [along.data[i] as number, across.data[i] as number];
    size.data[i] = round(Math.sqrt(round(round(a * a) + round(b * b))));
  }
  return { along, across, size };
}

/** The codes in plain TypeScript. */
export function thinReference(
  { along, across, size }: ReturnType<typeof gradientsReference>,
  plane: readonly [number, number],
  lowest: number,
  highest: number,
): Block {
  const { slabs, rows, mid, cols, inner } = planeLayout(size.shape, plane);
  const [low, high] = thresholdsOf(lowest, highest, isDouble(size));
  const round = roundingOf(size);
  const at = (block: Block, i: number) => block.data[i] as number;
  const codes = newBlock("uint8", size.shape);
  const [down, right] = [mid * cols * inner, inner];
  for (let i = 0; i < slabs * rows * down; i++) {
    const y = Math.floor(i / down) % rows;
    const x = Math.floor(i / right) % cols;
    const strength = at(size, i);
    if (y === 0 || y === rows - 1 || x === 0 || x === cols - 1 || !(strength >= low)) continue;
    const [gy, gx] = [at(along, i), at(across, i)];
    const agree = gy > 0 === gx > 0;
    const byRow = agree ? Math.abs(gy) > Math.abs(gx) : Math.abs(gy) >= Math.abs(gx);
    const share = round(byRow ? Math.abs(gx) / Math.abs(gy) : Math.abs(gy) / Math.abs(gx));
    const diagonal = agree ? down + right : right - down;
    const straight = byRow ? (agree ? down : -down) : right;
    const isCrest = [1, -1].every((side) => {
      const part = round(at(size, i + side * diagonal) * share);
      return part + at(size, i + side * straight) * (1 - share) <= strength;
    });
    if (isCrest) codes.data[i] = strength >= high ? 2 : 1;
  }
  return codes;
}
