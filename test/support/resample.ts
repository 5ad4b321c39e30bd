import { type Block, newBlock, stridesOf } from "../../shared/block/block.ts";
import { mapIndex } from "../../shared/block/boundary.ts";
import { type DType, integerRange, isFloat } from "../../shared/block/dtype.ts";
import type { ResampleMode } from "../../shared/kernels/region/resample-box.ts";
import { coordinates } from "./pad.ts";

export interface Resampled {
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly order: 0 | 1;
  readonly mode: ResampleMode;
  readonly cval: number;
  /** Where in the input an element of the result lies. */
  readonly coordinate: (at: readonly number[]) => readonly number[];
}

/** scipy.ndimage's interpolation of order 0 and 1, one element after the other: the coordinate mapped by the mode, then its neighbours. */
export function resampleReference(block: Block, how: Resampled): Block {
  const result = newBlock(how.dtype, how.shape);
  const strides = stridesOf(block.shape);
  let i = 0;
  for (const at of coordinates(how.shape)) {
    const mapped = how.coordinate(at).map((x, axis) => fold(x, block.shape[axis]!, how.mode));
    let sum = 0;
    for (const corner of coordinates(block.shape.map(() => how.order + 1))) {
      let weight = 1;
      let index: number | undefined = 0;
      for (const [axis, x] of mapped.entries()) {
        if (x === undefined) {
          index = undefined;
          continue;
        }
        const first = how.order === 1 ? Math.floor(x) : Math.floor(x + 0.5);
        if (how.order === 1) weight *= corner[axis] === 0 ? 1 - (x - first) : x - first;
        const k = tap(first + corner[axis]!, block.shape[axis]!, how.mode);
        index = k === undefined || index === undefined ? undefined : index + k * strides[axis]!;
      }
      sum += weight * (index === undefined ? how.cval : Number(block.data[index]));
    }
    const constant = mapped.some((x) => x === undefined);
    result.data[i++] = stored(constant ? how.cval : sum, how.dtype) as never;
  }
  return result;
}

/** A coordinate beyond the ends by each mode's definition; undefined for the constant. */
function fold(x: number, n: number, mode: ResampleMode): number | undefined {
  if ((x >= 0 && x <= n - 1) || mode === "grid-constant") return x;
  if (mode === "constant") return undefined;
  if (n === 1) return 0;
  if (mode === "nearest") return x < 0 ? 0 : n - 1;
  const period = { reflect: 2 * n, mirror: 2 * n - 2, wrap: n - 1, "grid-wrap": n }[mode as "wrap"];
  const y = x - Math.floor(x / period) * period;
  if (mode === "reflect") return y < n ? y : 2 * n - 1 - y;
  return mode === "mirror" && y > n - 1 ? period - y : y;
}

function tap(k: number, n: number, mode: ResampleMode): number | undefined {
  if (k >= 0 && k < n) return k;
  if (mode === "grid-constant") return undefined;
  return mapIndex(k, n, mode === "grid-wrap" ? "wrap" : mode === "reflect" ? "reflect" : "mirror");
}

function stored(value: number, dtype: DType): number | bigint {
  if (isFloat(dtype)) return value;
  if (dtype === "bool") return Number(value > 0.999999999);
  const [low, high] = integerRange(dtype).map(Number) as [number, number];
  const rounded = Math.trunc(value > 0 ? value + 0.5 : value - 0.5);
  const kept = Math.min(Math.max(rounded, low), high);
  return dtype.endsWith("64") ? BigInt(kept) : kept;
}
