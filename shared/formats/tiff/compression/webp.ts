import { samplesPerSegment } from "../page.ts";
import type { SegmentCodec } from "./codec.ts";
import { readWebpSize } from "./webp/header.ts";
import { decodeRgba } from "./webp/libwebp.ts";

/** WebP, by libwebp: each segment a file of its own, RGB or RGBA; alpha that is left out is opaque. */
export const webp: SegmentCodec = {
  name: "WebP",
  codes: [50001, 34927],
  // Lossless coding may say a whole image in a few bytes; its sides are bounded by 16384.
  maxRatio: 2 ** 24,
  pixels: true,
  refuse(layout) {
    const samples = samplesPerSegment(layout);
    if (layout.dtype !== "uint8" || layout.bits !== 8)
      return `WebP of ${layout.bits} bits (${layout.dtype}) is not read`;
    return samples === 3 || samples === 4 ? undefined : `WebP of ${samples} samples a pixel is not read`;
  },
  async decode(bytes, { layout, rows, columns }) {
    const { width, height } = readWebpSize(bytes);
    const samples = samplesPerSegment(layout);
    if (width !== columns || height < rows)
      throw new Error(`it is ${width} x ${height}, not ${columns} x ${rows}`);
    const rgba = await decodeRgba(bytes);
    return samples === 4 ? rgba : withoutAlpha(rgba);
  },
};

function withoutAlpha(rgba: Uint8Array): Uint8Array {
  const out = new Uint8Array((rgba.length / 4) * 3);
  for (let from = 0, to = 0; from < rgba.length; from += 4) {
    out[to++] = rgba[from]!;
    out[to++] = rgba[from + 1]!;
    out[to++] = rgba[from + 2]!;
  }
  return out;
}
