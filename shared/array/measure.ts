import type { DType } from "../block/dtype.ts";
import { isFloat } from "../block/dtype.ts";
import { LamellaError } from "../errors.ts";
import { needsImage, PROPERTIES, type Property } from "../kernels/label-table.ts";
import { hintOfNames } from "../nearest-name.ts";
import type { ArrayFacts, ArrayNode } from "./nodes.ts";

/** A table with a row for each label of an integer image. It has the facts of an array of no axes: it is never read as one. */
export interface MeasureNode extends ArrayFacts {
  readonly kind: "measure";
  readonly labels: ArrayNode;
  readonly image?: ArrayNode;
  readonly properties: readonly Property[];
}

export type { Property };

export interface MeasureNodeOptions {
  /** Intensities, of the labels' shape. */
  readonly image?: ArrayNode;
  /** What is told of each label, in this order after the label itself; default: all that need no more than what is given. */
  readonly properties?: readonly Property[];
  readonly step?: string;
}

/**
 * Measures each label (each value but 0) over the whole array, whatever the chunks. Equals
 * skimage.measure.regionprops_table, with exact sums rounded once. Throws UNSUPPORTED_DTYPE for float labels,
 * SHAPE_MISMATCH, and INVALID_ARGUMENT for a property that isn't known or needs an image.
 */
export function measure(labels: ArrayNode, options: MeasureNodeOptions = {}): MeasureNode {
  const { image, step = "measure" } = options;
  if (isFloat(labels.dtype)) {
    throw new LamellaError("UNSUPPORTED_DTYPE", `step ${step}: labels are integers, not ${labels.dtype}`, {
      hint: "Label a mask first (op label), or cast to an integer dtype.",
      details: { step, dtype: labels.dtype },
    });
  }
  if (
    image &&
    (image.shape.length !== labels.shape.length || image.shape.some((n, i) => n !== labels.shape[i]))
  ) {
    throw new LamellaError(
      "SHAPE_MISMATCH",
      `step ${step}: the image is ${image.shape.join(" x ")}, the labels ${labels.shape.join(" x ")}`,
      { hint: "Labels and image have one shape: slice the image, a channel for example." },
    );
  }
  const properties = propertiesOf(options.properties, labels, image, step);
  return Object.freeze({
    kind: "measure",
    labels,
    ...(image ? { image } : {}),
    properties,
    shape: [],
    chunks: [],
    dtype: "float64" as DType,
    axes: [],
    step,
  });
}

function propertiesOf(
  wanted: readonly Property[] | undefined,
  labels: ArrayNode,
  image: ArrayNode | undefined,
  step: string,
): Property[] {
  if (wanted === undefined) {
    const physical = labels.axes.some(
      (axis) => axis.unit !== undefined || axis.scale !== 1 || axis.translation !== 0,
    );
    return PROPERTIES.filter(
      (name) =>
        (image !== undefined || !needsImage(name)) &&
        name !== "centroid_weighted" &&
        (physical || name !== "centroid_physical"),
    );
  }
  for (const name of wanted) {
    if (!PROPERTIES.includes(name)) {
      throw new LamellaError("INVALID_ARGUMENT", `step ${step}: there is no property "${name}"`, {
        hint: hintOfNames(name, PROPERTIES),
      });
    }
    if (needsImage(name) && !image) {
      throw new LamellaError("INVALID_ARGUMENT", `step ${step}: ${name} needs an image`, {
        hint: "Give image: the step or input whose intensities are measured.",
      });
    }
  }
  return [...new Set<Property>(["label", ...wanted])];
}
