import { type DType, itemSize } from "../../block/dtype.ts";
import type { ByteFile } from "../byte-file.ts";
import { tiffError } from "./error.ts";
import type { Ifd, IfdReader } from "./ifd.ts";
import { sampleDType, sampleFormatName } from "./sample-type.ts";
import { FIELD, TAG, TAG_NAME } from "./tags.ts";
import { isSubsampled, subsampledBytes } from "./ycbcr.ts";

/** How the pixels of a page are laid out and encoded; pages that agree in all of it share one object. */
export interface PageLayout {
  readonly width: number;
  readonly height: number;
  /** Samples of a pixel: 3 for RGB. */
  readonly samples: number;
  /** Samples lie in planes of their own, not pixel by pixel. */
  readonly planar: boolean;
  readonly bits: number;
  readonly sampleFormat: number;
  readonly dtype: DType;
  readonly photometric: number;
  readonly extraSamples: readonly number[];
  readonly compression: number;
  readonly predictor: number;
  /** FillOrder 2: the first pixel is in the lowest bits. */
  readonly lsbFirst: boolean;
  readonly littleEndian: boolean;
  readonly tiled: boolean;
  /** A tile's size; of a strip, the image's width and RowsPerStrip. */
  readonly segmentWidth: number;
  readonly segmentHeight: number;
  readonly across: number;
  readonly down: number;
  /** Of CCITT group 3: bit 0 says that rows may be coded by the one above. */
  readonly t4Options?: number;
  /** What LERC data are compressed with besides: 0 nothing, 1 deflate, 2 zstd. */
  readonly lercCompression?: number;
  /** YCbCr chroma subsampling, horizontal and vertical, of pixels that a codec leaves in blocks. */
  readonly subsampling: readonly [number, number];
  /** YCbCrCoefficients of subsampled pixels: the parts of red, green and blue in Y. */
  readonly luma?: readonly number[];
}

/** One page: its layout, and where its tiles or strips are. */
export interface TiffPage {
  readonly file: ByteFile;
  /** For messages: "IFD 3". */
  readonly label: string;
  readonly offset: number;
  readonly layout: PageLayout;
  /** Per segment (row by row; plane after plane where planar); offset and count 0 are a sparse segment. */
  readonly offsets: ArrayLike<number>;
  readonly counts: ArrayLike<number>;
  readonly jpegTables?: Uint8Array;
  readonly subIfds: readonly number[];
  /** NewSubfileType: bit 0 a reduced image, bit 1 a page, bit 2 a mask. */
  readonly subfileType: number;
  readonly hasDescription: boolean;
}

/** Compressions of bytes, whatever they mean; the others know of subsampling themselves. */
const BLOCKS_KEPT = new Set([1, 5, 8, 32773, 32946, 34925, 34926, 50000]);
/** Of one plane of one page; beyond it the tables alone outgrow a worker. */
const MAX_SEGMENTS = 2 ** 24;
const MAX_SUB_IFDS = 1024;

/** Samples held by one segment, pixel by pixel. */
export function samplesPerSegment(layout: PageLayout): number {
  return layout.planar ? 1 : layout.samples;
}

/** Bytes of `rows` decoded rows of a segment, as they are stored; rows start on whole bytes. */
export function segmentBytes(layout: PageLayout, rows: number): number {
  if (isSubsampled(layout)) return subsampledBytes(layout, rows);
  return rows * Math.ceil((layout.segmentWidth * samplesPerSegment(layout) * layout.bits) / 8);
}

/** Bytes that `rows` rows of a segment take in memory, as samples of the page's dtype. */
export function decodedBytes(layout: PageLayout, rows: number): number {
  return rows * layout.segmentWidth * samplesPerSegment(layout) * itemSize(layout.dtype);
}

/** Whether any rows can be read by themselves: strips of raw samples, of which a whole one may be gigabytes. */
export function hasRawRows(layout: PageLayout): boolean {
  return layout.compression === 1 && !layout.tiled && !isSubsampled(layout);
}

