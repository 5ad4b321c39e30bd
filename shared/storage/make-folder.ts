import fs from "node:fs/promises";
import path from "node:path";
import { errnoOf } from "./file-errors.ts";

/**
 * Makes a folder and those above it, as `mkdir -p`. Node's own way (`recursive: true`) never comes back on file systems that have no
 * room for folders, such as /proc.
 */
export async function makeFolder(folder: string): Promise<void> {
  try {
    await fs.mkdir(folder);
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === "EEXIST" && (await fs.stat(folder)).isDirectory()) return;
    const above = path.dirname(folder);
    if (errno !== "ENOENT" || above === folder) throw error;
    await makeFolder(above);
    // Another may have made it, or removed what is above it, meanwhile.
    await fs.mkdir(folder).catch((again: unknown) => {
      if (errnoOf(again) !== "EEXIST") throw again;
    });
  }
}
