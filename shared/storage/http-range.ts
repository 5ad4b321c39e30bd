import { BadBody } from "./body.ts";
import { resolveRange } from "./bytes.ts";

/** The Range header for `length` (at least 1) bytes from `offset`; from the end, all up to the end (RFC 9110 14.1.2). */
export function rangeHeader(offset: number, length: number): string {
  return offset < 0 ? `bytes=${offset}` : `bytes=${offset}-${offset + length - 1}`;
}

export interface ContentRange {
  readonly start: number;
  readonly end: number;
  /** The whole object's size. */
  readonly size: number;
}

/**
 * The Content-Range of an answer to `rangeHeader`, checked to be the range that was asked for (RFC 9110 14.4).
 * Throws BadBody.
 */
export function checkContentRange(header: string, offset: number, length: number): ContentRange {
  const match = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(header);
  if (match === null) throw new BadBody(`the answer's Content-Range is ${JSON.stringify(header)}`);
  const [start, last, size] = [Number(match[1]), Number(match[2]), Number(match[3])];
  const asked = resolveRange(size, offset, offset < 0 ? -offset : length);
  if (start !== asked.start || last + 1 !== asked.end) {
    throw new BadBody(`the answer has ${header} where bytes ${asked.start}-${asked.end - 1} were asked for`);
  }
  return { start, end: last + 1, size };
}
