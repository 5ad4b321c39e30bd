import type { PageLayout } from "./page.ts";

/** YCbCr of a pixel to RGB by JFIF, in libjpeg's fixed-point arithmetic (jdcolor.c). `out` clamps. */
export function pixelToRgb(out: Uint8ClampedArray, to: number, y: number, blue: number, red: number): void {
  const cb = blue - 128;
  const cr = red - 128;
  out[to] = y + ((91881 * cr + 32768) >> 16);
  out[to + 1] = y + ((-22554 * cb - 46802 * cr + 32768) >> 16);
  out[to + 2] = y + ((116130 * cb + 32768) >> 16);
}

/** Y, Cb, Cr pixel by pixel to RGB. */
export function interleavedToRgb(samples: Uint8Array): Uint8Array {
  const out = new Uint8ClampedArray(samples.length);
  for (let i = 0; i < samples.length; i += 3)
    pixelToRgb(out, i, samples[i]!, samples[i + 1]!, samples[i + 2]!);
  return new Uint8Array(out.buffer);
}

/** Whether samples of a segment are stored in blocks of several Y and one Cb and Cr: TIFF 6.0, section 21. */
export function isSubsampled(layout: PageLayout): boolean {
  return layout.subsampling[0] !== 1 || layout.subsampling[1] !== 1;
}

/** Bytes of `rows` rows of such a segment; blocks are whole at its right and lower edge. */
export function subsampledBytes(layout: PageLayout, rows: number): number {
  const [across, down] = layout.subsampling;
  return Math.ceil(rows / down) * Math.ceil(layout.segmentWidth / across) * (across * down + 2);
}

/**
 * The pixels of such a segment as RGB, each block's Cb and Cr for all its pixels. Fractions are cut off, as
 * Bio-Formats does; values beyond 0 to 255 are clamped, which Bio-Formats lets wrap.
 */
export function subsampledToRgb(bytes: Uint8Array, layout: PageLayout, rows: number): Uint8Array {
  const [across, down] = layout.subsampling;
  const width = layout.segmentWidth;
  const [red = 0.299, green = 0.587, blue = 0.114] = layout.luma ?? [];
  const out = new Uint8Array(width * rows * 3);
  let at = 0;
  for (let top = 0; top < rows; top += down) {
    for (let left = 0; left < width; left += across) {
      const cb = bytes[at + across * down]! - 128;
      const cr = bytes[at + across * down + 1]! - 128;
      for (let i = 0; i < across * down; i++) {
        const row = top + Math.floor(i / across);
        const column = left + (i % across);
        if (row >= rows || column >= width) continue;
        const y = bytes[at + i]!;
        const r = Math.trunc(cr * (2 - 2 * red) + y);
        const b = Math.trunc(cb * (2 - 2 * blue) + y);
        const to = (row * width + column) * 3;
        out[to] = clamp(r);
        out[to + 1] = clamp((y - blue * b - red * r) / green);
        out[to + 2] = clamp(b);
      }
      at += across * down + 2;
    }
  }
  return out;
}

function clamp(value: number): number {
  return value < 0 ? 0 : value > 255 ? 255 : Math.trunc(value);
}
