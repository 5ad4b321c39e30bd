import { type TypedArray, viewOf } from "../../block/dtype.ts";
import type { PageLayout } from "./page.ts";
import { samplesPerSegment } from "./page.ts";

/**
 * Predictor 2, TIFF 6.0 section 14: each sample is the difference to the one before it in its row, modulo its
 * width. Floating-point samples are differenced as integers of the same width, as libtiff does. In place.
 */
export function undoHorizontal(samples: TypedArray, layout: PageLayout, rows: number): void {
  const stride = samplesPerSegment(layout);
  const perRow = layout.segmentWidth * stride;
  if (layout.bits === 64) {
    const values = new BigUint64Array(samples.buffer, samples.byteOffset, samples.length);
    for (let row = 0; row < rows; row++) {
      const stop = (row + 1) * perRow;
      for (let i = row * perRow + stride; i < stop; i++) values[i] = values[i]! + values[i - stride]!;
    }
    return;
  }
  // Integers of the storage width wrap as they should, signed or not.
  const size = samples.BYTES_PER_ELEMENT;
  const unsigned = size === 1 ? "uint8" : size === 2 ? "uint16" : "uint32";
  const values = viewOf(unsigned, samples.buffer, samples.byteOffset, samples.length) as
    | Uint8Array
    | Uint16Array;
  const wrap = layout.bits < size * 8 ? 2 ** layout.bits : 0;
  for (let row = 0; row < rows; row++) {
    const stop = (row + 1) * perRow;
    for (let i = row * perRow + stride; i < stop; i++) {
      const sum = values[i]! + values[i - stride]!;
      values[i] = wrap > 0 ? sum % wrap : sum;
    }
  }
}

/**
 * Predictor 3, TIFF technical note 3: the bytes of a row's floats are split by significance, highest first
 * whatever the file's byte order, then differenced. Returns the floats' bytes in native order.
 */
export function undoFloatingPoint(bytes: Uint8Array, layout: PageLayout, rows: number): Uint8Array {
  const stride = samplesPerSegment(layout);
  const perRow = layout.segmentWidth * stride;
  const size = layout.bits / 8;
  const rowBytes = perRow * size;
  const out = new Uint8Array(rowBytes * rows);
  const sums = new Uint8Array(rowBytes);
  for (let row = 0; row < rows; row++) {
    const at = row * rowBytes;
    for (let i = 0; i < rowBytes; i++) {
      sums[i] = bytes[at + i]! + (i >= stride ? sums[i - stride]! : 0);
    }
    for (let byte = 0; byte < size; byte++) {
      const plane = (size - 1 - byte) * perRow;
      for (let i = 0; i < perRow; i++) out[at + i * size + byte] = sums[plane + i]!;
    }
  }
  return out;
}
