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
  const found: Omit<DirectoryEntry, "limit">[] = [];
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
  return withLimits(found, position, size);
}

function readEntry(
  view: DataView,
  offset: number,
  malformed: (what: string) => Error,
): { found: Omit<DirectoryEntry, "limit">; filePart: number; bytes: number } {
  if (offset + ENTRY_HEAD > view.byteLength) throw malformed("it is cut off");
  const schema = String.fromCharCode(view.getUint8(offset), view.getUint8(offset + 1));
  if (schema !== "DV") throw malformed(`its schema is ${JSON.stringify(schema)}, not "DV"`);
  const dimensions = view.getInt32(offset + 28, true);
  if (dimensions < 2 || dimensions > MAX_DIMENSIONS) throw malformed(`it has ${dimensions} dimensions`);
  const bytes = ENTRY_HEAD + dimensions * DIMENSION_BYTES;
  if (offset + bytes > view.byteLength) throw malformed("its dimensions are cut off");
  const at: { [dimension: string]: number } = {};
  let x: Extent | undefined;
  let y: Extent | undefined;
  for (let i = 0; i < dimensions; i++) {
    const extent = readExtent(view, offset + ENTRY_HEAD + i * DIMENSION_BYTES);
    if (extent.name === "X") x = extent;
    else if (extent.name === "Y") y = extent;
    else if (!/^[CZTRSIBMHV]$/.test(extent.name)) {
      throw malformed(`dimension ${JSON.stringify(extent.name)} is not known`);
    } else if (extent.size > 1) {
      throw malformed(`it covers ${extent.size} elements of ${extent.name}`);
    } else if (Math.abs(extent.start) > MAX_INDEX) {
      throw malformed(`it is at ${extent.start} of ${extent.name}`);
    } else at[extent.name] = extent.start;
  }
  if (!x || !y) throw malformed("it has no X and Y");
  for (const { name, start, size, stored } of [x, y]) {
    if (size < 1 || stored < 1 || Math.abs(start) + Math.max(size, stored) > MAX_COORDINATE)
      throw malformed(`${name} starts at ${start} with ${size} pixels, stored as ${stored}`);
  }
  const position = int64(view, offset + 6);
  if (!Number.isSafeInteger(position) || position < 0) throw malformed(`it is at byte ${position}`);
  return {
    found: {
      pixelType: view.getInt32(offset + 2, true),
      position,
      compression: view.getInt32(offset + 18, true),
      x: x.start,
      y: y.start,
      width: x.size,
      height: y.size,
      storedWidth: x.stored,
      storedHeight: y.stored,
      at,
    },
    filePart: view.getInt32(offset + 14, true),
    bytes,
  };
}

interface Extent {
  readonly name: string;
  readonly start: number;
  readonly size: number;
  readonly stored: number;
}

function readExtent(view: DataView, offset: number): Extent {
  let name = "";
  for (let i = 0; i < 4; i++) {
    const code = view.getUint8(offset + i);
    if (code !== 0) name += String.fromCharCode(code);
  }
  const size = view.getInt32(offset + 8, true);
  return {
    name: name.trim(),
    start: view.getInt32(offset + 4, true),
    size,
    // 0 where pixels are stored as they are.
    stored: view.getInt32(offset + 16, true) || size,
  };
}

/** Adds where the segment after each subblock begins, so that a subblock can be read by one request. */
function withLimits(
  entries: readonly Omit<DirectoryEntry, "limit">[],
  directory: number,
  size: number,
): DirectoryEntry[] {
  const starts = Float64Array.from([...entries.map((entry) => entry.position), directory, size]).sort();
  return entries.map((entry) => ({ ...entry, limit: firstAbove(starts, entry.position) }));
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
