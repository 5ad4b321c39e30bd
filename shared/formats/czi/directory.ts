import type { HeaderReader } from "../header-reader.ts";
import { cziError } from "./error.ts";
import { int64, openSegment, SEGMENT_HEADER, viewOf } from "./segment.ts";

/** A subblock as the directory lists it: one tile of one plane, or a part of the pyramid. */
export interface DirectoryEntry {
  readonly pixelType: number;
  readonly compression: number;
  /** Where the subblock's segment begins. */
  readonly position: number;
  /** Where the next segment begins: the subblock ends there at the latest. */
  readonly limit: number;
  /** In pixels of the full resolution; may be negative. */
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** In pixels as stored: smaller than width and height in a pyramid. */
  readonly storedWidth: number;
  readonly storedHeight: number;
  /** Start of each further dimension, by its letter: C, Z, T, R, S, I, B, M, H, V. */
  readonly at: { readonly [dimension: string]: number };
}

/** "DV", the one schema of entries that files have. */
const SCHEMA_DV = 0x4456;
const DIMENSIONS = [..."CZTRSIBMHV"];
/** Bytes of an entry before its dimensions, and of each of them. */
const ENTRY_HEAD = 32;
const DIMENSION_BYTES = 20;
const DIRECTORY_HEAD = 128;
const MAX_ENTRIES = 2 ** 19;
/** ZEN writes ten or so. */
const MAX_DIMENSIONS = 40;
/** A mosaic this wide is no mosaic. */
const MAX_COORDINATE = 2 ** 30;
const MAX_INDEX = 2 ** 20;

/**
 * Reads the directory of subblocks, ordered as in the file. Numbers are checked against the file and against limits
 * before anything is made of them. Throws CZI_MALFORMED, CZI_TRUNCATED, CZI_UNSUPPORTED.
 */
export async function readDirectory(reader: HeaderReader, position: number): Promise<DirectoryEntry[]> {
  const { uri, size } = reader.file;
  const segment = `ZISRAWDIRECTORY at byte ${position}`;
  const malformed = (what: string) => cziError("CZI_MALFORMED", { file: uri, segment }, what);
  const { start, length } = await openSegment(reader, position, "ZISRAWDIRECTORY");
  const bytes = await reader.read(start, length);
  if (bytes.length < DIRECTORY_HEAD) throw malformed(`it has ${bytes.length} bytes`);
  const view = viewOf(bytes);
  const count = view.getInt32(0, true);
  if (count < 0 || count > MAX_ENTRIES || count * (ENTRY_HEAD + 2 * DIMENSION_BYTES) > length)
    throw malformed(`it says that it has ${count} entries, in ${length} bytes`);
  const found: Found[] = [];
  let offset = DIRECTORY_HEAD;
  for (let index = 0; index < count; index++) {
    const entry = readEntry(view, offset, (what) => malformed(`entry ${index}: ${what}`));
    if (entry.filePart > 0) {
      throw cziError(
        "CZI_UNSUPPORTED",
        { file: uri, segment },
        `entry ${index} lies in part ${entry.filePart} of a file of several parts`,
        { hint: "Save it as one file in ZEN, or let Bio-Formats read it: --reader bioformats." },
      );
    }
    if (entry.found.position + SEGMENT_HEADER > size) {
      throw cziError(
        "CZI_TRUNCATED",
        { file: uri, segment },
        `entry ${index} is at byte ${entry.found.position}, the file ends at ${size}`,
      );
    }
    found.push(entry.found);
    offset += entry.bytes;
  }
  setLimits(found, position, size);
  return found;
}

type Found = { -readonly [K in keyof DirectoryEntry]: DirectoryEntry[K] };

/** Thousands of tiles are usual, a hundred thousand are not rare: one object is made for each, and one for its starts. */
function readEntry(
  view: DataView,
  offset: number,
  malformed: (what: string) => Error,
): { found: Found; filePart: number; bytes: number } {
  if (offset + ENTRY_HEAD > view.byteLength) throw malformed("it is cut off");
  if (view.getUint16(offset, false) !== SCHEMA_DV)
    throw malformed(`its schema is ${JSON.stringify(nameAt(view, offset, 2))}, not "DV"`);
  const dimensions = view.getInt32(offset + 28, true);
  if (dimensions < 2 || dimensions > MAX_DIMENSIONS) throw malformed(`it has ${dimensions} dimensions`);
  const bytes = ENTRY_HEAD + dimensions * DIMENSION_BYTES;
  if (offset + bytes > view.byteLength) throw malformed("its dimensions are cut off");
  const position = int64(view, offset + 6);
  if (!Number.isSafeInteger(position) || position < 0) throw malformed(`it is at byte ${position}`);
  const at: { [dimension: string]: number } = {};
  const found: Found = {
    pixelType: view.getInt32(offset + 2, true),
    compression: view.getInt32(offset + 18, true),
    position,
    limit: 0,
    x: 0,
    y: 0,
    width: 0,
    height: 0,
    storedWidth: 0,
    storedHeight: 0,
    at,
  };
  for (let i = 0; i < dimensions; i++) {
    const place = offset + ENTRY_HEAD + i * DIMENSION_BYTES;
    const name = nameAt(view, place, 4);
    const start = view.getInt32(place + 4, true);
    const size = view.getInt32(place + 8, true);
    if (name === "X" || name === "Y") {
      // 0 where pixels are stored as they are.
      const stored = view.getInt32(place + 16, true) || size;
      if (size < 1 || stored < 1 || Math.abs(start) + Math.max(size, stored) > MAX_COORDINATE)
        throw malformed(`${name} starts at ${start} with ${size} pixels, stored as ${stored}`);
      if (name === "X") [found.x, found.width, found.storedWidth] = [start, size, stored];
      else [found.y, found.height, found.storedHeight] = [start, size, stored];
    } else if (!DIMENSIONS.includes(name)) {
      throw malformed(`dimension ${JSON.stringify(name)} is not known`);
    } else if (size > 1) {
      throw malformed(`it covers ${size} elements of ${name}`);
    } else if (Math.abs(start) > MAX_INDEX) {
      throw malformed(`it is at ${start} of ${name}`);
    } else at[name] = start;
  }
  if (found.width === 0 || found.height === 0) throw malformed("it has no X and Y");
  return { found, filePart: view.getInt32(offset + 14, true), bytes };
}

function nameAt(view: DataView, offset: number, length: number): string {
  let name = "";
  for (let i = 0; i < length; i++) {
    const code = view.getUint8(offset + i);
    if (code > 32) name += String.fromCharCode(code);
  }
  return name;
}

/** Says where the segment after each subblock begins, so that a subblock can be read by one request. */
function setLimits(entries: readonly Found[], directory: number, size: number): void {
  const starts = new Float64Array(entries.length + 2);
  for (const [i, { position }] of entries.entries()) starts[i] = position;
  starts.set([directory, size], entries.length);
  starts.sort();
  for (const entry of entries) entry.limit = firstAbove(starts, entry.position);
}

function firstAbove(sorted: Float64Array, value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! > value) high = middle;
    else low = middle + 1;
  }
  return sorted[low] ?? value;
}