/** Rows of segment `index` that the file stores: the last strip ends with the image, tiles are always whole. */
export function segmentRows(layout: PageLayout, index: number): number {
  if (layout.tiled) return layout.segmentHeight;
  const row = Math.floor(index / layout.across) % layout.down;
  return Math.min(layout.segmentHeight, layout.height - row * layout.segmentHeight);
}

/**
 * The page that a directory describes. Throws TIFF_MALFORMED and TIFF_UNSUPPORTED naming the tag.
 * `layouts` shares equal layouts among the pages of a file; of Zeiss LSM, byte counts of compressed strips are
 * those of their pixels, predictors of raw ones mean nothing, and two BitsPerSample may lie elsewhere.
 */
export async function readPage(
  reader: IfdReader,
  ifd: Ifd,
  layouts: Map<string, PageLayout>,
  options: { readonly lsm?: boolean } = {},
): Promise<TiffPage> {
  const file = reader.reader.file;
  const where = { file: file.uri, ifd: ifd.label };
  const fractions = async (tag: number, count: number): Promise<number[]> => {
    const entry = ifd.entries.get(tag);
    return entry && entry.type !== FIELD.ascii ? reader.numbers(ifd, entry, count) : [];
  };
  const list = async (tag: number, count: number): Promise<number[]> => {
    const values = await fractions(tag, count);
    const odd = values.find((value) => !(Number.isInteger(value) && value >= 0));
    if (odd !== undefined) {
      throw tiffError(
        "TIFF_MALFORMED",
        { ...where, tag: TAG_NAME[tag] ?? String(tag) },
        `${TAG_NAME[tag] ?? tag} has ${odd}`,
      );
    }
    return values;
  };
  const scalar = async (tag: number, otherwise: number): Promise<number> =>
    (await list(tag, 1))[0] ?? otherwise;

  const width = await scalar(TAG.imageWidth, 0);
  const height = await scalar(TAG.imageLength, 0);
  const samples = await scalar(TAG.samplesPerPixel, 1);
  if (!(width >= 1 && height >= 1 && width < 2 ** 31 && height < 2 ** 31)) {
    throw tiffError("TIFF_MALFORMED", where, `an image of ${width} x ${height} pixels`);
  }
  if (!(samples >= 1 && samples <= 65535)) {
    throw tiffError("TIFF_MALFORMED", { ...where, tag: "SamplesPerPixel" }, `${samples} samples a pixel`);
  }
  if ((await scalar(TAG.imageDepth, 1)) > 1 || (await scalar(TAG.tileDepth, 1)) > 1) {
    throw tiffError(
      "TIFF_UNSUPPORTED",
      { ...where, tag: "ImageDepth" },
      "pages with a depth of their own (SGI) are not read",
    );
  }

  // LSM files list more values than there are samples; others one for all.
  const bitsList = options.lsm
    ? await lsmBits(reader, ifd, samples)
    : (await list(TAG.bitsPerSample, samples)).slice(0, samples);
  const bits = bitsList[0] ?? 1;
  if (bitsList.some((value) => value !== bits)) {
    throw tiffError(
      "TIFF_UNSUPPORTED",
      { ...where, tag: "BitsPerSample" },
      `samples of different widths (${preview(bitsList)} bits) are not read`,
    );
  }
  const formats = (await list(TAG.sampleFormat, samples)).slice(0, samples);
  const sampleFormat = formats[0] ?? 1;
  if (formats.some((value) => value !== sampleFormat)) {
    throw tiffError(
      "TIFF_UNSUPPORTED",
      { ...where, tag: "SampleFormat" },
      `samples of different formats (${preview(formats)}) are not read`,
    );
  }
  const dtype = sampleDType(bits, sampleFormat);
  if (!dtype) {
    throw tiffError(
      "TIFF_UNSUPPORTED",
      { ...where, tag: "BitsPerSample" },
      `${sampleFormatName(sampleFormat)} samples of ${bits} bits are not read`,
    );
  }

  const tiled = ifd.entries.has(TAG.tileWidth) || ifd.entries.has(TAG.tileOffsets);
  const rowsPerStrip = await scalar(TAG.rowsPerStrip, height);
  const segmentWidth = tiled ? await scalar(TAG.tileWidth, 0) : width;
  const segmentHeight = tiled
    ? await scalar(TAG.tileLength, 0)
    : rowsPerStrip >= 1 && rowsPerStrip <= height
      ? rowsPerStrip
      : height;
  if (!(segmentWidth >= 1 && segmentHeight >= 1)) {
    throw tiffError(
      "TIFF_MALFORMED",
      { ...where, tag: "TileWidth" },
      `tiles of ${segmentWidth} x ${segmentHeight} pixels`,
    );
  }
  const planar = samples > 1 && (await scalar(TAG.planarConfiguration, 1)) === 2;
  const photometric = await scalar(TAG.photometric, 1);
  const compression = await scalar(TAG.compression, 1);
  const subsampling: [number, number] = [1, 1];
  if (photometric === 6 && BLOCKS_KEPT.has(compression)) {
    const [across = 1, down = 1] = await list(TAG.yCbCrSubSampling, 2);
    if (![1, 2, 4].includes(across) || ![1, 2, 4].includes(down)) {
      throw tiffError(
        "TIFF_MALFORMED",
        { ...where, tag: "YCbCrSubSampling" },
        `chroma subsampling ${across}x${down}`,
      );
    }
    if (planar && across * down > 1) {
      throw tiffError(
        "TIFF_UNSUPPORTED",
        { ...where, tag: "YCbCrSubSampling" },
        `YCbCr with chroma subsampling ${across}x${down} in planes of their own is not read`,
      );
    }
    subsampling[0] = across;
    subsampling[1] = down;
  }
  const layout: PageLayout = {
    width,
    height,
    samples,
    planar,
    bits,
    sampleFormat,
    dtype,
    photometric,
    extraSamples: await list(TAG.extraSamples, Math.min(samples, 64)),
    compression,
    ...(compression === 34887 ? { lercCompression: (await list(TAG.lercParameters, 2))[1] ?? 0 } : {}),
    ...(compression === 3 ? { t4Options: await scalar(TAG.t4Options, 0) } : {}),
    predictor: options.lsm && compression === 1 ? 1 : await scalar(TAG.predictor, 1),
    lsbFirst: (await scalar(TAG.fillOrder, 1)) === 2,
    littleEndian: reader.header.littleEndian,
    tiled,
    segmentWidth,
    segmentHeight,
    across: Math.ceil(width / segmentWidth),
    down: Math.ceil(height / segmentHeight),
    subsampling,
    ...(subsampling[0] * subsampling[1] > 1 ? { luma: await fractions(TAG.yCbCrCoefficients, 3) } : {}),
  };
  const key = JSON.stringify(layout);
  const shared = layouts.get(key) ?? layout;
  layouts.set(key, shared);

  const segments = shared.across * shared.down * (planar ? samples : 1);
  if (segments > MAX_SEGMENTS) {
    throw tiffError("TIFF_UNSUPPORTED", where, `${segments} tiles or strips in one page`);
  }
  const offsetsTag = tiled && ifd.entries.has(TAG.tileOffsets) ? TAG.tileOffsets : TAG.stripOffsets;
  if (!ifd.entries.has(offsetsTag)) {
    throw tiffError(
      "TIFF_MALFORMED",
      { ...where, tag: tiled ? "TileOffsets" : "StripOffsets" },
      "no tag says where the pixels are",
    );
  }
  const offsets = await list(offsetsTag, segments);
  const counts = await list(
    tiled && ifd.entries.has(TAG.tileByteCounts) ? TAG.tileByteCounts : TAG.stripByteCounts,
    segments,
  );
  const jpegTables = ifd.entries.get(TAG.jpegTables);
  return {
    file,
    label: ifd.label,
    offset: ifd.offset,
    layout: shared,
    offsets,
    counts: await checkSegments(reader, ifd, shared, offsets, counts, segments, options.lsm),
    ...(jpegTables && shared.compression === 7
      ? { jpegTables: new Uint8Array(await reader.bytes(ifd, jpegTables, 65536)) }
      : {}),
    subIfds: await list(TAG.subIfds, MAX_SUB_IFDS),
    subfileType: await subfileType(scalar),
    hasDescription: ifd.entries.get(TAG.imageDescription)?.type === FIELD.ascii,
  };
}

