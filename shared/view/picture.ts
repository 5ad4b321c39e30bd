import type { Axis, Channel } from "../block/axes.ts";
import type { ChunkedSource } from "../block/chunked-source.ts";
import type { Json } from "../errors.ts";
import type { LabelColor } from "./protocol.ts";

/** One resolution of a picture. Shapes are of T, C, Z, Y, X. */
export interface PictureLevel {
  readonly source: ChunkedSource;
  readonly path: string;
  /** The shape of a stored object, where chunks are packed in shards. */
  readonly shards?: readonly number[];
}

/** Something to look at: an image with its levels, largest first. */
export interface Picture {
  readonly name: string;
  readonly uri: string;
  readonly path: string;
  /** The images of the same place, of which this is one. */
  readonly choices: readonly { readonly path: string; readonly name: string }[];
  /** T, C, Z, Y, X. */
  readonly axes: readonly Axis[];
  /** For each of them whether the array has it. */
  readonly stored: readonly boolean[];
  readonly channels?: readonly Channel[];
  readonly levels: readonly PictureLevel[];
  readonly storedAs: string;
  readonly isLabels: boolean;
  readonly colors: readonly LabelColor[];
  readonly labels: readonly PictureLabels[];
  /** The plane that is shown at first, where the metadata say. */
  readonly defaultZ?: number;
  readonly metadata: Json;
  readonly provenance?: Json;
}

/** A label image laid over a picture. */
export interface PictureLabels {
  readonly name: string;
  readonly levels: readonly PictureLevel[];
  readonly colors: readonly LabelColor[];
}
