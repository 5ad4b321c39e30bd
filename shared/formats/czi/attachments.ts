import type { ByteFile } from "../byte-file.ts";
import type { HeaderReader } from "../header-reader.ts";
import { isDamage } from "./error.ts";
import { int64, openSegment, viewOf } from "./segment.ts";

/** What is attached to a file: a thumbnail, time stamps, a label. */
export interface Attachment {
  readonly name: string;
  /** "JPG", "CZI", "CZTIMS", ... */
  readonly type: string;
  readonly position: number;
}

const DIRECTORY_HEAD = 256;
const ENTRY_BYTES = 128;
const MAX_ENTRIES = 256;
/** What is attached begins after its sizes and its entry. */
const CONTENT_OFFSET = 256;

/**
 * What is attached. Pixels don't depend on it, so a directory that can't be read names nothing.
 * Source: ZISRAW (CZI) File Format, "Attachment directory".
 */
export async function readAttachments(reader: HeaderReader, position: number): Promise<Attachment[]> {
  if (position === 0) return [];
  try {
    const { start, length } = await openSegment(reader, position, "ZISRAWATTDIR");
    const count = viewOf(await reader.read(start, 4)).getInt32(0, true);
    if (count < 0 || DIRECTORY_HEAD + count * ENTRY_BYTES > length) return [];
    const bytes = await reader.read(start + DIRECTORY_HEAD, Math.min(count, MAX_ENTRIES) * ENTRY_BYTES);
    return Array.from({ length: Math.floor(bytes.length / ENTRY_BYTES) }, (_, i) => {
      const entry = bytes.subarray(i * ENTRY_BYTES, (i + 1) * ENTRY_BYTES);
      return {
        name: textOf(entry.subarray(48)),
        type: textOf(entry.subarray(40, 48)),
        position: int64(viewOf(entry), 12),
      };
    });
  } catch (error) {
    if (!isDamage(error)) throw error;
    return [];
  }
}

/** The file that is attached, within the one that it is attached to. Throws CZI_MALFORMED, CZI_TRUNCATED. */
export async function attachedFile(
  reader: HeaderReader,
  attachment: Attachment,
): Promise<ByteFile | undefined> {
  const { start, length } = await openSegment(reader, attachment.position, "ZISRAWATTACH");
  const size = viewOf(await reader.read(start, 4)).getInt32(0, true);
  if (size <= 0 || CONTENT_OFFSET + size > length) return undefined;
  return reader.file.part(start + CONTENT_OFFSET, size, `attachment ${attachment.name}`);
}

function textOf(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end));
}
