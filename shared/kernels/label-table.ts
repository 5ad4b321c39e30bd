import type { Axis } from "../block/axes.ts";
import { allocate, type DType, isFloat, type TypedArray } from "../block/dtype.ts";
import { type LabelRows, type RowLayout, sumUnit } from "./label-rows.ts";

/** What `measure` tells of each label, by scikit-image's names; `centroid_physical` is in the axes' units. */
export const PROPERTIES = [
  "label",
  "area",
  "centroid",
  "centroid_physical",
  "bbox",
  "intensity_mean",
  "intensity_min",
  "intensity_max",
  "intensity_sum",
  "centroid_weighted",
] as const;
export type Property = (typeof PROPERTIES)[number];

/** Those that need an image. */
export function needsImage(property: Property): boolean {
  return property.startsWith("intensity") || property === "centroid_weighted";
}

/** One column of a table. */
export interface TableColumn {
  readonly name: string;
  readonly data: TypedArray;
}

/** What the rows must hold for these properties. */
export function rowLayout(
  properties: readonly Property[],
  rank: number,
  labelDType: DType,
  image: DType | undefined,
): RowLayout {
  return {
    rank,
    labelDType,
    coordinates: properties.some((name) => name === "centroid" || name === "centroid_physical"),
    box: properties.includes("bbox"),
    image: properties.some(needsImage) ? image : undefined,
    weighted: properties.includes("centroid_weighted"),
  };
}

/**
 * The columns of a table, by ascending label: as skimage.measure.regionprops_table names them, one a number: centroid-0, bbox-0
 * and so on.
 */
export function tableColumns(
  rows: LabelRows,
  layout: RowLayout,
  properties: readonly Property[],
  axes: readonly Pick<Axis, "scale" | "translation">[],
): TableColumn[] {
  const order = Uint32Array.from(rows.labels, (_, i) => i);
  order.sort((a, b) => (rows.labels[a]! < rows.labels[b]! ? -1 : 1));
  return properties.flatMap((name) => columnsOf(name, rows, order, layout, axes));
}

function columnsOf(
  name: Property,
  rows: LabelRows,
  order: Uint32Array,
  { labelDType, image, rank }: RowLayout,
  axes: readonly Pick<Axis, "scale" | "translation">[],
): TableColumn[] {
  const floats = (suffix: string, value: (i: number) => number): TableColumn => ({
    name: `${name}${suffix}`,
    data: Float64Array.from(order, value),
  });
  const perAxis = (value: (axis: number, i: number) => number): TableColumn[] =>
    Array.from({ length: rank }, (_, axis) => floats(`-${axis}`, (i) => value(axis, i)));
  const centre = (axis: number, i: number): number => rows.coordinates[axis]![i]! / rows.area[i]!;
  const sum = (k: number, i: number): number => sumValue(rows, image!, k, i);
  switch (name) {
    case "label":
      return [{ name, data: filled(labelDType === "bool" ? "uint8" : labelDType, rows.labels, order) }];
    case "area":
      return [floats("", (i) => rows.area[i]!)];
    case "centroid":
      return perAxis(centre);
    case "centroid_physical":
      return perAxis((axis, i) => axes[axis]!.translation + axes[axis]!.scale * centre(axis, i));
    case "bbox":
      return [...rows.low, ...rows.high].map((side, k) => ({
        name: `bbox-${k}`,
        data: Int32Array.from(order, (i) => side[i]!),
      }));
    case "intensity_mean":
      return [floats("", (i) => sum(0, i) / rows.area[i]!)];
    case "intensity_min":
      return [{ name, data: filled(shownDType(image!), rows.minimum, order) }];
    case "intensity_max":
      return [{ name, data: filled(shownDType(image!), rows.maximum, order) }];
    case "intensity_sum":
      return [
        isFloat(image!) ? floats("", (i) => sum(0, i)) : { name, data: integerSums(rows, order, image!) },
      ];
    case "centroid_weighted":
      return perAxis((axis, i) => sum(axis + 1, i) / sum(0, i));
  }
}

function shownDType(image: DType): DType {
  return image === "bool" ? "uint8" : image === "float16" ? "float32" : image;
}

function filled(dtype: DType, values: readonly (number | bigint)[], order: Uint32Array): TypedArray {
  const data = allocate(dtype, values.length);
  for (const [to, i] of order.entries()) data[to] = values[i] as never;
  return data;
}

/** In 64 bits, wrapping as numpy's sums do. */
function integerSums({ sums }: LabelRows, order: Uint32Array, image: DType): TypedArray {
  const signed = image.startsWith("int");
  const data = allocate(signed ? "int64" : "uint64", sums[0]!.length);
  for (const [to, i] of order.entries()) {
    const sum = sums[0]![i]!;
    data[to] = (signed ? BigInt.asIntN(64, sum) : BigInt.asUintN(64, sum)) as never;
  }
  return data;
}

/** A sum as the nearest double. */
function sumValue(rows: LabelRows, image: DType, k: number, i: number): number {
  const flags = rows.flags[k]![i]!;
  if (flags & 4 || (flags & 3) === 3) return Number.NaN;
  if (flags) return flags & 1 ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
  return scaled(rows.sums[k]![i]!, sumUnit(image, k));
}

/** value * 2^exponent, rounded once. A result below the normal doubles has few enough digits to be exact. */
function scaled(value: bigint, exponent: number): number {
  const near = Number(value);
  if (Number.isFinite(near)) return near * 2 ** Math.ceil(exponent / 2) * 2 ** Math.floor(exponent / 2);
  // Too large for a double before it is scaled: the lowest bits become one that only tells that there were some.
  const high = value >> 900n;
  const sticky = high << 900n === value ? high : high | 1n;
  return Number(sticky) * 2 ** (900 + exponent);
}
