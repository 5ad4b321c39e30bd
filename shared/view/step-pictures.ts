import { LamellaError } from "../errors.ts";
import { openStore } from "../storage/uri.ts";
import { OpenPictures } from "./open-pictures.ts";
import { zarrPictures } from "./open-zarr-picture.ts";
import type { Picture } from "./picture.ts";

/** Opened steps that are remembered: a few revisions of all that are looked at. */
const KEPT = 32;

/** The steps of a pipeline that is previewed, as the server at `url` serves them: `path` is "rev/3/smooth.zarr". */
export class StepPictures extends OpenPictures {
  override readonly isPreview = true;
  readonly #url: string;
  readonly #steps = new Map<string, Promise<Picture>>();

  constructor(url: string) {
    super([]);
    this.#url = url;
  }

  /** Throws NOT_FOUND for what is no step of a revision, and as `openPictures`. */
  override picture(_panel: string, path = ""): Promise<Picture> {
    const known = this.#steps.get(path);
    if (known) return known;
    if (!/^rev\/[^/]+\/[^/]+\.zarr$/.test(path))
      throw new LamellaError("NOT_FOUND", `there is no step at ${JSON.stringify(path)}`, {
        hint: "Load the page again: the pipeline has other steps now.",
      });
    const opening = this.#open(path);
    this.#steps.set(path, opening);
    opening.catch(() => this.#steps.delete(path));
    for (const oldest of this.#steps.keys()) {
      if (this.#steps.size <= KEPT) break;
      this.#steps.delete(oldest);
    }
    return opening;
  }

  async #open(path: string): Promise<Picture> {
    const place = path.split("/").map(encodeURIComponent).join("/");
    const store = await openStore(`${this.#url}${place}`);
    const { makeLevels: _, ...picture } = await (await zarrPictures(store, ""))("");
    this.makeRoom({ ...picture, path });
    return { ...picture, path };
  }
}
