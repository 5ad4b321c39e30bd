import type { DType } from "../block/dtype.ts";
import type { PerAxis } from "../kernels/per-axis.ts";
import { type AffineOptions, affineTransform } from "./affine.ts";
import { type CoarsenOptions, type CoarsenReduction, coarsen } from "./coarsen.ts";
import { diff } from "./diff.ts";
import type { LazyArray } from "./lazy-array.ts";
import { expandDims, moveaxis, rot90, squeeze, swapaxes } from "./move-axes.ts";
import type { ArrayNode } from "./nodes.ts";
import { broadcastTo, repeat, tile } from "./repeat.ts";
import { reshape } from "./reshape.ts";
import { downscaleLocalMean, type ResizeOptions, resize } from "./resize.ts";
import { roll } from "./roll.ts";
import { take } from "./take.ts";
import { type TensordotAxes, tensordot } from "./tensordot.ts";
import { type ZoomOptions, zoom } from "./zoom.ts";

type AxisName = number | string;

/** The methods of lazy arrays that move, repeat and join elements, or give them another shape. */
export abstract class ArrangeMethods<D extends DType> {
  abstract readonly node: ArrayNode;
  protected abstract derive<E extends DType>(node: ArrayNode): LazyArray<E>;

  /** Elements moved along axes, those beyond an end coming in at the other: numpy.roll. */
  roll(shift: number | readonly number[], axis?: AxisName | readonly AxisName[]): LazyArray<D> {
    return this.derive<D>(roll(this.node, shift, axis));
  }

  /** Elements of an axis by their indices, in any order, repeats too: numpy.take. */
  take(indices: readonly number[], axis: AxisName): LazyArray<D> {
    return this.derive<D>(take(this.node, indices, axis));
  }

  /** The same elements in C order under another shape; -1 is what is left: numpy.reshape. */
  reshape(shape: number | readonly number[]): LazyArray<D> {
    return this.derive<D>(reshape(this.node, shape));
  }

  /** Windows of neighbouring elements reduced to one each, `axes` saying how many along which: dask.array.coarsen. */
  coarsen<R extends CoarsenReduction>(
    reduction: R,
    axes: { readonly [axis: string]: number },
    options: CoarsenOptions = {},
  ): LazyArray<R extends "min" | "max" ? D : DType> {
    return this.derive(coarsen(this.node, reduction, axes, options));
  }

  /** Axes of length 1 taken out: numpy.squeeze. */
  squeeze(axis?: AxisName | readonly AxisName[]): LazyArray<D> {
    return this.derive<D>(squeeze(this.node, axis));
  }

  /** New axes of length 1 at these places of the result: numpy.expand_dims. */
  expandDims(axis: number | readonly number[]): LazyArray<D> {
    return this.derive<D>(expandDims(this.node, axis));
  }

  /** Two axes in each other's place: numpy.swapaxes. */
  swapaxes(a: AxisName, b: AxisName): LazyArray<D> {
    return this.derive<D>(swapaxes(this.node, a, b));
  }

  /** Axes moved to other places: numpy.moveaxis. */
  moveaxis(source: AxisName | readonly AxisName[], destination: number | readonly number[]): LazyArray<D> {
    return this.derive<D>(moveaxis(this.node, source, destination));
  }

  /** A plane turned by quarters, from the first axis towards the second: numpy.rot90. */
  rot90(k = 1, axes: readonly [AxisName, AxisName] = [0, 1]): LazyArray<D> {
    return this.derive<D>(rot90(this.node, k, axes));
  }

  /** Each element of an axis several times in a row: numpy.repeat. */
  repeat(repeats: number, axis: AxisName): LazyArray<D> {
    return this.derive<D>(repeat(this.node, repeats, axis));
  }

  /** The whole array several times along its axes: numpy.tile. */
  tile(reps: number | readonly number[]): LazyArray<D> {
    return this.derive<D>(tile(this.node, reps));
  }

  /** Axes of length 1, and new ones in front, as long as wanted: numpy.broadcast_to. */
  broadcastTo(shape: readonly number[]): LazyArray<D> {
    return this.derive<D>(broadcastTo(this.node, shape));
  }

  /** Differences of neighbours along an axis, `n` times over: numpy.diff. */
  diff(n = 1, axis: AxisName = -1): LazyArray<D> {
    return this.derive<D>(diff(this.node, n, axis));
  }

  /** Sums of products over axes of both arrays, by number or by lists: numpy.tensordot. */
  tensordot(other: LazyArray, axes: TensordotAxes = 2): LazyArray {
    return this.derive(tensordot(this.node, other.node, axes));
  }

  /** `factors` times as many elements per axis, by splines: scipy.ndimage.zoom. */
  zoom<E extends DType = D>(
    factors: PerAxis<number>,
    options: ZoomOptions & { readonly dtype?: E } = {},
  ): LazyArray<E> {
    return this.derive<E>(zoom(this.node, factors, options));
  }

  /** The element of the result at o is this array's at matrix · o + offset, by splines: scipy.ndimage.affine_transform. */
  affineTransform<E extends DType = D>(
    matrix: readonly number[] | readonly (readonly number[])[],
    options: AffineOptions & { readonly dtype?: E } = {},
  ): LazyArray<E> {
    return this.derive<E>(affineTransform(this.node, matrix, options));
  }

  /** The same picture in another number of elements, smoothed first where it shrinks: skimage.transform.resize. */
  resize(outputShape: readonly number[], options: ResizeOptions = {}): LazyArray {
    return this.derive(resize(this.node, outputShape, options));
  }

  /** Windows averaged, the last ones filled up: skimage.transform.downscale_local_mean. */
  downscaleLocalMean(factors: PerAxis<number>, options: { readonly cval?: number } = {}): LazyArray {
    return this.derive(downscaleLocalMean(this.node, factors, options));
  }
}
