import { crc32 } from "node:zlib";
import { LamellaError } from "../../errors.ts";
import type { ObjectRecord } from "../outcome.ts";
import type { WorkerSession } from "../session.ts";

/** Keeps a partial result in the run's folder. */
export async function putState(
  session: WorkerSession,
  key: string,
  bytes: Uint8Array,
): Promise<ObjectRecord> {
  await session.folder.put(key, bytes);
  return { array: "run", key, size: bytes.byteLength, crc32: crc32(bytes).toString(16).padStart(8, "0") };
}

/** Reads a partial result of an earlier stage. CHUNK_MISSING where the run's folder lost it. */
export async function getState(session: WorkerSession, key: string): Promise<Uint8Array> {
  const bytes = await session.folder.get(key);
  if (bytes) return bytes;
  throw new LamellaError("CHUNK_MISSING", `the run's folder lost ${key}`, {
    hint: "Resume with --verify.",
    details: { key },
  });
}
