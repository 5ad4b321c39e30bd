import { crc32 } from "node:zlib";
import { LamellaError } from "../../errors.ts";
import type { ObjectRecord } from "../outcome.ts";
import type { WorkerSession } from "../session.ts";

/** Behind the bytes of a partial result lies their CRC-32: a sum that changed looks like any other. */
const SUM_BYTES = 4;

/** Keeps a partial result in the run's folder. */
export async function putState(
  session: WorkerSession,
  key: string,
  bytes: Uint8Array,
): Promise<ObjectRecord> {
  const stored = new Uint8Array(bytes.byteLength + SUM_BYTES);
  stored.set(bytes);
  new DataView(stored.buffer).setUint32(bytes.byteLength, crc32(bytes), true);
  await session.folder.put(key, stored);
  return { array: "run", key, size: stored.byteLength, crc32: crc32(stored).toString(16).padStart(8, "0") };
}

/** Reads a partial result of an earlier stage. CHUNK_MISSING where the run's folder lost it, CHECKSUM_MISMATCH where it changed. */
export async function getState(session: WorkerSession, key: string): Promise<Uint8Array> {
  const bytes = await session.folder.get(key);
  if (bytes) return checked(key, bytes);
  throw new LamellaError("CHUNK_MISSING", `the run's folder lost ${key}`, {
    hint: "Resume with --verify.",
    details: { key },
  });
}

function checked(key: string, stored: Uint8Array): Uint8Array {
  const bytes = stored.subarray(0, Math.max(0, stored.byteLength - SUM_BYTES));
  const sum = stored.subarray(bytes.byteLength);
  if (
    sum.byteLength === SUM_BYTES &&
    new DataView(sum.buffer, sum.byteOffset).getUint32(0, true) === crc32(bytes)
  )
    return bytes;
  throw new LamellaError("CHECKSUM_MISMATCH", `${key} in the run's folder is not what was written`, {
    hint: "Resume with --verify.",
    details: { key },
  });
}
