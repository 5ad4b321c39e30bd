/** Fills with one element of `size` bytes. */
export function fillElements(size: i32, dst: usize, n: usize, element: usize): void {
  if (size == 1) memory.fill(dst, load<u8>(element), n);
  else if (size == 2) fill<u16>(dst, n, load<u16>(element));
  else if (size == 4) fill<u32>(dst, n, load<u32>(element));
  else fill<u64>(dst, n, load<u64>(element));
}

function fill<T>(dst: usize, n: usize, value: T): void {
  for (let i: usize = 0; i < n; i++) store<T>(dst + i * sizeof<T>(), value);
}
