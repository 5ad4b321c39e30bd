import { useCallback, useEffect, useRef, useState } from "react";
import type { ImageDocument } from "./data/api.ts";
import { fit, type Look, linked, type Size } from "./data/space.ts";

export interface Looks {
  readonly looks: readonly (Look | undefined)[];
  readonly sizes: readonly (Size | undefined)[];
  readonly setLook: (panel: number, look: Look) => void;
  readonly setSize: (panel: number, size: Size) => void;
  readonly fitAll: () => void;
}

/** Where each panel looks. Linked panels look at the same place; each image is shown whole at first. */
export function useLooks(
  images: readonly (ImageDocument | undefined)[],
  isLinked: boolean,
  start: Look | undefined,
): Looks {
  const [looks, setLooks] = useState<readonly (Look | undefined)[]>([]);
  const [sizes, setSizes] = useState<readonly (Size | undefined)[]>([]);
  const atStart = useRef(start);
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
    // A state that is set after every render, to what it is, would be one render more for each.
    if (!images.some((image, i) => image && sizes[i] && !looks[i])) return;
    setLooks((before) => {
      if (!images.some((image, i) => image && sizes[i] && !before[i])) return before;
      const after = images.map((_, i) => before[i]);
      for (const [i, image] of images.entries()) {
        const size = sizes[i];
        if (after[i] || !image || !size) continue;
        // the address says where the first looks, and the others look there too
        if (i > 0 && isLinked && atStart.current && !after[0]) continue;
        const other = isLinked ? after.findIndex((look, j) => look && images[j]) : -1;
        if (other >= 0) after[i] = linked(after[other]!, images[other]!, image);
        else after[i] = (i === 0 ? atStart.current : undefined) ?? fit(image, size);
        if (i === 0) atStart.current = undefined;
      }
      return after;
    });
  });
  return { looks, sizes, setLook, setSize, fitAll };
}
