import { itemSize } from "../block/dtype.ts";
import { isColourPicture, PICTURE_RANGE } from "../formats/ngff/colour-picture.ts";
import type { Picture } from "./picture.ts";
import type { ChannelDocument, ImageDocument } from "./protocol.ts";
import { SMALL_TILE, stepOf, TILE, zoomsOf } from "./zooms.ts";

/** Told apart also when two are laid over each other. */
const COLORS = ["4F8BFF", "5BE37D", "FF4FD8", "FFD84F", "4FE3E3", "FF5B5B"];
const FIRST_ACTIVE = 3;
/** From so many pixels between those that are shown, zooming out takes long. */
const FAR_APART = 4;
const RGB = ["FF0000", "00FF00", "0000FF"];

/** What the page needs to know of a picture. */
export function imageDocument(picture: Picture): ImageDocument {
  const full = picture.levels[0]!.source;
  const { axes, levels, defaultZ = Math.floor(full.shape[2]! / 2) } = picture;
  const zooms = zoomsOf(levels);
  const isSlow = zooms.some((zoom) => stepOf(levels, zoom) >= FAR_APART);
  return {
    name: picture.name,
    uri: picture.uri,
    path: picture.path,
    choices: picture.choices,
    dtype: full.dtype,
    storedAs: picture.storedAs,
    isLabels: picture.isLabels,
    colors: picture.colors,
    axes: axes.map(({ name, scale, translation, unit }, i) => ({
      name,
      length: full.shape[i]!,
      scale,
      translation,
      ...(unit === undefined ? {} : { unit }),
      stored: picture.stored[i]!,
    })),
    channels: channelsOf(picture),
    levels: levels.map(({ source, path, shards }) => ({
      path,
      shape: source.shape,
      chunks: source.chunkShape,
      ...(shards ? { shards } : {}),
      itemBytes: picture.storedAs === "float16" ? 2 : itemSize(source.dtype),
    })),
    zooms,
    tile: isSlow ? SMALL_TILE : TILE,
    ...(isSlow && picture.makeLevels !== undefined ? { makeLevels: picture.makeLevels } : {}),
    labels: picture.labels.map(({ name, levels, colors }) => ({
      name,
      dtype: levels[0]!.source.dtype,
      zooms: zoomsOf(levels),
      channelCount: levels[0]!.source.shape[1]!,
      factor: levels[0]!.source.shape[4]! / full.shape[4]!,
      colors,
    })),
    defaultZ: Math.min(Math.max(0, full.shape[2]! - 1), defaultZ),
    metadata: picture.metadata,
    ...(picture.provenance === undefined ? {} : { provenance: picture.provenance }),
  };
}

function channelsOf({ channels, levels, storedAs }: Picture): ChannelDocument[] {
  const count = levels[0]!.source.shape[1]!;
  const unnamed = isRgb(count, storedAs) ? RGB : COLORS;
  const isPicture = isColourPicture(channels, storedAs);
  const someActive = channels?.some((channel) => channel.active !== false) ?? false;
  return Array.from({ length: count }, (_, i): ChannelDocument => {
    const channel = channels?.[i];
    const window =
      channel?.window ?? (isPicture ? { start: PICTURE_RANGE[0], end: PICTURE_RANGE[1] } : undefined);
    return {
      name: channel?.label || (count === 1 ? "Intensity" : `Channel ${i}`),
      color: channel?.color ?? (count === 1 ? "FFFFFF" : unnamed[i % unnamed.length]!),
      active: someActive ? (channel?.active ?? i < FIRST_ACTIVE) : i < FIRST_ACTIVE,
      inverted: channel?.inverted ?? false,
      ...(window && window.end > window.start ? { window: [window.start, window.end] as const } : {}),
    };
  });
}

function isRgb(count: number, dtype: string): boolean {
  return count === 3 && dtype === "uint8";
}
