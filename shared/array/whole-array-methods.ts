import type { DType } from "../block/dtype.ts";
import { type DistanceTransformOptions, distanceTransform } from "./distance-transform.ts";
import { ElementwiseMethods } from "./elementwise-methods.ts";
import { type ExpandLabelsOptions, expandLabels } from "./expand-labels.ts";
import type { LazyArray } from "./lazy-array.ts";
import {
  type HistogramOptions,
  histogram,
  histogramBinEdges,
  type PercentileOptions,
  percentile,
  type ThresholdOptions,
  thresholdOf,
} from "./tally.ts";
import { type RescaleOptions, rescale, thresholdBy } from "./whole-array.ts";

/** The methods of lazy arrays that look at the whole array, whatever its chunks: what its elements' counts tell, and distances. */
export abstract class WholeArrayMethods<D extends DType> extends ElementwiseMethods<D> {
  /** How many elements lie in each of `bins` bins, int64: the counts of numpy.histogram. */
  histogram(options: HistogramOptions = {}): LazyArray<"int64"> {
    return this.derive<"int64">(histogram(this.node, options));
  }

  /** The edges of those bins: numpy.histogram_bin_edges. */
  histogramBinEdges(options: HistogramOptions = {}): LazyArray {
    return this.derive(histogramBinEdges(this.node, options));
  }

  /** Percentiles of the whole array, exact: numpy.percentile. 0-d for one number, a list for a list. */
  percentile(q: number | readonly number[], options: PercentileOptions = {}): LazyArray<"float64"> {
    return this.derive<"float64">(percentile(this.node, q, options));
  }

  /** The median of the whole array, exact: its 50th percentile, 0-d. */
  median(): LazyArray<"float64"> {
    return this.derive<"float64">(percentile(this.node, 50, { step: "median" }));
  }

  /** The whole array's threshold, 0-d: skimage.filters.threshold_otsu. */
  otsu(options: ThresholdOptions = {}): LazyArray {
    return this.derive(thresholdOf(this.node, "otsu", options));
  }

  /** The whole array's threshold, 0-d: skimage.filters.threshold_li. */
  li(options: Omit<ThresholdOptions, "nbins"> = {}): LazyArray {
    return this.derive(thresholdOf(this.node, "li", options));
  }

  /** The whole array's threshold, 0-d: skimage.filters.threshold_yen. */
  yen(options: ThresholdOptions = {}): LazyArray {
    return this.derive(thresholdOf(this.node, "yen", options));
  }

  /** The whole array's threshold, 0-d: skimage.filters.threshold_triangle. */
  triangle(options: ThresholdOptions = {}): LazyArray {
    return this.derive(thresholdOf(this.node, "triangle", options));
  }

  /** The whole array's threshold, 0-d: skimage.filters.threshold_isodata. */
  isodata(options: ThresholdOptions = {}): LazyArray {
    return this.derive(thresholdOf(this.node, "isodata", options));
  }

  /** Where elements lie above `otsu()`. */
  thresholdOtsu(options: ThresholdOptions = {}): LazyArray<"bool"> {
    return this.derive<"bool">(thresholdBy(this.node, "otsu", options));
  }

  /** Where elements lie above `li()`. */
  thresholdLi(options: Omit<ThresholdOptions, "nbins"> = {}): LazyArray<"bool"> {
    return this.derive<"bool">(thresholdBy(this.node, "li", options));
  }

  /** Where elements lie above `yen()`. */
  thresholdYen(options: ThresholdOptions = {}): LazyArray<"bool"> {
    return this.derive<"bool">(thresholdBy(this.node, "yen", options));
  }

  /** Where elements lie above `triangle()`. */
  thresholdTriangle(options: ThresholdOptions = {}): LazyArray<"bool"> {
    return this.derive<"bool">(thresholdBy(this.node, "triangle", options));
  }

  /** Where elements lie above `isodata()`. */
  thresholdIsodata(options: ThresholdOptions = {}): LazyArray<"bool"> {
    return this.derive<"bool">(thresholdBy(this.node, "isodata", options));
  }

  /** Where elements lie above the mean of the whole array. */
  thresholdMean(options: Omit<ThresholdOptions, "nbins"> = {}): LazyArray<"bool"> {
    return this.derive<"bool">(thresholdBy(this.node, "mean", options));
  }

  /** Intensities stretched by ranges of the whole array, whatever its chunks: skimage.exposure.rescale_intensity. */
  rescale(options: RescaleOptions = {}): LazyArray {
    return this.derive(rescale(this.node, options));
  }

  /** The distance of what isn't 0 to the nearest 0, anywhere in the array: scipy.ndimage.distance_transform_edt. */
  distanceTransform(options: DistanceTransformOptions = {}): LazyArray<"float64"> {
    return this.derive<"float64">(distanceTransform(this.node, options));
  }

  /** Labels grown into the background up to a distance: skimage.segmentation.expand_labels. */
  expandLabels(options: ExpandLabelsOptions = {}): LazyArray<D> {
    return this.derive<D>(expandLabels(this.node, options));
  }
}
