import type { Axis } from "../block/axes.ts";
import type { Constant } from "../block/boundary.ts";
import { largestBlock, regularChunks } from "../block/chunk-grid.ts";
import type { DType } from "../block/dtype.ts";
import { LamellaError } from "../errors.ts";
import { expandPerAxis, type PerAxis } from "../kernels/per-axis.ts";
import type { AxisKind } from "../kernels/region/resample-args.ts";
import { RESAMPLE_MODES, type ResampleMode } from "../kernels/region/resample-box.ts";
import { hintOfNames } from "../nearest-name.ts";
import { withoutCoordinates } from "./axis-facts.ts";
import { castTo } from "./cast.ts";
import type { ArrayNode } from "./nodes.ts";
import { opNode } from "./op-node.ts";
import { pad } from "./pad.ts";

export type { ResampleMode } from "../kernels/region/resample-box.ts";

export interface ResampleOptions {
  /** Of the splines: 0 is the nearest element, 1 linear, 2, or 3 (the default) cubic. */
  readonly order?: 0 | 1 | 2 | 3;
  /** What lies beyond the ends, by scipy's names; constant by default. */
  readonly mode?: ResampleMode;
  /** The value with mode constant and grid-constant; 0 by default. */
  readonly cval?: number;
  /** The result's dtype: scipy's `output`. Integers are rounded. Default: the input's. */
  readonly dtype?: DType;
  readonly step?: string;
}

export interface ZoomOptions extends ResampleOptions {
  /** Elements are areas, whose ends are matched, rather than points, whose first and last are. */
  readonly gridMode?: boolean;
}

/**
 * More or fewer elements per axis, by splines: `zoom` times as many, rounded half to even. Where axes are typed a single number
 * is for z, y and x. Equals scipy.ndimage.zoom. The scale follows. Throws INVALID_ARGUMENT, INVALID_ARGS.
 */
export function zoom(input: ArrayNode, factors: PerAxis<number>, options: ZoomOptions = {}): ArrayNode {
  const step = options.step ?? "zoom";
  const zooms = expandPerAxis(factors, input.axes, { parameter: `step ${step}: zoom`, neutral: 1 });
  for (const factor of zooms) {
    if (Number.isFinite(factor) && factor > 0) continue;
    throw new LamellaError(
      "INVALID_ARGUMENT",
      `step ${step}: zoom ${String(factor)} is not a number above 0`,
      { hint: "Above 1 enlarges, below 1 shrinks; flip mirrors." },
    );
  }
  if (zooms.every((factor) => factor === 1)) {
    checked(options, step);
    return options.dtype === undefined ? input : castTo(input, options.dtype, step);
  }
  return zoomTo(
    input,
    input.shape.map((n, axis) => halfToEven(n * zooms[axis]!)),
    options,
    "zoom",
  );
}

/** `zoom` to a given shape. */
export function zoomTo(
  input: ArrayNode,
  shape: readonly number[],
  options: ZoomOptions,
  name: string,
): ArrayNode {
  const grid = options.gridMode ?? false;
  const steps = input.shape.map((n, axis) => {
    const [from, to] = grid ? [n, shape[axis]!] : [n - 1, shape[axis]! - 1];
    return to === 0 ? 1 : from / to;
  });
  const axes = input.axes.map(
    (axis, i): Axis => ({
      ...(shape[i] === input.shape[i] ? axis : withoutCoordinates(axis)),
      scale: axis.scale * steps[i]!,
      translation: axis.translation + (grid ? (0.5 * steps[i]! - 0.5) * axis.scale : 0),
    }),
  );
  const matrix = steps.map((factor, h) => steps.map((_, l) => (h === l ? factor : 0)));
  const offset = steps.map(() => 0);
  return resample(input, { matrix, offset, grid, shape, axes, name }, options, name);
}

export interface Resampling {
  readonly matrix: readonly (readonly number[])[];
  readonly offset: readonly number[];
  readonly grid: boolean;
  readonly shape: readonly number[];
  readonly axes: readonly Axis[];
  readonly name: string;
}

/** scipy puts so many elements at each end before it fits splines where the boundary isn't one of theirs. */
const SPLINE_PADDING = 12;

