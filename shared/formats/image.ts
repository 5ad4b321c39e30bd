import type { ImageMetadata } from "../block/axes.ts";
import type { ChunkedSource } from "../block/chunked-source.ts";
import type { Json, LamellaError } from "../errors.ts";

/** One image of a file: what OME calls an Image and bioformats2raw a series. Axes are T, C, Z, Y, X, all five. */
export interface ImageSeries {
  readonly name: string;
  readonly metadata: ImageMetadata;
  /** Full resolution, 5-D TCZYX; its chunks follow the file's tiles or groups of strips. */
  readonly source: ChunkedSource;
  /** Smaller resolutions that the file brings (SubIFDs), largest first, without the full one. */
  readonly levels: readonly ChunkedSource[];
  /** Facts without a place of their own: photometric meaning, palette, compression, ... for `inspect`. */
  readonly facts: { readonly [name: string]: Json };
  /** Why its pixels can't be read, where only what it is can be told. */
  readonly unreadable?: LamellaError;
}

/** A file of images, opened by reading headers only. */
export interface ImageFile {
  /** "tiff", "ome-tiff", "imagej-tiff", ... */
  readonly format: string;
  readonly uri: string;
  readonly bytes: number;
  readonly series: readonly ImageSeries[];
  /** The OME-XML as found, to be kept whole. */
  readonly omeXml?: string;
  /** ETags of every file read, by URI: the plan's input fingerprint. */
  readonly fingerprints: { readonly [uri: string]: string };
}
