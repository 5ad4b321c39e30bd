import { sizeOf } from "../block/block.ts";
import { isFloat } from "../block/dtype.ts";
import { LamellaError } from "../errors.ts";
import { gaussianKernel } from "../kernels/gaussian.ts";
import { callKernel } from "../kernels/kernel-call.ts";
import { expandPerAxis, type PerAxis } from "../kernels/per-axis.ts";
import { rescaleIntensityKernel } from "../kernels/rescale-intensity.ts";
import { hintOfNames } from "../nearest-name.ts";
import { castTo } from "./cast.ts";
import { coarsen } from "./coarsen.ts";
import { mapBlocks, mapOverlap } from "./map.ts";
import type { ArrayNode } from "./nodes.ts";
import { pad } from "./pad.ts";
import { type ResampleMode, zoomTo } from "./zoom.ts";

/** numpy.pad's modes, as skimage takes them, by scipy's names. */
const MODES = {
  constant: "grid-constant",
  edge: "nearest",
  symmetric: "reflect",
  reflect: "mirror",
  wrap: "grid-wrap",
} as const satisfies { [mode: string]: ResampleMode };

export interface ResizeOptions {
  /** 1 (linear, the default) or 0 (the nearest element, the default for bool). */
  readonly order?: 0 | 1;
  /** What lies beyond the ends, by numpy.pad's names; reflect by default. */
  readonly mode?: keyof typeof MODES;
  /** The value with mode constant; 0 by default. */
  readonly cval?: number;
  /** Smooth first, so that what is too fine for the result doesn't show. Default: where axes shrink, but for bool and for nearest elements of integers. */
  readonly antiAliasing?: boolean;
  /** Standard deviation per axis of that; default (factor - 1) / 2. */
  readonly antiAliasingSigma?: PerAxis<number>;
  /** Keep the values of integers as they are; else they become 0 to 1 (signed ones -1 to 1). */
  readonly preserveRange?: boolean;
  readonly step?: string;
}

/**
 * The same picture in another number of elements; a shape shorter than the rank means the last axes. Gives float32 for float16 and float32, float64
 * otherwise; with order 0 the input's dtype. Equals skimage.transform.resize with clip=False: that clips to the image's own range, which
 * shows at the ends with mode constant alone. Scale and origin follow.
 */
export function resize(
  input: ArrayNode,
  outputShape: readonly number[],
  options: ResizeOptions = {},
): ArrayNode {
  const step = options.step ?? "resize";
  const shape = shapeOf(outputShape, input.shape, step);
  if (sizeOf(input.shape) === 0) {
    throw new LamellaError(
      "INVALID_ARGUMENT",
      `step ${step}: an array of [${input.shape.join(", ")}] has no elements that others could be made of`,
      { hint: "Check the slice before it." },
    );
  }
  const order = options.order ?? (input.dtype === "bool" ? 0 : 1);
  if (order !== 0 && order !== 1) {
    throw new LamellaError("INVALID_ARGUMENT", `step ${step}: resize has no order ${String(order)}`, {
      hint: "Use 0 or 1; zoom with gridMode takes 2 and 3.",
    });
  }
  const mode = options.mode ?? "reflect";
  if (!Object.hasOwn(MODES, mode)) {
    throw new LamellaError("INVALID_ARGUMENT", `step ${step}: there is no mode "${String(mode)}"`, {
      hint: hintOfNames(String(mode), Object.keys(MODES)),
    });
  }
  const ndimage = MODES[mode];
  const shrinks = shape.some((n, axis) => n < input.shape[axis]!);
  const exact = order === 0 && !isFloat(input.dtype);
  const smooths = options.antiAliasing ?? (!exact && input.dtype !== "bool" && shrinks);
  if (smooths && (exact || input.dtype === "bool")) {
    throw new LamellaError(
      "INVALID_ARGUMENT",
      `step ${step}: antiAliasing is not for ${input.dtype === "bool" ? "bool" : "nearest elements of integers"}`,
      { hint: "Leave it out, or cast to float32 first." },
    );
  }
  if (options.antiAliasingSigma !== undefined && !smooths) {
    throw new LamellaError(
      "INVALID_ARGUMENT",
      `step ${step}: antiAliasingSigma is given, but nothing is smoothed`,
      {
        hint: "Set antiAliasing, or leave the sigma out.",
      },
    );
  }
  const floating = exact ? input : asFloat(input, order, options.preserveRange ?? false, step);
  const smooth = smooths ? smoothed(floating, shape, ndimage, options, step) : floating;
  return zoomTo(
    smooth,
    shape,
    {
      order,
      mode: ndimage,
      gridMode: true,
      step,
      ...(options.cval === undefined ? {} : { cval: options.cval }),
    },
    "resize",
  );
}

