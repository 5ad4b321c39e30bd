import { COORDINATE_SYSTEM, type Layer } from "@deck.gl/core";
import { ColorPaletteExtension, MultiscaleImageLayer, XRLayer } from "@hms-dbmi/viv";
import type { Drawn } from "../data/pixels.ts";
import type { PixelSource, Selection } from "./pixel-source.ts";
import { WindowExtension } from "./window-extension.ts";

export interface DrawnChannel {
  readonly selection: Selection;
  readonly color: readonly [number, number, number];
  readonly window: readonly [number, number];
  readonly on: boolean;
}

const EXTENSIONS = [new ColorPaletteExtension(), new WindowExtension()];

const LARGE_TILE = 512;
/** Tiles that are asked for at once: few where each takes long, so that the first is there soon. */
const REQUESTS = 6;
const FEW_REQUESTS = 3;

interface DrawnTile {
  readonly id: string;
  readonly interpolation: "linear" | "nearest";
  readonly tile: { readonly index: { readonly x: number; readonly y: number; readonly z: number } };
  readonly data: { readonly data: readonly Drawn[]; readonly width: number; readonly height: number } | null;
}

/** The pixels of the visible region, by Viv: a texture a channel, coloured and added up by the graphics card. */
export function imageLayer(
  id: string,
  loader: readonly PixelSource[],
  channels: readonly DrawnChannel[],
  selections: readonly Selection[],
  zoom: number,
): Layer {
  const tile = loader[0]!.tileSize;
  return new MultiscaleImageLayer({
    id,
    loader,
    selections,
    contrastLimits: channels.map(({ window }) => [...window]),
    colors: channels.map(({ color }) => [...color]),
    channelsVisible: channels.map(({ on }) => on),
    extensions: EXTENSIONS,
    excludeBackground: true,
    pickable: false,
    maxRequests: tile < LARGE_TILE ? FEW_REQUESTS : REQUESTS,
    interpolation: isShrunk(zoom) ? "linear" : "nearest",
    coordinateSystem: COORDINATE_SYSTEM.CARTESIAN,
    renderSubLayers: (props: DrawnTile) => drawTile(props, tile),
  } as never) as unknown as Layer;
}

/** Whether tiles are drawn smaller than they are. Else pixels have edges, so that what is seen is what is stored. */
function isShrunk(zoom: number): boolean {
  return Math.ceil(zoom - 1e-6) - zoom > 1e-6 && zoom < 0;
}

/** Where the tile's own pixels are, also at the image's ends: each is 2^k wide. */
function drawTile(props: DrawnTile, side: number): Layer | null {
  const { data, id } = props;
  const { x, y, z } = props.tile.index;
  if (!data || data.width === 0 || data.height === 0) return null;
  const scale = 2 ** -z;
  const [left, top] = [x * side * scale, y * side * scale];
  return new XRLayer(
    props as never,
    {
      id: `${id}-${z}-${x}-${y}`,
      channelData: data,
      bounds: [left, top + data.height * scale, left + data.width * scale, top],
      interpolation: props.interpolation,
    } as never,
  ) as unknown as Layer;
}
