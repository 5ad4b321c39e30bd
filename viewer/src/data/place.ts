import type { Look } from "./space.ts";

/** What the address says after "#": where to look, so that a reload, or a link, shows the same. */
export interface Place {
  readonly look?: Look;
  readonly z?: number;
  readonly t?: number;
}

export function readPlace(hash: string): Place {
  const parameters = new URLSearchParams(hash.replace(/^#/, ""));
  const number = (name: string): number | undefined => {
    const text = parameters.get(name);
    const value = text === null || text === "" ? Number.NaN : Number(text);
    return Number.isFinite(value) ? value : undefined;
  };
  const [x, y, zoom] = [number("x"), number("y"), number("zoom")];
  const index = (name: string): { [axis: string]: number } => {
    const value = number(name);
    return value === undefined ? {} : { [name]: Math.max(0, Math.round(value)) };
  };
  return {
    ...(x !== undefined && y !== undefined && zoom !== undefined
      ? { look: { x, y, zoom: Math.min(7, Math.max(-20, zoom)) } }
      : {}),
    ...index("z"),
    ...index("t"),
  };
}

export function writePlace({ look, z, t }: Place): string {
  const parts = [
    ...(look ? [`x=${rounded(look.x)}`, `y=${rounded(look.y)}`, `zoom=${rounded(look.zoom)}`] : []),
    ...(z === undefined ? [] : [`z=${z}`]),
    ...(t === undefined ? [] : [`t=${t}`]),
  ];
  return `#${parts.join("&")}`;
}

function rounded(value: number): number {
  return Number(value.toFixed(3));
}
