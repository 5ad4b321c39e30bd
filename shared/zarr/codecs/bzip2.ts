import { decodeError, sizeError } from "./decode-error.ts";

const BLOCK_MAGIC = 0x314159265359;
const END_MAGIC = 0x177245385090;
const MAX_CODE_LENGTH = 20;
const GROUP_SIZE = 50;

/**
 * Decompresses bzip2 (one stream, or several in a row) to at most `most` bytes, checking each block's CRC. Throws
 * CHUNK_DECODE. Source: the bzip2 1.0 format; Node has none, and the packages that there are hold no bound.
 */
export function bzip2Decompress(bytes: Uint8Array, most: number): Uint8Array {
  const out: Sink = { bytes: new Uint8Array(most), length: 0 };
  const bits = new BitReader(bytes);
  let streams = 0;
  while (streams === 0 || bits.bytesLeft >= 4) {
    decodeStream(bits, out);
    bits.align();
    streams++;
  }
  return out.bytes.subarray(0, out.length);
}

interface Sink {
  readonly bytes: Uint8Array;
  length: number;
}

class BitReader {
  readonly #bytes: Uint8Array;
  #at = 0;
  #held = 0;
  #count = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get bytesLeft(): number {
    return this.#bytes.length - this.#at;
  }

  align(): void {
    this.#count = 0;
  }

  bit(): number {
    if (this.#count === 0) {
      if (this.#at >= this.#bytes.length) throw decodeError("bzip2", "cut short");
      this.#held = this.#bytes[this.#at++]!;
      this.#count = 8;
    }
    this.#count--;
    return (this.#held >> this.#count) & 1;
  }

  read(count: number): number {
    let value = 0;
    let left = count;
    while (left > 0) {
      if (this.#count === 0) {
        if (this.#at >= this.#bytes.length) throw decodeError("bzip2", "cut short");
        this.#held = this.#bytes[this.#at++]!;
        this.#count = 8;
      }
      const take = Math.min(left, this.#count);
      this.#count -= take;
      value = value * 2 ** take + ((this.#held >> this.#count) & ((1 << take) - 1));
      left -= take;
    }
    return value;
  }
}

function decodeStream(bits: BitReader, out: Sink): void {
  if (bits.read(24) !== 0x425a68) throw decodeError("bzip2", 'does not begin with "BZh"');
  const level = bits.read(8) - 0x30;
  if (level < 1 || level > 9) throw decodeError("bzip2", "its block size is none of 1 to 9");
  for (;;) {
    const magic = bits.read(48);
    if (magic === END_MAGIC) {
      bits.read(32);
      return;
    }
    if (magic !== BLOCK_MAGIC) throw decodeError("bzip2", "a block begins with the wrong bytes");
    decodeBlock(bits, level * 100_000, out);
  }
}

function decodeBlock(bits: BitReader, blockSize: number, out: Sink): void {
  const crc = bits.read(32);
  if (bits.bit() === 1)
    throw decodeError("bzip2", "randomised blocks, which no bzip2 since 0.9 writes, are not supported");
  const origin = bits.read(24);
  const symbols = readSymbols(bits);
  const ranks = readRanks(bits, symbols, blockSize);
  if (origin >= ranks.length) throw decodeError("bzip2", "a block's origin lies outside it");
  const start = out.length;
  undoTransform(ranks, origin, out);
  if (crcOf(out.bytes, start, out.length) !== crc) throw decodeError("bzip2", "a block's CRC differs");
}

function readSymbols(bits: BitReader): number[] {
  const used = bits.read(16);
  const symbols: number[] = [];
  for (let i = 0; i < 16; i++) {
    if ((used & (0x8000 >> i)) === 0) continue;
    const some = bits.read(16);
    for (let j = 0; j < 16; j++) if (some & (0x8000 >> j)) symbols.push(16 * i + j);
  }
  if (symbols.length === 0) throw decodeError("bzip2", "a block uses no byte");
  return symbols;
}

interface HuffmanTable {
  /** By code length: the least code, how many codes, and where their symbols begin. */
  readonly first: Int32Array;
  readonly count: Int32Array;
  readonly symbols: Int32Array;
}

/** The bytes of the block after the Burrows-Wheeler transform: Huffman, move-to-front and run lengths undone. */
function readRanks(bits: BitReader, symbols: readonly number[], blockSize: number): Uint8Array {
  const tables = bits.read(3);
  const selectorCount = bits.read(15);
  if (tables < 2 || tables > 6 || selectorCount < 1) throw decodeError("bzip2", "malformed Huffman tables");
  const order = Array.from({ length: tables }, (_, i) => i);
  const selectors = new Uint8Array(selectorCount);
  for (let i = 0; i < selectorCount; i++) {
    let rank = 0;
    while (bits.bit() === 1) if (++rank >= tables) throw decodeError("bzip2", "malformed selectors");
    const [table] = order.splice(rank, 1) as [number];
    order.unshift(table);
    selectors[i] = table;
  }
  const alphabet = symbols.length + 2;
  const huffman = Array.from({ length: tables }, () => readTable(bits, alphabet));
  const front = [...symbols];
  const block = new Uint8Array(blockSize);
  let length = 0;
  let run = 0;
  let weight = 1;
  for (let group = 0; ; group++) {
    if (group >= selectorCount) throw decodeError("bzip2", "a block has no end");
    const table = huffman[selectors[group]!]!;
    for (let i = 0; i < GROUP_SIZE; i++) {
      const symbol = readSymbol(bits, table);
      if (symbol < 2) {
        run += weight << symbol;
        weight <<= 1;
        if (run > blockSize) throw decodeError("bzip2", "a block is longer than its size");
        continue;
      }
      if (run > 0) {
        if (length + run > blockSize) throw decodeError("bzip2", "a block is longer than its size");
        block.fill(front[0]!, length, length + run);
        length += run;
        run = 0;
        weight = 1;
      }
      if (symbol === alphabet - 1) return block.subarray(0, length);
      if (length >= blockSize) throw decodeError("bzip2", "a block is longer than its size");
      const [byte] = front.splice(symbol - 1, 1) as [number];
      front.unshift(byte);
      block[length++] = byte;
    }
  }
}

function readTable(bits: BitReader, alphabet: number): HuffmanTable {
  const lengths = new Uint8Array(alphabet);
  let length = bits.read(5);
  for (let i = 0; i < alphabet; i++) {
    for (;;) {
      if (length < 1 || length > MAX_CODE_LENGTH) throw decodeError("bzip2", "malformed code lengths");
      if (bits.bit() === 0) break;
      length += bits.bit() === 0 ? 1 : -1;
    }
    lengths[i] = length;
  }
  const count = new Int32Array(MAX_CODE_LENGTH + 1);
  for (const each of lengths) count[each]!++;
  const first = new Int32Array(MAX_CODE_LENGTH + 1);
  for (let n = 1, code = 0; n <= MAX_CODE_LENGTH; n++) {
    first[n] = code;
    code = (code + count[n]!) << 1;
  }
  const order = Array.from(lengths, (_, i) => i).sort((a, b) => lengths[a]! - lengths[b]! || a - b);
  return { first, count, symbols: Int32Array.from(order) };
}

function readSymbol(bits: BitReader, { first, count, symbols }: HuffmanTable): number {
  let code = 0;
  let base = 0;
  for (let length = 1; length <= MAX_CODE_LENGTH; length++) {
    code = (code << 1) | bits.bit();
    const nth = code - first[length]!;
    if (nth >= 0 && nth < count[length]!) return symbols[base + nth]!;
    base += count[length]!;
  }
  throw decodeError("bzip2", "a code that no table has");
}

/** The inverse Burrows-Wheeler transform, and the run lengths that were coded before it: four alike, then a count. */
function undoTransform(block: Uint8Array, origin: number, out: Sink): void {
  const starts = new Uint32Array(257);
  for (const byte of block) starts[byte + 1]!++;
  for (let i = 0; i < 256; i++) starts[i + 1]! += starts[i]!;
  const next = new Uint32Array(block.length);
  for (let i = 0; i < block.length; i++) next[starts[block[i]!]!++] = i;
  let at = next[origin]!;
  let alike = 0;
  let last = -1;
  for (let i = 0; i < block.length; i++) {
    const byte = block[at]!;
    at = next[at]!;
    if (alike === 4) {
      put(out, last, byte);
      alike = 0;
      last = -1;
      continue;
    }
    alike = byte === last ? alike + 1 : 1;
    last = byte;
    put(out, byte, 1);
  }
}

function put(out: Sink, byte: number, count: number): void {
  if (out.length + count > out.bytes.length) throw sizeError("bzip2", out.bytes.length, "more");
  out.bytes.fill(byte, out.length, out.length + count);
  out.length += count;
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, i) => {
  let crc = i << 24;
  for (let bit = 0; bit < 8; bit++) crc = crc & 0x80000000 ? (crc << 1) ^ 0x04c11db7 : crc << 1;
  return crc >>> 0;
});

function crcOf(bytes: Uint8Array, start: number, stop: number): number {
  let crc = 0xffffffff;
  for (let i = start; i < stop; i++) crc = ((crc << 8) ^ CRC_TABLE[(crc >>> 24) ^ bytes[i]!]!) >>> 0;
  return ~crc >>> 0;
}
