import { mapIndex } from "../../block/boundary.ts";

/** Grey levels that contrast limited equalisation computes with. */
export const GREY_LEVELS = 2 ** 14;

/** How an image is cut into tiles, per axis: pure numbers, as scikit-image's _clahe has them. */
export interface Tiling {
  readonly shape: readonly number[];
  readonly kernel: readonly number[];
  /** Tiles along each axis. */
  readonly counts: readonly number[];
  /** The shape extended to whole tiles. */
  readonly extended: readonly number[];
}

export function tilingOf(shape: readonly number[], kernel: readonly number[]): Tiling {
  const counts = shape.map((n, axis) => Math.ceil(n / kernel[axis]!));
  return { shape, kernel, counts, extended: counts.map((count, axis) => count * kernel[axis]!) };
}

/** For each place along each axis of the extended shape, which place of the image stands there: the mirrored one. */
export function placesOf({ shape, extended }: Tiling): number[] {
  return shape.flatMap((n, axis) =>
    Array.from({ length: extended[axis]! }, (_, i) => mapIndex(i, n, "mirror")),
  );
}

/** For each place along each axis of the extended shape, the entry at which its tile's table begins. */
export function tileEntries({ kernel, extended, counts }: Tiling, bins: number): number[] {
  const strides = tileStrides(counts, bins);
  return extended.flatMap((n, axis) =>
    Array.from({ length: n }, (_, i) => Math.floor(i / kernel[axis]!) * strides[axis]!),
  );
}

/**
 * For each place along each axis of the image, the entries of the two tiles whose maps are mixed, and the share of the
 * higher one: 0 in the middle of the lower.
 */
export function mixtures({ shape, kernel, counts }: Tiling, bins: number) {
  const strides = tileStrides(counts, bins);
  const places = shape.flatMap((n, axis) =>
    Array.from({ length: n }, (_, i) => {
      const k = kernel[axis]!;
      const from = i + (k >> 1);
      const block = Math.floor(from / k);
      const tile = (at: number) => Math.min(Math.max(at, 0), counts[axis]! - 1) * strides[axis]!;
      return { low: tile(block - 1), high: tile(block), share: (from % k) / k };
    }),
  );
  return {
    low: places.map(({ low }) => low),
    high: places.map(({ high }) => high),
    shares: places.map(({ share }) => share),
  };
}

function tileStrides(counts: readonly number[], bins: number): number[] {
  return counts.map((_, axis) => counts.slice(axis + 1).reduce((a, b) => a * b, bins));
}

/** The bin of each uint16: stretched from the image's own least and greatest to all grey levels, rounded, in bins. */
export function binTable(low: number, high: number, nbins: number): Uint16Array {
  const width = 1 + Math.floor(GREY_LEVELS / nbins);
  return Uint16Array.from({ length: 65536 }, (_, x) => Math.floor(greyOf(x, low, high) / width));
}

function greyOf(x: number, low: number, high: number): number {
  if (low === high) return Math.min(x, GREY_LEVELS - 1);
  return roundHalfEven(((Math.min(Math.max(x, low), high) - low) / (high - low)) * (GREY_LEVELS - 1));
}

/** As numpy.round. */
export function roundHalfEven(x: number): number {
  const below = Math.floor(x);
  const rest = x - below;
  return rest > 0.5 || (rest === 0.5 && below % 2 !== 0) ? below + 1 : below;
}

/** What a tile's histogram may have in a bin. */
export function clipLimitOf(clipLimit: number, elements: number): number {
  return clipLimit > 0 ? Math.floor(Math.max(clipLimit * elements, 1)) : elements;
}

/**
 * Clips a histogram at `limit`, spreads what was above over the other bins, and turns it into the map from bins to grey
 * levels, in place.
 */
export function mapOfHistogram(histogram: Float64Array, limit: number, elements: number): void {
  spreadExcess(histogram, limit);
  let so = 0;
  for (let bin = 0; bin < histogram.length; bin++) {
    so += histogram[bin]!;
    histogram[bin] = Math.floor(Math.min(so * ((GREY_LEVELS - 1) / elements), GREY_LEVELS - 1));
  }
}

function spreadExcess(histogram: Float64Array, limit: number): void {
  const bins = histogram.length;
  let excess = 0;
  for (let bin = 0; bin < bins; bin++) {
    if (histogram[bin]! <= limit) continue;
    excess += histogram[bin]! - limit;
    histogram[bin] = limit;
  }
  const each = Math.floor(excess / bins);
  const upper = limit - each;
  for (let bin = 0; bin < bins; bin++) {
    const before = histogram[bin]!;
    if (before >= upper) continue;
    histogram[bin] = before + each;
    excess -= each;
  }
  // As in scikit-image, also what was just raised to where it is within reach of the limit.
  for (let bin = 0; bin < bins; bin++) {
    const now = histogram[bin]!;
    if (now < upper || now >= limit) continue;
    excess += now - limit;
    histogram[bin] = limit;
  }
  while (excess > 0) {
    const before = excess;
    for (let first = 0; first < bins && excess > 0; first++) {
      let under = 0;
      for (const count of histogram) if (count < limit) under++;
      const step = Math.max(1, Math.floor(under / excess));
      for (let bin = first; bin < bins; bin += step) {
        if (histogram[bin]! >= limit) continue;
        histogram[bin]!++;
        excess--;
      }
    }
    if (excess === before) break;
  }
}
