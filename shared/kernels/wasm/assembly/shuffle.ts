// The byte and bit shuffles of c-blosc 1.x on one block of `bytes` bytes: the elements' bytes are laid out plane by
// plane (all first bytes, all second bytes, ...), the bytes after the last whole element follow unchanged.
// https://github.com/Blosc/c-blosc/blob/main/README_CHUNK_FORMAT.rst

function even(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
}

function odd(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31);
}

function zipLow(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
}

function zipHigh(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
}

/** Byte shuffle: dst[k * n + i] = src[i * typeSize + k]. */
export function shuffleBytes(dst: usize, src: usize, bytes: usize, typeSize: usize): void {
  const n = bytes / typeSize;
  let i: usize = 0;
  if (typeSize == 2) i = shuffle2(dst, src, n);
  else if (typeSize == 4) i = shuffle4(dst, src, n);
  else if (typeSize == 8) i = shuffle8(dst, src, n);
  for (; i < n; i++) {
    const from = src + i * typeSize;
    for (let k: usize = 0; k < typeSize; k++) store<u8>(dst + k * n + i, load<u8>(from + k));
  }
  const whole = n * typeSize;
  memory.copy(dst + whole, src + whole, bytes - whole);
}

/** The inverse of `shuffleBytes`. */
export function unshuffleBytes(dst: usize, src: usize, bytes: usize, typeSize: usize): void {
  const n = bytes / typeSize;
  let i: usize = 0;
  if (typeSize == 2) i = unshuffle2(dst, src, n);
  else if (typeSize == 4) i = unshuffle4(dst, src, n);
  else if (typeSize == 8) i = unshuffle8(dst, src, n);
  for (; i < n; i++) {
    const to = dst + i * typeSize;
    for (let k: usize = 0; k < typeSize; k++) store<u8>(to + k, load<u8>(src + k * n + i));
  }
  const whole = n * typeSize;
  memory.copy(dst + whole, src + whole, bytes - whole);
}

function shuffle2(dst: usize, src: usize, n: usize): usize {
  let i: usize = 0;
  for (; i + 16 <= n; i += 16) {
    const a = v128.load(src + i * 2);
    const b = v128.load(src + i * 2, 16);
    v128.store(dst + i, even(a, b));
    v128.store(dst + n + i, odd(a, b));
  }
  return i;
}

function unshuffle2(dst: usize, src: usize, n: usize): usize {
  let i: usize = 0;
  for (; i + 16 <= n; i += 16) {
    const a = v128.load(src + i);
    const b = v128.load(src + n + i);
    v128.store(dst + i * 2, zipLow(a, b));
    v128.store(dst + i * 2, zipHigh(a, b), 16);
  }
  return i;
}

function shuffle4(dst: usize, src: usize, n: usize): usize {
  let i: usize = 0;
  for (; i + 16 <= n; i += 16) {
    const from = src + i * 4;
    const a = v128.load(from);
    const b = v128.load(from, 16);
    const c = v128.load(from, 32);
    const d = v128.load(from, 48);
    const e0 = even(a, b);
    const o0 = odd(a, b);
    const e1 = even(c, d);
    const o1 = odd(c, d);
    v128.store(dst + i, even(e0, e1));
    v128.store(dst + n + i, even(o0, o1));
    v128.store(dst + 2 * n + i, odd(e0, e1));
    v128.store(dst + 3 * n + i, odd(o0, o1));
  }
  return i;
}

function unshuffle4(dst: usize, src: usize, n: usize): usize {
  let i: usize = 0;
  for (; i + 16 <= n; i += 16) {
    const b0 = v128.load(src + i);
    const b1 = v128.load(src + n + i);
    const b2 = v128.load(src + 2 * n + i);
    const b3 = v128.load(src + 3 * n + i);
    const e0 = zipLow(b0, b2);
    const e1 = zipHigh(b0, b2);
    const o0 = zipLow(b1, b3);
    const o1 = zipHigh(b1, b3);
    const to = dst + i * 4;
    v128.store(to, zipLow(e0, o0));
    v128.store(to, zipHigh(e0, o0), 16);
    v128.store(to, zipLow(e1, o1), 32);
    v128.store(to, zipHigh(e1, o1), 48);
  }
  return i;
}

