// Unsharp masking, on arrays of float32, or float64 where `double`.
import { canonical } from "./lanes";

/** Whether any element is below 0. */
export function anyNegative(double: bool, src: usize, n: usize): bool {
  if (double) {
    for (let i: usize = 0; i < n; i++) if (load<f64>(src + i * 8) < 0) return true;
  } else {
    for (let i: usize = 0; i < n; i++) if (load<f32>(src + i * 4) < 0) return true;
  }
  return false;
}

/** dst = image + (image - dst) * amount, within low and high; whole vectors, as in combine.ts. */
export function sharpen(
  double: bool,
  dst: usize,
  image: usize,
  n: usize,
  amount: f64,
  low: f64,
  high: f64,
): void {
  if (double) sharpenAll<f64>(dst, image, dst + n * 8, amount, low, high);
  else sharpenAll<f32>(dst, image, dst + n * 4, amount, low, high);
}

function sharpenAll<A>(dst: usize, image: usize, end: usize, amount: f64, low: f64, high: f64): void {
  const by = v128.splat<A>(<A>amount);
  const least = v128.splat<A>(<A>low);
  const most = v128.splat<A>(<A>high);
  for (; dst < end; dst += 16, image += 16) {
    const x = v128.load(image);
    let sharp = v128.add<A>(x, v128.mul<A>(v128.sub<A>(x, v128.load(dst)), by));
    sharp = v128.bitselect(least, sharp, v128.lt<A>(sharp, least));
    sharp = v128.bitselect(most, sharp, v128.gt<A>(sharp, most));
    v128.store(dst, canonical<A>(sharp));
  }
}
