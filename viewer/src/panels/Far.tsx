import { useEffect, useState, useSyncExternalStore } from "react";
import type { ImageDocument } from "../data/api.ts";
import { bytesInView, nearer, stepAt } from "../data/cost.ts";
import { bytes } from "../data/numbers.ts";
import { pending } from "../data/pixels.ts";
import type { Look, Size } from "../data/space.ts";

/** Reading that takes longer than this is told of, ms. */
const LONG = 400;

/** Whether a panel has waited for pixels for a while. */
export function useIsReading(panel: string): boolean {
  const isPending = useSyncExternalStore(pending.subscribe, () => pending.count(panel) > 0);
  const [isLong, setIsLong] = useState(false);
  useEffect(() => {
    if (!isPending) {
      setIsLong(false);
      return;
    }
    const timer = setTimeout(() => setIsLong(true), LONG);
    return () => clearTimeout(timer);
  }, [isPending]);
  return isLong;
}

/** "every 8th pixel": what is shown where no level of the size is stored. */
export function skipping(image: ImageDocument, zoom: number): string | undefined {
  const step = Math.round(stepAt(image, zoom));
  return step > 1 ? `every ${ordinal(step)} pixel: no coarser level is stored` : undefined;
}

function ordinal(n: number): string {
  const suffix = n % 100 >= 11 && n % 100 <= 13 ? "th" : (["th", "st", "nd", "rd"][n % 10] ?? "th");
  return `${n}${suffix}`;
}

export interface TooMuchProps {
  readonly image: ImageDocument;
  readonly look: Look;
  readonly size: Size;
  readonly onLook: (look: Look) => void;
  readonly onRead: () => void;
}

/** Asks before much is read. */
export function TooMuch({ image, look, size, onLook, onRead }: TooMuchProps): React.ReactNode {
  return (
    <div className="notice problem" role="alert">
      <p>
        Seen from this far, {bytes(bytesInView(image, look, size))} of chunks would be read: no coarser level
        is stored.
      </p>
      {image.makeLevels !== undefined && (
        <p className="muted">
          Levels make it quick: <code className="breakable">{image.makeLevels}</code>
        </p>
      )}
      <div className="buttons">
        <button type="button" onClick={() => onLook(nearer(image, look, size))}>
          Zoom in
        </button>
        <button type="button" className="quiet" onClick={onRead}>
          Read them
        </button>
      </div>
    </div>
  );
}
