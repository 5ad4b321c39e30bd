// A separable filter along up to three axes at once: rows come in as they lie in the source, and go out filtered along all
// axes, without the array in between. The box is (a, b, c), C order. For one row of b after the other, the sums along a
// of all planes go to a ring of as many rows as the filter along b takes; of those each output row is summed along b, and at last
// along c. All of that stays in the second-level cache. Tables say which element of the source stands for each of an
// extended axis, -1 for the filter's constant, so that halos and the array's ends need no copy.
import { cast } from "./cast";
import { F32, F64, sizeOfDType } from "./dtypes";
import { accumulate, accumulateRows, useFilter } from "./separable-sums";

// One axis of the job, 64 bytes: what is at which of them.
/** Taps of the filter, i32; 0: none, elements are taken as they are. */
const TAPS: usize = 0;
/** 0 even, 1 odd, 2 any; i32. */
const SYMMETRY: usize = 4;
const RADIUS: usize = 8;
/** Taps ahead of the element, where there is no symmetry; i32. */
const BEFORE: usize = 12;
/** Elements from the first tap to the last, i32. */
const WINDOW: usize = 16;
/** Address of the weights. */
const WEIGHTS: usize = 20;
/** Address of an i32 for each element of the extended axis. */
const TABLE: usize = 24;
/** Whether this is the last filter: then NaNs are made canonical; i32. */
const FINAL: usize = 28;
/** What stands for -1, and what sums are divided by; f64. */
const CONSTANT: usize = 32;
const DIVISOR: usize = 40;

let alongA: usize;
let alongB: usize;
let alongC: usize;

let dtype: i32;
let src: usize;
let srcPlane: usize;
let srcRow: usize;
let width: usize;
let dst: usize;
let dstPlane: usize;
let dstRow: usize;
let planes: i32;
let columns: i32;
let firstPlane: i32;
let sourcePlanes: i32;
let pitch: usize;
let ring: usize;
let converted: usize;
let constantRow: usize;
let line: usize;
let padded: usize;
let rows: usize;
let runAt: i32;
let runLength: i32;
let runSource: i32;

/**
 * Computes the rows [from, to) of b, after all rows before; `from` 0 begins anew. The job's words are those of
 * shared/kernels/separable-box.ts.
 */
export function separableRows(job: usize, double: bool, from: i32, to: i32): void {
  dtype = load<i32>(job);
  src = <usize>load<u32>(job, 4);
  srcPlane = <usize>load<u32>(job, 8);
  srcRow = <usize>load<u32>(job, 12);
  width = <usize>load<u32>(job, 16);
  dst = <usize>load<u32>(job, 20);
  dstPlane = <usize>load<u32>(job, 24);
  dstRow = <usize>load<u32>(job, 28);
  planes = load<i32>(job, 32);
  columns = load<i32>(job, 36);
  firstPlane = load<i32>(job, 40);
  sourcePlanes = load<i32>(job, 44);
  pitch = <usize>load<u32>(job, 48);
  ring = <usize>load<u32>(job, 52);
  converted = <usize>load<u32>(job, 56);
  constantRow = <usize>load<u32>(job, 60);
  line = <usize>load<u32>(job, 64);
  padded = <usize>load<u32>(job, 68);
  rows = <usize>load<u32>(job, 72);
  runAt = load<i32>(job, 76);
  runLength = load<i32>(job, 80);
  runSource = load<i32>(job, 84);
  alongA = job + 96;
  alongB = job + 160;
  alongC = job + 224;
  if (double) filterRows<f64>(from, to);
  else filterRows<f32>(from, to);
}

function filterRows<A>(from: i32, to: i32): void {
  const slots = load<i32>(alongB + WINDOW);
  const slotBytes = <usize>planes * pitch;
  if (from == 0 && load<i32>(alongA + TAPS)) fillRow<A>(constantRow, <i32>width, <A>load<f64>(alongA + CONSTANT));
  // The last row that the output row before needed is loaded already.
  let next = from == 0 ? 0 : from + slots - 1;
  const bytes = width * sizeof<A>();
  // Where the source's columns are one run of the extended axis the sums go straight there.
  const direct = runSource == 0 && runLength == <i32>width;
  const sums = direct ? padded + <usize>runAt * sizeof<A>() : line;
  for (let y = from; y < to; y++) {
    for (; next < y + slots; next++) {
      loadRow<A>(load<i32>(<usize>load<u32>(alongB + TABLE) + <usize>next * 4), ring + <usize>(next % slots) * slotBytes);
    }
    for (let a = 0; a < planes; a++) {
      const inSlot = <usize>a * pitch;
      if (load<i32>(alongB + TAPS)) {
        for (let k = 0; k < slots; k++) {
          store<u32>(rows + <usize>k * 4, <u32>(ring + <usize>((y + k) % slots) * slotBytes + inSlot));
        }
        sumRows<A>(alongB, sums, 0, bytes);
      } else {
        memory.copy(sums, ring + inSlot, bytes);
      }
      if (!direct) memory.copy(padded + <usize>runAt * sizeof<A>(), line + <usize>runSource * sizeof<A>(), <usize>runLength * sizeof<A>());
      fillEnds<A>(sums);
      const out = dst + <usize>a * dstPlane + <usize>y * dstRow;
      if (load<i32>(alongC + TAPS)) sumColumns<A>(out);
      else memory.copy(out, padded, <usize>columns * sizeof<A>());
    }
  }
}

