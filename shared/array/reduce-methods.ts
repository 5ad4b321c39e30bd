import type { DType } from "../block/dtype.ts";
import { type CumulateOptions, cumulate } from "./cumulate.ts";
import type { LazyArray } from "./lazy-array.ts";
import { type ReduceOptions, reduce } from "./reduce.ts";
import { WholeArrayMethods } from "./whole-array-methods.ts";

/** The methods of lazy arrays that reduce axes, and running sums. Results don't depend on the chunks but where a method says so. */
export abstract class ReduceMethods<D extends DType> extends WholeArrayMethods<D> {
  /** Exact in 64 bits for integers (wrapping beyond), exact and rounded once for floats: numpy.sum. */
  sum(options: ReduceOptions = {}): LazyArray {
    return this.derive(reduce(this.node, "sum", options));
  }

  /** numpy.mean. */
  mean(options: ReduceOptions = {}): LazyArray {
    return this.derive(reduce(this.node, "mean", options));
  }

  /** numpy.min. */
  min(options: ReduceOptions = {}): LazyArray<D> {
    return this.derive<D>(reduce(this.node, "min", options));
  }

  /** numpy.max. */
  max(options: ReduceOptions = {}): LazyArray<D> {
    return this.derive<D>(reduce(this.node, "max", options));
  }

  /** numpy.std. */
  std(options: ReduceOptions = {}): LazyArray {
    return this.derive(reduce(this.node, "std", options));
  }

  /** numpy.var. */
  var(options: ReduceOptions = {}): LazyArray {
    return this.derive(reduce(this.node, "var", options));
  }

  /** numpy.prod: integers wrap at 64 bits; floats are multiplied in an order that the chunks fix. */
  prod(options: ReduceOptions = {}): LazyArray {
    return this.derive(reduce(this.node, "prod", options));
  }

  /** numpy.any: whether an element is not 0. */
  any(options: ReduceOptions = {}): LazyArray<"bool"> {
    return this.derive<"bool">(reduce(this.node, "any", options));
  }

  /** numpy.all: whether no element is 0. */
  all(options: ReduceOptions = {}): LazyArray<"bool"> {
    return this.derive<"bool">(reduce(this.node, "all", options));
  }

  /** numpy.argmax: the first of equal elements; over one axis, or all flattened. */
  argmax(options: ReduceOptions = {}): LazyArray<"int64"> {
    return this.derive<"int64">(reduce(this.node, "argmax", options));
  }

  /** numpy.argmin: the first of equal elements; over one axis, or all flattened. */
  argmin(options: ReduceOptions = {}): LazyArray<"int64"> {
    return this.derive<"int64">(reduce(this.node, "argmin", options));
  }

  /** numpy.nansum: NaN counts as 0. */
  nansum(options: ReduceOptions = {}): LazyArray {
    return this.derive(reduce(this.node, "nansum", options));
  }

  /** numpy.nanmean: without NaN. */
  nanmean(options: ReduceOptions = {}): LazyArray {
    return this.derive(reduce(this.node, "nanmean", options));
  }

  /** numpy.nanmin: without NaN. */
  nanmin(options: ReduceOptions = {}): LazyArray<D> {
    return this.derive<D>(reduce(this.node, "nanmin", options));
  }

  /** numpy.nanmax: without NaN. */
  nanmax(options: ReduceOptions = {}): LazyArray<D> {
    return this.derive<D>(reduce(this.node, "nanmax", options));
  }

  /** numpy.nanstd: without NaN. */
  nanstd(options: ReduceOptions = {}): LazyArray {
    return this.derive(reduce(this.node, "nanstd", options));
  }

  /** numpy.nanvar: without NaN. */
  nanvar(options: ReduceOptions = {}): LazyArray {
    return this.derive(reduce(this.node, "nanvar", options));
  }

  /** numpy.nanprod: NaN counts as 1. */
  nanprod(options: ReduceOptions = {}): LazyArray {
    return this.derive(reduce(this.node, "nanprod", options));
  }

  /** numpy.nanargmax: without NaN. */
  nanargmax(options: ReduceOptions = {}): LazyArray<"int64"> {
    return this.derive<"int64">(reduce(this.node, "nanargmax", options));
  }

  /** numpy.nanargmin: without NaN. */
  nanargmin(options: ReduceOptions = {}): LazyArray<"int64"> {
    return this.derive<"int64">(reduce(this.node, "nanargmin", options));
  }

  /** numpy.cumsum along an axis: integers wrap at 64 bits; each sum of floats is exact and rounded once. */
  cumsum(options: CumulateOptions = {}): LazyArray {
    return this.derive(cumulate(this.node, "cumsum", options));
  }

  /** numpy.cumprod along an axis; of floats in an order that the chunks fix. */
  cumprod(options: CumulateOptions = {}): LazyArray {
    return this.derive(cumulate(this.node, "cumprod", options));
  }
}
