import type { Component, Frame } from "./frame.ts";

/**
 * A component at the image's full size, row after row without margin, as libjpeg's "fancy" upsampling gives it
 * (jdsample.c): triangle filters for factors of two, repetition for others.
 */
export function upsample(component: Component, frame: Frame): Uint8Array {
  const { width, height, maxH, maxV } = frame;
  const [byH, byV] = [maxH / component.h, maxV / component.v];
  const out = new Uint8Array(width * height);
  const rowOf = (row: number): Uint8Array => {
    const clamped = Math.min(Math.max(row, 0), component.height - 1);
    return component.plane.subarray(clamped * component.stride, clamped * component.stride + component.width);
  };
  if (byH === 1 && byV === 1) {
    for (let y = 0; y < height; y++) out.set(rowOf(y), y * width);
  } else if (byH === 2 && byV === 1 && component.width > 2) {
    for (let y = 0; y < height; y++) doubleWidth(rowOf(y), out.subarray(y * width, (y + 1) * width));
  } else if (byH === 1 && byV === 2) {
    for (let y = 0; y < height; y++) {
      const [near, far] = nearAndFar(rowOf, y);
      const bias = y % 2 === 0 ? 1 : 2;
      for (let x = 0; x < width; x++) out[y * width + x] = (near[x]! * 3 + far[x]! + bias) >> 2;
    }
  } else if (byH === 2 && byV === 2 && component.width > 2) {
    const sums = new Int32Array(component.width);
    for (let y = 0; y < height; y++) {
      const [near, far] = nearAndFar(rowOf, y);
      for (let x = 0; x < sums.length; x++) sums[x] = near[x]! * 3 + far[x]!;
      doubleSums(sums, out.subarray(y * width, (y + 1) * width));
    }
  } else {
    // T.81 allows factors of 3/2, which nobody writes and libjpeg refuses.
    if (!Number.isInteger(byH) || !Number.isInteger(byV))
      throw new Error("JPEG sampling factors that don't divide");
    for (let y = 0; y < height; y++) {
      const row = rowOf(Math.floor(y / byV));
      for (let x = 0; x < width; x++) out[y * width + x] = row[Math.floor(x / byH)]!;
    }
  }
  return out;
}

/** Of an output row: the input row that it lies in, and the one it is next to. */
function nearAndFar(rowOf: (row: number) => Uint8Array, y: number): [near: Uint8Array, far: Uint8Array] {
  const row = y >> 1;
  return [rowOf(row), rowOf(y % 2 === 0 ? row - 1 : row + 1)];
}

function doubleWidth(row: Uint8Array, out: Uint8Array): void {
  const last = row.length - 1;
  for (let x = 0; x < out.length; x++) {
    const at = x >> 1;
    const value = row[at]!;
    if (x % 2 === 0) out[x] = at === 0 ? value : (value * 3 + row[at - 1]! + 1) >> 2;
    else out[x] = at === last ? value : (value * 3 + row[at + 1]! + 2) >> 2;
  }
}

function doubleSums(sums: Int32Array, out: Uint8Array): void {
  const last = sums.length - 1;
  for (let x = 0; x < out.length; x++) {
    const at = x >> 1;
    const value = sums[at]!;
    if (x % 2 === 0) out[x] = at === 0 ? (value * 4 + 8) >> 4 : (value * 3 + sums[at - 1]! + 8) >> 4;
    else out[x] = at === last ? (value * 4 + 7) >> 4 : (value * 3 + sums[at + 1]! + 7) >> 4;
  }
}
