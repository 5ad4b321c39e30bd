import { randomBytes } from "node:crypto";
import type { BigIntStats } from "node:fs";
import fs from "node:fs/promises";
import path from "node:path";

const TEMPORARY = /^\.lamella-[0-9a-f]{24}\.tmp$/;

/** A name beside `file` that no other process uses. */
export function temporaryFor(file: string): string {
  return path.join(path.dirname(file), `.lamella-${randomBytes(12).toString("hex")}.tmp`);
}

/** True for the names of files being written, which are never listed or read. */
export function isTemporary(name: string): boolean {
  return TEMPORARY.test(name);
}

/** A file's ETag: its size and modification time in nanoseconds. */
export function fingerprintOf(stat: BigIntStats): string {
  return `${stat.size.toString(16)}-${stat.mtimeNs.toString(16)}`;
}

/** Removes every temporary file below a folder, and the folders that are empty then; `shallow`: only those right in it. */
export async function removeTemporaries(folder: string, shallow: boolean): Promise<void> {
  const entries = await fs.readdir(folder, { withFileTypes: true }).catch(() => []);
  for (const entry of entries) {
    const full = path.join(folder, entry.name);
    if (entry.isDirectory()) {
      if (shallow) continue;
      await removeTemporaries(full, shallow);
      await fs.rmdir(full).catch(() => {});
    } else if (entry.isFile() && isTemporary(entry.name)) await fs.rm(full, { force: true });
  }
}
