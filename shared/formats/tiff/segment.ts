import { itemSize, type TypedArray, viewOf } from "../../block/dtype.ts";
import { isLamellaError, type LamellaError } from "../../errors.ts";
import { UnsupportedData } from "./compression/codec.ts";
import { codecFor } from "./compression/registry.ts";
import { tiffError } from "./error.ts";
import {
  decodedBytes,
  hasRawRows,
  type PageLayout,
  segmentBytes,
  segmentRows,
  type TiffPage,
} from "./page.ts";
import { undoFloatingPoint, undoHorizontal } from "./predictor.ts";
import { sampleFormatName } from "./sample-type.ts";
import { compressionName } from "./tags.ts";
import { reverseBits, unpackSamples } from "./unpack.ts";
import { isSubsampled, subsampledToRgb } from "./ycbcr.ts";

/** A tile or strip is decoded whole: no worker should hold a larger one. */
const MAX_SEGMENT_BYTES = 2 ** 30;
/** A segment beyond this that was compressed to less than a hundredth is taken for a bomb, whose use is to fill memory. */
const MAX_DENSE_BYTES = 96 * 2 ** 20;
const MAX_DENSE_RATIO = 100;
/** Bytes of a segment that needn't hold pixels, in bytes of pixels. */
const RATIO_SLACK = 1024;

/** Why pages of this layout can't be read, by name, or undefined. Known before any pixel is read. */
export function refusal(layout: PageLayout): string | undefined {
  const { compression, predictor, bits, sampleFormat } = layout;
  const codec = codecFor(compression);
  if (!codec) return `compression ${compression} (${compressionName(compression)}) is not read`;
  const reason = codec.refuse?.(layout);
  if (reason) return reason;
  if (isSubsampled(layout) && (layout.samples !== 3 || bits !== 8 || predictor !== 1)) {
    return `YCbCr with chroma subsampling is read with three samples of 8 bits and no predictor only`;
  }
  if (!codec.pixels && predictor === 3) {
    if (sampleFormat !== 3 || (bits !== 16 && bits !== 32 && bits !== 64)) {
      return "predictor 3 on samples that are not floating point of 16, 32 or 64 bits is not read";
    }
  } else if (!codec.pixels && predictor === 2) {
    if (bits === 24 && sampleFormat === 3) return "predictor 2 on floating point of 24 bits is not read";
    if (bits !== itemSize(layout.dtype) * 8 && (bits > 32 || sampleFormat === 2))
      return `predictor 2 on ${sampleFormatName(sampleFormat)} samples of ${bits} bits is not read`;
  } else if (!codec.pixels && predictor !== 1) {
    return `predictor ${predictor} is not read`;
  }
  const rows = hasRawRows(layout) ? 1 : layout.segmentHeight;
  const bytes = decodedBytes(layout, rows);
  if (bytes > MAX_SEGMENT_BYTES)
    return `a single tile or strip of ${bytes} bytes is more than can be decoded`;
  return undefined;
}

/**
 * Throws CHUNK_DECODE where `length` bytes cannot hold `rows` rows of segment `index`, however compressed, or
 * shouldn't: asked before memory is taken for the pixels.
 */
export function checkPlausible(page: TiffPage, index: number, length: number, rows: number): void {
  const codec = codecFor(page.layout.compression)!;
  const expected = segmentBytes(page.layout, rows);
  const ratio = typeof codec.maxRatio === "number" ? codec.maxRatio : codec.maxRatio(page.layout);
  if (expected > length * ratio + RATIO_SLACK) {
    throw decodeError(page, index, `${length} bytes cannot hold ${expected}`);
  }
  const decoded = decodedBytes(page.layout, rows);
  if (decoded > MAX_DENSE_BYTES && decoded > length * MAX_DENSE_RATIO) {
    const what = `${length} bytes would become ${decoded}, as in a decompression bomb; so large a strip or tile compressed to so little is not read`;
    throw decodeError(page, index, what, new UnsupportedData(what));
  }
}

/** The same of all segments of a page, where they are so large that one that fails should be known at once. */
export function checkLargeSegments(page: TiffPage): void {
  const { layout, counts, offsets } = page;
  if (hasRawRows(layout) || decodedBytes(layout, layout.segmentHeight) <= MAX_DENSE_BYTES) return;
  for (let i = 0; i < counts.length; i++) {
    if (counts[i]! > 0 && offsets[i]! > 0) checkPlausible(page, i, counts[i]!, segmentRows(layout, i));
  }
}

/**
 * The samples of rows [`firstRow`, `firstRow` + `rows`) of segment `index`, decoded from `bytes`, which hold the
 * whole segment, or for raw strips just these rows. Pixel by pixel, `segmentWidth` wide, native byte order.
 * Throws CHUNK_DECODE naming file, directory and tile or strip.
 */
export async function decodeSegment(
  page: TiffPage,
  index: number,
  bytes: Uint8Array,
  rows = segmentRows(page.layout, index),
): Promise<TypedArray> {
  const { layout } = page;
  const codec = codecFor(layout.compression)!;
  const expected = segmentBytes(layout, rows);
  let decoded: Uint8Array;
  try {
    decoded = await codec.decode(layout.lsbFirst && !codec.pixels ? reverseBits(bytes) : bytes, {
      layout,
      rows,
      columns: layout.segmentWidth,
      expected,
      limit: Math.max(expected, segmentBytes(layout, layout.segmentHeight)),
      jpegTables: page.jpegTables,
    });
  } catch (error) {
    if (isLamellaError(error)) throw error;
    const what = error instanceof Error ? error.message : String(error);
    throw decodeError(page, index, what, error);
  }
  if (decoded.length < expected)
    throw decodeError(page, index, `it gives ${decoded.length} bytes, not ${expected}`);
  if (decoded.length > expected) decoded = decoded.subarray(0, expected);
  if (codec.pixels)
    return viewOf(layout.dtype, decoded.buffer, decoded.byteOffset, expected / itemSize(layout.dtype));
  if (isSubsampled(layout)) return subsampledToRgb(decoded, layout, rows);
  // A codec's output is its own; raw bytes may be the store's, and are not written to.
  let owned = layout.compression !== 1 || layout.lsbFirst;
  if (!owned && layout.predictor === 2) {
    decoded = new Uint8Array(decoded);
    owned = true;
  }
  if (layout.predictor === 3) {
    const floats = undoFloatingPoint(decoded, layout, rows);
    return unpackSamples(floats, { ...layout, littleEndian: true }, rows, true);
  }
  const samples = unpackSamples(decoded, layout, rows, owned);
  if (layout.predictor === 2) undoHorizontal(samples, layout, rows);
  return samples;
}

function decodeError(page: TiffPage, index: number, what: string, cause?: unknown): LamellaError {
  const { layout } = page;
  const kind = layout.tiled ? "tile" : "strip";
  return tiffError(
    cause instanceof UnsupportedData ? "TIFF_UNSUPPORTED" : "CHUNK_DECODE",
    { file: page.file.uri, ifd: page.label, [kind]: index },
    `${kind} ${index} (${codecFor(layout.compression)!.name}) does not decode: ${what}`,
    { cause },
  );
}
