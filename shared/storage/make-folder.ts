import fs from "node:fs";
import path from "node:path";
import { errnoOf } from "./file-errors.ts";

/**
 * Makes a folder and those above it, as `mkdir -p`. Node's own way (`recursive: true`) never comes back on file systems that have no
 * room for folders, such as /proc.
 */
export async function makeFolder(folder: string): Promise<void> {
  try {
    fs.mkdirSync(folder);
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === "EEXIST" && fs.statSync(folder).isDirectory()) return;
    const above = path.dirname(folder);
    if (errno !== "ENOENT" || above === folder) throw error;
    await makeFolder(above);
    // Another may have made it, or removed what is above it, meanwhile.
    try {
      fs.mkdirSync(folder);
    } catch (again) {
      if (errnoOf(again) !== "EEXIST") throw again;
    }
  }
}
