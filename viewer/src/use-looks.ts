import { useCallback, useEffect, useRef, useState } from "react";
import type { ImageDocument } from "./data/api.ts";
import { withFirstLooks } from "./data/first-looks.ts";
import { type Look, linked, type Size } from "./data/space.ts";

export interface Looks {
  readonly looks: readonly (Look | undefined)[];
  readonly sizes: readonly (Size | undefined)[];
  readonly setLook: (panel: number, look: Look) => void;
  readonly setSize: (panel: number, size: Size) => void;
  readonly fitAll: () => void;
}

/** Where each panel looks. Linked panels look at the same place; each image is shown whole at first, or at `start`. */
export function useLooks(
  images: readonly (ImageDocument | undefined)[],
  isLinked: boolean,
  start: Look | undefined,
): Looks {
  const [looks, setLooks] = useState<readonly (Look | undefined)[]>([]);
  const [sizes, setSizes] = useState<readonly (Size | undefined)[]>([]);
  const isStartTaken = useRef(false);
  const latest = useRef({ images, isLinked });
  latest.current = { images, isLinked };

  const setLook = useCallback((panel: number, look: Look) => {
    const { images, isLinked } = latest.current;
    setLooks((before) =>
      images.map((image, i) => {
        if (i === panel) return look;
        const from = images[panel];
        return isLinked && image && from && before[i] ? linked(look, from, image) : before[i];
      }),
    );
  }, []);
  const setSize = useCallback((panel: number, size: Size) => {
    setSizes((before) => {
      const after = [...before];
      after[panel] = size;
      return after;
    });
  }, []);
  const fitAll = useCallback(() => setLooks([]), []);

  useEffect(() => {
    const first = isStartTaken.current ? undefined : start;
    const after = withFirstLooks(looks, images, sizes, isLinked, first);
    // A state that is set after every render, to what it is, would be one render more for each.
    if (after === looks) return;
    if (after[0]) isStartTaken.current = true;
    setLooks((before) => withFirstLooks(before, images, sizes, isLinked, first));
  });
  return { looks, sizes, setLook, setSize, fitAll };
}
