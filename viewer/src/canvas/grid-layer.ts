import { COORDINATE_SYSTEM } from "@deck.gl/core";
import { LineLayer } from "@deck.gl/layers";
import type { ImageDocument, LevelDocument } from "../data/api.ts";
import { type Look, type Size, toImage } from "../data/space.ts";

/** Lines nearer to each other than this on the screen would only make it grey. */
const NEAREST = 6;

interface Line {
  readonly from: [number, number];
  readonly to: [number, number];
}

/** The level that is read at a zoom of the view. */
export function levelAt(
  image: ImageDocument,
  zoom: number,
): { level: LevelDocument; index: number; zoom: number } {
  const k = Math.min(image.zooms.length - 1, Math.max(0, -Math.ceil(zoom)));
  const index = image.zooms[k]!.level;
  return { level: image.levels[index]!, index, zoom: k };
}

/** The chunks (thin) and shards (thick) of the level that is shown, within the visible region. */
export function gridLayers(id: string, image: ImageDocument, look: Look, size: Size): LineLayer<Line>[] {
  const { level } = levelAt(image, look.zoom);
  const full = image.levels[0]!.shape;
  const layers: LineLayer<Line>[] = [];
  for (const [name, shape, color, width] of [
    ["chunks", level.chunks, [255, 255, 255, 110], 1],
    ["shards", level.shards, [255, 191, 94, 220], 2],
  ] as const) {
    if (!shape) continue;
    const data = linesOf(shape, level.shape, full, look, size);
    if (data.length === 0) continue;
    layers.push(
      new LineLayer<Line>({
        id: `${id}-${name}`,
        data,
        getSourcePosition: (line) => line.from,
        getTargetPosition: (line) => line.to,
        getColor: [...color],
        getWidth: width,
        widthUnits: "pixels",
        pickable: false,
        coordinateSystem: COORDINATE_SYSTEM.CARTESIAN,
      }),
    );
  }
  return layers;
}

function linesOf(
  chunks: readonly number[],
  shape: readonly number[],
  full: readonly number[],
  look: Look,
  size: Size,
): Line[] {
  const [height, width] = [full[3]!, full[4]!];
  const [stepY, stepX] = [(chunks[3]! * height) / shape[3]!, (chunks[4]! * width) / shape[4]!];
  const from = toImage(look, size, 0, 0);
  const to = toImage(look, size, size.width, size.height);
  const [top, bottom] = [Math.max(0, from.y), Math.min(height, to.y)];
  const [left, right] = [Math.max(0, from.x), Math.min(width, to.x)];
  if (top >= bottom || left >= right) return [];
  const lines: Line[] = [];
  const scale = 2 ** look.zoom;
  if (stepX * scale >= NEAREST || stepX >= width)
    for (const x of marks(stepX, left, right, width)) lines.push({ from: [x, top], to: [x, bottom] });
  if (stepY * scale >= NEAREST || stepY >= height)
    for (const y of marks(stepY, top, bottom, height)) lines.push({ from: [left, y], to: [right, y] });
  return lines;
}

function marks(step: number, from: number, to: number, end: number): number[] {
  const found: number[] = [];
  for (let i = Math.ceil(from / step); i * step < Math.min(to, end); i++) found.push(i * step);
  if (to >= end) found.push(end);
  return found;
}
