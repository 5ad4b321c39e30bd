// Floats, and 64-bit unsigned integers, as signed integers of the same size and order: -0 before 0, infinities at the
// ends, a NaN before or after everything else. WebAssembly has no float16, and no vector order in which a NaN has a place.
import { F16, F32, F64, U64 } from "./dtypes";

/** In place. */
export function toOrdered(dtype: i32, ptr: usize, n: usize, nanFirst: bool): void {
  if (dtype == F16) ordered<i16>(ptr, n, 0x7c00, nanFirst);
  else if (dtype == F32) ordered<i32>(ptr, n, 0x7f800000, nanFirst);
  else if (dtype == F64) ordered<i64>(ptr, n, 0x7ff0000000000000, nanFirst);
  else if (dtype == U64) flipSigns(ptr, n);
}

/** Back again, in place; every NaN is the canonical one. */
export function fromOrdered(dtype: i32, ptr: usize, n: usize): void {
  if (dtype == F16) unordered<i16>(ptr, n, 0x7c00, 0x7e00);
  else if (dtype == F32) unordered<i32>(ptr, n, 0x7f800000, 0x7fc00000);
  else if (dtype == F64) unordered<i64>(ptr, n, 0x7ff0000000000000, 0x7ff8000000000000);
  else if (dtype == U64) flipSigns(ptr, n);
}

function ordered<T>(ptr: usize, n: usize, infinity: T, nanFirst: bool): void {
  const most = i64.MAX_VALUE >>> (64 - 8 * sizeof<T>());
  const nan = nanFirst ? <T>~most : <T>most;
  for (let i: usize = 0; i < n; i++) {
    const bits = load<T>(ptr + i * sizeof<T>());
    const magnitude = <T>(<i64>bits & most);
    const key = bits < 0 ? <T>(bits ^ <T>most) : bits;
    store<T>(ptr + i * sizeof<T>(), magnitude > infinity ? nan : key);
  }
}

function unordered<T>(ptr: usize, n: usize, infinity: T, nan: T): void {
  const most = i64.MAX_VALUE >>> (64 - 8 * sizeof<T>());
  for (let i: usize = 0; i < n; i++) {
    const key = load<T>(ptr + i * sizeof<T>());
    const bits = key < 0 ? <T>(key ^ <T>most) : key;
    const magnitude = <T>(<i64>bits & most);
    store<T>(ptr + i * sizeof<T>(), magnitude > infinity ? nan : bits);
  }
}

function flipSigns(ptr: usize, n: usize): void {
  for (let i: usize = 0; i < n; i++) store<u64>(ptr + i * 8, load<u64>(ptr + i * 8) ^ 0x8000000000000000);
}
