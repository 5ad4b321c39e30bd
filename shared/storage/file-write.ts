import nodeFs from "node:fs";
import fs from "node:fs/promises";
import path from "node:path";
import { errnoOf } from "./file-errors.ts";
import { flush, writeAll } from "./file-io.ts";
import { fingerprintOf, temporaryFor } from "./file-names.ts";
import type { FileRoot } from "./file-root.ts";
import { unsafeKey } from "./key.ts";
import type { ObjectInfo } from "./store.ts";

/** Bytes of a file that is written in this thread. */
const SMALL = 2 ** 14;
/** What filesystems without hard links answer to link(2). */
const NO_LINKS = new Set(["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"]);

/** Writes a file completely beside its final name, then renames it into place. Its folder must exist. */
export async function renameTemporary(
  root: FileRoot,
  key: string,
  bytes: Uint8Array,
  durable: boolean,
): Promise<ObjectInfo> {
  const file = root.pathOf(key);
  if (bytes.byteLength <= SMALL && !durable) return renameSmall(root, key, bytes);
  return withTemporary(file, bytes, durable, async (temporary, info) => {
    await refuseLink(root, key);
    nodeFs.renameSync(temporary, file);
    if (durable) await syncFolder(file);
    return info;
  });
}

/** The same in this thread: to hand each of a small file's system calls to another takes several times as long as they do. */
async function renameSmall(root: FileRoot, key: string, bytes: Uint8Array): Promise<ObjectInfo> {
  const file = root.pathOf(key);
  const temporary = temporaryFor(file);
  try {
    const handle = nodeFs.openSync(temporary, "wx");
    let stat: nodeFs.BigIntStats;
    try {
      for (let at = 0; at < bytes.byteLength; )
        at += nodeFs.writeSync(handle, bytes, at, bytes.byteLength - at);
      stat = nodeFs.fstatSync(handle, { bigint: true });
    } finally {
      nodeFs.closeSync(handle);
    }
    await refuseLink(root, key);
    nodeFs.renameSync(temporary, file);
    return { size: bytes.byteLength, etag: fingerprintOf(stat) };
  } catch (error) {
    nodeFs.rmSync(temporary, { force: true });
    throw error;
  }
}

/**
 * Writes a file completely beside its final name, then links it there, which exactly one caller can. On a
 * filesystem without hard links the winner is who creates the name, and a reader may see the file grow.
 */
export async function linkTemporary(
  root: FileRoot,
  key: string,
  bytes: Uint8Array,
  durable: boolean,
): Promise<boolean> {
  const file = root.pathOf(key);
  if (await exists(file)) return false;
  return withTemporary(file, bytes, durable, async (temporary) => {
    const won = await take(file, temporary, bytes, durable);
    await fs.unlink(temporary);
    if (won && durable) await syncFolder(file);
    return won;
  });
}

async function take(file: string, temporary: string, bytes: Uint8Array, durable: boolean): Promise<boolean> {
  try {
    await fs.link(temporary, file);
    return true;
  } catch (error) {
    const errno = errnoOf(error) ?? "";
    if (errno === "EEXIST") return false;
    if (!NO_LINKS.has(errno)) throw error;
    return createExclusively(file, bytes, durable);
  }
}

async function withTemporary<T>(
  file: string,
  bytes: Uint8Array,
  durable: boolean,
  use: (temporary: string, info: ObjectInfo) => Promise<T>,
): Promise<T> {
  const temporary = temporaryFor(file);
  try {
    return await use(temporary, await writeNew(temporary, bytes, durable));
  } catch (error) {
    await fs.rm(temporary, { force: true });
    throw error;
  }
}

async function writeNew(file: string, bytes: Uint8Array, durable: boolean): Promise<ObjectInfo> {
  const handle = nodeFs.openSync(file, "wx");
  try {
    await writeAll(handle, bytes);
    if (durable) await flush(handle);
    const stat = nodeFs.fstatSync(handle, { bigint: true });
    return { size: bytes.length, etag: fingerprintOf(stat) };
  } finally {
    nodeFs.closeSync(handle);
  }
}

async function createExclusively(file: string, bytes: Uint8Array, durable: boolean): Promise<boolean> {
  try {
    await writeNew(file, bytes, durable);
    return true;
  } catch (error) {
    if (errnoOf(error) === "EEXIST") return false;
    await fs.rm(file, { force: true });
    throw error;
  }
}

/** A link inside the root is replaced as any object is; one that leads out shows that the key isn't ours. */
async function refuseLink(root: FileRoot, key: string): Promise<void> {
  if (!isLink(root.pathOf(key))) return;
  if ((await root.followLink(key)) === undefined)
    throw unsafeKey(key, "it is a symbolic link that leads nowhere");
}

function isLink(file: string): boolean {
  return nodeFs.lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
}

async function exists(file: string): Promise<boolean> {
  try {
    await fs.lstat(file);
    return true;
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return false;
    throw error;
  }
}

/** Makes a new name survive a power cut: the entry is the folder's data. */
async function syncFolder(file: string): Promise<void> {
  const folder = await fs.open(path.dirname(file), "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
