import type { SegmentCodec } from "./codec.ts";

const CLEAR = 256;
const END = 257;
const FIRST = 258;
const TABLE = 4096;
/** Twelve bits stand for at most a string of 4096 bytes. */
export const LZW_MAX_RATIO = 2731;

/**
 * LZW, TIFF 6.0 section 13: codes from the highest bit on, widened one code early. Files from before 1988 count
 * bits from the lowest, and widen in time; as in libtiff, they are known by their first two bytes.
 *
 * The strings are not stored: each code remembers where in the output its string was first written.
 */
export const lzw: SegmentCodec = {
  name: "LZW",
  codes: [5],
  maxRatio: LZW_MAX_RATIO,
  decode: (bytes, { expected }) => decodeLzw(bytes, expected),
};

/** Decodes LZW of either kind to `expected` bytes. Throws an Error saying what is wrong. */
export function decodeLzw(bytes: Uint8Array, expected: number): Uint8Array {
  return bytes[0] === 0 && (bytes[1] ?? 0) & 1 ? decodeOld(bytes, expected) : decodeNew(bytes, expected);
}

function decodeNew(bytes: Uint8Array, expected: number): Uint8Array {
  const strings = new Strings(expected);
  let bits = 0;
  let held = 0;
  let width = 9;
  for (let from = 0; strings.to < expected; ) {
    while (held < width && from < bytes.length) {
      bits = ((bits << 8) | bytes[from++]!) & 0xffffff;
      held += 8;
    }
    if (held < width) throw new Error(`the data ends after ${strings.to} of ${expected} bytes`);
    held -= width;
    const code = (bits >> held) & ((1 << width) - 1);
    if (code === END) break;
    if (code === CLEAR) {
      strings.clear();
      width = 9;
      continue;
    }
    strings.write(code);
    // One early: the encoder's table is one entry ahead of the decoder's.
    if (strings.next + 1 >= 1 << width && width < 12) width++;
  }
  return strings.result();
}

function decodeOld(bytes: Uint8Array, expected: number): Uint8Array {
  const strings = new Strings(expected);
  let bits = 0;
  let held = 0;
  let width = 9;
  for (let from = 0; strings.to < expected; ) {
    while (held < width && from < bytes.length) {
      bits |= bytes[from++]! << held;
      held += 8;
    }
    if (held < width) throw new Error(`the data ends after ${strings.to} of ${expected} bytes`);
    const code = bits & ((1 << width) - 1);
    bits >>>= width;
    held -= width;
    if (code === END) break;
    if (code === CLEAR) {
      strings.clear();
      width = 9;
      continue;
    }
    strings.write(code);
    if (strings.next >= 1 << width && width < 12) width++;
  }
  return strings.result();
}

class Strings {
  to = 0;
  next = FIRST - 1;
  readonly #out: Uint8Array;
  readonly #start = new Uint32Array(TABLE + 1);
  readonly #length = new Uint16Array(TABLE + 1);
  #previousStart = 0;
  #previousLength = 0;

  constructor(expected: number) {
    this.#out = new Uint8Array(expected);
  }

  clear(): void {
    this.next = FIRST - 1;
    this.#previousLength = 0;
  }

  /** Appends the string of `code`, and remembers the previous one with this one's first byte as a new string. */
  write(code: number): void {
    const out = this.#out;
    const at = this.to;
    // The new string is the previous one, as it lies in the output, and the byte after it, about to be written.
    if (this.next >= FIRST - 1 && this.next < TABLE) {
      if (this.#previousLength > 0) {
        this.#start[this.next] = this.#previousStart;
        this.#length[this.next] = this.#previousLength + 1;
      }
      this.next++;
    }
    let length: number;
    let start: number;
    if (code < 256) {
      out[at] = code;
      start = at;
      length = 1;
    } else {
      if (code >= this.next)
        throw new Error(`code ${code} at output byte ${at} is not in the table of ${this.next}`);
      start = this.#start[code]!;
      length = this.#length[code]!;
      const stop = Math.min(at + length, out.length);
      if (start + length <= at && length > 16) {
        out.copyWithin(at, start, start + (stop - at));
      } else {
        for (let to = at, from = start; to < stop; to++, from++) out[to] = out[from]!;
      }
    }
    this.#previousStart = at;
    this.#previousLength = length;
    this.to = Math.min(at + length, out.length);
  }

  result(): Uint8Array {
    return this.to === this.#out.length ? this.#out : this.#out.subarray(0, this.to);
  }
}
