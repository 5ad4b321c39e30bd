// What is known of each label of a block: a record of 8-byte words for each, found by a hash table. `layout` holds u32
// byte offsets within a record: 0 where there is no such part (0 itself is the label).
import { addShifted, MASK } from "./reduce-digits";
import { reduceExtreme, reduceSum } from "./reduce";
import { floatSpan } from "./superaccumulator";
import { F16, F32, I64, sizeOfDType, U64 } from "./dtypes";
import { halfToDouble } from "./reduce-half";

const AREA: usize = 8;
const COORDINATES: usize = 0;
const LOW: usize = 4;
const HIGH: usize = 8;
const MINIMUM: usize = 12;
const MAXIMUM: usize = 16;
const SUM: usize = 20;
const SUM_DIGITS: usize = 24;
const WEIGHTED: usize = 28;
const WEIGHTED_DIGITS: usize = 32;
const STRIDE: usize = 36;

/** Elements whose weighted values are added at once. */
const STRIP: usize = 256;
const strip = memory.data(256 * 8, 16);

/**
 * Adds a block's elements to the records of their labels; 0 is no label. Labels have `size` bytes; of an image (`dtype` -1:
 * none) extremes and sums are taken too. `dims` and `start` hold i64 sizes and places in the whole array of the `axes` axes,
 * the last of them the rows' own; `at` has room to count in. Only labels whose hash is `part` of `parts` (a power of two)
 * are taken. A new record is a copy of `blank`. Gives how many records there are, or -1 where there were more than `most`
 * labels: a table has 2^bits slots, at least twice as many.
 */
export function measureLabels(
  labels: usize, size: i32, image: usize, dtype: i32,
  axes: i32, dims: usize, start: usize, at: usize,
  keys: usize, slots: usize, bits: i32, part: u64, parts: u64,
  blank: usize, records: usize, most: u32, layout: usize,
): i32 {
  if (size == 1) return measure<u8>(labels, image, dtype, axes, dims, start, at, keys, slots, bits, part, parts, blank, records, most, layout);
  if (size == 2) return measure<u16>(labels, image, dtype, axes, dims, start, at, keys, slots, bits, part, parts, blank, records, most, layout);
  if (size == 4) return measure<u32>(labels, image, dtype, axes, dims, start, at, keys, slots, bits, part, parts, blank, records, most, layout);
  return measure<u64>(labels, image, dtype, axes, dims, start, at, keys, slots, bits, part, parts, blank, records, most, layout);
}

function measure<T>(
  labels: usize, image: usize, dtype: i32,
  axes: i32, dims: usize, start: usize, at: usize,
  keys: usize, slots: usize, bits: i32, part: u64, parts: u64,
  blank: usize, records: usize, most: u32, layout: usize,
): i32 {
  memory.fill(slots, 0, (<usize>4) << bits);
  memory.fill(at, 0, 8 * <usize>axes);
  const stride = <usize>load<u32>(layout, STRIDE);
  const last = axes - 1;
  const n = <usize>load<i64>(dims + 8 * <usize>last);
  const item: usize = dtype < 0 ? 0 : sizeOfDType(dtype);
  let rows: usize = 1;
  for (let axis = 0; axis < last; axis++) rows *= <usize>load<i64>(dims + 8 * <usize>axis);
  let count: u32 = 0;
  for (let row: usize = 0; row < rows; row++) {
    const from = labels + row * n * sizeof<T>();
    const values = image + row * n * item;
    for (let x: usize = 0, end: usize = 0; x < n; x = end) {
      const label = load<T>(from + x * sizeof<T>());
      end = x + 1;
      while (end < n && load<T>(from + end * sizeof<T>()) == label) end++;
      if (label == 0) continue;
      const hash = mix(<u64>label);
      if ((hash & (parts - 1)) != part) continue;
      const slot = slotOf(<u64>label, hash, keys, slots, bits);
      let index = load<u32>(slots + slot * 4);
      if (index == 0) {
        if (count == most) return -1;
        index = ++count;
        store<u32>(slots + slot * 4, index);
        store<u64>(keys + slot * 8, <u64>label);
        const fresh = records + <usize>(index - 1) * stride;
        memory.copy(fresh, blank, stride);
        store<u64>(fresh, <u64>label);
      }
      const record = records + <usize>(index - 1) * stride;
      place(record, x, end, axes, start, at, layout);
      if (dtype >= 0) weigh(record, values, x, end, dtype, item, axes, start, at, layout);
    }
    for (let axis = last - 1; axis >= 0; axis--) {
      const counter = at + 8 * <usize>axis;
      const next = load<i64>(counter) + 1;
      if (next < load<i64>(dims + 8 * <usize>axis)) {
        store<i64>(counter, next);
        break;
      }
      store<i64>(counter, 0);
    }
  }
  return <i32>count;
}

