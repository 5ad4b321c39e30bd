import type { DirectoryEntry } from "./directory.ts";
import type { CziLevel } from "./layout.ts";
import type { PixelType } from "./pixel-type.ts";
import { type Box, meet, type Tile } from "./tile.ts";

/** Ratios nearer to each other than this are of one level: sizes are rounded, most on small tiles. */
const SAME_LEVEL = 1.3;
/** Places of a plane that a level must show, at most. */
const PROBES = 4096;

/**
 * The subblocks of one image by levels, full resolution first, so that parts of the pyramid never mix with it. A level
 * is left out, with all below, where it lacks planes or parts of the image: its pixels would be missing, not small.
 */
export function pyramidOf(
  entries: readonly DirectoryEntry[],
  planeOf: (entry: DirectoryEntry) => number,
  pixelType: PixelType,
): CziLevel[] {
  const ratios = entries.map(ratioOf);
  const base = ratios.reduce((least, ratio) => Math.min(least, ratio), Number.POSITIVE_INFINITY);
  const step = stepOf(entries, ratios, base);
  const byLevel: DirectoryEntry[][] = [];
  for (const [index, entry] of entries.entries()) {
    const relative = ratios[index]! / base;
    const level = relative < SAME_LEVEL ? 0 : Math.max(1, Math.round(Math.log(relative) / Math.log(step)));
    byLevel[level] ??= [];
    byLevel[level].push(entry);
  }
  const full = byLevel[0]!;
  const left = full.reduce((least, { x }) => Math.min(least, x), Number.POSITIVE_INFINITY);
  const top = full.reduce((least, { y }) => Math.min(least, y), Number.POSITIVE_INFINITY);
  const levels: CziLevel[] = [];
  for (let level = 0; level < byLevel.length; level++) {
    const group = byLevel[level];
    if (!group) break;
    const scale = base * step ** level;
    const built = levelOf(group, { left, top, scale }, planeOf, pixelType);
    if (level > 0) {
      const fitted = cutToFull(built, levels[0]!, step ** level);
      if (!fitted) break;
      levels.push(fitted);
    } else levels.push(built);
  }
  return levels;
}

/** How many pixels of the full resolution a stored one stands for, by the longer side, which is rounded least. */
function ratioOf(entry: DirectoryEntry): number {
  return entry.storedWidth >= entry.storedHeight
    ? entry.width / entry.storedWidth
    : entry.height / entry.storedHeight;
}

/** The factor from level to level: 2 or 3 in files of ZEN. Taken from the largest part of the finest reduced level. */
function stepOf(entries: readonly DirectoryEntry[], ratios: readonly number[], base: number): number {
  let step = Number.POSITIVE_INFINITY;
  let longest = 0;
  for (const [index, entry] of entries.entries()) {
    const relative = ratios[index]! / base;
    if (relative < SAME_LEVEL) continue;
    const length = Math.max(entry.storedWidth, entry.storedHeight);
    const finer = relative < step / SAME_LEVEL;
    if (finer || (relative < step * SAME_LEVEL && length > longest)) {
      step = relative;
      longest = length;
    }
  }
  return Number.isFinite(step) ? Math.max(2, Math.round(step)) : 2;
}

function levelOf(
  entries: readonly DirectoryEntry[],
  { left, top, scale }: { readonly left: number; readonly top: number; readonly scale: number },
  planeOf: (entry: DirectoryEntry) => number,
  pixelType: PixelType,
): CziLevel {
  const planes = new Map<number, Tile[]>();
  let width = 0;
  let height = 0;
  for (const entry of entries) {
    const tile: Tile = {
      entry,
      pixelType,
      row: Math.floor((entry.y - top) / scale),
      column: Math.floor((entry.x - left) / scale),
      rows: entry.storedHeight,
      columns: entry.storedWidth,
    };
    width = Math.max(width, tile.column + tile.columns);
    height = Math.max(height, tile.row + tile.rows);
    const plane = planeOf(entry);
    const tiles = planes.get(plane);
    if (tiles) tiles.push(tile);
    else planes.set(plane, [tile]);
  }
  for (const tiles of planes.values()) tiles.sort(byHeight);
  return { width, height, planes };
}

/** The M index says which tile lies on top; without one, it is the later one in the file. */
function byHeight(a: Tile, b: Tile): number {
  const [m, n] = [a.entry.at["M"] ?? -1, b.entry.at["M"] ?? -1];
  return m === n ? a.entry.position - b.entry.position : m - n;
}

/** A level cut to its share of the full resolution; undefined where it doesn't show all of that. */
function cutToFull(level: CziLevel, full: CziLevel, scale: number): CziLevel | undefined {
  const width = Math.min(level.width, Math.ceil(full.width / scale));
  const height = Math.min(level.height, Math.ceil(full.height / scale));
  if (width < Math.floor(full.width / scale) || height < Math.floor(full.height / scale)) return undefined;
  if (width < 1 || height < 1) return undefined;
  let fullest: readonly Tile[] = [];
  let plane = 0;
  for (const [index, tiles] of full.planes) {
    if (!level.planes.has(index)) return undefined;
    if (tiles.length > fullest.length) [fullest, plane] = [tiles, index];
  }
  const tiles = level.planes.get(plane)!;
  const skip = Math.ceil((fullest.length * tiles.length) / (PROBES * 256)) || 1;
  for (let i = 0; i < fullest.length; i += skip) {
    const { row, column, rows, columns } = fullest[i]!;
    const middle: Box = {
      row: Math.min(height - 1, Math.floor((row + rows / 2) / scale)),
      column: Math.min(width - 1, Math.floor((column + columns / 2) / scale)),
      rows: 1,
      columns: 1,
    };
    if (!tiles.some((tile) => meet(tile, middle))) return undefined;
  }
  return { ...level, width, height };
}
