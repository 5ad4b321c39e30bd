import { samplesPerSegment } from "../page.ts";
import { pixelToRgb } from "../ycbcr.ts";
import { type SegmentCodec, UnsupportedData } from "./codec.ts";
import { decodeJpeg, type JpegImage } from "./jpeg/decode.ts";

const YCBCR = 6;

/**
 * JPEG by TIFF technical note 2: each segment an image of its own, its tables maybe in JPEGTables. YCbCr becomes
 * RGB; other colours stay as they are coded.
 */
export const jpeg: SegmentCodec = {
  name: "JPEG",
  codes: [7, 33007, 34892],
  // A block of 64 pixels takes a bit at least.
  maxRatio: 512,
  pixels: true,
  refuse: (layout) =>
    layout.dtype === "uint8" && layout.bits === 8
      ? undefined
      : `JPEG of ${layout.bits} bits (${layout.dtype}) is not read`,
  decode(bytes, { layout, rows, columns, limit, jpegTables }) {
    const samples = samplesPerSegment(layout);
    const image = decodeJpeg(bytes, jpegTables, Math.ceil(limit / samples));
    if (image.width !== columns || image.height < rows || image.samples !== samples) {
      throw new Error(
        `it is ${image.width} x ${image.height} x ${image.samples}, not ${columns} x ${rows} x ${samples}`,
      );
    }
    const convert =
      samples === 3 && (layout.photometric === YCBCR || (layout.photometric === 2 && image.jfif));
    return convert ? toRgb(image) : interleave(image);
  },
};

/**
 * Old-style JPEG, TIFF 6.0 section 22, where each strip is a JPEG stream of its own, as most writers left it; their
 * tables in tags, or scans without a header, aren't put together.
 */
export const oldJpeg: SegmentCodec = {
  ...jpeg,
  name: "old-style JPEG",
  codes: [6],
  decode(bytes, info) {
    if (bytes[0] !== 0xff || bytes[1] !== 0xd8)
      throw new UnsupportedData("strips that are no JPEG streams of their own are not read");
    return jpeg.decode(bytes, info);
  },
};

/** Pixel by pixel, the components as they are coded. */
export function interleave({ planes }: JpegImage): Uint8Array {
  if (planes.length === 1) return planes[0]!;
  const out = new Uint8Array(planes[0]!.length * planes.length);
  for (const [s, plane] of planes.entries()) {
    for (let i = 0, to = s; i < plane.length; i++, to += planes.length) out[to] = plane[i]!;
  }
  return out;
}

/** Planes of Y, Cb and Cr as RGB, pixel by pixel. */
export function toRgb({ planes }: JpegImage): Uint8Array {
  const [luma, blue, red] = planes as [Uint8Array, Uint8Array, Uint8Array];
  const out = new Uint8ClampedArray(luma.length * 3);
  for (let i = 0, to = 0; i < luma.length; i++, to += 3) pixelToRgb(out, to, luma[i]!, blue[i]!, red[i]!);
  return new Uint8Array(out.buffer);
}