/** BitsPerSample of an LSM: some writers give two of them by their offset, although they fit into the entry. */
async function lsmBits(reader: IfdReader, ifd: Ifd, samples: number): Promise<number[]> {
  const entry = ifd.entries.get(TAG.bitsPerSample);
  if (!entry) return [];
  const bits = (await reader.numbers(ifd, entry, samples)).slice(0, samples);
  if (entry.count !== 2 || entry.type !== FIELD.short || bits.every((n) => n > 0 && n <= 64)) return bits;
  const [offset = 0] = await reader.numbers(ifd, { ...entry, type: FIELD.long, count: 1 });
  return reader.numbers(ifd, { ...entry, at: offset }, samples);
}

/** The byte counts, made up where a writer left them out, and checked against the file's size. */
async function checkSegments(
  reader: IfdReader,
  ifd: Ifd,
  layout: PageLayout,
  offsets: readonly number[],
  counts: number[],
  segments: number,
  lsm = false,
): Promise<number[]> {
  const size = reader.reader.file.size;
  const kind = layout.tiled ? "tile" : "strip";
  const where = { file: reader.reader.file.uri, ifd: ifd.label };
  if (offsets.length < segments || (counts.length > 0 && counts.length < segments)) {
    throw tiffError(
      "TIFF_MALFORMED",
      { ...where, tag: layout.tiled ? "TileOffsets" : "StripOffsets" },
      `${segments} ${kind}s are needed, ${Math.min(offsets.length, counts.length || offsets.length)} are listed`,
    );
  }
  const raw = layout.compression === 1;
  const out = counts.length > 0 ? counts : new Array<number>(segments).fill(-1);
  for (let i = 0; i < segments; i++) {
    const offset = offsets[i]!;
    const whole = segmentBytes(layout, segmentRows(layout, i));
    if (out[i]! < 0 || (out[i] === 0 && offset > 0 && segments === 1)) {
      // TIFF 6.0 asks for byte counts; for raw data they follow from the layout, else the strip ends with the file.
      out[i] = raw ? whole : segments === 1 ? size - offset : out[i]!;
      if (out[i]! < 0) {
        throw tiffError(
          "TIFF_MALFORMED",
          { ...where, tag: layout.tiled ? "TileByteCounts" : "StripByteCounts" },
          `no byte counts of its ${kind}s`,
        );
      }
    }
    const count = out[i]!;
    if (count === 0 || offset === 0) continue;
    if (raw && count < whole) {
      throw tiffError(
        "TIFF_MALFORMED",
        { ...where, [kind]: i },
        `${kind} ${i} has ${count} bytes, its pixels need ${whole}`,
      );
    }
    if (raw) out[i] = whole;
    // LZW grows what it can't compress by half, and ends by itself.
    else if (lsm) out[i] = Math.min(2 * count, Math.max(0, size - offset));
    if (offset + out[i]! > size) {
      throw tiffError(
        "TIFF_TRUNCATED",
        { ...where, [kind]: i },
        `${kind} ${i} lies at bytes ${offset} to ${offset + out[i]!}, the file ends at ${size}`,
      );
    }
  }
  return out;
}

async function subfileType(scalar: (tag: number, otherwise: number) => Promise<number>): Promise<number> {
  const value = await scalar(TAG.newSubfileType, 0);
  if (value !== 0) return value;
  const old = await scalar(TAG.subfileType, 0);
  return old === 2 ? 1 : old === 3 ? 2 : 0;
}

function preview(values: readonly number[]): string {
  return values.length > 8 ? `${values.slice(0, 8).join(", ")}, ...` : values.join(", ");
}
