import { LamellaError } from "../../errors.ts";

/** How often each bin was met, and how many elements were NaN, so far. */
export interface Counts {
  /** Whole numbers, exact to 2^53. */
  readonly bins: Float64Array;
  nan: number;
}

export function newCounts(bins: number): Counts {
  return { bins: new Float64Array(bins), nan: 0 };
}

/** Adds what `from` counted. */
export function addCounts(into: Counts, from: Counts): void {
  for (let i = 0; i < into.bins.length; i++) into.bins[i]! += from.bins[i]!;
  into.nan += from.nan;
}

const MAGIC = 0x4c54_4d4c;
const HEAD = 40;

/**
 * Counts as bytes, little-endian: "LMTL", bytes of a count (4 or 8) as uint32, then as float64 the number of bins, the first
 * that isn't 0, how many follow from there, and NaN; then those counts as uint32 or float64.
 */
export function packCounts({ bins, nan }: Counts): Uint8Array {
  let first = 0;
  while (first < bins.length && bins[first] === 0) first++;
  let end = bins.length;
  while (end > first && bins[end - 1] === 0) end--;
  const used = bins.subarray(first, end);
  const width = used.every((n) => n < 2 ** 32) ? 4 : 8;
  const bytes = new Uint8Array(HEAD + width * used.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, MAGIC, true);
  view.setUint32(4, width, true);
  for (const [i, value] of [bins.length, first, used.length, nan].entries())
    view.setFloat64(8 + 8 * i, value, true);
  const counts = width === 4 ? Uint32Array.from(used) : used;
  bytes.set(new Uint8Array(counts.buffer, counts.byteOffset, counts.byteLength), HEAD);
  return bytes;
}

/** Reads what packCounts wrote. CHUNK_DECODE for anything else. */
export function unpackCounts(bytes: Uint8Array): Counts {
  if (bytes.length < HEAD) throw notCounts();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const width = view.getUint32(4, true);
  const [length, first, used, nan] = [0, 1, 2, 3].map((i) => view.getFloat64(8 + 8 * i, true)) as [
    number,
    number,
    number,
    number,
  ];
  if (
    view.getUint32(0, true) !== MAGIC ||
    (width !== 4 && width !== 8) ||
    !(first >= 0 && first + used <= length && length <= 2 ** 31) ||
    bytes.length !== HEAD + width * used
  ) {
    throw notCounts();
  }
  const counts = newCounts(length);
  counts.nan = nan;
  const body = bytes.slice(HEAD).buffer;
  counts.bins.set(width === 4 ? new Uint32Array(body) : new Float64Array(body), first);
  return counts;
}

function notCounts(): LamellaError {
  return new LamellaError("CHUNK_DECODE", "the bytes aren't partial counts of a histogram", {
    hint: "The run's intermediate objects are damaged or of another version: run again without --resume.",
  });
}
