import * as z from "zod";
import type { Axis } from "../../block/axes.ts";
import { LamellaError } from "../../errors.ts";
import type { Extent } from "../kernel.ts";
import { type Mask, parseFootprint, structure } from "../morphology/footprint.ts";
import { expandPerAxis, type PerAxis, perAxisSchema, spatialAxes } from "../per-axis.ts";
import { WINDOW_MODES } from "./edge.ts";

/** Elements around a centre, per axis of the array: as it stands in plans. */
export interface Window {
  readonly shape: readonly number[];
  /** Elements before the centre; it may lie outside. */
  readonly before: readonly number[];
  /** A 0 or 1 for each element in C order; absent where all are 1. */
  readonly mask?: string;
}

/** The parameters that scipy's window filters share. */
export const windowSchema = {
  size: perAxisSchema(z.int().positive()).optional().describe("Elements of the window per axis: a box"),
  footprint: z
    .union([z.string(), z.array(z.json()), z.record(z.string(), z.number())], {
      error: 'expected a footprint such as { disk: 3 }, "disk(3)", or nested lists of 0 and 1',
    })
    .optional()
    .describe(
      'Elements of the window instead of size: { disk: 3 } or "disk(3)", likewise ball, square, cube, diamond, octahedron; or nested lists of 0 and 1. Of fewer axes than the array it means the last ones',
    ),
};

export const originSchema = perAxisSchema(z.int())
  .default(0)
  .describe("Shifts the window per axis: positive to lower indices, as in scipy");

export const edgeSchema = {
  mode: z.enum(WINDOW_MODES).default("reflect").describe("What lies beyond the ends of the block"),
  cval: z.number().default(0).describe("The value beyond the ends with mode constant"),
};

export interface WindowArgs {
  readonly size?: unknown;
  readonly footprint?: unknown;
  readonly origin?: unknown;
}

/** A window whose centre is at size / 2 + origin, as scipy places it. Throws INVALID_ARGS. */
export function resolveWindow(args: WindowArgs, axes: readonly Axis[], kernel: string): Window {
  return centred(maskOf(args, axes, kernel), args.origin ?? 0, axes, kernel);
}

/** A mask over the array's axes as a window with its centre at size / 2 + origin. Throws INVALID_ARGS. */
export function centred(mask: Mask, given: unknown, axes: readonly Axis[], kernel: string): Window {
  const origin = expandPerAxis(given as PerAxis<number>, axes, {
    parameter: `${kernel}'s origin`,
    neutral: 0,
  });
  const before = mask.shape.map((n, axis) => {
    // A single origin is meant for the axes that have a window.
    const shift = n === 1 && typeof given === "number" ? 0 : origin[axis]!;
    const centre = (n >> 1) + shift;
    if (centre >= 0 && centre < n) return centre;
    throw new LamellaError(
      "INVALID_ARGS",
      `${kernel}: origin ${shift} puts the centre outside the window of ${n} on axis ${axes[axis]!.name}`,
      { hint: `Use ${-(n >> 1)} to ${n - 1 - (n >> 1)}.` },
    );
  });
  return trimmed(mask, before);
}

/** Elements of a window, at most: it is kept as a list. */
const MOST_PLACES = 2 ** 24;

/** The window of a footprint or size over the axes of the array, with 1 along the others. */
export function maskOf(args: WindowArgs, axes: readonly Axis[], kernel: string): Mask {
  if ((args.size === undefined) === (args.footprint === undefined)) {
    throw new LamellaError("INVALID_ARGS", `${kernel} takes either size or footprint`, {
      hint: 'size: 3, or footprint: "disk(3)".',
    });
  }
  if (args.size !== undefined) {
    const shape = expandPerAxis(args.size as PerAxis<number>, axes, {
      parameter: `${kernel}'s size`,
      neutral: 1,
    });
    const count = shape.reduce((a, b) => a * b, 1);
    if (!(count <= MOST_PLACES)) {
      throw new LamellaError("INVALID_ARGS", `${kernel}: a window of ${shape.join(" x ")} is too large`, {
        hint: `A window has at most ${MOST_PLACES} elements.`,
      });
    }
    return { shape, on: new Array<boolean>(count).fill(true) };
  }
  const { shape, on } = parseFootprint(args.footprint, `${kernel}'s footprint`);
  return { shape: overAxes(shape, axes, kernel), on };
}

