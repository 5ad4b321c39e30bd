import type { KeyboardEvent } from "react";
import type { Point } from "./canvas/Viewport.tsx";
import type { Look } from "./data/space.ts";

/** What a key does over an image. */
export type KeyAction =
  | { readonly kind: "move"; readonly point: Point }
  | { readonly kind: "zoom"; readonly look: Look }
  | { readonly kind: "fit" }
  | { readonly kind: "plane"; readonly axis: "z" | "t"; readonly by: number };

const STEPS: { readonly [key: string]: readonly [number, number] } = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** Arrows move by a pixel as it is shown (ten with Shift), + and - zoom, 0 fits, Page Up and Down go through Z, "," and "." through time. */
export function keyAction(event: KeyboardEvent, look: Look, at: Point | undefined): KeyAction | undefined {
  const step = STEPS[event.key];
  const point = at ?? { x: Math.floor(look.x) + 0.5, y: Math.floor(look.y) + 0.5 };
  if (step) {
    const by = Math.max(1, 2 ** Math.round(-look.zoom)) * (event.shiftKey ? 10 : 1);
    if (!at) return { kind: "move", point };
    return { kind: "move", point: { x: point.x + step[0] * by, y: point.y + step[1] * by } };
  }
  switch (event.key) {
    case "+":
    case "=":
      return { kind: "zoom", look: zoomed(look, at, 0.5) };
    case "-":
    case "_":
      return { kind: "zoom", look: zoomed(look, at, -0.5) };
    case "0":
      return { kind: "fit" };
    case "PageUp":
      return { kind: "plane", axis: "z", by: 1 };
    case "PageDown":
      return { kind: "plane", axis: "z", by: -1 };
    case ".":
      return { kind: "plane", axis: "t", by: 1 };
    case ",":
      return { kind: "plane", axis: "t", by: -1 };
    default:
      return undefined;
  }
}

/** Zooms about a point, which stays where it is. */
function zoomed(look: Look, at: Point | undefined, by: number): Look {
  const zoom = Math.min(7, Math.max(-20, look.zoom + by));
  const keep = 2 ** (look.zoom - zoom);
  const { x, y } = at ?? look;
  return { x: x + (look.x - x) * keep, y: y + (look.y - y) * keep, zoom };
}