/** The boundary that a spline of order 2 and 3 is fitted with, by the mode of what lies beyond. */
const SPLINE_BOUNDARY = {
  reflect: "reflect",
  mirror: "mirror",
  constant: "mirror",
  wrap: "mirror",
  "grid-wrap": "wrap",
  nearest: "reflect",
  "grid-constant": "mirror",
} as const;

/** The node of a resampling; splines of order 2 and 3 are fitted first. Axes that are left alone take no part. */
export function resample(
  input: ArrayNode,
  how: Resampling,
  options: ResampleOptions,
  defaultStep: string,
): ArrayNode {
  const step = options.step ?? defaultStep;
  const { mode, cval, ...wanted } = checked(options, step);
  const order = input.shape.includes(0) ? 0 : wanted.order;
  const dtype = options.dtype ?? input.dtype;
  const kinds = how.matrix.map((row, axis): AxisKind => {
    if (row.some((factor, l) => l !== axis && factor !== 0)) return "mixed";
    return row[axis] === 1 && how.offset[axis] === 0 && how.shape[axis]! <= input.shape[axis]!
      ? "same"
      : "own";
  });
  const moving = kinds.map((kind) => kind !== "same");
  if ((order + 1) ** moving.filter(Boolean).length > 1024) {
    throw new LamellaError(
      "INVALID_ARGUMENT",
      `step ${step}: a spline of order ${order} along ${moving.filter(Boolean).length} axes is too much at once`,
      { hint: "Use order 1, or resample some of the axes in a step of their own." },
    );
  }
  const padding = moving.map((moves) => {
    const pads = order > 1 && moves && (mode === "nearest" || mode === "grid-constant");
    return pads ? SPLINE_PADDING : 0;
  });
  let source = input;
  if (order > 1) {
    if (padding.some((n) => n > 0)) {
      source = pad(source, padding, {
        step,
        ...(mode === "nearest" ? { mode: "edge" as const } : { constantValues: Number(cval) }),
      });
    }
    source = opNode({
      name: "splineFilter",
      op: "spline",
      args: { order, boundary: moving.map((moves) => (moves ? SPLINE_BOUNDARY[mode] : "none")) },
      inputs: [source],
      dtype: "float64",
      step,
    });
  }
  const channel = input.axes.findIndex((axis) => axis.type === "channel");
  const keepsChannels =
    input.channels &&
    (channel < 0 || (kinds[channel] === "same" && how.shape[channel] === input.shape[channel]));
  return opNode({
    name: how.name,
    op: "resample",
    args: {
      matrix: how.matrix,
      offset: how.offset.map((o, axis) => o + padding[axis]!),
      grid: how.grid,
      order,
      mode,
      cval,
    },
    inputs: [source],
    shape: how.shape,
    chunks: regularChunks(how.shape, largestBlock(input.chunks)),
    dtype,
    axes: how.axes,
    ...(keepsChannels ? { channels: input.channels } : {}),
    step,
  });
}

function checked(
  options: ResampleOptions,
  step: string,
): { order: number; mode: ResampleMode; cval: Constant } {
  const { order = 3, mode = "constant", cval } = options;
  if (![0, 1, 2, 3].includes(order)) {
    throw new LamellaError(
      "INVALID_ARGUMENT",
      `step ${step}: splines of order ${String(order)} are not known`,
      {
        hint: "Use 0 (nearest), 1 (linear), 2 or 3 (cubic).",
      },
    );
  }
  if (!RESAMPLE_MODES.includes(mode)) {
    throw new LamellaError("INVALID_ARGUMENT", `step ${step}: there is no mode "${String(mode)}"`, {
      hint: hintOfNames(String(mode), RESAMPLE_MODES),
    });
  }
  if (cval !== undefined && !mode.endsWith("constant")) {
    throw new LamellaError("INVALID_ARGUMENT", `step ${step}: cval is for mode constant, not ${mode}`, {
      hint: "Leave one of them out.",
    });
  }
  const value = cval ?? 0;
  return { order, mode, cval: Number.isFinite(value) ? value : (String(value) as Constant) };
}

/** Python's round. */
function halfToEven(value: number): number {
  const whole = Math.floor(value);
  const rest = value - whole;
  return rest > 0.5 || (rest === 0.5 && whole % 2 === 1) ? whole + 1 : whole;
}
