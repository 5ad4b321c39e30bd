import { stridesOf } from "../../block/block.ts";
import { type DType, isUnsigned, itemSize } from "../../block/dtype.ts";
import { LamellaError } from "../../errors.ts";
import { forEachPlace } from "../rank/window.ts";
import {
  binTable,
  clipLimitOf,
  mapOfHistogram,
  mixtures,
  placesOf,
  roundHalfEven,
  type Tiling,
  tileEntries,
} from "./clahe.ts";

/** How an image's tiles are equalised. */
export interface Equalising {
  readonly clipLimit: number;
  readonly nbins: number;
}

/** Turns each tile's histogram into its map, in place. */
export function mapAll(histograms: Float64Array, tiling: Tiling, { clipLimit, nbins }: Equalising): void {
  const elements = tiling.kernel.reduce((a, b) => a * b, 1);
  const limit = clipLimitOf(clipLimit, elements);
  for (let tile = 0; tile < histograms.length; tile += nbins) {
    mapOfHistogram(histograms.subarray(tile, tile + nbins), limit, elements);
  }
}

/** Throws TASK_FAILED. */
export function refuseBeyond(): never {
  throw new LamellaError("TASK_FAILED", "equalizeAdapthist takes floats within -1 to 1, and met others", {
    hint: "Bring the image to 0 to 1 first, with rescaleIntensity.",
  });
}

/** How far wide integers are shifted: not at all where they all fit, as scikit-image does. */
export function shiftOf({
  dtype,
  data,
}: {
  readonly dtype: DType;
  readonly data: ArrayLike<number | bigint>;
}): number {
  const bits = 8 * itemSize(dtype);
  if (bits <= 16 || dtype.startsWith("float")) return 0;
  const most = isUnsigned(dtype) ? bits - 16 : bits - 17;
  for (let i = 0; i < data.length; i++) if (data[i]! >= 65536) return most;
  return 0;
}

/** What each grey level of an image with these becomes, from 0 to 1. */
export function stretchTable(low: number, high: number, round: (x: number) => number): Float64Array {
  return Float64Array.from({ length: 65536 }, (_, x) => {
    if (low === high) return Math.min(x, 1);
    return round((Math.min(Math.max(x, low), high) - low) / (high - low));
  });
}

/** img_as_uint in plain TypeScript. */
export function uint16Reference(part: {
  readonly dtype: DType;
  readonly data: ArrayLike<number | bigint>;
}): number[] {
  const { dtype, data } = part;
  const shift = shiftOf(part);
  return Array.from(data, (x) => {
    if (dtype === "bool") return x ? 65535 : 0;
    if (dtype === "uint8") return Number(x) * 257;
    if (x < 0 && !dtype.startsWith("float")) return 0;
    if (dtype === "int8") return (Number(x) * 16513) >> 5;
    if (dtype === "int16") return Math.floor((Number(x) * 32769) / 2 ** 14);
    if (!dtype.startsWith("float")) return Number(BigInt.asUintN(16, BigInt(x) >> BigInt(shift)));
    if (Math.abs(Number(x)) > 1) refuseBeyond();
    const scaled = dtype === "float64" ? Number(x) * 65535 : Math.fround(Number(x) * 65535);
    const value = Math.min(65535, Math.max(0, scaled || 0));
    return roundHalfEven(value);
  });
}

/** The grey levels of an image of uint16 in plain TypeScript. */
export function equalizedReference(image: readonly number[], tiling: Tiling, r: Equalising): number[] {
  const bins = binTable(Math.min(...image), Math.max(...image), r.nbins);
  const { shape, extended, counts } = tiling;
  const maps = new Float64Array(counts.reduce((a, b) => a * b, r.nbins));
  const [places, tiles] = [placesOf(tiling), tileEntries(tiling, r.nbins)];
  const [strides, before] = [
    stridesOf(shape),
    (of: readonly number[], axis: number) => sum(of.slice(0, axis)),
  ];
  forEachPlace(extended, (place) => {
    const entries = place.map((p, axis) => before(extended, axis) + p);
    const from = sum(entries.map((entry, axis) => places[entry]! * strides[axis]!));
    maps[sum(entries.map((entry) => tiles[entry]!)) + bins[image[from]!]!]!++;
  });
  mapAll(maps, tiling, r);
  const { low, high, shares } = mixtures(tiling, r.nbins);
  const result: number[] = [];
  forEachPlace(shape, (place) => {
    const entries = place.map((p, axis) => before(shape, axis) + p);
    const bin = bins[image[result.length]!]!;
    let level = 0;
    forEachPlace(
      shape.map(() => 2),
      (corner) => {
        let weight = 1;
        let map = bin;
        for (let axis = shape.length - 1; axis >= 0; axis--) {
          const entry = entries[axis]!;
          weight *= corner[axis] ? shares[entry]! : 1 - shares[entry]!;
          map += corner[axis] ? high[entry]! : low[entry]!;
        }
        level = Math.fround(level + Math.fround(maps[map]! * weight));
      },
    );
    result.push(Math.trunc(level));
  });
  return result;
}

function sum(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0);
}
