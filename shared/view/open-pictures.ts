import os from "node:os";
import { sizeOf } from "../block/block.ts";
import { ChunkCache } from "../block/chunk-cache.ts";
import { itemSize } from "../block/dtype.ts";
import { LamellaError } from "../errors.ts";
import { openPictures } from "./open-picture.ts";
import type { PictureOpener } from "./open-zarr-picture.ts";
import type { Picture } from "./picture.ts";
import { SampleCache } from "./sample-cache.ts";
import type { PlaneCaches } from "./zooms.ts";

/** A place that the page shows beside others. */
export interface Panel {
  readonly title: string;
  readonly uri: string;
}

/** Decoded chunks of all panels together; and of images whose chunks are as large, one of them, as far as this computer's memory allows. */
const CACHE_BYTES = 512 * 2 ** 20;
const MOST_OF_MEMORY = 0.25;
/** Pixels that were picked of chunks, for zooms that no level is stored for. */
const SAMPLE_BYTES = 256 * 2 ** 20;

/** The panels of a page with what was opened of them: each image once, chunks kept within a bound. */
export class OpenPictures {
  readonly panels: readonly Panel[];
  readonly isPreview: boolean = false;
  readonly #limits = { wholeBytes: CACHE_BYTES, borderBytes: 0 };
  readonly caches: PlaneCaches = {
    chunks: new ChunkCache(this.#limits),
    samples: new SampleCache(SAMPLE_BYTES),
  };
  readonly #places = new Map<string, Promise<PictureOpener>>();
  readonly #opened = new Map<string, Promise<Picture>>();

  constructor(panels: readonly Panel[]) {
    this.panels = panels;
  }

  /** Throws NOT_FOUND for a panel that there isn't, and as `openPictures`; a failed opening is tried again when asked again. */
  picture(panel: string, path = ""): Promise<Picture> {
    const found = /^\d+$/.test(panel) ? this.panels[Number(panel)] : undefined;
    if (!found)
      throw new LamellaError("NOT_FOUND", `there is no panel ${JSON.stringify(panel)}`, {
        hint: "Load the page again: the server may have been started anew, with other images.",
      });
    const key = `${panel}\n${path}`;
    const known = this.#opened.get(key);
    if (known) return known;
    const opening = this.#place(panel, found.uri).then((open) => open(path));
    this.#opened.set(key, opening);
    opening.then(
      (picture) => this.makeRoom(picture),
      () => this.#opened.delete(key),
    );
    return opening;
  }

  #place(panel: string, uri: string): Promise<PictureOpener> {
    let place = this.#places.get(panel);
    if (!place) {
      place = openPictures(uri);
      this.#places.set(panel, place);
      place.catch(() => this.#places.delete(panel));
    }
    return place;
  }

  /** A chunk that can't be kept would be decoded again for each of the tiles that it is cut into. */
  protected makeRoom({ levels }: Picture): void {
    const largest = Math.max(
      ...levels.map(({ source }) => sizeOf(source.chunkShape) * itemSize(source.dtype)),
    );
    const most = Math.max(CACHE_BYTES, MOST_OF_MEMORY * os.totalmem());
    this.#limits.wholeBytes = Math.max(this.#limits.wholeBytes, Math.min(largest, most));
  }
}
