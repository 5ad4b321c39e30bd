import type { HeaderReader } from "../header-reader.ts";
import { openSegment, viewOf } from "./segment.ts";

const DIRECTORY_HEAD = 256;
const ENTRY_BYTES = 128;
const NAME_OFFSET = 48;
const MAX_ENTRIES = 256;

/**
 * Names of what is attached: thumbnail, label, time stamps. Nothing depends on them, so a directory that can't be read
 * names none. Source: ZISRAW (CZI) File Format, "Attachment directory".
 */
export async function attachmentNames(reader: HeaderReader, position: number): Promise<string[]> {
  if (position === 0) return [];
  try {
    const { start, length } = await openSegment(reader, position, "ZISRAWATTDIR");
    const count = viewOf(await reader.read(start, 4)).getInt32(0, true);
    if (count < 0 || DIRECTORY_HEAD + count * ENTRY_BYTES > length) return [];
    const bytes = await reader.read(start + DIRECTORY_HEAD, Math.min(count, MAX_ENTRIES) * ENTRY_BYTES);
    return Array.from({ length: Math.floor(bytes.length / ENTRY_BYTES) }, (_, i) => {
      const name = bytes.subarray(i * ENTRY_BYTES + NAME_OFFSET, (i + 1) * ENTRY_BYTES);
      const end = name.indexOf(0);
      return new TextDecoder().decode(end < 0 ? name : name.subarray(0, end));
    });
  } catch {
    return [];
  }
}
