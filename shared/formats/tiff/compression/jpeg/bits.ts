/**
 * The entropy-coded bits of a scan (ITU-T T.81, annex F.2.2.5): 0xFF bytes are followed by a stuffed 0, any other
 * second byte is a marker and ends them.
 */
export class BitReader {
  /** Next byte to take. */
  at: number;
  readonly #bytes: Uint8Array;
  #bits = 0;
  #held = 0;
  /** Bits held that are made up, after the data's end. */
  #padding = 0;

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes;
    this.at = at;
  }

  /** The next `n` bits, at most 16, without taking them. */
  peek(n: number): number {
    if (this.#held < n) this.#fill();
    return (this.#bits >> (this.#held - n)) & ((1 << n) - 1);
  }

  skip(n: number): void {
    this.#held -= n;
    if (this.#held < this.#padding) throw new Error("the JPEG data ends early");
  }

  take(n: number): number {
    const value = this.peek(n);
    this.skip(n);
    return value;
  }

  /** A number of `n` bits in JPEG's sign convention (T.81, F.2.2.1 EXTEND). */
  signed(n: number): number {
    if (n === 0) return 0;
    const value = this.take(n);
    return value < 1 << (n - 1) ? value - (1 << n) + 1 : value;
  }

  /** Drops what is left of the byte, and steps over a restart marker. */
  restart(): void {
    this.#bits = 0;
    this.#held = 0;
    this.#padding = 0;
    const bytes = this.#bytes;
    while (bytes[this.at] === 0xff && bytes[this.at + 1] === 0xff) this.at++;
    const marker = bytes[this.at] === 0xff ? (bytes[this.at + 1] ?? 0) : 0;
    if (marker < 0xd0 || marker > 0xd7) throw new Error("a JPEG restart marker is missing");
    this.at += 2;
  }

  #fill(): void {
    const bytes = this.#bytes;
    while (this.#held <= 16) {
      let byte = 0;
      if (this.at < bytes.length && (bytes[this.at] !== 0xff || bytes[this.at + 1] === 0)) {
        byte = bytes[this.at]!;
        this.at += byte === 0xff ? 2 : 1;
      } else {
        this.#padding += 8;
      }
      this.#bits = (this.#bits << 8) | byte;
      this.#held += 8;
    }
  }
}

const LOOKUP_BITS = 9;

/** A Huffman table (T.81, annex C): codes of up to nine bits are looked up, longer ones found by their length. */
export class HuffmanTable {
  /** Length and value by the next nine bits; 0 for longer codes. */
  readonly #lookup = new Uint16Array(1 << LOOKUP_BITS);
  /** Largest code of each length, -1 where there is none, and where its values start. */
  readonly #maxCode = new Int32Array(17).fill(-1);
  readonly #offset = new Int32Array(17);
  readonly #values: Uint8Array;

  constructor(counts: Uint8Array, values: Uint8Array) {
    this.#values = values;
    let code = 0;
    let index = 0;
    for (let length = 1; length <= 16; length++) {
      const count = counts[length - 1]!;
      if (code + count > 1 << length) throw new Error("a JPEG Huffman table is overfull");
      this.#offset[length] = index - code;
      if (count > 0) this.#maxCode[length] = code + count - 1;
      for (let i = 0; i < count; i++, index++, code++) {
        if (length > LOOKUP_BITS) continue;
        const shift = LOOKUP_BITS - length;
        this.#lookup.fill((length << 8) | values[index]!, code << shift, (code + 1) << shift);
      }
      code <<= 1;
    }
  }

  decode(bits: BitReader): number {
    const found = this.#lookup[bits.peek(LOOKUP_BITS)]!;
    if (found !== 0) {
      bits.skip(found >> 8);
      return found & 0xff;
    }
    const next = bits.peek(16);
    for (let length = LOOKUP_BITS + 1; length <= 16; length++) {
      const code = next >> (16 - length);
      if (code <= this.#maxCode[length]!) {
        bits.skip(length);
        return this.#values[code + this.#offset[length]!]!;
      }
    }
    throw new Error("a JPEG Huffman code is in no table");
  }
}
