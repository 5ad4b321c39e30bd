// Steps of Richardson-Lucy deconvolution, on arrays of float32, or float64 where `double`; whole vectors, as in combine.ts.
import { canonical } from "./lanes";

/** dst = image / (dst + 1e-12), and 0 where that sum is below `least`. */
export function relativeBlur(double: bool, dst: usize, image: usize, n: usize, least: f64): void {
  if (double) relative<f64>(dst, image, dst + n * 8, least);
  else relative<f32>(dst, image, dst + n * 4, least);
}

function relative<A>(dst: usize, image: usize, end: usize, least: f64): void {
  const little = v128.splat<A>(<A>1e-12);
  const floor = v128.splat<A>(<A>least);
  for (; dst < end; dst += 16, image += 16) {
    const blur = v128.add<A>(v128.load(dst), little);
    const ratio = v128.div<A>(v128.load(image), blur);
    v128.store(dst, v128.andnot(ratio, v128.lt<A>(blur, floor)));
  }
}

/** dst *= src */
export function multiplyBy(double: bool, dst: usize, src: usize, n: usize): void {
  if (double) multiply<f64>(dst, src, dst + n * 8);
  else multiply<f32>(dst, src, dst + n * 4);
}

function multiply<A>(dst: usize, src: usize, end: usize): void {
  for (; dst < end; dst += 16, src += 16) {
    v128.store(dst, canonical<A>(v128.mul<A>(v128.load(dst), v128.load(src))));
  }
}

/** dst within low and high; a NaN stays. */
export function clampTo(double: bool, dst: usize, n: usize, low: f64, high: f64): void {
  if (double) clamp<f64>(dst, dst + n * 8, low, high);
  else clamp<f32>(dst, dst + n * 4, low, high);
}

function clamp<A>(dst: usize, end: usize, low: f64, high: f64): void {
  const least = v128.splat<A>(<A>low);
  const most = v128.splat<A>(<A>high);
  for (; dst < end; dst += 16) {
    const x = v128.load(dst);
    const above = v128.bitselect(least, x, v128.lt<A>(x, least));
    v128.store(dst, v128.bitselect(most, above, v128.gt<A>(above, most)));
  }
}
