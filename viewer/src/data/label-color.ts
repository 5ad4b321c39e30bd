import type { LabelColor } from "./api.ts";

export type Palette = ReadonlyMap<number, readonly [number, number, number, number]>;

export function paletteOf(colors: readonly LabelColor[]): Palette {
  return new Map(colors);
}

/** The colour of a label that has none of its own: neighbours in number are far apart in hue. 0 is clear. */
export function labelColor(label: number, palette: Palette): readonly [number, number, number, number] {
  const own = palette.get(label);
  if (own) return own;
  if (label === 0) return [0, 0, 0, 0];
  const hue = (label * 0.618033988749895) % 1;
  const lightness = 0.55 + 0.12 * (((label * 7) % 3) - 1);
  return [...hslToRgb(((hue % 1) + 1) % 1, 0.75, lightness), 255];
}

function hslToRgb(h: number, s: number, l: number): [number, number, number] {
  const a = s * Math.min(l, 1 - l);
  const f = (n: number): number => {
    const k = (n + h * 12) % 12;
    return Math.round(255 * (l - a * Math.max(-1, Math.min(k - 3, 9 - k, 1))));
  };
  return [f(0), f(8), f(4)];
}
