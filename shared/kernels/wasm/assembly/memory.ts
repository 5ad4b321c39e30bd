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

/** Copies `planes` times `rows` rows of `rowBytes` bytes, each `*Pitch` behind the row before, the planes' first rows `*Plane` apart. */
export function copyPlanes(
  dst: usize,
  dstPlane: usize,
  dstPitch: usize,
  src: usize,
  srcPlane: usize,
  srcPitch: usize,
  rowBytes: usize,
  rows: usize,
  planes: usize,
): void {
  for (let p: usize = 0; p < planes; p++) {
    const to = dst + p * dstPlane;
    const from = src + p * srcPlane;
    // rows of one element are too short for a call each
    if (rowBytes == 1) copyElements<u8>(to, dstPitch, from, srcPitch, rows);
    else if (rowBytes == 2) copyElements<u16>(to, dstPitch, from, srcPitch, rows);
    else if (rowBytes == 4) copyElements<u32>(to, dstPitch, from, srcPitch, rows);
    else if (rowBytes == 8) copyElements<u64>(to, dstPitch, from, srcPitch, rows);
    else copyRows(to, dstPitch, from, srcPitch, rowBytes, rows);
  }
}

function copyElements<T>(dst: usize, dstPitch: usize, src: usize, srcPitch: usize, n: usize): void {
  for (let i: usize = 0; i < n; i++) store<T>(dst + i * dstPitch, load<T>(src + i * srcPitch));
}

/** Where the host's allocator may begin: after the module's static data. */
export function heapBase(): usize {
  return __heap_base;
}
