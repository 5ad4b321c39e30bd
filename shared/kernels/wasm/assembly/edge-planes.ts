// Edge filters on planes of rows and columns, row by row: each row is read once. The operations and their order are
// those of separable passes: a difference along one axis, then a smoothing along the other.
import { cast } from "./cast";
import { F32, F64, sizeOfDType } from "./dtypes";
import { canonical } from "./lanes";

const MAGNITUDE: i32 = 0;
const ALONG_ROWS: i32 = 1;

const tail = memory.data(16, 16);

let dtype: i32;
let cols: usize;
let factor: f64;
let rowEdges: usize;
let colEdges: usize;
let constant: f64;
let smoothConstant: f64;
let pitch: usize;
let buffer: usize;

/**
 * `which`: the magnitude, the derivative along rows (down the columns), or that along columns. A difference is smoothed
 * by `centre` and `beside`, and divided by `divisor`; the magnitude divided by `root`. Where `_factor` is not 1, elements
 * are multiplied by it, and at least -1. The edges hold an i32 for before and after: which row, or column, stands there,
 * or -1 for `_constant`, and after the difference `_smoothConstant`. `_buffer` has room for 7 rows of `_pitch` bytes:
 * of cols + 2 elements, and 64 bytes.
 */
export function edgePlanes(
  _dtype: i32,
  double: bool,
  src: usize,
  dst: usize,
  planes: usize,
  rows: usize,
  _cols: usize,
  which: i32,
  _factor: f64,
  centre: f64,
  beside: f64,
  divisor: f64,
  root: f64,
  _rowEdges: usize,
  _colEdges: usize,
  _constant: f64,
  _smoothConstant: f64,
  _pitch: usize,
  _buffer: usize,
): void {
  dtype = _dtype;
  cols = _cols;
  factor = _factor;
  rowEdges = _rowEdges;
  colEdges = _colEdges;
  constant = _constant;
  smoothConstant = _smoothConstant;
  pitch = _pitch;
  buffer = _buffer;
  const from = rows * cols * sizeOfDType(dtype);
  const to = rows * cols * (double ? 8 : 4);
  for (let p: usize = 0; p < planes; p++, src += from, dst += to) {
    if (double) plane<f64>(src, dst, rows, which, centre, beside, divisor, root);
    else plane<f32>(src, dst, rows, which, centre, beside, divisor, root);
  }
}

function plane<A>(
  src: usize,
  dst: usize,
  rows: usize,
  which: i32,
  centre: f64,
  beside: f64,
  divisor: f64,
  root: f64,
): void {
  fetchRow<A>(src, 0, load<i32>(rowEdges));
  fetchRow<A>(src, 1, 0);
  for (let r: usize = 0; r < rows; r++) {
    const next = (r + 2) % 3;
    fetchRow<A>(src, next, r + 1 < rows ? <i32>(r + 1) : load<i32>(rowEdges, 4));
    const above = r % 3;
    const here = (r + 1) % 3;
    const down = buffer + 6 * pitch;
    if (which <= ALONG_ROWS) {
      difference<A>(down + sizeof<A>(), rawRow<A>(above), rawRow<A>(here), rawRow<A>(next));
      fillEnds<A>(down, smoothConstant);
    }
    finish<A>(
      dst + r * cols * sizeof<A>(),
      down + sizeof<A>(),
      sideRow<A>(above),
      sideRow<A>(here),
      sideRow<A>(next),
      which,
      centre,
      beside,
      divisor,
      root,
    );
  }
}

/** The first element of a row as floats; there is one more before it and after the last. */
function rawRow<A>(slot: usize): usize {
  return buffer + slot * pitch + sizeof<A>();
}

/** The first element of a row's differences along it. */
function sideRow<A>(slot: usize): usize {
  return buffer + (3 + slot) * pitch + sizeof<A>();
}

