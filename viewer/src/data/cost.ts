import { levelAt } from "../canvas/grid-layer.ts";
import type { ImageDocument } from "./api.ts";
import { type Look, type Size, toImage } from "./space.ts";

/** What is read without asking, decoded bytes: a few seconds' work here, some cents' worth of requests elsewhere. */
const MOST_HERE = 8 * 2 ** 30;
const MOST_AWAY = 2 ** 30;

/** How many pixels of the level lie between two that are shown; 1 where a level of the size is stored. */
export function stepAt(image: ImageDocument, zoom: number): number {
  const { level, zoom: k } = levelAt(image, zoom);
  const { height, width, exact } = image.zooms[k]!;
  return exact ? 1 : Math.max(level.shape[3]! / Math.max(1, height), level.shape[4]! / Math.max(1, width));
}

/** Decoded bytes of the chunks in which the pixels lie that a view shows of a plane of a channel. */
export function bytesInView(image: ImageDocument, look: Look, size: Size): number {
  const { level, zoom: k } = levelAt(image, look.zoom);
  const zoom = image.zooms[k]!;
  const full = image.levels[0]!.shape;
  const from = toImage(look, size, 0, 0);
  const to = toImage(look, size, size.width, size.height);
  const along = (axis: 3 | 4, low: number, high: number, samples: number): number => {
    const scale = level.shape[axis]! / Math.max(1, full[axis]!);
    const [first, last] = [Math.max(0, low * scale), Math.min(level.shape[axis]!, high * scale)];
    if (last <= first) return 0;
    const chunk = level.chunks[axis]!;
    const chunks = Math.ceil(last / chunk) - Math.floor(first / chunk);
    return Math.min(chunks, Math.ceil((samples * (last - first)) / level.shape[axis]!) + 1);
  };
  const chunks = along(3, from.y, to.y, zoom.height) * along(4, from.x, to.x, zoom.width);
  return chunks * level.chunks.reduce((product, n) => product * n, 1) * level.itemBytes;
}

/** Whether a view is worth asking about: no level of its size is stored, and much would be read for it. */
export function isTooMuch(image: ImageDocument, look: Look, size: Size): boolean {
  const most = /^(s3|https?):/.test(image.uri) ? MOST_AWAY : MOST_HERE;
  return stepAt(image, look.zoom) > 1 && bytesInView(image, look, size) > most;
}

/** The look at the same place that is no longer too much. */
export function nearer(image: ImageDocument, look: Look, size: Size): Look {
  let zoom = Math.ceil(look.zoom);
  while (zoom < 0 && isTooMuch(image, { ...look, zoom }, size)) zoom++;
  return { ...look, zoom };
}
