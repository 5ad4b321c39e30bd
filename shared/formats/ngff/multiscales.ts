import type { Axis, ImageMetadata } from "../../block/axes.ts";
import type { DType } from "../../block/dtype.ts";
import type { Json } from "../../errors.ts";
import { type Attributes, type NgffVersion, versioned } from "./attributes.ts";
import { asImageAxes } from "./axes.ts";
import { omeroBlock } from "./omero.ts";

export type DownsampleMethod = "mean" | "mode" | "nearest" | "max" | "min" | "median";

/** One resolution of an image. */
export interface Level {
  /** Of the array, relative to the image's group: "0". */
  readonly path: string;
  readonly shape: readonly number[];
  /** How many elements of level 0 one element covers, per axis: 1 at level 0, then 2, 4, ... where it was halved. */
  readonly factors: readonly number[];
}

export interface ImageAttributesOptions {
  readonly version: NgffVersion;
  readonly metadata: ImageMetadata;
  /** Largest first. */
  readonly levels: readonly Level[];
  readonly method: DownsampleMethod;
  /** How many levels after the first are the source's own, however it made them. */
  readonly reused?: number;
  /** Write an `omero` block, with windows for this dtype where the channels have none. */
  readonly omero?: { readonly dtype: DType };
}

const METHODS: { readonly [method in DownsampleMethod]: string } = {
  mean: "the mean of each window, integers rounded half to even",
  mode: "the most frequent value of each window",
  nearest: "the first element of each window",
  max: "the largest value of each window",
  min: "the smallest value of each window",
  median: "the median of each window",
};

/**
 * The attributes of an image's group: `multiscales`, with each level's scale and, where it isn't nought,
 * translation, and `omero`. Positions are of element centres: a level made from windows is half a window on.
 * Throws SHAPE_MISMATCH where the axes can't be an image's. Source: OME-NGFF 0.4 and 0.5, "multiscales".
 */
export function imageAttributes(options: ImageAttributesOptions): Attributes {
  const { version, metadata, levels, method } = options;
  const axes = asImageAxes(metadata.axes);
  const multiscale = {
    ...(version === "0.4" ? { version } : {}),
    name: metadata.name ?? "image",
    axes: axes.map(ngffAxis),
    datasets: levels.map(({ path, factors }) => ({
      path,
      coordinateTransformations: transformations(axes, factors, method),
    })),
    type: method,
    metadata: {
      method,
      description: describeLevels(options),
      ...(metadata.values === undefined ? {} : { values: metadata.values as unknown as Json }),
    },
  };
  const omero = options.omero === undefined ? {} : { omero: omeroOf(axes, options, options.omero.dtype) };
  return versioned(version, { multiscales: [multiscale], ...omero });
}

function describeLevels({ method, reused = 0, levels }: ImageAttributesOptions): string {
  if (reused === 0) return describeMethod(method);
  const own = reused === 1 ? "Level 1 is" : `Levels 1 to ${reused} are`;
  const rest = reused < levels.length - 1 ? ` ${describeMethod(method)}` : "";
  return `${own} the source's own.${rest}`;
}

/** How levels come of one another, in words. */
export function describeMethod(method: DownsampleMethod): string {
  return `Each level from the one before: ${METHODS[method]}.`;
}

/** Scale and position of a level's elements along an axis, `factor` elements of level 0 being one of the level's. */
export function levelAxis(axis: Axis, factor: number, method: DownsampleMethod): Axis {
  const offset = method === "nearest" ? 0 : ((factor - 1) / 2) * axis.scale;
  return { ...axis, scale: axis.scale * factor, translation: axis.translation + offset };
}

function transformations(
  axes: readonly Axis[],
  factors: readonly number[],
  method: DownsampleMethod,
): Json[] {
  const placed = axes.map((axis, i) => levelAxis(axis, factors[i]!, method));
  const scale = { type: "scale", scale: placed.map((axis) => axis.scale) };
  const translation = placed.map((axis) => axis.translation);
  return translation.every((offset) => offset === 0)
    ? [scale]
    : [scale, { type: "translation", translation }];
}

function ngffAxis({ name, type, unit }: Axis): Attributes {
  return {
    name,
    ...(type === undefined ? {} : { type }),
    ...(unit === undefined || type === "channel" ? {} : { unit }),
  };
}

function omeroOf(
  axes: readonly Axis[],
  { metadata, levels }: ImageAttributesOptions,
  dtype: DType,
): Attributes {
  const shape = levels[0]?.shape ?? [];
  const sizeOf = (find: (axis: Axis) => boolean) => shape[axes.findIndex(find)] ?? 1;
  const count = sizeOf((axis) => axis.type === "channel");
  const channels = Array.from({ length: count }, (_, i) => metadata.channels?.[i]);
  return omeroBlock({ channels, sizeZ: sizeOf((axis) => axis.name.toLowerCase() === "z"), dtype });
}
