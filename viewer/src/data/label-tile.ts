import { labelColor, type Palette } from "./label-color.ts";
import type { Tile } from "./pixels.ts";

/** A tile of labels as a picture of their colours: RGBA, 8 bits. */
export function colorTile(tile: Tile, palette: Palette): ImageData | undefined {
  if (tile.width === 0 || tile.height === 0) return undefined;
  const image = new ImageData(tile.width, tile.height);
  const { data } = image;
  let last = Number.NaN;
  let color: readonly number[] = [0, 0, 0, 0];
  for (let i = 0; i < tile.data.length; i++) {
    const label = tile.data[i]!;
    if (label !== last) {
      color = labelColor(label, palette);
      last = label;
    }
    data[4 * i] = color[0]!;
    data[4 * i + 1] = color[1]!;
    data[4 * i + 2] = color[2]!;
    data[4 * i + 3] = color[3]!;
  }
  return image;
}
