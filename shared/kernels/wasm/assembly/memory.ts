/** Fills `bytes` bytes from `ptr` with `value`. */
export function fillBytes(ptr: usize, value: u8, bytes: usize): void {
  memory.fill(ptr, value, bytes);
}

/** Copies `rows` rows of `rowBytes` bytes between two pitched areas. */
export function copyRows(
  dst: usize,
  dstPitch: usize,
  src: usize,
  srcPitch: usize,
  rowBytes: usize,
  rows: usize,
): void {
  for (let r: usize = 0; r < rows; r++) memory.copy(dst + r * dstPitch, src + r * srcPitch, rowBytes);
}

/** Where the host's allocator may begin: after the module's static data. */
export function heapBase(): usize {
  return __heap_base;
}
