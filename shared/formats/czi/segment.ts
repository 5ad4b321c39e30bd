import type { HeaderReader } from "../header-reader.ts";
import { cziError } from "./error.ts";

/** Every segment begins with its name (16 bytes), its allocated and its used size. */
export const SEGMENT_HEADER = 32;

export interface Segment {
  /** Where the segment's data begin, after its header. */
  readonly start: number;
  /** Bytes of data. */
  readonly length: number;
}

/** What the first segment, ZISRAWFILE, says. Positions are 0 where there is no such segment. */
export interface FileHeader {
  readonly version: string;
  readonly filePart: number;
  readonly directoryPosition: number;
  readonly metadataPosition: number;
  readonly attachmentDirectoryPosition: number;
  readonly updatePending: boolean;
}

const FILE_HEADER_BYTES = 80;

/**
 * Finds the segment of a name at a position and checks that it lies within the file. Throws CZI_MALFORMED,
 * CZI_TRUNCATED. Source: ZISRAW (CZI) File Format, "Segments".
 */
export async function openSegment(reader: HeaderReader, position: number, name: string): Promise<Segment> {
  const { uri, size } = reader.file;
  const where = { file: uri, segment: `${name} at byte ${position}` };
  if (!Number.isSafeInteger(position) || position < 0) {
    throw cziError("CZI_MALFORMED", where, "no place in a file");
  }
  if (position + SEGMENT_HEADER > size)
    throw cziError("CZI_TRUNCATED", where, `the file ends at byte ${size}`);
  const head = await reader.read(position, SEGMENT_HEADER);
  const found = segmentName(head);
  if (found !== name) throw cziError("CZI_MALFORMED", where, `there is ${JSON.stringify(found)} instead`);
  const view = viewOf(head);
  const allocated = int64(view, 16);
  // ZEN leaves the used size at 0 where all of it is used.
  const used = int64(view, 24) || allocated;
  const start = position + SEGMENT_HEADER;
  if (!(used > 0) || !Number.isSafeInteger(used)) {
    throw cziError("CZI_MALFORMED", where, `its size is ${used} bytes`);
  }
  if (start + used > size) {
    throw cziError("CZI_TRUNCATED", where, `it ends at byte ${start + used}, the file at ${size}`);
  }
  return { start, length: used };
}

/** Reads the file header. Throws CZI_MALFORMED, CZI_TRUNCATED. */
export async function readFileHeader(reader: HeaderReader): Promise<FileHeader> {
  const { start } = await openSegment(reader, 0, "ZISRAWFILE");
  const bytes = await reader.read(start, FILE_HEADER_BYTES);
  if (bytes.length < FILE_HEADER_BYTES) {
    throw cziError("CZI_TRUNCATED", { file: reader.file.uri }, "the file ends within its header");
  }
  const view = viewOf(bytes);
  return {
    version: `${view.getInt32(0, true)}.${view.getInt32(4, true)}`,
    filePart: view.getInt32(48, true),
    directoryPosition: int64(view, 52),
    metadataPosition: int64(view, 60),
    updatePending: view.getInt32(68, true) !== 0,
    attachmentDirectoryPosition: int64(view, 72),
  };
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** A signed 64-bit integer; beyond what a double counts exactly it is no safe integer any more. */
export function int64(view: DataView, offset: number): number {
  return Number(view.getBigInt64(offset, true));
}

function segmentName(head: Uint8Array): string {
  const text = new TextDecoder("latin1").decode(head.subarray(0, 16));
  const end = text.indexOf("\0");
  return end < 0 ? text : text.slice(0, end);
}
