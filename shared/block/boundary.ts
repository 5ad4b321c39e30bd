import { LamellaError } from "../errors.ts";
import { type Region, regionOf } from "./region.ts";

/**
 * What lies beyond an array's end along one axis, by scipy's names: `reflect` d c b a | a b c d, `mirror`
 * d c b | a b c d, `wrap` (Dask's periodic), `nearest`, a constant, or `none`: nothing lies there, so blocks are cut.
 */
export type Boundary = "reflect" | "mirror" | "wrap" | "nearest" | "none" | { readonly constant: Constant };

/** A plan is JSON, which has no numbers for what isn't finite: those go by name. */
export type Constant = number | (typeof NOT_FINITE)[number];

/** What users may write; `constant` alone is 0, a bare number is that constant, `periodic` is wrap. */
export type BoundaryInput = Boundary | "periodic" | "constant" | number;

export const NOT_FINITE = ["NaN", "Infinity", "-Infinity"] as const;
export const BOUNDARY_NAMES = ["reflect", "mirror", "wrap", "periodic", "nearest", "constant", "none"];

/** Checks and normalises one boundary. Throws INVALID_ARGUMENT. */
export function parseBoundary(value: unknown): Boundary {
  if (typeof value === "number") return { constant: constantOf(value) };
  if (value === "constant") return { constant: 0 };
  if (value === "periodic") return "wrap";
  if (typeof value === "string" && BOUNDARY_NAMES.includes(value)) return value as Boundary;
  if (typeof value === "object" && value !== null && "constant" in value) {
    const { constant } = value;
    if (typeof constant === "number") return { constant: constantOf(constant) };
    const named = NOT_FINITE.find((name) => name === constant);
    if (named !== undefined) return { constant: named };
  }
  throw new LamellaError("INVALID_ARGUMENT", `boundary ${JSON.stringify(value)} is not known`, {
    hint: `Use one of ${BOUNDARY_NAMES.join(", ")}, a number, or { constant: value }.`,
  });
}

function constantOf(value: number): Constant {
  return Number.isFinite(value) ? value : (String(value) as Constant);
}

/** The index of constant elements in an index map. */
export const CONSTANT_INDEX = -1;

/**
 * The index inside [0, n) that index `i` stands for under a boundary, for any distance beyond the end;
 * CONSTANT_INDEX where a constant is meant. Equals numpy.pad and scipy.ndimage extended as often as needed.
 */
export function mapIndex(i: number, n: number, boundary: Boundary): number {
  if (i >= 0 && i < n) return i;
  if (n === 0 || typeof boundary === "object") return CONSTANT_INDEX;
  switch (boundary) {
    case "nearest":
      return i < 0 ? 0 : n - 1;
    case "wrap":
      return modulo(i, n);
    case "reflect": {
      const k = modulo(i, 2 * n);
      return k < n ? k : 2 * n - 1 - k;
    }
    case "mirror": {
      if (n === 1) return 0;
      const k = modulo(i, 2 * n - 2);
      return k < n ? k : 2 * n - 2 - k;
    }
    case "none":
      throw new LamellaError("INTERNAL", `index ${i} lies beyond an axis of ${n} without boundary`);
  }
}

function modulo(i: number, n: number): number {
  const r = i % n;
  return r < 0 ? r + n : Math.abs(r);
}

/** Which elements of one axis [0, n) make up the extended interval [start, stop). */
export interface AxisMap {
  /** The interval after cutting what `none` does not provide. */
  readonly start: number;
  readonly stop: number;
  /** The smallest interval of the array that holds every element needed. */
  readonly readStart: number;
  readonly readStop: number;
  /** For each element of [start, stop), its index relative to readStart, or CONSTANT_INDEX; absent where it is the identity. */
  readonly index?: Int32Array;
  readonly constant?: number;
}

/** The box of the array that holds every element needed along all axes. */
export function readBox(maps: readonly AxisMap[]): Region {
  return regionOf(
    maps.map((m) => m.readStart),
    maps.map((m) => m.readStop),
  );
}

/** Plans the read of [start, stop), which may reach beyond the array at both ends, along an axis of n elements. */
export function axisMap(start: number, stop: number, n: number, boundary: Boundary): AxisMap {
  if (boundary === "none") {
    const a = Math.max(0, start);
    const b = Math.max(a, Math.min(n, stop));
    return { start: a, stop: b, readStart: a, readStop: b };
  }
  if (start >= 0 && stop <= n) return { start, stop, readStart: start, readStop: stop };
  const index = new Int32Array(stop - start);
  let low = n;
  let high = -1;
  for (let i = start; i < stop; i++) {
    const k = mapIndex(i, n, boundary);
    index[i - start] = k;
    if (k === CONSTANT_INDEX) continue;
    if (k < low) low = k;
    if (k > high) high = k;
  }
  if (high < 0) low = high = 0;
  else high += 1;
  for (let i = 0; i < index.length; i++) if (index[i] !== CONSTANT_INDEX) index[i]! -= low;
  return {
    start,
    stop,
    readStart: low,
    readStop: high,
    index,
    ...(typeof boundary === "object" ? { constant: Number(boundary.constant) } : {}),
  };
}
