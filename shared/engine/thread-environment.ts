import module from "node:module";
import path from "node:path";

/**
 * What a worker thread's environment is: this process's, and where compiled code is kept if this process keeps it. Threads don't
 * inherit that otherwise, and compile everything anew.
 */
export function threadEnvironment(): NodeJS.ProcessEnv {
  const kept = module.getCompileCacheDir();
  return kept === undefined ? process.env : { ...process.env, NODE_COMPILE_CACHE: path.dirname(kept) };
}
