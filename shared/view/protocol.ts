import type { Json } from "../errors.ts";

/**
 * What the page of `lamella view` and its server say to each other, below the server's address:
 *
 * - `api/view` is a `ViewDocument`;
 * - `api/image?panel=P&path=PATH` an `ImageDocument`; PATH is "" for the first image of the panel;
 * - `api/statistics?panel&path&c&t&z` a `Statistics`;
 * - `api/values?panel&path&t&z&y&x&c=0,1&lc=0,0` a `Values` (`lc`: a channel of each label image): numbers of the array itself, never of a coarser level, unless `zoom` asks for one;
 * - `api/pixels?panel&path&labels&zoom&t&c&z&y&x&h&w` the bytes of a rectangle, C order, little endian, with the headers
 *   `x-lamella-dtype`, `x-lamella-height` and `x-lamella-width`; `labels` names a label image laid over it.
 *
 * A zoom k is the image shrunk 2^k times along y and x; t, c, z are indices of the whole array at any zoom. An error is
 * `{"error": {"code", "message", "hint"}}`.
 */
export interface ViewDocument {
  readonly version: string;
  /** Steps of a pipeline are shown, which `api/pipeline` tells of (see serve/preview/protocol.ts): panels have any id, paths are its steps' `zarr`. */
  readonly isPreview: boolean;
  readonly panels: readonly PanelDocument[];
}

export interface PanelDocument {
  readonly id: string;
  /** "Input", "Output", or the place's last name. */
  readonly title: string;
  readonly uri: string;
}

/** An axis of T, C, Z, Y, X. */
export interface AxisDocument {
  /** As the array has it. */
  readonly name: string;
  readonly length: number;
  readonly scale: number;
  readonly translation: number;
  readonly unit?: string;
  /** False where the array has no such axis, so that its length is 1. */
  readonly stored: boolean;
}

export interface ChannelDocument {
  readonly name: string;
  /** "RRGGBB". */
  readonly color: string;
  readonly active: boolean;
  readonly inverted: boolean;
  /** Where the metadata say more than the dtype. */
  readonly window?: readonly [low: number, high: number];
}

export interface LevelDocument {
  readonly path: string;
  /** T, C, Z, Y, X, as all shapes here. */
  readonly shape: readonly number[];
  readonly chunks: readonly number[];
  readonly shards?: readonly number[];
  readonly itemBytes: number;
}

/** What is drawn at a zoom. */
export interface ZoomDocument {
  readonly height: number;
  readonly width: number;
  /** The level that is read. */
  readonly level: number;
  /** False where the level has other pixels than the zoom, of which the nearest are taken. */
  readonly exact: boolean;
}

export interface LabelsDocument {
  readonly name: string;
  readonly dtype: string;
  readonly zooms: readonly ZoomDocument[];
  /** One is laid over the image at a time. */
  readonly channelCount: number;
  /** Its size over the image's, along x. */
  readonly factor: number;
  readonly colors: readonly LabelColor[];
}

/** A label's colour as red, green, blue, alpha of 0 to 255. */
export type LabelColor = readonly [label: number, rgba: readonly [number, number, number, number]];

export interface ImageDocument {
  readonly name: string;
  readonly uri: string;
  readonly path: string;
  /** The images of a series, a plate or a group, of which this is one. */
  readonly choices: readonly { readonly path: string; readonly name: string }[];
  /** Of the pixels as they come, and as they are stored. */
  readonly dtype: string;
  readonly storedAs: string;
  readonly isLabels: boolean;
  readonly colors: readonly LabelColor[];
  readonly axes: readonly AxisDocument[];
  readonly channels: readonly ChannelDocument[];
  readonly levels: readonly LevelDocument[];
  readonly zooms: readonly ZoomDocument[];
  /** The side of the squares that pixels are asked for in: small ones where each takes long, so that some show soon. */
  readonly tile: number;
  /** The command that makes the levels which zooming out lacks. */
  readonly makeLevels?: string;
  readonly labels: readonly LabelsDocument[];
  readonly defaultZ: number;
  readonly metadata: Json;
  readonly provenance?: Json;
}

export interface Statistics {
  readonly min: number;
  readonly max: number;
  /** 0.5th and 99.8th percentile. */
  readonly low: number;
  readonly high: number;
  /** Counts in equal bins from min to max. */
  readonly histogram: readonly number[];
}

export interface Values {
  /** By channel, in the order in which they were asked for; whole numbers beyond 2^53 and what JSON can't say as text. */
  readonly values: readonly (number | string)[];
  readonly labels: { readonly [name: string]: number | string };
}
