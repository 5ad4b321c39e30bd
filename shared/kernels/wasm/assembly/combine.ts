// Element by element, on arrays of float32, or float64 where `double`. Whole vectors: blocks end on whole cache lines,
// so what lies beyond `n` may be computed too. NaNs become canonical.
import { canonical } from "./lanes";

/** dst += src */
export function addTo(double: bool, dst: usize, src: usize, n: usize): void {
  if (double) add<f64>(dst, src, dst + n * 8);
  else add<f32>(dst, src, dst + n * 4);
}

function add<A>(dst: usize, src: usize, end: usize): void {
  for (; dst < end; dst += 16, src += 16) {
    v128.store(dst, canonical<A>(v128.add<A>(v128.load(dst), v128.load(src))));
  }
}

/** dst -= src */
export function subtractFrom(double: bool, dst: usize, src: usize, n: usize): void {
  if (double) subtract<f64>(dst, src, dst + n * 8);
  else subtract<f32>(dst, src, dst + n * 4);
}

function subtract<A>(dst: usize, src: usize, end: usize): void {
  for (; dst < end; dst += 16, src += 16) {
    v128.store(dst, canonical<A>(v128.sub<A>(v128.load(dst), v128.load(src))));
  }
}

/** dst = dst * dst */
export function square(double: bool, dst: usize, n: usize): void {
  if (double) squareAll<f64>(dst, dst + n * 8);
  else squareAll<f32>(dst, dst + n * 4);
}

function squareAll<A>(dst: usize, end: usize): void {
  for (; dst < end; dst += 16) {
    const x = v128.load(dst);
    v128.store(dst, v128.mul<A>(x, x));
  }
}

/** dst += src * src */
export function addSquareTo(double: bool, dst: usize, src: usize, n: usize): void {
  if (double) addSquare<f64>(dst, src, dst + n * 8);
  else addSquare<f32>(dst, src, dst + n * 4);
}

function addSquare<A>(dst: usize, src: usize, end: usize): void {
  for (; dst < end; dst += 16, src += 16) {
    const x = v128.load(src);
    v128.store(dst, v128.add<A>(v128.load(dst), v128.mul<A>(x, x)));
  }
}

/** dst = sqrt(dst) / divisor */
export function rootOver(double: bool, dst: usize, n: usize, divisor: f64): void {
  if (double) root<f64>(dst, dst + n * 8, divisor);
  else root<f32>(dst, dst + n * 4, divisor);
}

function root<A>(dst: usize, end: usize, divisor: f64): void {
  const by = v128.splat<A>(<A>divisor);
  for (; dst < end; dst += 16) {
    v128.store(dst, canonical<A>(v128.div<A>(v128.sqrt<A>(v128.load(dst)), by)));
  }
}

/** dst = max(dst * factor, low) */
export function scale(double: bool, dst: usize, n: usize, factor: f64, low: f64): void {
  if (double) scaleAll<f64>(dst, dst + n * 8, factor, low);
  else scaleAll<f32>(dst, dst + n * 4, factor, low);
}

function scaleAll<A>(dst: usize, end: usize, factor: f64, low: f64): void {
  const by = v128.splat<A>(<A>factor);
  const least = v128.splat<A>(<A>low);
  for (; dst < end; dst += 16) {
    v128.store(dst, v128.max<A>(v128.mul<A>(v128.load(dst), by), least));
  }
}

/** dst += value */
export function addConstant(double: bool, dst: usize, n: usize, value: f64): void {
  if (double) addToAll<f64>(dst, dst + n * 8, value);
  else addToAll<f32>(dst, dst + n * 4, value);
}

function addToAll<A>(dst: usize, end: usize, value: f64): void {
  const by = v128.splat<A>(<A>value);
  for (; dst < end; dst += 16) v128.store(dst, canonical<A>(v128.add<A>(v128.load(dst), by)));
}

/** dst /= src */
export function divideBy(double: bool, dst: usize, src: usize, n: usize): void {
  if (double) divide<f64>(dst, src, dst + n * 8);
  else divide<f32>(dst, src, dst + n * 4);
}

function divide<A>(dst: usize, src: usize, end: usize): void {
  for (; dst < end; dst += 16, src += 16) {
    v128.store(dst, canonical<A>(v128.div<A>(v128.load(dst), v128.load(src))));
  }
}
