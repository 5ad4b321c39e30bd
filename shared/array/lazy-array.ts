import type { Axis } from "../block/axes.ts";
import { sizeOf } from "../block/block.ts";
import { type Chunks, largestBlock } from "../block/chunk-grid.ts";
import { type DType, itemSize, type TypedArrayOf } from "../block/dtype.ts";
import type { KernelCall } from "../kernels/kernel-call.ts";
import type { OwnKernel } from "./blocks/block-node.ts";
import type { MapOverlapOwnOptions, MapOwnOptions } from "./blocks/map-own.ts";
import { overlap, overlapInternal } from "./blocks/overlap.ts";
import { castTo } from "./cast.ts";
import type { ChunkArgument } from "./chunk-argument.ts";
import { concatenate as concatenateNodes, stack as stackNodes } from "./concatenate.ts";
import { type CumulateOptions, cumulate } from "./cumulate.ts";
import { type DistanceTransformOptions, distanceTransform } from "./distance-transform.ts";
import { ElementwiseMethods } from "./elementwise-methods.ts";
import { type ExpandLabelsOptions, expandLabels } from "./expand-labels.ts";
import type { HaloOptions } from "./halo.ts";
import type { IndexEntry } from "./index-expression.ts";
import type { MapBlocksOptions, MapOverlapOptions } from "./map.ts";
import { mapBlocksAny, mapOverlapAny } from "./map-any.ts";
import type { ArrayNode } from "./nodes.ts";
import {
  type FromTiffOptions,
  type FromZarrOptions,
  fromTiff as openTiff,
  fromZarr as openZarr,
} from "./open.ts";
import { type PadOptions, type PadWidth, pad } from "./pad.ts";
import { rechunk } from "./rechunk.ts";
import { type ReduceOptions, reduce } from "./reduce.ts";
import { type ComputeOptions, type PlanOptions, runner, type StoreOptions } from "./runner.ts";
import { type IndexSelection, isel, type Selection, sel } from "./select.ts";
import {
  type HistogramOptions,
  histogram,
  histogramBinEdges,
  type PercentileOptions,
  percentile,
  type ThresholdOptions,
  thresholdOf,
} from "./tally.ts";
import type { TensordotAxes } from "./tensordot.ts";
import { flip, slice, transpose } from "./view.ts";
import { type RescaleOptions, rescale, thresholdBy } from "./whole-array.ts";

/** A computed array: C order. */
export interface ComputedArray<D extends DType = DType> {
  readonly dtype: D;
  readonly shape: readonly number[];
  readonly data: TypedArrayOf[D];
}

/**
 * A lazy chunked array, as dask.array's: operations return new arrays and read nothing but metadata; `compute`, `toZarr`
 * and `plan` compile them. Frozen: two arrays may share what they are computed from.
 */
export class LazyArray<D extends DType = DType> extends ElementwiseMethods<D> {
  /** The graph behind it, for those who compile by themselves. */
  readonly node: ArrayNode;

  constructor(node: ArrayNode) {
    super();
    this.node = node;
    Object.freeze(this);
  }

  protected derive<E extends DType>(node: ArrayNode): LazyArray<E> {
    return new LazyArray<E>(node);
  }

  get shape(): readonly number[] {
    return this.node.shape;
  }

  /** The sizes of the blocks along each axis: [[5, 5], [65]]. */
  get chunks(): Chunks {
    return this.node.chunks;
  }

  /** The largest block along each axis: Dask's `chunksize`. */
  get chunkShape(): readonly number[] {
    return largestBlock(this.node.chunks);
  }

  get dtype(): D {
    return this.node.dtype as D;
  }

  /** Bytes of the whole array in memory. */
  get nbytes(): number {
    return sizeOf(this.node.shape) * itemSize(this.node.dtype);
  }

  get ndim(): number {
    return this.node.shape.length;
  }

  get axes(): readonly Axis[] {
    return this.node.axes;
  }

  /** A kernel on each chunk by itself: dask.array.map_blocks. */
  mapBlocks<E extends DType = DType>(
    kernel: KernelCall,
    options?: MapBlocksOptions & { readonly dtype?: E },
  ): LazyArray<E>;
  /** The same with an own kernel: an exported function, or `moduleKernel("file.ts", "name")`. */
  mapBlocks<E extends DType = D>(
    kernel: OwnKernel,
    options?: MapOwnOptions & { readonly dtype?: E },
  ): LazyArray<E>;
  mapBlocks(kernel: KernelCall | OwnKernel, options: MapBlocksOptions & MapOwnOptions = {}): LazyArray {
    return new LazyArray(mapBlocksAny([this.node], kernel, options));
  }

