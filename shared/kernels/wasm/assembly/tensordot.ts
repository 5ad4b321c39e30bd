// Matrix products, the rows of the result one by one: each sum runs over the contracted axis in order, so that it depends on
// nothing else. Floats are summed in double precision and rounded once, integers wrap, bool is any of both.
import { BOOL, F16, F32, F64, sizeOfDType } from "./dtypes";
import { halfBits } from "./half";

/** `c` (m x n) of `a` (m x k) and `b` (k x n). float16 comes as float32, and goes as float16; `sums` has room for n doubles. */
export function tensordot(
  dtype: i32,
  a: usize,
  b: usize,
  c: usize,
  m: usize,
  k: usize,
  n: usize,
  sums: usize,
): void {
  if (dtype == F16 || dtype == F32 || dtype == F64) {
    for (let i: usize = 0; i < m; i++) {
      if (dtype == F64) floatRow<f64>(a + i * k * 8, b, k, n, sums);
      else floatRow<f32>(a + i * k * 4, b, k, n, sums);
      storeRow(dtype, sums, c + i * n * sizeOfDType(dtype), n);
    }
    return;
  }
  const size = sizeOfDType(dtype);
  for (let i: usize = 0; i < m; i++) {
    const row = a + i * k * size;
    const to = c + i * n * size;
    memory.fill(to, 0, n * size);
    if (dtype == BOOL) anyRow(row, b, to, k, n);
    else if (size == 1) integerRow<u8>(row, b, to, k, n);
    else if (size == 2) integerRow<u16>(row, b, to, k, n);
    else if (size == 4) integerRow<u32>(row, b, to, k, n);
    else integerRow<u64>(row, b, to, k, n);
  }
}

/** Two lanes at a time, the last alone by the same operations. */
function floatRow<T>(a: usize, b: usize, k: usize, n: usize, sums: usize): void {
  memory.fill(sums, 0, n * 8);
  const pairs = n & ~1;
  for (let i: usize = 0; i < k; i++) {
    const factor = <f64>load<T>(a + i * sizeof<T>());
    const factors = f64x2.splat(factor);
    const row = b + i * n * sizeof<T>();
    for (let j: usize = 0; j < pairs; j += 2) {
      const at = row + j * sizeof<T>();
      const values =
        sizeof<T>() == 4 ? f64x2.promote_low_f32x4(v128.load_zero<u64>(at)) : v128.load(at);
      const to = sums + j * 8;
      v128.store(to, f64x2.add(v128.load(to), f64x2.mul(factors, values)));
    }
    if (pairs < n) {
      const to = sums + pairs * 8;
      store<f64>(to, load<f64>(to) + factor * <f64>load<T>(row + pairs * sizeof<T>()));
    }
  }
}

function storeRow(dtype: i32, sums: usize, c: usize, n: usize): void {
  for (let j: usize = 0; j < n; j++) {
    const sum = load<f64>(sums + j * 8);
    if (dtype == F64) store<f64>(c + j * 8, sum == sum ? sum : f64.NaN);
    else if (dtype == F32) store<f32>(c + j * 4, sum == sum ? <f32>sum : f32.NaN);
    else store<u16>(c + j * 2, halfBits(sum));
  }
}

function integerRow<T>(a: usize, b: usize, c: usize, k: usize, n: usize): void {
  for (let i: usize = 0; i < k; i++) {
    const factor = load<T>(a + i * sizeof<T>());
    const row = b + i * n * sizeof<T>();
    for (let j: usize = 0; j < n; j++) {
      const to = c + j * sizeof<T>();
      store<T>(to, <T>(load<T>(to) + <T>(factor * load<T>(row + j * sizeof<T>()))));
    }
  }
}

function anyRow(a: usize, b: usize, c: usize, k: usize, n: usize): void {
  for (let i: usize = 0; i < k; i++) {
    if (load<u8>(a + i) == 0) continue;
    const row = b + i * n;
    for (let j: usize = 0; j < n; j++) if (load<u8>(row + j)) store<u8>(c + j, 1);
  }
}