/** Row `b` of the source, filtered along a, to a slot of the ring. */
function loadRow<A>(b: i32, slot: usize): void {
  const target = sizeof<A>() == 4 ? F32 : F64;
  if (b < 0) {
    for (let a = 0; a < planes; a++) fillRow<A>(slot + <usize>a * pitch, <i32>width, <A>load<f64>(alongB + CONSTANT));
    return;
  }
  const row = src + <usize>b * srcRow;
  if (!load<i32>(alongA + TAPS)) {
    for (let a = 0; a < planes; a++) {
      const plane = load<i32>(<usize>load<u32>(alongA + TABLE) + <usize>a * 4);
      cast(dtype, target, row + <usize>plane * srcPlane, slot + <usize>a * pitch, width);
    }
    return;
  }
  for (let s = 0; s < sourcePlanes; s++) {
    cast(dtype, target, row + <usize>(firstPlane + s) * srcPlane, converted + <usize>s * pitch, width);
  }
  const bytes = width * sizeof<A>();
  // Strips whose window stays in the first-level cache.
  for (let at: usize = 0; at < bytes; at += 256) {
    for (let a = 0; a < planes; a++) {
      for (let k = 0; k < load<i32>(alongA + WINDOW); k++) {
        const plane = load<i32>(<usize>load<u32>(alongA + TABLE) + <usize>(a + k) * 4);
        const from = plane < 0 ? constantRow : converted + <usize>(plane - firstPlane) * pitch;
        store<u32>(rows + <usize>k * 4, <u32>from);
      }
      sumRows<A>(alongA, slot + <usize>a * pitch, at, min(bytes, at + 256));
    }
  }
}

function use(axis: usize): void {
  useFilter(
    <usize>load<u32>(axis + WEIGHTS),
    <usize>load<i32>(axis + RADIUS),
    <usize>load<i32>(axis + TAPS),
    <usize>load<i32>(axis + BEFORE),
    load<f64>(axis + DIVISOR),
    load<i32>(axis + FINAL) != 0,
  );
}

function sumRows<A>(axis: usize, to: usize, from: usize, end: usize): void {
  use(axis);
  const symmetry = load<i32>(axis + SYMMETRY);
  if (symmetry == 0) accumulateRows<A, u32>(to, rows, from, end);
  else if (symmetry == 1) accumulateRows<A, i32>(to, rows, from, end);
  else accumulateRows<A, u8>(to, rows, from, end);
}

function sumColumns<A>(out: usize): void {
  use(alongC);
  const bytes = <usize>columns * sizeof<A>();
  const lead = load<i32>(alongC + SYMMETRY) == 2 ? load<i32>(alongC + BEFORE) : load<i32>(alongC + RADIUS);
  const centre = padded + <usize>lead * sizeof<A>();
  if (load<i32>(alongC + SYMMETRY) == 0) accumulate<A, u32>(out, centre, sizeof<A>(), bytes);
  else if (load<i32>(alongC + SYMMETRY) == 1) accumulate<A, i32>(out, centre, sizeof<A>(), bytes);
  else accumulate<A, u8>(out, centre, sizeof<A>(), bytes);
}

/** The extended row's elements before and after the run that lies there already. */
function fillEnds<A>(sums: usize): void {
  const n = columns + load<i32>(alongC + WINDOW) - 1;
  for (let i = 0; i < runAt; i++) fillEnd<A>(sums, i);
  for (let i = runAt + runLength; i < n; i++) fillEnd<A>(sums, i);
}

function fillEnd<A>(sums: usize, i: i32): void {
  const c = load<i32>(<usize>load<u32>(alongC + TABLE) + <usize>i * 4);
  const value = c < 0 ? <A>load<f64>(alongC + CONSTANT) : load<A>(sums + <usize>c * sizeof<A>());
  store<A>(padded + <usize>i * sizeof<A>(), value);
}

function fillRow<A>(row: usize, n: i32, value: A): void {
  for (let i = 0; i < n; i++) store<A>(row + <usize>i * sizeof<A>(), value);
}
