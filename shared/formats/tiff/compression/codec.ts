import type { PageLayout } from "../page.ts";

/** What a codec may need to know of the segment that it decodes. */
export interface SegmentInfo {
  readonly layout: PageLayout;
  /** Rows and columns of the segment. */
  readonly rows: number;
  readonly columns: number;
  /** Bytes that the segment must decode to. */
  readonly expected: number;
  /** Bytes it may decode to: a last strip is sometimes stored with rows beyond the image. */
  readonly limit: number;
  readonly jpegTables: Uint8Array | undefined;
}

/** Data that is whole, but of a kind that isn't read: TIFF_UNSUPPORTED, where other errors are CHUNK_DECODE. */
export class UnsupportedData extends Error {}

/**
 * One way of compressing a segment. `decode` returns at least `expected` bytes, throws a plain Error saying what
 * is wrong otherwise, and never allocates more than about `limit` plus the input.
 */
export interface SegmentCodec {
  readonly name: string;
  /** TIFF compression codes. */
  readonly codes: readonly number[];
  /** Bytes that one compressed byte may become, at most: more is known to be damaged before memory is taken. */
  readonly maxRatio: number | ((layout: PageLayout) => number);
  /** The codec brings pixels in native order, aligned: predictor, fill order and byte order don't apply. */
  readonly pixels?: boolean;
  /** Why a page of this layout can't be decoded, where it can't. */
  refuse?(layout: PageLayout): string | undefined;
  decode(bytes: Uint8Array, info: SegmentInfo): Uint8Array | Promise<Uint8Array>;
}
