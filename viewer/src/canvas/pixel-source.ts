import { SIGNAL_ABORTED } from "@vivjs/loaders";
import type { ImageDocument } from "../data/api.ts";
import { type Drawn, drawnDtype, getTile } from "../data/pixels.ts";
import { axisOf } from "../data/space.ts";

/** Of which plane a tile is. */
export interface Selection {
  readonly t: number;
  readonly c: number;
  readonly z: number;
}

/** One zoom of an image, as Viv asks for its pixels. */
export interface PixelSource {
  readonly shape: readonly number[];
  readonly labels: readonly string[];
  readonly tileSize: number;
  readonly dtype: string;
  readonly meta: object;
  getTile(tile: {
    x: number;
    y: number;
    selection: Selection;
    signal?: AbortSignal;
  }): Promise<{ data: Drawn; width: number; height: number }>;
  getRaster?: undefined;
  onTileError(error: Error): void;
}

/** Viv takes images that are 3 or 4 pixels wide for interleaved RGB. */
const NOT_INTERLEAVED = 5;

/** The zooms of an image as sources of pixels, the full one first. */
export function pixelSources(
  panel: string,
  image: ImageDocument,
  onError: (error: Error) => void,
): readonly PixelSource[] {
  const [t, c, z] = [axisOf(image, "t"), axisOf(image, "c"), axisOf(image, "z")];
  return image.zooms.map((zoom, k) => ({
    shape: [t.length, c.length, z.length, zoom.height, Math.max(NOT_INTERLEAVED, zoom.width)],
    labels: ["t", "c", "z", "y", "x"],
    tileSize: image.tile,
    dtype: drawnDtype(image.dtype),
    meta: {},
    onTileError: onError,
    getTile: async ({ x, y, selection, signal }) => {
      try {
        const place = { x: x * image.tile, y: y * image.tile, h: image.tile, w: image.tile };
        return await getTile({ panel, path: image.path, zoom: k, ...selection, ...place }, signal);
      } catch (error) {
        if (signal?.aborted) throw SIGNAL_ABORTED;
        throw error;
      }
    },
  }));
}