  /** A kernel on each chunk extended by its neighbourhood, trimmed afterwards: dask.array.map_overlap. */
  mapOverlap<E extends DType = DType>(
    kernel: KernelCall,
    options: MapOverlapOptions & { readonly dtype?: E },
  ): LazyArray<E>;
  /** The same with an own kernel. */
  mapOverlap<E extends DType = D>(
    kernel: OwnKernel,
    options: MapOverlapOwnOptions & { readonly dtype?: E },
  ): LazyArray<E>;
  mapOverlap(kernel: KernelCall | OwnKernel, options: MapOverlapOptions & MapOverlapOwnOptions): LazyArray {
    return new LazyArray(mapOverlapAny([this.node], kernel, options));
  }

  /** The blocks with their halos, side by side and not trimmed: dask.array.overlap.overlap. */
  overlap(options: HaloOptions): LazyArray<D> {
    return new LazyArray<D>(overlap(this.node, options));
  }

  /** The same with neighbours within the array alone: dask.array.overlap.overlap_internal. */
  overlapInternal(options: Pick<HaloOptions, "depth">): LazyArray<D> {
    return new LazyArray<D>(overlapInternal(this.node, options));
  }

  /** The same values in other chunks; -1 is a whole axis: dask.array.rechunk. */
  rechunk(chunks: ChunkArgument): LazyArray<D> {
    return new LazyArray<D>(rechunk(this.node, chunks));
  }

  /** numpy's basic indexing: `image.slice("0, :, 10:20, ::-2")`, or entries such as [0, { start: 10, stop: 20 }]. */
  slice(index: string | readonly IndexEntry[]): LazyArray<D> {
    return new LazyArray<D>(slice(this.node, index));
  }

  /** By axis name: labels, the element nearest to a coordinate, or a range of coordinates. As xarray's sel. */
  sel(selection: Selection): LazyArray<D> {
    return new LazyArray<D>(sel(this.node, selection));
  }

  /** By axis name and place: elements, slices, lists. As xarray's isel. */
  isel(selection: IndexSelection): LazyArray<D> {
    return new LazyArray<D>(isel(this.node, selection));
  }

  /** numpy.transpose: axes by index or name; reversed without any. */
  transpose(order?: readonly (number | string)[]): LazyArray<D> {
    return new LazyArray<D>(transpose(this.node, order));
  }

  /** Elements added at the ends of axes, by numpy's modes: numpy.pad, dask.array.pad. */
  pad(padWidth: PadWidth, options: PadOptions = {}): LazyArray<D> {
    return new LazyArray<D>(pad(this.node, padWidth, options));
  }

  /** numpy.flip, along one axis, several, or all. */
  flip(axis?: number | string | readonly (number | string)[]): LazyArray<D> {
    return new LazyArray<D>(flip(this.node, axis));
  }

  /** Another dtype: floats truncate and saturate into integers (NaN is 0), integers wrap. */
  astype<E extends DType>(dtype: E): LazyArray<E> {
    return new LazyArray<E>(castTo(this.node, dtype));
  }

  /** Exact in 64 bits for integers (wrapping beyond), exact and rounded once for floats: numpy.sum. */
  sum(options: ReduceOptions = {}): LazyArray {
    return new LazyArray(reduce(this.node, "sum", options));
  }

  /** numpy.mean. */
  mean(options: ReduceOptions = {}): LazyArray {
    return new LazyArray(reduce(this.node, "mean", options));
  }

  /** numpy.min. */
  min(options: ReduceOptions = {}): LazyArray<D> {
    return new LazyArray<D>(reduce(this.node, "min", options));
  }

  /** numpy.max. */
  max(options: ReduceOptions = {}): LazyArray<D> {
    return new LazyArray<D>(reduce(this.node, "max", options));
  }

  /** numpy.std. */
  std(options: ReduceOptions = {}): LazyArray {
    return new LazyArray(reduce(this.node, "std", options));
  }

  /** numpy.var. */
  var(options: ReduceOptions = {}): LazyArray {
    return new LazyArray(reduce(this.node, "var", options));
  }

  /** numpy.prod: integers wrap at 64 bits; floats are multiplied in an order that the chunks fix. */
  prod(options: ReduceOptions = {}): LazyArray {
    return new LazyArray(reduce(this.node, "prod", options));
  }

  /** numpy.any: whether an element is not 0. */
  any(options: ReduceOptions = {}): LazyArray<"bool"> {
    return new LazyArray<"bool">(reduce(this.node, "any", options));
  }