function fetchRow<A>(src: usize, slot: usize, row: i32): void {
  const raw = rawRow<A>(slot);
  const side = sideRow<A>(slot);
  if (row < 0) {
    for (let i: usize = 0; i < cols; i++) {
      store<A>(raw + i * sizeof<A>(), <A>constant);
      store<A>(side + i * sizeof<A>(), <A>smoothConstant);
    }
    return;
  }
  const target = sizeof<A>() == 4 ? F32 : F64;
  cast(dtype, target, src + <usize>row * cols * sizeOfDType(dtype), raw, cols);
  if (factor != 1) {
    const by = v128.splat<A>(<A>factor);
    const least = v128.splat<A>(-1);
    const end = raw + cols * sizeof<A>();
    for (let at = raw; at < end; at += 16) {
      v128.store(at, v128.max<A>(v128.mul<A>(v128.load(at), by), least));
    }
  }
  fillEnds<A>(raw - sizeof<A>(), constant);
  difference<A>(side, raw - sizeof<A>(), raw, raw + sizeof<A>());
}

/** The elements before and after a row whose first element comes one after `row`. */
function fillEnds<A>(row: usize, otherwise: f64): void {
  const before = load<i32>(colEdges);
  const after = load<i32>(colEdges, 4);
  const first = row + sizeof<A>();
  store<A>(row, before < 0 ? <A>otherwise : load<A>(first + <usize>before * sizeof<A>()));
  store<A>(
    first + cols * sizeof<A>(),
    after < 0 ? <A>otherwise : load<A>(first + <usize>after * sizeof<A>()),
  );
}

/** dst = 0 * centre + (high - low), whole vectors: as a pass with antisymmetric weights has it. */
function difference<A>(dst: usize, low: usize, centre: usize, high: usize): void {
  const zero = v128.splat<A>(0);
  const bytes = cols * sizeof<A>();
  for (let at: usize = 0; at < bytes; at += 16) {
    const step = v128.sub<A>(v128.load(high + at), v128.load(low + at));
    v128.store(dst + at, v128.add<A>(v128.mul<A>(zero, v128.load(centre + at)), step));
  }
}

function finish<A>(
  dst: usize,
  down: usize,
  above: usize,
  here: usize,
  below: usize,
  which: i32,
  centre: f64,
  beside: f64,
  divisor: f64,
  root: f64,
): void {
  const c = v128.splat<A>(<A>centre);
  const b = v128.splat<A>(<A>beside);
  const by = v128.splat<A>(<A>divisor);
  const share = v128.splat<A>(<A>(1 / divisor));
  // A product with a power of two has the quotient's bits, sooner.
  const exact = (reinterpret<u64>(divisor) & 0xfffffffffffff) == 0;
  const over = v128.splat<A>(<A>root);
  const bytes = cols * sizeof<A>();
  for (let at: usize = 0; at < bytes; at += 16) {
    let result: v128;
    if (which == MAGNITUDE) {
      let y = smooth<A>(c, b, down + at - sizeof<A>(), down + at, down + at + sizeof<A>());
      let x = smooth<A>(c, b, above + at, here + at, below + at);
      y = exact ? v128.mul<A>(y, share) : v128.div<A>(y, by);
      x = exact ? v128.mul<A>(x, share) : v128.div<A>(x, by);
      const sum = v128.add<A>(v128.mul<A>(y, y), v128.mul<A>(x, x));
      result = v128.div<A>(v128.sqrt<A>(sum), over);
    } else if (which == ALONG_ROWS) {
      result = smooth<A>(c, b, down + at - sizeof<A>(), down + at, down + at + sizeof<A>());
    } else {
      result = smooth<A>(c, b, above + at, here + at, below + at);
    }
    result = canonical<A>(result);
    if (at + 16 <= bytes) v128.store(dst + at, result);
    else {
      v128.store(tail, result);
      memory.copy(dst + at, tail, bytes - at);
    }
  }
}

function smooth<A>(c: v128, b: v128, low: usize, here: usize, high: usize): v128 {
  const sides = v128.add<A>(v128.load(low), v128.load(high));
  return v128.add<A>(v128.mul<A>(c, v128.load(here)), v128.mul<A>(b, sides));
}
