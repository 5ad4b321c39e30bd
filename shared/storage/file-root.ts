import nodeFs from "node:fs";
import fs from "node:fs/promises";
import path from "node:path";
import { errnoOf } from "./file-errors.ts";
import { unsafeKey } from "./key.ts";
import { makeFolder } from "./make-folder.ts";

const REMEMBERED_FOLDERS = 10_000;

/**
 * The folder that a file store lives in. It turns keys into paths and refuses symbolic links that lead out of
 * the folder: a store's contents, links among them, may come from anyone.
 */
export class FileRoot {
  readonly path: string;
  #real: string | undefined;
  /** Folders known to exist inside the root. */
  readonly #inside = new Set<string>();

  readonly #most: number;

  /** `remembered`: how many folders are known to be inside without looking again. */
  constructor(folder: string, remembered = REMEMBERED_FOLDERS) {
    this.path = path.resolve(folder);
    this.#most = remembered;
  }

  /** The path of a checked key. */
  pathOf(key: string): string {
    return path.join(this.path, key);
  }

  /** Throws UNSAFE_KEY when the folder that holds `key` lies, after links, outside. False when it doesn't exist. */
  async checkFolderOf(key: string): Promise<boolean> {
    const folder = path.dirname(this.pathOf(key));
    if (this.#inside.has(folder)) return true;
    const real = realpathOf(folder);
    if (real === undefined) return false;
    await this.#checkInside(key, real);
    this.#remember(folder);
    return true;
  }

  /** Creates the folder that will hold `key`, with those above it. Throws UNSAFE_KEY when that would be outside. */
  async createFolderOf(key: string): Promise<void> {
    if (await this.checkFolderOf(key)) return;
    const folder = path.dirname(this.pathOf(key));
    // mkdir follows links, so the deepest folder that exists is checked before anything is made in it.
    for (let above = path.dirname(folder); above.startsWith(this.path); above = path.dirname(above)) {
      const real = realpathOf(above);
      if (real === undefined) continue;
      await this.#checkInside(key, real);
      break;
    }
    await makeFolder(folder);
  }

  /** Where the link at `key` leads; undefined when nowhere. Throws UNSAFE_KEY when outside. */
  async followLink(key: string): Promise<string | undefined> {
    const real = realpathOf(this.pathOf(key));
    if (real !== undefined) await this.#checkInside(key, real);
    return real;
  }

  /** Forgets what is known of the folder of `key`, after it was found missing. */
  forgetFolderOf(key: string): void {
    this.#inside.delete(path.dirname(this.pathOf(key)));
  }

  /** Removes the folders that deleting `key` left empty, as object stores have none. The root stays. */
  async pruneFoldersOf(key: string): Promise<void> {
    let folder = path.dirname(this.pathOf(key));
    while (folder.length > this.path.length) {
      this.#inside.delete(folder);
      try {
        await fs.rmdir(folder);
      } catch {
        return;
      }
      folder = path.dirname(folder);
    }
  }

  async #checkInside(key: string, real: string): Promise<void> {
    this.#real ??= realpathOf(this.path);
    const root = this.#real;
    if (root !== undefined && (real === root || real.startsWith(root === "/" ? root : `${root}/`))) return;
    throw unsafeKey(key, `it leads out of ${this.path} through a symbolic link`);
  }

  #remember(folder: string): void {
    if (this.#inside.size >= this.#most) this.#inside.clear();
    if (this.#most > 0) this.#inside.add(folder);
  }
}

function realpathOf(file: string): string | undefined {
  try {
    return nodeFs.realpathSync.native(file);
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === "ENOENT" || errno === "ENOTDIR") return undefined;
    throw error;
  }
}
