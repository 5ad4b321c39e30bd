import type { AxisDocument, ImageDocument } from "./api.ts";

/** Where a panel looks: the pixel of the full image at the middle, and log2 of screen pixels per image pixel. */
export interface Look {
  readonly x: number;
  readonly y: number;
  readonly zoom: number;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

export function axisOf(image: ImageDocument, name: "t" | "c" | "z" | "y" | "x"): AxisDocument {
  return image.axes["tczyx".indexOf(name)]!;
}

/** The whole image in the middle, with a margin. */
export function fit(image: ImageDocument, size: Size, margin = 24): Look {
  const [height, width] = [axisOf(image, "y").length, axisOf(image, "x").length];
  const room = Math.min(
    Math.max(16, size.width - 2 * margin) / Math.max(1, width),
    Math.max(16, size.height - 2 * margin) / Math.max(1, height),
  );
  return { x: width / 2, y: height / 2, zoom: Math.min(5, Math.log2(room)) };
}

/** Image pixels (edges at whole numbers) under a point of the panel. */
export function toImage(look: Look, size: Size, left: number, top: number): { x: number; y: number } {
  const scale = 2 ** look.zoom;
  return { x: look.x + (left - size.width / 2) / scale, y: look.y + (top - size.height / 2) / scale };
}

export function toPanel(look: Look, size: Size, x: number, y: number): { left: number; top: number } {
  const scale = 2 ** look.zoom;
  return { left: (x - look.x) * scale + size.width / 2, top: (y - look.y) * scale + size.height / 2 };
}

/** The same place in another image: by physical position where both have units, by pixels where sizes agree, else by share. */
export function linked(look: Look, from: ImageDocument, to: ImageDocument): Look {
  if (from === to) return look;
  const x = lens(axisOf(from, "x"), axisOf(to, "x"));
  const y = lens(axisOf(from, "y"), axisOf(to, "y"));
  return { x: x.map(look.x), y: y.map(look.y), zoom: look.zoom - Math.log2(x.ratio) };
}

export function linkedPoint(
  point: { x: number; y: number },
  from: ImageDocument,
  to: ImageDocument,
): { x: number; y: number } {
  if (from === to) return point;
  return {
    x: lens(axisOf(from, "x"), axisOf(to, "x")).map(point.x),
    y: lens(axisOf(from, "y"), axisOf(to, "y")).map(point.y),
  };
}

function lens(from: AxisDocument, to: AxisDocument): { ratio: number; map: (at: number) => number } {
  if (from.unit !== undefined && from.unit === to.unit && from.scale > 0 && to.scale > 0) {
    const ratio = from.scale / to.scale;
    return {
      ratio,
      map: (at) => ((at - 0.5) * from.scale + from.translation - to.translation) / to.scale + 0.5,
    };
  }
  const ratio = to.length / Math.max(1, from.length);
  return { ratio, map: (at) => at * ratio };
}

/** The plane of another image that lies beside this one: by share of the axis. */
export function linkedIndex(index: number, from: AxisDocument, to: AxisDocument): number {
  if (from.length === to.length) return index;
  return Math.min(
    to.length - 1,
    Math.max(0, Math.floor(((index + 0.5) * to.length) / Math.max(1, from.length))),
  );
}