/** Takes the elements from x to end of a row into area, coordinates and bounding box. */
function place(record: usize, x: usize, end: usize, axes: i32, start: usize, at: usize, layout: usize): void {
  const length = <i64>(end - x);
  store<i64>(record, load<i64>(record, AREA) + length, AREA);
  const coordinates = load<u32>(layout, COORDINATES);
  const low = load<u32>(layout, LOW);
  const high = load<u32>(layout, HIGH);
  for (let axis = 0; axis < axes; axis++) {
    const step: usize = 8 * <usize>axis;
    const isRow = axis == axes - 1;
    const first = load<i64>(start + step) + (isRow ? <i64>x : load<i64>(at + step));
    const after = isRow ? first + length : first + 1;
    if (coordinates) {
      const sum = record + coordinates + step;
      // of first, first + 1, ... along the row; the same number again and again along the others
      store<i64>(sum, load<i64>(sum) + length * first + (isRow ? (length * (length - 1)) >> 1 : 0));
    }
    if (low) {
      const a = record + low + step;
      if (first < load<i64>(a)) store<i64>(a, first);
      const b = record + high + step;
      if (after > load<i64>(b)) store<i64>(b, after);
    }
  }
}

/** Takes the image's elements from x to end of a row into extremes and sums. */
function weigh(
  record: usize, values: usize, x: usize, end: usize, dtype: i32, item: usize,
  axes: i32, start: usize, at: usize, layout: usize,
): void {
  const from = values + x * item;
  const length = end - x;
  reduceExtreme(false, dtype, from, 1, length, 1, record + load<u32>(layout, MINIMUM));
  reduceExtreme(true, dtype, from, 1, length, 1, record + load<u32>(layout, MAXIMUM));
  const digits = <usize>load<u32>(layout, SUM_DIGITS);
  reduceSum(dtype, from, 1, length, 1, record + load<u32>(layout, SUM), (digits + 1) << 3, digits, 0);
  const weighted = load<u32>(layout, WEIGHTED);
  if (!weighted) return;
  const places = <usize>load<u32>(layout, WEIGHTED_DIGITS);
  const isFloat = dtype >= F16;
  // floats have a word of flags behind their digits
  const each = (places + (isFloat ? 1 : 0)) << 3;
  for (let axis = 0; axis < axes; axis++) {
    const isRow = axis == axes - 1;
    const first = load<i64>(start + 8 * <usize>axis) + (isRow ? <i64>x : load<i64>(at + 8 * <usize>axis));
    const sum = record + weighted + <usize>axis * each;
    if (isFloat) weighFloats(sum, places, from, length, dtype, first, isRow);
    else weighIntegers(sum, from, length, dtype, item, first, isRow);
  }
}

/** Adds value * coordinate, rounded to a double, of each element. */
function weighFloats(sum: usize, digits: usize, from: usize, length: usize, dtype: i32, first: i64, isRow: bool): void {
  for (let i: usize = 0; i < length; i += STRIP) {
    const count = min<usize>(STRIP, length - i);
    for (let k: usize = 0; k < count; k++) {
      const j = i + k;
      const value: f64 =
        dtype == F16 ? halfToDouble(<u32>load<u16>(from + j * 2))
        : dtype == F32 ? <f64>load<f32>(from + j * 4)
        : load<f64>(from + j * 8);
      store<f64>(strip + k * 8, value * <f64>(isRow ? first + <i64>j : first));
    }
    floatSpan<f64>(strip, count, sum, 0, sum + (digits << 3));
  }
}

/** The same, exactly: coordinates are under 2^32. */
function weighIntegers(sum: usize, from: usize, length: usize, dtype: i32, item: usize, first: i64, isRow: bool): void {
  for (let j: usize = 0; j < length; j++) {
    const coordinate = <u64>(isRow ? first + <i64>j : first);
    const value = integerAt(from + j * item, dtype);
    const negative = dtype != U64 && value < 0;
    const magnitude = negative ? 0 - <u64>value : <u64>value;
    const sign: i64 = negative ? -1 : 0;
    addShifted(sum, 0, (magnitude & MASK) * coordinate, sign);
    if (dtype >= I64) addShifted(sum, 32, (magnitude >> 32) * coordinate, sign);
  }
}

function integerAt(at: usize, dtype: i32): i64 {
  switch (dtype) {
    case 0: case 2: return <i64>load<u8>(at);
    case 1: return <i64>load<i8>(at);
    case 3: return <i64>load<i16>(at);
    case 4: return <i64>load<u16>(at);
    case 5: return <i64>load<i32>(at);
    case 6: return <i64>load<u32>(at);
    default: return load<i64>(at);
  }
}

/** The label's slot, or the free one where it belongs. */
function slotOf(key: u64, hash: u64, keys: usize, slots: usize, bits: i32): usize {
  const last: usize = ((<usize>1) << bits) - 1;
  let slot = <usize>(hash >> (64 - bits));
  while (load<u32>(slots + slot * 4) != 0 && load<u64>(keys + slot * 8) != key) slot = (slot + 1) & last;
  return slot;
}

/** The finaliser of MurmurHash3. */
function mix(key: u64): u64 {
  key = (key ^ (key >> 33)) * 0xff51afd7ed558ccd;
  key = (key ^ (key >> 33)) * 0xc4ceb9fe1a85ec53;
  return key ^ (key >> 33);
}
