import { ChunkCache } from "../block/chunk-cache.ts";
import { LamellaError } from "../errors.ts";
import { openPicture } from "./open-picture.ts";
import type { Picture } from "./picture.ts";

/** A place that the page shows beside others. */
export interface Panel {
  readonly title: string;
  readonly uri: string;
}

/** Decoded chunks of all panels together. */
const CACHE_BYTES = 512 * 2 ** 20;

/** The panels of a page with what was opened of them: each image once, chunks kept within a bound. */
export class OpenPictures {
  readonly panels: readonly Panel[];
  readonly isPreview: boolean = false;
  readonly cache = new ChunkCache({ wholeBytes: CACHE_BYTES, borderBytes: 0 });
  readonly #opened = new Map<string, Promise<Picture>>();

  constructor(panels: readonly Panel[]) {
    this.panels = panels;
  }

  /** Throws NOT_FOUND for a panel that there isn't, and as `openPicture`; a failed opening is tried again when asked again. */
  picture(panel: string, path = ""): Promise<Picture> {
    const found = /^\d+$/.test(panel) ? this.panels[Number(panel)] : undefined;
    if (!found) throw new LamellaError("NOT_FOUND", `there is no panel ${JSON.stringify(panel)}`);
    const key = `${panel}\n${path}`;
    const known = this.#opened.get(key);
    if (known) return known;
    const opening = openPicture(found.uri, path);
    this.#opened.set(key, opening);
    opening.catch(() => this.#opened.delete(key));
    return opening;
  }
}