  /** numpy.all: whether no element is 0. */
  all(options: ReduceOptions = {}): LazyArray<"bool"> {
    return new LazyArray<"bool">(reduce(this.node, "all", options));
  }

  /** numpy.argmax: the first of equal elements; over one axis, or all flattened. */
  argmax(options: ReduceOptions = {}): LazyArray<"int64"> {
    return new LazyArray<"int64">(reduce(this.node, "argmax", options));
  }

  /** numpy.argmin: the first of equal elements; over one axis, or all flattened. */
  argmin(options: ReduceOptions = {}): LazyArray<"int64"> {
    return new LazyArray<"int64">(reduce(this.node, "argmin", options));
  }

  /** numpy.nansum: NaN counts as 0. */
  nansum(options: ReduceOptions = {}): LazyArray {
    return new LazyArray(reduce(this.node, "nansum", options));
  }

  /** numpy.nanmean: without NaN. */
  nanmean(options: ReduceOptions = {}): LazyArray {
    return new LazyArray(reduce(this.node, "nanmean", options));
  }

  /** numpy.nanmin: without NaN. */
  nanmin(options: ReduceOptions = {}): LazyArray<D> {
    return new LazyArray<D>(reduce(this.node, "nanmin", options));
  }

  /** numpy.nanmax: without NaN. */
  nanmax(options: ReduceOptions = {}): LazyArray<D> {
    return new LazyArray<D>(reduce(this.node, "nanmax", options));
  }

  /** numpy.nanstd: without NaN. */
  nanstd(options: ReduceOptions = {}): LazyArray {
    return new LazyArray(reduce(this.node, "nanstd", options));
  }

  /** numpy.nanvar: without NaN. */
  nanvar(options: ReduceOptions = {}): LazyArray {
    return new LazyArray(reduce(this.node, "nanvar", options));
  }

  /** numpy.nanprod: NaN counts as 1. */
  nanprod(options: ReduceOptions = {}): LazyArray {
    return new LazyArray(reduce(this.node, "nanprod", options));
  }

  /** numpy.nanargmax: without NaN. */
  nanargmax(options: ReduceOptions = {}): LazyArray<"int64"> {
    return new LazyArray<"int64">(reduce(this.node, "nanargmax", options));
  }

  /** numpy.nanargmin: without NaN. */
  nanargmin(options: ReduceOptions = {}): LazyArray<"int64"> {
    return new LazyArray<"int64">(reduce(this.node, "nanargmin", options));
  }

  /** numpy.cumsum along an axis: integers wrap at 64 bits; each sum of floats is exact and rounded once. */
  cumsum(options: CumulateOptions = {}): LazyArray {
    return new LazyArray(cumulate(this.node, "cumsum", options));
  }

  /** numpy.cumprod along an axis; of floats in an order that the chunks fix. */
  cumprod(options: CumulateOptions = {}): LazyArray {
    return new LazyArray(cumulate(this.node, "cumprod", options));
  }

  /** How many elements lie in each of `bins` bins, int64: the counts of numpy.histogram. */
  histogram(options: HistogramOptions = {}): LazyArray<"int64"> {
    return new LazyArray<"int64">(histogram(this.node, options));
  }

  /** The edges of those bins: numpy.histogram_bin_edges. */
  histogramBinEdges(options: HistogramOptions = {}): LazyArray {
    return new LazyArray(histogramBinEdges(this.node, options));
  }

  /** Percentiles of the whole array, exact: numpy.percentile. 0-d for one number, a list for a list. */
  percentile(q: number | readonly number[], options: PercentileOptions = {}): LazyArray<"float64"> {
    return new LazyArray<"float64">(percentile(this.node, q, options));
  }

  /** The median of the whole array, exact: its 50th percentile, 0-d. */
  median(): LazyArray<"float64"> {
    return new LazyArray<"float64">(percentile(this.node, 50, { step: "median" }));
  }

  /** The whole array's threshold, 0-d: skimage.filters.threshold_otsu. */
  otsu(options: ThresholdOptions = {}): LazyArray {
    return new LazyArray(thresholdOf(this.node, "otsu", options));
  }

  /** The whole array's threshold, 0-d: skimage.filters.threshold_li. */
  li(options: Omit<ThresholdOptions, "nbins"> = {}): LazyArray {
    return new LazyArray(thresholdOf(this.node, "li", options));
  }

  /** The whole array's threshold, 0-d: skimage.filters.threshold_yen. */
  yen(options: ThresholdOptions = {}): LazyArray {
    return new LazyArray(thresholdOf(this.node, "yen", options));
  }

