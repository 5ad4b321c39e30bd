import type { Axis } from "../block/axes.ts";
import { type Boundary, type BoundaryInput, parseBoundary } from "../block/boundary.ts";
import { largestOf } from "../block/chunk-grid.ts";
import { MOST_BLOCKS, requireCountable, requireFewBlocks } from "../block/limits.ts";
import { LamellaError } from "../errors.ts";
import { expandPerAxis } from "../kernels/per-axis.ts";
import { hintOfNames } from "../nearest-name.ts";
import { withoutCoordinates } from "./axis-facts.ts";
import type { ArrayNode, OpNode } from "./nodes.ts";

/** numpy.pad's modes that are boundaries, by its own names: its reflect is scipy's mirror, its symmetric scipy's reflect. */
const MODES = {
  constant: { constant: 0 },
  edge: "nearest",
  reflect: "mirror",
  symmetric: "reflect",
  wrap: "wrap",
} as const;

export interface PadOptions {
  readonly mode?: keyof typeof MODES;
  /** The value with mode constant; 0 by default. */
  readonly constantValues?: number;
  readonly step?: string;
}

/** Elements added per axis: a number for all (where axes are typed: z, y, x), [before, after] per axis, or a map by axis. */
export type PadWidth =
  | number
  | readonly (number | readonly [number, number])[]
  | { readonly [axis: string]: number | readonly [number, number] };

/**
 * Elements added at the ends of axes. Equals numpy.pad and dask.array.pad. The chunks at the ends grow by new ones; the
 * axes' origin moves outwards. Throws INVALID_ARGUMENT.
 */
export function pad(input: ArrayNode, padWidth: PadWidth, options: PadOptions = {}): ArrayNode {
  const step = options.step ?? "pad";
  const mode = options.mode ?? "constant";
  if (!Object.hasOwn(MODES, mode)) {
    throw new LamellaError("INVALID_ARGUMENT", `step ${step}: pad has no mode "${mode}"`, {
      hint: hintOfNames(mode, Object.keys(MODES)),
    });
  }
  if (options.constantValues !== undefined && mode !== "constant") {
    throw new LamellaError(
      "INVALID_ARGUMENT",
      `step ${step}: constantValues is for mode constant, not ${mode}`,
      {
        hint: "Leave one of them out.",
      },
    );
  }
  const widths = widthsOf(padWidth, input.axes, step);
  const boundary: BoundaryInput = mode === "constant" ? (options.constantValues ?? 0) : MODES[mode];
  for (const [axis, [before, after]] of widths.entries()) {
    if (before + after === 0 || input.shape[axis]! > 0 || mode === "constant") continue;
    throw new LamellaError(
      "INVALID_ARGUMENT",
      `step ${step}: axis ${input.axes[axis]!.name} is empty, so ${mode} has nothing to pad it with`,
      {
        hint: "Use mode constant.",
      },
    );
  }
  const shape = input.shape.map((n, axis) => n + widths[axis]![0] + widths[axis]![1]);
  requireCountable(shape, step);
  const node: OpNode = Object.freeze({
    kind: "op",
    name: "pad",
    op: "pad",
    args: {
      before: widths.map(([before]) => before),
      boundary: input.shape.map((): Boundary => parseBoundary(boundary)) as never,
    },
    inputs: [input],
    shape,
    chunks: input.chunks.map((blocks, axis) => paddedBlocks(blocks, widths[axis]!)),
    dtype: input.dtype,
    axes: input.axes.map((axis, i) => ({
      ...(widths[i]![0] + widths[i]![1] === 0 ? axis : withoutCoordinates(axis)),
      translation: axis.type === "channel" ? axis.translation : axis.translation - widths[i]![0] * axis.scale,
    })),
    ...channelsOf(input, widths),
    step,
  });
  return node;
}

/** New blocks in front and behind, no larger than the largest there is. */
function paddedBlocks(blocks: readonly number[], [before, after]: readonly [number, number]): number[] {
  const size = largestOf(blocks);
  requireFewBlocks(blocks.length + Math.ceil(before / size) + Math.ceil(after / size), "the padded array");
  const cut = (n: number): number[] => {
    const whole = new Array<number>(Math.floor(n / size)).fill(size);
    return n % size > 0 ? [...whole, n % size] : whole;
  };
  const padded = [...cut(before).reverse(), ...blocks.filter((n) => n > 0), ...cut(after)];
  return padded.length > 0 ? padded : [0];
}

function channelsOf(
  input: ArrayNode,
  widths: readonly (readonly [number, number])[],
): Pick<ArrayNode, "channels"> {
  const { channels } = input;
  const axis = input.axes.findIndex((a) => a.type === "channel");
  if (!channels) return {};
  if (axis < 0) return { channels };
  const [before, after] = widths[axis]!;
  if (before + after > MOST_BLOCKS) return {};
  const blank = (n: number) => Array.from({ length: n }, () => ({ label: "padding" }));
  return { channels: [...blank(before), ...channels, ...blank(after)] };
}

function widthsOf(padWidth: PadWidth, axes: readonly Axis[], step: string): (readonly [number, number])[] {
  return expandPerAxis<number | readonly [number, number]>(padWidth as number, axes, {
    parameter: "padWidth",
    neutral: 0,
  }).map((width) => {
    const pair = typeof width === "number" ? ([width, width] as const) : width;
    if (Array.isArray(pair) && pair.length === 2 && pair.every((n) => Number.isInteger(n) && n >= 0)) {
      return pair as readonly [number, number];
    }
    throw new LamellaError(
      "INVALID_ARGUMENT",
      `step ${step}: ${JSON.stringify(width)} is not a number of elements to pad`,
      {
        hint: "Give a whole number, or [before, after], per axis.",
      },
    );
  });
}
