// What the host calls to downsample. The last axis is the row; the leading ones are walked here. A window is `rows`
// pieces of rows, `factor` elements each; their byte offsets from the first are a table of u32.
import { extremeWindows, extremeWindowsHalf, nearestRow } from "./downsample-extremes";
import { meanRow, meanRowFloat } from "./downsample-mean";
import { medianWindows, modeWindows } from "./downsample-order";

const FLOAT16: i32 = 9;

function mean(dtype: i32, base: usize, dst: usize, width: usize, factor: usize, offsets: usize, rows: usize): void {
  switch (dtype) {
    case 0: case 2: return meanRow<u8>(base, dst, width, factor, offsets, rows);
    case 1: return meanRow<i8>(base, dst, width, factor, offsets, rows);
    case 3: return meanRow<i16>(base, dst, width, factor, offsets, rows);
    case 4: return meanRow<u16>(base, dst, width, factor, offsets, rows);
    case 5: return meanRow<i32>(base, dst, width, factor, offsets, rows);
    case 6: return meanRow<u32>(base, dst, width, factor, offsets, rows);
    case 7: return meanRow<i64>(base, dst, width, factor, offsets, rows);
    case 8: return meanRow<u64>(base, dst, width, factor, offsets, rows);
    case 9: return meanRowFloat<u16>(base, dst, width, factor, offsets, rows);
    case 10: return meanRowFloat<f32>(base, dst, width, factor, offsets, rows);
    default: return meanRowFloat<f64>(base, dst, width, factor, offsets, rows);
  }
}

@inline
function extreme(
  dtype: i32, base: usize, dst: usize, width: usize, factor: usize, offsets: usize, rows: usize, isMax: bool,
): void {
  switch (dtype) {
    case 0: case 2: return extremeWindows<u8>(base, dst, width, factor, offsets, rows, isMax);
    case 1: return extremeWindows<i8>(base, dst, width, factor, offsets, rows, isMax);
    case 3: return extremeWindows<i16>(base, dst, width, factor, offsets, rows, isMax);
    case 4: return extremeWindows<u16>(base, dst, width, factor, offsets, rows, isMax);
    case 5: return extremeWindows<i32>(base, dst, width, factor, offsets, rows, isMax);
    case 6: return extremeWindows<u32>(base, dst, width, factor, offsets, rows, isMax);
    case 7: return extremeWindows<i64>(base, dst, width, factor, offsets, rows, isMax);
    case 8: return extremeWindows<u64>(base, dst, width, factor, offsets, rows, isMax);
    case 9: return extremeWindowsHalf(base, dst, width, factor, offsets, rows, isMax);
    case 10: return extremeWindows<f32>(base, dst, width, factor, offsets, rows, isMax);
    default: return extremeWindows<f64>(base, dst, width, factor, offsets, rows, isMax);
  }
}

function maximum(dtype: i32, base: usize, dst: usize, width: usize, factor: usize, offsets: usize, rows: usize): void {
  extreme(dtype, base, dst, width, factor, offsets, rows, true);
}

function minimum(dtype: i32, base: usize, dst: usize, width: usize, factor: usize, offsets: usize, rows: usize): void {
  extreme(dtype, base, dst, width, factor, offsets, rows, false);
}

function nearest(dtype: i32, base: usize, dst: usize, width: usize, factor: usize): void {
  if (dtype <= 2) nearestRow<u8>(base, dst, width, factor);
  else if (dtype <= 4 || dtype == FLOAT16) nearestRow<u16>(base, dst, width, factor);
  else if (dtype <= 6 || dtype == 10) nearestRow<u32>(base, dst, width, factor);
  else nearestRow<u64>(base, dst, width, factor);
}

