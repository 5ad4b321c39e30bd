// Maximum, minimum and first element of windows.
import { evens, odds, rowAt } from "./downsample-lanes";
import { HALF_NAN } from "./reduce-half";

@inline
function better<T>(a: T, b: T, isMax: bool): T {
  return isMax ? max<T>(a, b) : min<T>(a, b);
}

@inline
function betterLanes<T>(a: v128, b: v128, isMax: bool): v128 {
  return isMax ? v128.max<T>(a, b) : v128.min<T>(a, b);
}

@inline
function oneNaNLanes<T>(v: v128): v128 {
  return isFloat<T>() ? v128.bitselect(v, v128.splat<T>(<T>NaN), v128.eq<T>(v, v)) : v;
}

/** Writes one row of extremes; NaN spreads. */
@inline
export function extremeWindows<T>(
  base: usize, dst: usize, width: usize, factor: usize, offsets: usize, rows: usize, isMax: bool,
): void {
  let x: usize = 0;
  if (sizeof<T>() < 8 || isFloat<T>()) {
    const lanes: usize = 16 / sizeof<T>();
    if (factor == 2) {
      for (; width - x >= lanes; x += lanes) {
        const from = base + x * 2 * sizeof<T>();
        let a = v128.load(from);
        let b = v128.load(from, 16);
        for (let k: usize = 1; k < rows; k++) {
          const row = from + rowAt(offsets, k);
          a = betterLanes<T>(a, v128.load(row), isMax);
          b = betterLanes<T>(b, v128.load(row, 16), isMax);
        }
        const v = betterLanes<T>(evens<T>(a, b), odds<T>(a, b), isMax);
        v128.store(dst + x * sizeof<T>(), oneNaNLanes<T>(v));
      }
    } else if (factor == 1) {
      for (; width - x >= lanes; x += lanes) {
        const from = base + x * sizeof<T>();
        let a = v128.load(from);
        for (let k: usize = 1; k < rows; k++) {
          a = betterLanes<T>(a, v128.load(from + rowAt(offsets, k)), isMax);
        }
        v128.store(dst + x * sizeof<T>(), oneNaNLanes<T>(a));
      }
    }
  }
  for (; x < width; x++) {
    const from = base + x * factor * sizeof<T>();
    let best = load<T>(from);
    for (let k: usize = 0; k < rows; k++) {
      const row = from + rowAt(offsets, k);
      for (let j: usize = 0; j < factor; j++) best = better<T>(best, load<T>(row + j * sizeof<T>()), isMax);
    }
    if (isFloat<T>() && best != best) best = <T>NaN;
    store<T>(dst + x * sizeof<T>(), best);
  }
}

/** A float16's place in the order, and back: its own inverse. */
@inline
function halfOrder(b: i32): i32 {
  return b < 0 ? b ^ 0x7fff : b;
}

export function extremeWindowsHalf(
  base: usize, dst: usize, width: usize, factor: usize, offsets: usize, rows: usize, isMax: bool,
): void {
  for (let x: usize = 0; x < width; x++) {
    const from = base + x * factor * 2;
    let best = halfOrder(<i32>load<i16>(from));
    let nan = false;
    for (let k: usize = 0; k < rows; k++) {
      const row = from + rowAt(offsets, k);
      for (let j: usize = 0; j < factor; j++) {
        const b = <i32>load<i16>(row + (j << 1));
        nan = nan || (b & 0x7fff) > 0x7c00;
        best = better<i32>(best, halfOrder(b), isMax);
      }
    }
    store<u16>(dst + (x << 1), nan ? HALF_NAN : <u16>halfOrder(best));
  }
}

/** Writes every factor-th element of a row; T is any type of the item's size. */
export function nearestRow<T>(base: usize, dst: usize, width: usize, factor: usize): void {
  if (factor == 1) {
    memory.copy(dst, base, width * sizeof<T>());
    return;
  }
  let x: usize = 0;
  if (factor == 2) {
    const lanes: usize = 16 / sizeof<T>();
    for (; width - x >= lanes; x += lanes) {
      const from = base + x * 2 * sizeof<T>();
      v128.store(dst + x * sizeof<T>(), evens<T>(v128.load(from), v128.load(from, 16)));
    }
  }
  for (; x < width; x++) store<T>(dst + x * sizeof<T>(), load<T>(base + x * factor * sizeof<T>()));
}
