import type { Axis, Channel } from "../block/axes.ts";
import type { ChunkedSource } from "../block/chunked-source.ts";
import { type Json, LamellaError } from "../errors.ts";
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
  /** The command that makes coarser levels, where it can: of what is only read, of a copy. */
  readonly makeLevels?: string;
  readonly metadata: Json;
  readonly provenance?: Json;
}

/** A label image laid over a picture. */
export interface PictureLabels {
  readonly name: string;
  readonly levels: readonly PictureLevel[];
  readonly colors: readonly LabelColor[];
}

/** Channels that a page can list. */
const MOST_CHANNELS = 1024;

/** The picture, where a page can show it. Throws SHAPE_MISMATCH for one of so many channels that none could be found. */
export function shownPicture(picture: Picture): Picture {
  const count = picture.levels[0]!.source.shape[1]!;
  if (count <= MOST_CHANNELS) return picture;
  throw new LamellaError(
    "SHAPE_MISMATCH",
    `${picture.name} has ${count} channels; ${MOST_CHANNELS} can be shown`,
    {
      hint: "Take some of them by a `slice` step, and look at that with `lamella view --pipeline FILE`.",
      details: { uri: picture.uri, channels: count },
    },
  );
}
