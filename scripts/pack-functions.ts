import { copyFileSync, mkdirSync } from "node:fs";
import path from "node:path";
import { bundleOf, FUNCTION_NAMES } from "../infra/bundle.ts";

/** Puts the functions' packages where the published constructs look for them: `node scripts/pack-functions.ts dist/functions`. */
export function packFunctions(folder: string): void {
  mkdirSync(folder, { recursive: true });
  for (const name of FUNCTION_NAMES) copyFileSync(bundleOf(name), path.join(folder, `${name}.zip`));
}

if (process.argv[1] === import.meta.filename)
  packFunctions(path.resolve(process.argv[2] ?? "dist/functions"));
