import { mkdirSync } from "node:fs";
import module from "node:module";
import os from "node:os";
import path from "node:path";

/**
 * Keeps what V8 compiles for the next start, which then takes half of the time. In the user's own cache folder, where nobody
 * else can leave code; where it can't be made, each start compiles again.
 */
export function keepCompiledCode(): void {
  const base = cacheFolder();
  if (!base) return;
  const above = path.join(base, "lamella");
  const folder = path.join(above, "compiled");
  try {
    // One by one: Node never comes back where it makes a folder and its parents and the file system has no room for any.
    for (const each of [base, above, folder]) mkdirUnlessThere(each);
  } catch {
    return;
  }
  module.enableCompileCache(folder);
}

function mkdirUnlessThere(folder: string): void {
  try {
    mkdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
}

function cacheFolder(): string | undefined {
  const { XDG_CACHE_HOME: cache, LOCALAPPDATA: local } = process.env;
  if (cache && path.isAbsolute(cache)) return cache;
  if (process.platform === "win32") return local;
  const home = os.homedir();
  return path.isAbsolute(home) && home !== "/" ? path.join(home, ".cache") : undefined;
}
