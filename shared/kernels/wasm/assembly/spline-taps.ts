// The taps of a spline of order 0 to 3 at a coordinate of an axis. Coordinates beyond the ends are mapped as scipy's
// ni_interpolation.c does.
const REFLECT: i32 = 0;
const MIRROR: i32 = 1;
const NEAREST: i32 = 2;
const WRAP: i32 = 3;
const GRID_WRAP: i32 = 4;
const CONSTANT: i32 = 5;
const GRID_CONSTANT: i32 = 6;

/** Offsets of taps that lie beyond the source, and of elements that take the constant whole. */
export const OUTSIDE: u32 = 0xffffffff;
export const NOWHERE: u32 = 0xfffffffe;

/** Where a coordinate beyond [0, n - 1] lies by a boundary; -1 for the constant. */
function mapped(at: f64, n: i32, mode: i32): f64 {
  const last = <f64>(n - 1);
  if (at >= 0 && at <= last) return at;
  if (mode == GRID_CONSTANT) return at;
  if (mode == CONSTANT) return -1;
  if (n <= 1) return 0;
  const below = at < 0;
  if (mode == NEAREST) return below ? 0 : last;
  if (mode == MIRROR) {
    const period = <f64>(2 * n - 2);
    if (below) {
      const x = period * trunc(-at / period) + at;
      return x <= <f64>(1 - n) ? x + period : -x;
    }
    const x = at - period * trunc(at / period);
    return x >= <f64>n ? period - x : x;
  }
  if (mode == REFLECT) {
    const period = <f64>(2 * n);
    if (below) {
      const x = at < -period ? period * trunc(-at / period) + at : at;
      return x < -(<f64>n) ? x + period : (x > -1e-15 ? 1e-15 : -x) - 1;
    }
    const x = at - period * trunc(at / period);
    return x >= <f64>n ? period - x - 1 : x;
  }
  if (mode == WRAP) {
    return below ? at + last * (trunc(-at / last) + 1) : at - last * trunc(at / last);
  }
  const size = <f64>n;
  return below ? at + size * (trunc((-1 - at) / size) + 1) : at - size * trunc(at / size);
}

/** The order + 1 taps of a coordinate along an axis of n elements, of which the block holds those from `origin` on. */
export function fillTaps(
  coordinate: f64,
  n: i32,
  mode: i32,
  order: i32,
  origin: i32,
  stride: u32,
  tapOffsets: usize,
  tapWeights: usize,
): void {
  const at = mapped(coordinate, n, mode);
  if (!(at > -1 || mode == GRID_CONSTANT)) {
    store<u32>(tapOffsets, NOWHERE);
    return;
  }
  const first = <i32>(order & 1 ? floor(at) : floor(at + 0.5)) - order / 2;
  // The spline's own boundary: of a constant or wrapped array it is mirrored.
  const inner = mode == CONSTANT || mode == WRAP ? MIRROR : mode;
  for (let k = 0; k <= order; k++) {
    const i = first + k;
    const inside = i >= 0 && i < n;
    let offset: u32 = OUTSIDE;
    if (inside) offset = <u32>(i - origin) * stride;
    else if (mode != GRID_CONSTANT) offset = <u32>(<i32>mapped(<f64>i, n, inner) - origin) * stride;
    store<u32>(tapOffsets + (<usize>k << 2), offset);
  }
  splineWeights(at, order, tapWeights);
}

function splineWeights(at: f64, order: i32, to: usize): void {
  if (order == 0) {
    store<f64>(to, 1);
  } else if (order == 1) {
    const x = at - floor(at);
    store<f64>(to, 1 - x);
    store<f64>(to, x, 8);
  } else if (order == 2) {
    const x = at - floor(at + 0.5);
    const y = 0.5 - x;
    const a = 0.5 * y * y;
    const b = 0.75 - x * x;
    store<f64>(to, a);
    store<f64>(to, b, 8);
    store<f64>(to, 1 - a - b, 16);
  } else {
    const y = at - floor(at);
    const z = 1 - y;
    const a = (z * z * z) / 6;
    const b = (y * y * (y - 2) * 3 + 4) / 6;
    const c = (z * z * (z - 2) * 3 + 4) / 6;
    store<f64>(to, a);
    store<f64>(to, b, 8);
    store<f64>(to, c, 16);
    store<f64>(to, 1 - a - b - c, 24);
  }
}

/** The taps of `count` neighbouring elements of the result, from `from` on, along an axis of its own: coordinates i * zoom + shift, or by the elements' areas. */
export function resampleTable(
  count: i32,
  from: i32,
  zoom: f64,
  shift: f64,
  grid: bool,
  n: i32,
  mode: i32,
  order: i32,
  origin: i32,
  stride: u32,
  tapOffsets: usize,
  tapWeights: usize,
): void {
  const taps = <usize>(order + 1);
  for (let i = 0; i < count; i++) {
    const k = <f64>(from + i);
    const at = grid ? (k + 0.5) * zoom - 0.5 + shift : k * zoom + shift;
    const slot = <usize>i * taps;
    fillTaps(at, n, mode, order, origin, stride, tapOffsets + (slot << 2), tapWeights + (slot << 3));
  }
}