/** skimage's convert_to_float; with order 0 only float16 changes. */
function asFloat(input: ArrayNode, order: number, preserveRange: boolean, step: string): ArrayNode {
  const { dtype } = input;
  if (dtype === "float16") return castTo(input, "float32", step);
  if (isFloat(dtype) || order === 0) return input;
  const floats = castTo(input, "float64", step);
  if (preserveRange || dtype === "bool") return floats;
  const signed = !dtype.startsWith("u");
  const most = 2 ** (Number(dtype.replace(/\D/g, "")) - Number(signed)) - 1;
  const range = signed ? [-most, most] : [0, most];
  const call = callKernel(rescaleIntensityKernel, { inRange: range, outRange: signed ? [-1, 1] : [0, 1] });
  return mapBlocks(floats, call, { step, dtype: "float64" });
}

function smoothed(
  input: ArrayNode,
  shape: readonly number[],
  mode: ResampleMode,
  options: ResizeOptions,
  step: string,
): ArrayNode {
  const sigma =
    options.antiAliasingSigma === undefined
      ? input.shape.map((n, axis) => Math.max(0, (n / shape[axis]! - 1) / 2))
      : expandPerAxis(options.antiAliasingSigma, input.axes, {
          parameter: `step ${step}: antiAliasingSigma`,
          neutral: 0,
        });
  const radius = sigma.map((s) => Math.trunc(4 * s + 0.5));
  const beyond = mode === "grid-wrap" ? "wrap" : mode;
  const boundary = beyond === "grid-constant" ? { constant: options.cval ?? 0 } : beyond;
  return mapOverlap(input, callKernel(gaussianKernel, { sigma, radius }), {
    depth: radius,
    boundary: boundary as "reflect",
    step,
  });
}

function shapeOf(wanted: readonly number[], shape: readonly number[], step: string): number[] {
  const lead = shape.length - wanted.length;
  if (lead >= 0 && wanted.every((n) => Number.isInteger(n) && n > 0)) {
    return shape.map((n, axis) => (axis < lead ? n : wanted[axis - lead]!));
  }
  throw new LamellaError(
    "INVALID_ARGUMENT",
    `step ${step}: outputShape [${wanted.join(", ")}] is not a shape of at most ${shape.length} axes`,
    { hint: "Give whole numbers of at least 1; a shorter list means the last axes." },
  );
}

/**
 * Windows of `factors` elements averaged, the last ones filled up with `cval`. A single factor is for z, y and x where axes are
 * typed. Float64, or the input's float. Equals skimage.transform.downscale_local_mean.
 */
export function downscaleLocalMean(
  input: ArrayNode,
  factors: PerAxis<number>,
  options: { readonly cval?: number; readonly step?: string } = {},
): ArrayNode {
  const step = options.step ?? "downscaleLocalMean";
  const list = expandPerAxis(factors, input.axes, { parameter: `step ${step}: factors`, neutral: 1 });
  const bad = list.find((factor) => !Number.isInteger(factor) || factor < 1);
  if (bad !== undefined) {
    throw new LamellaError(
      "INVALID_ARGUMENT",
      `step ${step}: the factor ${String(bad)} is not a whole number of at least 1`,
      {
        hint: "A factor says how many elements are averaged; to make an array larger, or by other ratios, use resize or zoom.",
      },
    );
  }
  const excess = input.shape.map((n, axis): [number, number] => [
    0,
    (list[axis]! - (n % list[axis]!)) % list[axis]!,
  ]);
  const filled = excess.some(([, after]) => after > 0)
    ? pad(input, excess, { step, constantValues: options.cval ?? 0 })
    : input;
  return coarsen(filled, "mean", Object.fromEntries(list.entries()), { step });
}
