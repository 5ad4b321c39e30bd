import type { DType } from "../block/dtype.ts";
import { ArrangeMethods } from "./arrange-methods.ts";
import {
  type ConnectivityOptions,
  fillHoles,
  type HysteresisOptions,
  hysteresis,
  removeSmall,
  removeSmallHoles,
  type SizeOptions,
} from "./components.ts";
import { type LabelOptions, label } from "./label.ts";
import type { LazyArray } from "./lazy-array.ts";
import { LazyTable } from "./lazy-table.ts";
import { type MeasureNodeOptions, measure } from "./measure.ts";
import {
  type CannyOptions,
  canny,
  type PeakLocalMaxOptions,
  peakLocalMax,
  type WatershedNodeOptions,
  watershed,
} from "./pictures.ts";

export interface MeasureOptions extends Omit<MeasureNodeOptions, "image"> {
  /** Intensities to measure under each label, of the labels' shape. */
  readonly image?: LazyArray;
}

export interface WatershedOptions extends Omit<WatershedNodeOptions, "markers" | "mask"> {
  /** Integers (0 is none), or a mask of markers, whose components are then labelled. */
  readonly markers: LazyArray;
  /** Nothing is flooded where it is 0. */
  readonly mask?: LazyArray;
}

/** The methods of lazy arrays that work on whole objects, whatever the chunks. */
export abstract class ObjectMethods<D extends DType> extends ArrangeMethods<D> {
  /** Connected components of the whole array, whatever its chunks: scipy.ndimage.label. */
  label(options: LabelOptions = {}): LazyArray {
    return this.derive(label(this.node, options));
  }

  /** Without small components of a mask, or without rare labels of an integer image: skimage.morphology.remove_small_objects. */
  removeSmall(options: SizeOptions): LazyArray<D> {
    return this.derive<D>(removeSmall(this.node, options));
  }

  /** A mask with its small holes filled: skimage.morphology.remove_small_holes. */
  removeSmallHoles(options: SizeOptions): LazyArray<"bool"> {
    return this.derive<"bool">(removeSmallHoles(this.node, options));
  }

  /** A mask with its holes filled, those that aren't joined to the border: scipy.ndimage.binary_fill_holes. */
  fillHoles(options: ConnectivityOptions = {}): LazyArray<"bool"> {
    return this.derive<"bool">(fillHoles(this.node, options));
  }

  /** What is above `low` and hangs together with something above `high`: skimage.filters.apply_hysteresis_threshold. */
  hysteresis(options: HysteresisOptions): LazyArray<"bool"> {
    return this.derive<"bool">(hysteresis(this.node, options));
  }

  /** Edges of each plane, as a mask: skimage.feature.canny. */
  canny(options: CannyOptions = {}): LazyArray<"bool"> {
    return this.derive<"bool">(canny(this.node, options));
  }

  /** Where each picture has its local maxima, as a mask: skimage.feature.peak_local_max. */
  peakLocalMax(options: PeakLocalMaxOptions = {}): LazyArray<"bool"> {
    return this.derive<"bool">(peakLocalMax(this.node, options));
  }

  /** Basins of an image, flooded from markers within a mask: skimage.segmentation.watershed. */
  watershed(options: WatershedOptions): LazyArray {
    const { markers, mask, ...rest } = options;
    return this.derive(
      watershed(this.node, { ...rest, markers: markers.node, ...(mask ? { mask: mask.node } : {}) }),
    );
  }

  /**
   * A table with a row for each label of an integer image: area, centroid, bounding box, and intensities of `image`. Equals
   * skimage.measure.regionprops_table.
   */
  measure(options: MeasureOptions = {}): LazyTable {
    const { image, ...rest } = options;
    return new LazyTable(measure(this.node, { ...rest, ...(image ? { image: image.node } : {}) }));
  }
}
