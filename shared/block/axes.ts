/** One axis of an array, in the terms of OME-NGFF; on plain arrays `type` is absent. */
export interface Axis {
  /** "t", "c", "z", "y", "x" on images; "dim_0", ... or the store's dimension names on plain arrays. */
  readonly name: string;
  readonly type?: "time" | "channel" | "space";
  /** UDUNITS-2 name as OME-NGFF wants it: "micrometer", "second". */
  readonly unit?: string;
  /** Size of one element along the axis, in `unit`; 1 when unknown. */
  readonly scale: number;
  /** Position of the centre of element 0, in `unit`. */
  readonly translation: number;
  /**
   * Where each element lies, or what it is called, where that isn't even: read by `coordinatesOf`, which gives it only while
   * there is one for each element.
   */
  readonly coordinates?: readonly (number | string)[];
}

/** A channel's display facts, from OME-XML or `omero`. */
export interface Channel {
  readonly label: string;
  /** "RRGGBB". */
  readonly color?: string;
  readonly window?: {
    readonly min: number;
    readonly max: number;
    readonly start: number;
    readonly end: number;
  };
  readonly active?: boolean;
  /** Larger values are darker, as TIFF's WhiteIsZero has it. */
  readonly inverted?: boolean;
}

/** What stored values stand for, where they aren't amounts of light: they are kept as they are. */
export interface ValueMeaning {
  /** "palette", "WhiteIsZero", "CMYK", ...: TIFF's photometric interpretation. */
  readonly photometric: string;
  /** Of a palette: "RRGGBB" by value. */
  readonly palette?: readonly string[];
}

/** What an image is, beyond its pixels. */
export interface ImageMetadata {
  readonly name?: string;
  readonly axes: readonly Axis[];
  readonly channels?: readonly Channel[];
  readonly values?: ValueMeaning;
}
