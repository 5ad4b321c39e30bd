// Neighbouring pairs along a row, as two vectors: the even elements of 32 bytes, and the odd ones.

@inline
export function evens<T>(a: v128, b: v128): v128 {
  if (sizeof<T>() == 1) return i8x16.shuffle(a, b, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
  if (sizeof<T>() == 2) return v128.shuffle<u16>(a, b, 0, 2, 4, 6, 8, 10, 12, 14);
  if (sizeof<T>() == 4) return v128.shuffle<u32>(a, b, 0, 2, 4, 6);
  return v128.shuffle<u64>(a, b, 0, 2);
}

@inline
export function odds<T>(a: v128, b: v128): v128 {
  if (sizeof<T>() == 1) return i8x16.shuffle(a, b, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31);
  if (sizeof<T>() == 2) return v128.shuffle<u16>(a, b, 1, 3, 5, 7, 9, 11, 13, 15);
  if (sizeof<T>() == 4) return v128.shuffle<u32>(a, b, 1, 3, 5, 7);
  return v128.shuffle<u64>(a, b, 1, 3);
}

/** Byte offset of row k of a window, from the window's first row. */
@inline
export function rowAt(offsets: usize, k: usize): usize {
  return load<u32>(offsets + (k << 2));
}
