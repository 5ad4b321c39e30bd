import { existsSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../../..", "shared");

/**
 * A file or folder of the reference data that lies beside a checkout (`../shared`), or undefined where a checkout
 * has none. Tests that need it do `describe.skipIf(!sharedData("data/tiff"))`, so that they say that they skip.
 */
export function sharedData(...parts: string[]): string | undefined {
  const full = path.join(root, ...parts);
  return existsSync(full) ? full : undefined;
}
