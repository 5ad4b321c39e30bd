import { allocateBytes, resolveRange } from "./bytes.ts";

/** What is read and thrown away, at most, to get at a range of an object that a server sends whole. */
const MAX_SKIPPED = 64 * 2 ** 20;

/** A response that isn't what was announced or asked for: worth another try. Adapters turn it into a coded error. */
export class BadBody extends Error {
  override readonly name = "BadBody";
}

/** All bytes of a body, which must be `expected` many where that is known. Throws BadBody. */
export async function readBody(
  body: AsyncIterable<Uint8Array>,
  expected: number | undefined,
): Promise<Uint8Array> {
  if (expected === undefined) return gather(body);
  const bytes = allocateBytes(expected);
  let done = 0;
  for await (const piece of body) {
    if (done + piece.length > expected)
      throw new BadBody(`the body is longer than the ${expected} bytes announced`);
    bytes.set(piece, done);
    done += piece.length;
  }
  if (done < expected) throw new BadBody(`the body ended after ${done} of ${expected} bytes`);
  return bytes;
}

/**
 * A range of an object whose whole body came though a range was asked for; `size` where it is announced.
 * Undefined where the range begins too far on, or nobody knows where.
 */
export async function readRangeOfWhole(
  body: AsyncIterable<Uint8Array>,
  size: number | undefined,
  offset: number,
  length: number,
): Promise<Uint8Array | undefined> {
  if (size === undefined && offset < 0) return undefined;
  const { start, end } = resolveRange(size ?? Number.POSITIVE_INFINITY, offset, length);
  return start > MAX_SKIPPED ? undefined : readSlice(body, start, end);
}

/** The bytes [start, end) of a body, which is left once they are read; fewer where it ends first. */
async function readSlice(body: AsyncIterable<Uint8Array>, start: number, end: number): Promise<Uint8Array> {
  const bytes = allocateBytes(end - start);
  let at = 0;
  let done = 0;
  for await (const piece of body) {
    const wanted = piece.subarray(Math.max(0, start - at), Math.max(0, end - at));
    bytes.set(wanted, done);
    done += wanted.length;
    at += piece.length;
    if (at >= end) break;
  }
  return done === bytes.length ? bytes : bytes.slice(0, done);
}

async function gather(body: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of body) {
    pieces.push(piece);
    size += piece.length;
  }
  const bytes = allocateBytes(size);
  let done = 0;
  for (const piece of pieces) {
    bytes.set(piece, done);
    done += piece.length;
  }
  return bytes;
}