/** The neighbours of connectivity 1 and above along the spatial axes. */
export function structureMask(connectivity: number, axes: readonly Axis[]): Mask {
  const spatial = spatialAxes(axes);
  const { on } = structure(spatial.filter(Boolean).length, connectivity);
  return { shape: spatial.map((is) => (is ? 3 : 1)), on };
}

/** The last axes of the array; the last spatial ones, where a footprint has no more axes than those. */
function overAxes(shape: readonly number[], axes: readonly Axis[], kernel: string): number[] {
  if (shape.length > axes.length) {
    throw new LamellaError(
      "INVALID_ARGS",
      `${kernel}'s footprint has ${shape.length} axes, the array has ${axes.length}`,
      { hint: "Give a footprint of as many axes as the array, or of its last ones." },
    );
  }
  const spatial = [...spatialAxes(axes).entries()].filter(([, is]) => is).map(([axis]) => axis);
  const all = axes.map((_, axis) => axis);
  const among = spatial.length >= shape.length ? spatial : all;
  const meant = among.slice(among.length - shape.length);
  return all.map((axis) => shape[meant.indexOf(axis)] ?? 1);
}

/** Without outer planes that hold nothing, so that the window looks no farther than it must. */
export function trimmed({ shape, on }: Mask, before: readonly number[]): Window {
  const low = [...shape];
  const high = shape.map(() => -1);
  forEachOn(shape, on, (place) => {
    for (const [axis, i] of place.entries()) {
      low[axis] = Math.min(low[axis]!, i);
      high[axis] = Math.max(high[axis]!, i);
    }
  });
  const size = shape.map((_, axis) => high[axis]! - low[axis]! + 1);
  const kept: boolean[] = [];
  let index = 0;
  forEachPlace(shape, (place) => {
    if (place.every((i, axis) => i >= low[axis]! && i <= high[axis]!)) kept.push(on[index]!);
    index++;
  });
  const start = before.map((b, axis) => b - low[axis]!);
  return kept.every(Boolean)
    ? { shape: size, before: start }
    : { shape: size, before: start, mask: kept.map(Number).join("") };
}

/** The window seen from the elements in it: an element is in a's window where a is in its mirrored one. */
export function mirrored(window: Window): Window {
  const before = window.shape.map((n, axis) => n - 1 - window.before[axis]!);
  const { shape, mask } = window;
  return mask === undefined ? { shape, before } : { shape, before, mask: [...mask].reverse().join("") };
}

/** How far a window looks. It may lie to one side, and the centre counts for nothing there. */
export function reachOf(window: Window): [before: number, after: number][] {
  return window.shape.map((n, axis) => {
    const before = window.before[axis]!;
    return [Math.max(0, before), Math.max(0, n - 1 - before)];
  });
}

/**
 * The reach of one window after the other. At an end that is mirrored, a window that looks further to one side than to the other
 * turns the next one's reach around.
 */
export function chainedReach(...windows: readonly Window[]): Extent {
  const reaches = windows.map(reachOf);
  const reach = windows[0]!.shape.map((_, axis) => {
    const turned = reaches.length > 1 && reaches.some((each) => each[axis]![0] !== each[axis]![1]);
    const sum = (side: 0 | 1) =>
      reaches.reduce((total, each) => total + (turned ? Math.max(...each[axis]!) : each[axis]![side]), 0);
    return [sum(0), sum(1)] as const;
  });
  return { kind: "reach", reach };
}

/** How many elements the window has. */
export function tapCount(window: Window): number {
  if (window.mask === undefined) return window.shape.reduce((a, b) => a * b, 1);
  return [...window.mask].filter((bit) => bit === "1").length;
}

/** The elements of the window, by their place in its box, in C order. */
export function tapsOf({ shape, mask }: Window): number[][] {
  const taps: number[][] = [];
  let index = 0;
  forEachPlace(shape, (place) => {
    if (mask === undefined || mask[index] === "1") taps.push([...place]);
    index++;
  });
  return taps;
}

function forEachOn(shape: readonly number[], on: readonly boolean[], use: (place: number[]) => void): void {
  let index = 0;
  forEachPlace(shape, (place) => {
    if (on[index++]) use(place);
  });
}

/** The places of a box in C order; the array is used again. */
export function forEachPlace(shape: readonly number[], use: (place: number[]) => void): void {
  if (shape.some((n) => n === 0)) return;
  const place = shape.map(() => 0);
  for (;;) {
    use(place);
    let axis = shape.length - 1;
    for (; axis >= 0; axis--) {
      if (++place[axis]! < shape[axis]!) break;
      place[axis] = 0;
    }
    if (axis < 0) return;
  }
}
