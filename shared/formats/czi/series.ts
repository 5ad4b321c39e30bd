import type { Axis } from "../../block/axes.ts";
import type { Json } from "../../errors.ts";
import type { ByteFile } from "../byte-file.ts";
import type { ImageSeries } from "../image.ts";
import type { DescribedChannel, DescribedImage } from "../ome/metadata-only.ts";
import { compressionName } from "./compression/registry.ts";
import { cziError } from "./error.ts";
import type { CziImage } from "./layout.ts";
import type { CziMetadata } from "./metadata.ts";
import { CziSource } from "./source.ts";
import { whyUnread } from "./subblock.ts";

/** One image as a series; compressions that aren't read are told by `unreadable`. */
export function seriesOf(
  file: ByteFile,
  image: CziImage,
  index: number,
  name: string,
  metadata: CziMetadata | undefined,
  common: { readonly [name: string]: Json },
): ImageSeries {
  const { pixelType, sizeT, planesC, sizeZ, levels } = image;
  const [source, ...smaller] = levels.map(({ width, height, planes }, level) => {
    const shape = [sizeT, planesC * pixelType.samples, sizeZ, height, width] as const;
    const label = `${file.uri}#${index}${level === 0 ? "" : `/${level}`}`;
    return new CziSource({ label, file, pixelType, shape: [...shape], planes });
  });
  const tiles = [...levels[0]!.planes.values()].flat();
  const reason = tiles.map(whyUnread).find((why) => why !== undefined);
  const channels = channelsOf(image, metadata).map(({ label, color }) => ({
    label: label!,
    ...(color === undefined ? {} : { color }),
  }));
  return {
    name,
    metadata: { name, axes: axesOf(image, metadata), channels },
    source: source!,
    levels: smaller.filter(
      (_, i) => ![...levels[i + 1]!.planes.values()].flat().some((tile) => whyUnread(tile)),
    ),
    facts: {
      pixelType: pixelType.name,
      compression: [...new Set(tiles.map(({ entry }) => compressionName(entry.compression)))].join(", "),
      ...(image.scene === undefined ? {} : { scene: image.scene }),
      ...(image.block === undefined || image.block === 0 ? {} : { block: image.block }),
      ...(image.view === undefined || image.view === 0 ? {} : { view: image.view }),
      ...(image.tilesPerPlane > 1 ? { tilesPerPlane: image.tilesPerPlane } : {}),
      ...(Object.keys(image.folded).length > 0 ? { folded: image.folded } : {}),
      ...common,
    },
    ...(reason === undefined ? {} : { unreadable: cziError("CZI_UNSUPPORTED", { file: file.uri }, reason) }),
  };
}

/** Names of a file's images: those of their scenes, where there are several. */
export function namesOf(
  images: readonly CziImage[],
  file: string,
  metadata: CziMetadata | undefined,
): string[] {
  const base = file.replace(/\.czi$/i, "");
  if (images.length === 1) return [base];
  const names = images.map(({ scene, pixelType }) => {
    const shown = scene === undefined ? base : (metadata?.scenes.get(scene) ?? `Scene ${scene}`);
    return images.every((image) => image.pixelType === pixelType) ? shown : `${shown} ${pixelType.name}`;
  });
  return names.map((name, i) => (names.indexOf(name) === i ? name : `${name} #${i}`));
}

function axesOf({ sizeT }: CziImage, metadata: CziMetadata | undefined): Axis[] {
  return (["t", "c", "z", "y", "x"] as const).map((name) => {
    const type = name === "t" ? "time" : name === "c" ? "channel" : "space";
    const increment = sizeT > 1 ? metadata?.timeIncrement : undefined;
    const value = name === "t" ? increment : name === "c" ? undefined : metadata?.scaling[name];
    const unit = value === undefined ? {} : { unit: name === "t" ? "second" : "micrometer" };
    return { name, type, ...unit, scale: value ?? 1, translation: 0 };
  });
}

const COLORS = [
  ["Red", "FF0000"],
  ["Green", "00FF00"],
  ["Blue", "0000FF"],
  ["Alpha", undefined],
] as const;

/** One an element of C: a channel of three samples is three. */
function channelsOf(image: CziImage, metadata: CziMetadata | undefined): DescribedChannel[] {
  const { samples } = image.pixelType;
  const perIllumination = image.channels.length / (image.folded["I"] ?? 1);
  return image.channels.flatMap((channel, plane) => {
    const { name, color, ...acquired } = metadata?.channels[channel] ?? {};
    const illumination = image.folded["I"] ? ` illumination ${Math.floor(plane / perIllumination)}` : "";
    if (samples === 1) {
      const label = `${name ?? `Channel ${channel}`}${illumination}`;
      return [{ label, ...(color === undefined ? {} : { color }), ...acquired }];
    }
    const prefix = image.channels.length === 1 ? "" : `${name ?? `Channel ${channel}`}${illumination} `;
    return COLORS.slice(0, samples).map(([sample, shown]) => ({
      label: prefix + sample,
      ...(shown === undefined ? {} : { color: shown }),
      ...acquired,
    }));
  });
}

/** What the OME-XML says of a series. */
export function describedImage(
  image: CziImage,
  { name, source, metadata: { axes } }: ImageSeries,
  metadata: CziMetadata | undefined,
): DescribedImage {
  const { acquisitionDate, description } = metadata ?? {};
  return {
    name,
    shape: source.shape,
    dtype: source.dtype,
    axes,
    channels: channelsOf(image, metadata),
    ...(acquisitionDate === undefined ? {} : { acquisitionDate }),
    ...(description === undefined ? {} : { description }),
  };
}
