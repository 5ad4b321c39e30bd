import type { Channel } from "../../block/axes.ts";
import { type DType, integerRange, isFloat } from "../../block/dtype.ts";
import type { Json } from "../../errors.ts";
import { isRecord } from "./attributes.ts";

export type Window = NonNullable<Channel["window"]>;

export interface OmeroOptions {
  readonly channels: readonly (Channel | undefined)[];
  /** Planes of the z axis; 1 without one. */
  readonly sizeZ: number;
  /** Decides the window of a channel that has none: the whole range of integers, 0 to 1 of floats. */
  readonly dtype: DType;
}

/** Blue, green, magenta, yellow, cyan, red, white: told apart also when two are laid over each other. */
const COLORS = ["0000FF", "00FF00", "FF00FF", "FFFF00", "00FFFF", "FF0000", "FFFFFF"];
const ACTIVE = 3;

/**
 * The `omero` block: how a viewer shows the image at first. The first three channels are active where nothing
 * says otherwise, the middle plane is shown. Source: OME-NGFF 0.4 and 0.5, "omero".
 */
export function omeroBlock({ channels, sizeZ, dtype }: OmeroOptions): { readonly [key: string]: Json } {
  const isGrey = channels.length === 1;
  return {
    channels: channels.map((channel, i) => ({
      label: channel?.label ?? `Channel ${i}`,
      color: hexColor(channel?.color) ?? (isGrey ? "FFFFFF" : COLORS[i % COLORS.length]!),
      window: { ...(finiteWindow(channel?.window) ?? windowOf(dtype)) },
      active: channel?.active ?? i < ACTIVE,
      family: "linear",
      coefficient: 1,
      inverted: channel?.inverted ?? false,
    })),
    rdefs: { defaultT: 0, defaultZ: Math.floor(sizeZ / 2), model: isGrey ? "greyscale" : "color" },
  };
}

/** The channels of an `omero` block, as far as they make sense; undefined where there are none. */
export function readChannels(omero: unknown): Channel[] | undefined {
  const channels = isRecord(omero) ? omero["channels"] : undefined;
  if (!Array.isArray(channels) || channels.length === 0) return undefined;
  return channels.map((value: unknown, i): Channel => {
    const channel = isRecord(value) ? value : {};
    const { label, active } = channel;
    const color = hexColor(channel["color"]);
    const window = finiteWindow(channel["window"]);
    return {
      label: typeof label === "string" ? label : `Channel ${i}`,
      ...(color === undefined ? {} : { color }),
      ...(window === undefined ? {} : { window }),
      ...(typeof active === "boolean" ? { active } : {}),
      ...(channel["inverted"] === true ? { inverted: true } : {}),
    };
  });
}

function hexColor(color: unknown): string | undefined {
  return typeof color === "string" ? /^#?([0-9a-f]{6})$/i.exec(color)?.[1]?.toUpperCase() : undefined;
}

function finiteWindow(value: unknown): Window | undefined {
  if (!isRecord(value)) return undefined;
  const { min, max, start, end } = value;
  if (!isNumber(min) || !isNumber(max) || !isNumber(start) || !isNumber(end)) return undefined;
  return { min, max, start, end };
}

function isNumber(value: unknown): value is number {
  return Number.isFinite(value);
}

function windowOf(dtype: DType): Window {
  const [min, max] = isFloat(dtype) ? [0, 1] : integerRange(dtype).map(Number);
  return { min: min!, max: max!, start: min!, end: max! };
}
