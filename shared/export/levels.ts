import type { ChunkedSource } from "../block/chunked-source.ts";
import { LamellaError } from "../errors.ts";
import { pyramidLevels } from "../plan/pyramid.ts";

/** A resolution to write: one that the source has, or one made from the level before. */
export interface ExportLevel {
  /** Rows and columns. */
  readonly size: readonly [number, number];
  readonly source?: ChunkedSource;
  /** Rows and columns of the level before that become one, where the level is made. */
  readonly factors?: readonly [number, number];
}

/**
 * The resolutions of an image: those of the source as far as they are smaller in Y and X alone, since a TIFF's levels
 * belong to planes; where it has none, halved until the smaller of Y and X is at most 256. `wanted` says how many there
 * are to be in all: fewer are left out, more are made. `sources` are TCZYX, largest first. Throws INVALID_ARGUMENT.
 */
export function exportLevels(sources: readonly ChunkedSource[], wanted?: number): ExportLevel[] {
  const full = sources[0]!;
  if (full.shape.some((n) => n === 0)) {
    throw new LamellaError("INVALID_ARGUMENT", `${full.label} is empty: ${full.shape.join(" x ")}`, {
      hint: "A TIFF has at least one pixel on each axis.",
    });
  }
  const levels: ExportLevel[] = [{ size: sizeOf(full), source: full }];
  for (const source of sources.slice(1)) {
    if (levels.length >= (wanted ?? Number.POSITIVE_INFINITY) || !follows(levels.at(-1)!, source, full))
      break;
    levels.push({ size: sizeOf(source), source });
  }
  if (wanted === undefined && levels.length > 1) return levels;
  const last = levels.at(-1)!.size;
  const more = wanted === undefined ? undefined : wanted - levels.length + 1;
  const made = pyramidLevels(last, AXES, {
    factors: [2, 2],
    ...(more === undefined ? {} : { levels: more }),
  });
  for (const { shape, factors } of made.slice(1)) {
    levels.push({ size: [shape[0]!, shape[1]!], factors: [factors[0]!, factors[1]!] });
  }
  return levels;
}

const AXES = ["y", "x"].map((name) => ({ name, type: "space" as const, scale: 1, translation: 0 }));

function sizeOf(source: ChunkedSource): [number, number] {
  return [source.shape[3]!, source.shape[4]!];
}

function follows(
  { size: [rows, columns] }: ExportLevel,
  source: ChunkedSource,
  full: ChunkedSource,
): boolean {
  const [t, c, z, y, x] = source.shape as [number, number, number, number, number];
  return (
    source.dtype === full.dtype &&
    t === full.shape[0] &&
    c === full.shape[1] &&
    z === full.shape[2] &&
    y <= rows &&
    x <= columns &&
    y * x < rows * columns &&
    y * x > 0
  );
}