function shuffle8(dst: usize, src: usize, n: usize): usize {
  let i: usize = 0;
  for (; i + 16 <= n; i += 16) {
    const from = src + i * 8;
    const v0 = v128.load(from);
    const v1 = v128.load(from, 16);
    const v2 = v128.load(from, 32);
    const v3 = v128.load(from, 48);
    const v4 = v128.load(from, 64);
    const v5 = v128.load(from, 80);
    const v6 = v128.load(from, 96);
    const v7 = v128.load(from, 112);
    // bytes 0 2 4 6 of each element, then 1 3 5 7
    const e0 = even(v0, v1);
    const e1 = even(v2, v3);
    const e2 = even(v4, v5);
    const e3 = even(v6, v7);
    const o0 = odd(v0, v1);
    const o1 = odd(v2, v3);
    const o2 = odd(v4, v5);
    const o3 = odd(v6, v7);
    // 0 4 | 2 6 | 1 5 | 3 7
    const a0 = even(e0, e1);
    const a1 = even(e2, e3);
    const b0 = odd(e0, e1);
    const b1 = odd(e2, e3);
    const c0 = even(o0, o1);
    const c1 = even(o2, o3);
    const d0 = odd(o0, o1);
    const d1 = odd(o2, o3);
    v128.store(dst + i, even(a0, a1));
    v128.store(dst + n + i, even(c0, c1));
    v128.store(dst + 2 * n + i, even(b0, b1));
    v128.store(dst + 3 * n + i, even(d0, d1));
    v128.store(dst + 4 * n + i, odd(a0, a1));
    v128.store(dst + 5 * n + i, odd(c0, c1));
    v128.store(dst + 6 * n + i, odd(b0, b1));
    v128.store(dst + 7 * n + i, odd(d0, d1));
  }
  return i;
}

function unshuffle8(dst: usize, src: usize, n: usize): usize {
  let i: usize = 0;
  for (; i + 16 <= n; i += 16) {
    const b0 = v128.load(src + i);
    const b1 = v128.load(src + n + i);
    const b2 = v128.load(src + 2 * n + i);
    const b3 = v128.load(src + 3 * n + i);
    const b4 = v128.load(src + 4 * n + i);
    const b5 = v128.load(src + 5 * n + i);
    const b6 = v128.load(src + 6 * n + i);
    const b7 = v128.load(src + 7 * n + i);
    const a0 = zipLow(b0, b4);
    const a1 = zipHigh(b0, b4);
    const c0 = zipLow(b2, b6);
    const c1 = zipHigh(b2, b6);
    const d0 = zipLow(b1, b5);
    const d1 = zipHigh(b1, b5);
    const f0 = zipLow(b3, b7);
    const f1 = zipHigh(b3, b7);
    const e0 = zipLow(a0, c0);
    const e1 = zipHigh(a0, c0);
    const e2 = zipLow(a1, c1);
    const e3 = zipHigh(a1, c1);
    const o0 = zipLow(d0, f0);
    const o1 = zipHigh(d0, f0);
    const o2 = zipLow(d1, f1);
    const o3 = zipHigh(d1, f1);
    const to = dst + i * 8;
    v128.store(to, zipLow(e0, o0));
    v128.store(to, zipHigh(e0, o0), 16);
    v128.store(to, zipLow(e1, o1), 32);
    v128.store(to, zipHigh(e1, o1), 48);
    v128.store(to, zipLow(e2, o2), 64);
    v128.store(to, zipHigh(e2, o2), 80);
    v128.store(to, zipLow(e3, o3), 96);
    v128.store(to, zipHigh(e3, o3), 112);
  }
  return i;
}

/**
 * The inverse of bitshuffle on a block of `bytes` bytes whose element count is a multiple of 8: plane k * 8 + b holds
 * bit b of byte k of all elements, eight elements to a byte. Eight such bytes are one 8 x 8 bit matrix, transposed
 * by three exchanges (Hacker's Delight, 7-3).
 */
export function unshuffleBits(dst: usize, src: usize, bytes: usize, typeSize: usize): void {
  const n = bytes / typeSize;
  const row = n >> 3;
  for (let k: usize = 0; k < typeSize; k++) {
    const plane = src + k * n;
    for (let j: usize = 0; j < row; j++) {
      let x: u64 = 0;
      for (let b: usize = 0; b < 8; b++) x |= (<u64>load<u8>(plane + b * row + j)) << ((<u64>b) << 3);
      let t = (x ^ (x >> 7)) & 0x00aa00aa00aa00aa;
      x ^= t ^ (t << 7);
      t = (x ^ (x >> 14)) & 0x0000cccc0000cccc;
      x ^= t ^ (t << 14);
      t = (x ^ (x >> 28)) & 0x00000000f0f0f0f0;
      x ^= t ^ (t << 28);
      const to = dst + (j << 3) * typeSize + k;
      for (let i: usize = 0; i < 8; i++) {
        store<u8>(to + i * typeSize, <u8>x);
        x >>= 8;
      }
    }
  }
  const whole = n * typeSize;
  memory.copy(dst + whole, src + whole, bytes - whole);
}