  /** The whole array's threshold, 0-d: skimage.filters.threshold_triangle. */
  triangle(options: ThresholdOptions = {}): LazyArray {
    return new LazyArray(thresholdOf(this.node, "triangle", options));
  }

  /** The whole array's threshold, 0-d: skimage.filters.threshold_isodata. */
  isodata(options: ThresholdOptions = {}): LazyArray {
    return new LazyArray(thresholdOf(this.node, "isodata", options));
  }

  /** Where elements lie above `otsu()`. */
  thresholdOtsu(options: ThresholdOptions = {}): LazyArray<"bool"> {
    return new LazyArray<"bool">(thresholdBy(this.node, "otsu", options));
  }

  /** Where elements lie above `li()`. */
  thresholdLi(options: Omit<ThresholdOptions, "nbins"> = {}): LazyArray<"bool"> {
    return new LazyArray<"bool">(thresholdBy(this.node, "li", options));
  }

  /** Where elements lie above `yen()`. */
  thresholdYen(options: ThresholdOptions = {}): LazyArray<"bool"> {
    return new LazyArray<"bool">(thresholdBy(this.node, "yen", options));
  }

  /** Where elements lie above `triangle()`. */
  thresholdTriangle(options: ThresholdOptions = {}): LazyArray<"bool"> {
    return new LazyArray<"bool">(thresholdBy(this.node, "triangle", options));
  }

  /** Where elements lie above `isodata()`. */
  thresholdIsodata(options: ThresholdOptions = {}): LazyArray<"bool"> {
    return new LazyArray<"bool">(thresholdBy(this.node, "isodata", options));
  }

  /** Where elements lie above the mean of the whole array. */
  thresholdMean(options: Omit<ThresholdOptions, "nbins"> = {}): LazyArray<"bool"> {
    return new LazyArray<"bool">(thresholdBy(this.node, "mean", options));
  }

  /** Intensities stretched by ranges of the whole array, whatever its chunks: skimage.exposure.rescale_intensity. */
  rescale(options: RescaleOptions = {}): LazyArray {
    return new LazyArray(rescale(this.node, options));
  }

  /** The distance of what isn't 0 to the nearest 0, anywhere in the array: scipy.ndimage.distance_transform_edt. */
  distanceTransform(options: DistanceTransformOptions = {}): LazyArray<"float64"> {
    return new LazyArray<"float64">(distanceTransform(this.node, options));
  }

  /** Labels grown into the background up to a distance: skimage.segmentation.expand_labels. */
  expandLabels(options: ExpandLabelsOptions = {}): LazyArray<D> {
    return new LazyArray<D>(expandLabels(this.node, options));
  }

  /** The plan, before a byte is computed: plain JSON, with stages, tasks and projected memory. */
  plan(options: PlanOptions = {}) {
    return runner().plan(this.node, options);
  }

  /** Computes the whole array into memory. */
  async compute(options: ComputeOptions = {}): Promise<ComputedArray<D>> {
    return (await runner().compute(this.node, options)) as ComputedArray<D>;
  }

  /** Computes the array into a Zarr store: an OME-Zarr image where axes are typed or a pyramid is asked for. */
  toZarr(uri: string, options: StoreOptions = {}) {
    return runner().store(this.node, uri, options);
  }
}

/** A lazy array over a Zarr array, or the full resolution of an OME-Zarr image: dask.array.from_zarr. */
export async function fromZarr(uri: string, options: FromZarrOptions = {}): Promise<LazyArray> {
  return new LazyArray(await openZarr(uri, options));
}

/** A lazy TCZYX array over an image of a TIFF or OME-TIFF. */
export async function fromTiff(uri: string, options: FromTiffOptions = {}): Promise<LazyArray> {
  return new LazyArray(await openTiff(uri, options));
}

/** Arrays of one shape along a new axis: dask.array.stack. */
export function stack(arrays: readonly LazyArray[], axis = 0): LazyArray {
  return new LazyArray(
    stackNodes(
      arrays.map((array) => array.node),
      axis,
    ),
  );
}

/** Arrays one after another along an axis: dask.array.concatenate. */
export function concatenate(arrays: readonly LazyArray[], axis: number | string = 0): LazyArray {
  return new LazyArray(
    concatenateNodes(
      arrays.map((array) => array.node),
      axis,
    ),
  );
}

/** Sums of products over axes of two arrays: dask.array.tensordot. */
export function tensordot(a: LazyArray, b: LazyArray, axes: TensordotAxes = 2): LazyArray {
  return a.tensordot(b, axes);
}