function mode(
  dtype: i32, base: usize, dst: usize, width: usize, factor: usize, offsets: usize, rows: usize, keys: usize,
): void {
  switch (dtype) {
    case 0: case 2: return modeWindows<u8, i8>(base, dst, width, factor, offsets, rows, keys, false);
    case 1: return modeWindows<i8, i8>(base, dst, width, factor, offsets, rows, keys, false);
    case 3: return modeWindows<i16, i16>(base, dst, width, factor, offsets, rows, keys, false);
    case 4: return modeWindows<u16, i16>(base, dst, width, factor, offsets, rows, keys, false);
    case 5: return modeWindows<i32, i32>(base, dst, width, factor, offsets, rows, keys, false);
    case 6: return modeWindows<u32, i32>(base, dst, width, factor, offsets, rows, keys, false);
    case 7: return modeWindows<i64, i64>(base, dst, width, factor, offsets, rows, keys, false);
    case 8: return modeWindows<u64, i64>(base, dst, width, factor, offsets, rows, keys, false);
    case 9: return modeWindows<u16, i16>(base, dst, width, factor, offsets, rows, keys, true);
    case 10: return modeWindows<f32, i32>(base, dst, width, factor, offsets, rows, keys, false);
    default: return modeWindows<f64, i64>(base, dst, width, factor, offsets, rows, keys, false);
  }
}

function median(
  dtype: i32, base: usize, dst: usize, width: usize, factor: usize, offsets: usize, rows: usize, keys: usize,
): void {
  switch (dtype) {
    case 0: case 2: return medianWindows<u8>(base, dst, width, factor, offsets, rows, keys, false);
    case 1: return medianWindows<i8>(base, dst, width, factor, offsets, rows, keys, false);
    case 3: return medianWindows<i16>(base, dst, width, factor, offsets, rows, keys, false);
    case 4: return medianWindows<u16>(base, dst, width, factor, offsets, rows, keys, false);
    case 5: return medianWindows<i32>(base, dst, width, factor, offsets, rows, keys, false);
    case 6: return medianWindows<u32>(base, dst, width, factor, offsets, rows, keys, false);
    case 7: return medianWindows<i64>(base, dst, width, factor, offsets, rows, keys, false);
    case 8: return medianWindows<u64>(base, dst, width, factor, offsets, rows, keys, false);
    case 9: return medianWindows<u16>(base, dst, width, factor, offsets, rows, keys, true);
    case 10: return medianWindows<f32>(base, dst, width, factor, offsets, rows, keys, false);
    default: return medianWindows<f64>(base, dst, width, factor, offsets, rows, keys, false);
  }
}

/**
 * method: 0 mean, 1 mode, 2 nearest, 3 max, 4 min, 5 median. `dims` holds, for each of the `leading` axes, four u32:
 * its output size, the bytes from one window to the next in src, and two of scratch. `keys` has room for a window of
 * 8-byte keys (mode and median only). Rows go to dst one behind the other, `dstPitch` bytes each.
 */
export function downsampleRows(
  method: i32, dtype: i32, src: usize, dst: usize, dstPitch: usize, width: usize, factor: usize,
  offsets: usize, rows: usize, dims: usize, leading: usize, keys: usize,
): void {
  let total: usize = 1;
  for (let d: usize = 0; d < leading; d++) {
    total *= load<u32>(dims + (d << 4));
    store<u32>(dims + (d << 4), 0, 8);
  }
  let base = src;
  let to = dst;
  for (let row: usize = 0; row < total; row++) {
    if (method == 0) mean(dtype, base, to, width, factor, offsets, rows);
    else if (method == 1) mode(dtype, base, to, width, factor, offsets, rows, keys);
    else if (method == 2) nearest(dtype, base, to, width, factor);
    else if (method == 3) maximum(dtype, base, to, width, factor, offsets, rows);
    else if (method == 4) minimum(dtype, base, to, width, factor, offsets, rows);
    else median(dtype, base, to, width, factor, offsets, rows, keys);
    to += dstPitch;
    for (let d = leading; d > 0; d--) {
      const dim = dims + ((d - 1) << 4);
      const step = load<u32>(dim, 4);
      const at = load<u32>(dim, 8) + 1;
      base += step;
      if (at < load<u32>(dim)) {
        store<u32>(dim, at, 8);
        break;
      }
      base -= at * step;
      store<u32>(dim, 0, 8);
    }
  }
}
