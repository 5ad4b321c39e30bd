import { LamellaError } from "../errors.ts";
import { requireFewBlocks } from "./limits.ts";
import type { Region } from "./region.ts";

/** Dask's chunks: for each axis the sizes of the blocks along it, e.g. [[5, 5], [65]]. */
export type Chunks = readonly (readonly number[])[];

/** The blocks of a regular grid over `shape`; the last block of an axis may be shorter. Zero-sized axes have one block of 0. Throws INVALID_ARGUMENT where they are too many. */
export function regularChunks(shape: readonly number[], chunkShape: readonly number[]): number[][] {
  return shape.map((n, axis) => {
    const size = Math.max(1, chunkShape[axis]!);
    if (n === 0) return [0];
    const full = Math.floor(n / size);
    requireFewBlocks(full, `an array of ${shape.join(" x ")} in chunks of ${chunkShape.join(" x ")}`);
    const blocks = new Array<number>(full).fill(size);
    if (n % size) blocks.push(n % size);
    return blocks;
  });
}

/** The chunk shape behind regular chunks (the first block of each axis); undefined where an axis is irregular. */
export function regularShape(chunks: Chunks): number[] | undefined {
  const shape: number[] = [];
  for (const blocks of chunks) {
    const size = blocks[0] ?? 0;
    for (let i = 1; i < blocks.length; i++) {
      const last = i === blocks.length - 1;
      if (last ? blocks[i]! > size : blocks[i] !== size) return undefined;
    }
    shape.push(size);
  }
  return shape;
}

/** The largest block along an axis; at least 1. */
export function largestOf(blocks: readonly number[]): number {
  return blocks.reduce((a, b) => (b > a ? b : a), 1);
}

/** The largest block along each axis: Dask's `chunksize`. */
export function largestBlock(chunks: Chunks): number[] {
  return chunks.map((blocks) => blocks.reduce((a, b) => (b > a ? b : a), 0));
}

/** How many grid positions a regular grid has per axis; at least one. */
export function gridShape(shape: readonly number[], chunkShape: readonly number[]): number[] {
  return shape.map((n, axis) => Math.max(1, Math.ceil(n / Math.max(1, chunkShape[axis]!))));
}

/** Number of a grid position: C order. */
export function cellNumber(cell: readonly number[], grid: readonly number[]): number {
  return cell.reduce((n, c, axis) => n * grid[axis]! + c, 0);
}

/** The grid position of a number: the inverse of `cellNumber`. */
export function cellOfNumber(number: number, grid: readonly number[]): number[] {
  const cell = new Array<number>(grid.length);
  let rest = number;
  for (let axis = grid.length - 1; axis >= 0; axis--) {
    cell[axis] = rest % grid[axis]!;
    rest = Math.floor(rest / grid[axis]!);
  }
  return cell;
}

/** The box of grid position `coords`, cut at the array's end. */
export function chunkRegion(
  shape: readonly number[],
  chunkShape: readonly number[],
  coords: readonly number[],
): Region {
  const start = coords.map((c, axis) => Math.min(c * chunkShape[axis]!, shape[axis]!));
  return { start, shape: start.map((s, axis) => Math.min(chunkShape[axis]!, shape[axis]! - s)) };
}

/** Grid positions whose chunks meet a region, in C order. */
export function* chunksMeeting(region: Region, chunkShape: readonly number[]): Generator<number[]> {
  const rank = region.start.length;
  if (region.shape.some((n) => n === 0)) return;
  const first = region.start.map((s, axis) => Math.floor(s / chunkShape[axis]!));
  const last = region.start.map((s, axis) => Math.floor((s + region.shape[axis]! - 1) / chunkShape[axis]!));
  const at = first.slice();
  for (;;) {
    yield at.slice();
    let axis = rank - 1;
    for (; axis >= 0; axis--) {
      if (++at[axis]! <= last[axis]!) break;
      at[axis] = first[axis]!;
    }
    if (axis < 0) return;
  }
}

/** Offsets at which the blocks of an axis begin. */
export function offsetsOf(blocks: readonly number[]): number[] {
  let at = 0;
  return blocks.map((n) => {
    const start = at;
    at += n;
    return start;
  });
}

const regularSizes = new WeakMap<readonly number[], number>();

/** The size of an axis' blocks, of which the last may be shorter; 0 where they differ. Looked at once. */
function regularSize(blocks: readonly number[]): number {
  let size = regularSizes.get(blocks);
  if (size === undefined) {
    size = regularShape([blocks])?.[0] ?? 0;
    regularSizes.set(blocks, size);
  }
  return size;
}

/** The regions of (possibly irregular) chunks that meet a region, in C order. */
export function* blocksMeeting(region: Region, chunks: Chunks): Generator<Region> {
  if (region.shape.some((n) => n === 0)) return;
  const perAxis = chunks.map((blocks, axis) => {
    const from = region.start[axis]!;
    const to = from + region.shape[axis]!;
    const found: { start: number; size: number }[] = [];
    const regular = regularSize(blocks);
    // Of millions of equal blocks only those that meet the region are looked at.
    let i = regular > 0 ? Math.min(Math.floor(from / regular), blocks.length - 1) : 0;
    for (let start = i * regular; i < blocks.length && start < to; i++) {
      const size = blocks[i]!;
      if (start + size > from) found.push({ start, size });
      start += size;
    }
    return found;
  });
  const at = perAxis.map(() => 0);
  for (;;) {
    const picked = at.map((i, axis) => perAxis[axis]![i]!);
    yield { start: picked.map((p) => p.start), shape: picked.map((p) => p.size) };
    let axis = at.length - 1;
    for (; axis >= 0; axis--) {
      if (++at[axis]! < perAxis[axis]!.length) break;
      at[axis] = 0;
    }
    if (axis < 0) return;
  }
}

/**
 * A chunk shape as users write it, against an array's shape: -1 is the whole axis, a short list means the last
 * axes with 1 in front, sizes beyond the array are cut. Throws INVALID_ARGUMENT.
 */
export function normalizeChunkShape(wanted: readonly number[], shape: readonly number[]): number[] {
  if (wanted.length > shape.length) {
    throw new LamellaError(
      "INVALID_ARGUMENT",
      `chunks [${wanted.join(", ")}] have ${wanted.length} entries; the array has ${shape.length} axes`,
      {
        hint: "Give at most one size per axis; a shorter list means the last axes.",
      },
    );
  }
  const lead = shape.length - wanted.length;
  return shape.map((n, axis) => {
    if (axis < lead) return 1;
    const size = wanted[axis - lead]!;
    if (size === -1) return Math.max(1, n);
    if (!Number.isInteger(size) || size < 1) {
      throw new LamellaError(
        "INVALID_ARGUMENT",
        `chunk size ${size} of axis ${axis} is not a positive whole number`,
        {
          hint: "Sizes are positive whole numbers; -1 means the whole axis.",
        },
      );
    }
    return Math.min(size, Math.max(1, n));
  });
}
