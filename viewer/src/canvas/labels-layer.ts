import { COORDINATE_SYSTEM } from "@deck.gl/core";
import { TileLayer } from "@deck.gl/geo-layers";
import { BitmapLayer } from "@deck.gl/layers";
import { Matrix4 } from "@math.gl/core";
import type { ZoomDocument } from "../data/api.ts";
import type { Palette } from "../data/label-color.ts";
import { colorTile } from "../data/label-tile.ts";
import { getTile, type TileQuery } from "../data/pixels.ts";

export interface LabelsLayerOptions {
  readonly id: string;
  readonly query: Pick<TileQuery, "panel" | "path" | "labels" | "t" | "c" | "z">;
  readonly zooms: readonly ZoomDocument[];
  /** Its pixels over the image's. */
  readonly factor: number;
  readonly tile: number;
  readonly palette: Palette;
  readonly opacity: number;
  readonly onError: (error: Error) => void;
}

/** Labels in colours, laid over the image: their pixels stay whole at every zoom. */
export function labelsLayer({
  id,
  query,
  zooms,
  factor,
  tile,
  palette,
  opacity,
  onError,
}: LabelsLayerOptions): TileLayer {
  const { height, width } = zooms[0]!;
  return new TileLayer<ImageData | undefined>({
    id,
    tileSize: tile,
    extent: [0, 0, width, height],
    minZoom: 1 - zooms.length,
    maxZoom: 0,
    zoomOffset: Math.round(Math.log2(1 / factor)),
    modelMatrix: new Matrix4().scale(1 / factor),
    coordinateSystem: COORDINATE_SYSTEM.CARTESIAN,
    // deck.gl takes its 2.2th root
    opacity: opacity ** 2.2,
    pickable: false,
    maxRequests: 6,
    refinementStrategy: "no-overlap",
    updateTriggers: { getTileData: [query.path, query.labels, query.t, query.c, query.z, palette] },
    onTileError: onError,
    getTileData: async ({ index, signal }) => {
      const place = { x: index.x * tile, y: index.y * tile, h: tile, w: tile };
      try {
        return colorTile(await getTile({ ...query, zoom: -index.z, ...place }, signal), palette);
      } catch (error) {
        if (signal?.aborted) return undefined;
        throw error;
      }
    },
    renderSubLayers: (props) => {
      const { x, y, z } = props.tile.index;
      const image = props.data as ImageData | undefined;
      if (!image) return null;
      const scale = 2 ** -z;
      const [left, top] = [x * tile * scale, y * tile * scale];
      return new BitmapLayer({
        id: props.id,
        opacity: props.opacity,
        pickable: false,
        coordinateSystem: COORDINATE_SYSTEM.CARTESIAN,
        ...(props.modelMatrix ? { modelMatrix: props.modelMatrix } : {}),
        image,
        bounds: [left, top + image.height * scale, left + image.width * scale, top],
        textureParameters: { minFilter: "nearest", magFilter: "nearest", mipmapFilter: "none" },
      });
    },
  });
}
