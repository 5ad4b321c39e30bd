import { type Boundary, mapIndex } from "../../block/boundary.ts";

/** What lies beyond the ends, by scipy.ndimage's names. */
export const RESAMPLE_MODES = [
  "reflect",
  "mirror",
  "nearest",
  "wrap",
  "grid-wrap",
  "constant",
  "grid-constant",
] as const;
export type ResampleMode = (typeof RESAMPLE_MODES)[number];

/** How a mode's indices repeat; scipy's wrap repeats after n - 1. */
const AS_BOUNDARY: { readonly [M in ResampleMode]: Boundary } = {
  reflect: "reflect",
  mirror: "mirror",
  nearest: "nearest",
  wrap: "wrap",
  "grid-wrap": "wrap",
  constant: "nearest",
  "grid-constant": "nearest",
};

/** The first of the order + 1 elements that a spline at a coordinate takes. */
function firstTap(at: number, order: number): number {
  return Math.floor(order % 2 === 1 ? at : at + 0.5) - Math.floor(order / 2);
}

/**
 * The elements [start, stop) of an axis of n that splines at coordinates from `low` to `high` take. Exact where those lie
 * inside the axis, no less than needed elsewhere.
 */
export function tapRange(
  low: number,
  high: number,
  n: number,
  mode: ResampleMode,
  order: number,
): readonly [start: number, stop: number] {
  const last = n - 1;
  if (n === 0 || low > high) return [0, 0];
  let [from, to] = [low, high];
  if (from < 0 || to > last) {
    if (mode === "constant") {
      if (to < 0 || from > last) return [0, 0];
      [from, to] = [Math.max(0, from), Math.min(last, to)];
    } else if (mode === "nearest") [from, to] = [clamp(from, last), clamp(to, last)];
    else if (mode === "grid-constant") {
      const [start, stop] = [firstTap(from, order), firstTap(to, order) + order + 1];
      return stop <= 0 || start >= n ? [0, 0] : [Math.max(0, start), Math.min(n, stop)];
    } else return foldedRange(from, to, n, mode, order);
  }
  const start = firstTap(from, order);
  const stop = firstTap(to, order) + order + 1;
  if (start >= 0 && stop <= n) return [start, stop];
  if (mode === "grid-wrap") return [0, n];
  // Taps beyond an end are mirrored to what lies inside it.
  const lowest = stop > n ? Math.min(start, n - 1 - (stop - n)) : start;
  const highest = start < 0 ? Math.max(stop, 1 - start) : stop;
  return [Math.max(0, lowest), Math.min(n, highest)];
}

function foldedRange(
  from: number,
  to: number,
  n: number,
  mode: ResampleMode,
  order: number,
): readonly [number, number] {
  const a = Math.floor(from) - order - 1;
  const b = Math.ceil(to) + order + 1;
  if (mode === "grid-wrap" || b - a >= 2 * n) return [0, n];
  let [lowest, highest] = [n, -1];
  for (let i = a; i <= b; i++) {
    const k = mode === "wrap" ? mapIndex(i, Math.max(1, n - 1), "wrap") : mapIndex(i, n, AS_BOUNDARY[mode]);
    lowest = Math.min(lowest, k);
    highest = Math.max(highest, k);
  }
  return [Math.max(0, lowest - order - 1), Math.min(n, highest + order + 2)];
}

function clamp(at: number, last: number): number {
  return Math.min(Math.max(at, 0), last);
}
