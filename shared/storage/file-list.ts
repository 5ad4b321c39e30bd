import type { Dirent } from "node:fs";
import fs from "node:fs/promises";
import { errnoOf } from "./file-errors.ts";
import { fingerprintOf, isTemporary } from "./file-names.ts";
import type { FileRoot } from "./file-root.ts";
import { compareKeys, isSafeKey } from "./key.ts";
import type { ObjectEntry } from "./store.ts";

/** Files whose size and time are asked for together. */
const BATCH = 64;

/**
 * All files whose key starts with `prefix`, in key order, a folder at a time. Left out: temporary files, names
 * that are no safe keys, links that lead out of the root, and what lies in folders behind links, which could
 * lead back to themselves.
 */
export async function* listFiles(root: FileRoot, prefix: string): AsyncGenerator<ObjectEntry> {
  const cut = prefix.lastIndexOf("/") + 1;
  yield* walk(root, prefix.slice(0, cut), prefix.slice(cut));
}

/** The names directly in a folder ("" or ending in "/"), sub-folders with a "/" after them, in key order. */
export async function listNames(root: FileRoot, folder: string): Promise<string[]> {
  const names = await Promise.all(
    (await readFolder(root, folder)).map(async (entry) => {
      if (entry.isDirectory()) return [`${entry.name}/`];
      if (entry.isFile()) return [entry.name];
      const real = await followQuietly(root, folder + entry.name);
      if (real === undefined) return [];
      const stat = await statOf(real);
      return stat?.isDirectory() ? [`${entry.name}/`] : stat?.isFile() ? [entry.name] : [];
    }),
  );
  return names.flat().sort(compareKeys);
}

async function* walk(root: FileRoot, folder: string, start: string): AsyncGenerator<ObjectEntry> {
  // With its "/" a folder sorts where its keys do: "a.b" comes before "a/x".
  const names = (await readFolder(root, folder))
    .filter((entry) => entry.isDirectory() || entry.isFile() || entry.isSymbolicLink())
    .map((entry) => ({
      name: entry.isDirectory() ? `${entry.name}/` : entry.name,
      link: entry.isSymbolicLink(),
    }))
    .filter(({ name }) => name.startsWith(start))
    .sort((a, b) => compareKeys(a.name, b.name));
  for (let i = 0; i < names.length; i += BATCH) {
    const batch = names.slice(i, i + BATCH);
    const entries = await Promise.all(
      batch.map(({ name, link }) => (name.endsWith("/") ? undefined : entryOf(root, folder + name, link))),
    );
    for (const [j, { name }] of batch.entries()) {
      const entry = entries[j];
      if (entry !== undefined) yield entry;
      else if (name.endsWith("/")) yield* walk(root, folder + name, "");
    }
  }
}

async function readFolder(root: FileRoot, folder: string): Promise<Dirent[]> {
  try {
    // The folder of a key in it is the folder itself.
    if (!(await root.checkFolderOf(`${folder}x`))) return [];
    const entries = await fs.readdir(root.pathOf(folder), { withFileTypes: true });
    return entries.filter((entry) => isSafeKey(entry.name) && !isTemporary(entry.name));
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === "ENOENT" || errno === "ENOTDIR") return [];
    throw error;
  }
}

async function entryOf(root: FileRoot, key: string, link: boolean): Promise<ObjectEntry | undefined> {
  const file = link ? await followQuietly(root, key) : root.pathOf(key);
  const stat = file === undefined ? undefined : await statOf(file);
  if (stat === undefined || !stat.isFile()) return undefined;
  return { key, size: Number(stat.size), etag: fingerprintOf(stat) };
}

async function followQuietly(root: FileRoot, key: string): Promise<string | undefined> {
  return root.followLink(key).catch(() => undefined);
}

async function statOf(file: string) {
  try {
    return await fs.stat(file, { bigint: true });
  } catch (error) {
    // Removed since the folder was read: as if it had been removed before.
    if (errnoOf(error) === "ENOENT") return undefined;
    throw error;
  }
}
