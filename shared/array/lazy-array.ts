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
import type { FromHdf5Options } from "./open-hdf5.ts";
import { type FromN5Options, fromN5 as openN5 } from "./open-n5.ts";
import { type PadOptions, type PadWidth, pad } from "./pad.ts";
import { rechunk } from "./rechunk.ts";
import { ReduceMethods } from "./reduce-methods.ts";
import { type ComputeOptions, type PlanOptions, runner, type StoreOptions } from "./runner.ts";
import { type IndexSelection, isel, type Selection, sel } from "./select.ts";
import type { TensordotAxes } from "./tensordot.ts";
import { flip, slice, transpose } from "./view.ts";

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
export class LazyArray<D extends DType = DType> extends ReduceMethods<D> {
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

/** A lazy array over an N5 dataset, axes in C order. */
export async function fromN5(uri: string, options: FromN5Options = {}): Promise<LazyArray> {
  return new LazyArray(await openN5(uri, options));
}

/** A lazy TCZYX array over a scene of a Zeiss CZI. */
export async function fromCzi(uri: string, options: FromTiffOptions = {}): Promise<LazyArray> {
  return new LazyArray(await openTiff(uri, options));
}

/** A lazy array over an HDF5 dataset, or over the image of an Imaris or BigDataViewer file. */
export async function fromHdf5(uri: string, options: FromHdf5Options = {}): Promise<LazyArray> {
  const { fromHdf5: openHdf5 } = await import("./open-hdf5.ts");
  return new LazyArray(await openHdf5(uri, options));
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
