import { useEffect, useState } from "react";
import { levelAt } from "./canvas/grid-layer.ts";
import type { Point } from "./canvas/Viewport.tsx";
import { getValues, type ImageDocument, type Values } from "./data/api.ts";
import { axisOf, type Look, linkedPoint } from "./data/space.ts";
import type { State } from "./state.ts";
import { placeOf } from "./use-panels.ts";

export interface Cursor {
  readonly panel: number;
  readonly point: Point;
  readonly byKeys: boolean;
}

/** The pixel of a panel's image under the cursor, and its values where they are known. */
export interface ReadOut {
  readonly y: number;
  readonly x: number;
  readonly z: number;
  readonly t: number;
  readonly channels: readonly number[];
  readonly values?: Values;
}

const DELAY = 60;

/** What lies under the cursor in every panel; values are of the array itself, of the zoom that is shown where there are `looks`, and come a moment later. */
export function useReadOut(
  state: State,
  cursor: Cursor | undefined,
  looks: readonly (Look | undefined)[],
): readonly (ReadOut | undefined)[] {
  const places = state.panels.map((_, i) => pixelOf(state, cursor, i));
  const key = JSON.stringify([places, looks, state.panels.map(({ image, labels }) => [image?.path, labels])]);
  const [answers, setAnswers] = useState<{ key: string; values: readonly (Values | undefined)[] }>();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the places say when
  useEffect(() => {
    if (!places.some(Boolean)) return;
    const abort = new AbortController();
    const timer = setTimeout(() => {
      const asked = places.map((place, i) => {
        const { id, image, labels } = state.panels[i]!;
        if (!place || !image) return Promise.resolve(undefined);
        const { channels, ...pixel } = place;
        const look = looks[i];
        const zoom = look ? levelAt(image, look.zoom).zoom : 0;
        const shown = { y: Math.floor(pixel.y / 2 ** zoom), x: Math.floor(pixel.x / 2 ** zoom), zoom };
        return getValues(
          {
            panel: id,
            path: image.path,
            ...pixel,
            ...shown,
            c: channels.join(","),
            lc: image.labels.map(({ name }) => labels[name]?.channel ?? 0).join(","),
          },
          abort.signal,
        );
      });
      Promise.all(asked).then(
        (values) => setAnswers({ key, values }),
        () => {},
      );
    }, DELAY);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [key]);
  return places.map((place, i) => {
    const values = answers?.key === key ? answers.values[i] : undefined;
    return place && { ...place, ...(values ? { values } : {}) };
  });
}

function pixelOf(
  state: State,
  cursor: Cursor | undefined,
  panel: number,
): Omit<ReadOut, "values"> | undefined {
  const { image, channels, labelChannel } = state.panels[panel]!;
  const from = cursor && state.panels[cursor.panel]?.image;
  if (!image || !cursor || !from || (panel !== cursor.panel && !state.linked)) return undefined;
  const { x, y } = linkedPoint(cursor.point, from, image);
  const at = { y: Math.floor(y), x: Math.floor(x) };
  if (!isInside(image, at)) return undefined;
  const on = channels.flatMap((channel, c) => (channel.on ? [c] : []));
  return { ...at, ...placeOf(state, panel), channels: image.isLabels ? [labelChannel] : on };
}

function isInside(image: ImageDocument, { x, y }: Point): boolean {
  return x >= 0 && y >= 0 && x < axisOf(image, "x").length && y < axisOf(image, "y").length;
}
