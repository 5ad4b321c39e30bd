import { EVEN, type RangeDecoder } from "./range-decoder.ts";

const STATES = 12;
const POSITIONS = 16;
/** From this state on, the last symbol was a match. */
const FIRST_MATCH_STATE = 7;
const LENGTH_SIZE = 2 + POSITIONS * 8 * 2 + 256;

// Where each kind of probability starts in one array.
const IS_MATCH = 0;
const IS_REP = IS_MATCH + STATES * POSITIONS;
const IS_REP_0 = IS_REP + STATES;
const IS_REP_1 = IS_REP_0 + STATES;
const IS_REP_2 = IS_REP_1 + STATES;
const IS_REP_0_LONG = IS_REP_2 + STATES;
const SLOT = IS_REP_0_LONG + STATES * POSITIONS;
const SPECIAL = SLOT + 4 * 64;
const ALIGN = SPECIAL + 128;
const MATCH_LENGTH = ALIGN + 16;
const REP_LENGTH = MATCH_LENGTH + LENGTH_SIZE;
const LITERAL = REP_LENGTH + LENGTH_SIZE;

/**
 * LZMA symbols into an output that is their dictionary too. The algorithm is the one of the LZMA specification in
 * Igor Pavlov's SDK.
 */
export class LzmaDecoder {
  /** Bytes written so far. */
  written = 0;
  /** Where the dictionary begins. */
  dictionary = 0;
  readonly out: Uint8Array;
  #probabilities = new Uint16Array(LITERAL);
  #state = 0;
  readonly #distances = [0, 0, 0, 0] as [number, number, number, number];
  #literalContext = 0;
  #literalPosition = 0;
  #positionMask = 0;

  constructor(limit: number) {
    this.out = new Uint8Array(limit);
  }

  /** The byte of lc, lp and pb. Throws an Error where it is none, or asks for more than LZMA2 allows. */
  setProperties(byte: number): void {
    const lc = byte % 9;
    const lp = Math.floor(byte / 9) % 5;
    const pb = Math.floor(byte / 45);
    if (pb > 4 || lc + lp > 4) throw new Error(`LZMA properties ${byte} are none`);
    this.#literalContext = lc;
    this.#literalPosition = (1 << lp) - 1;
    this.#positionMask = (1 << pb) - 1;
    this.#probabilities = new Uint16Array(LITERAL + (0x300 << (lc + lp)));
  }

  reset(): void {
    this.#probabilities.fill(EVEN);
    this.#state = 0;
    this.#distances.fill(0);
  }

  /** Decodes symbols until `count` more bytes are written. Throws an Error where they don't fit. */
  decode(range: RangeDecoder, count: number): void {
    const stop = this.written + count;
    const p = this.#probabilities;
    while (this.written < stop) {
      const position = (this.written - this.dictionary) & this.#positionMask;
      if (range.bit(p, IS_MATCH + this.#state * POSITIONS + position) === 0) {
        this.#literal(range);
        continue;
      }
      const length =
        range.bit(p, IS_REP + this.#state) === 0
          ? this.#match(range, position)
          : this.#repeat(range, position);
      this.#copy(length, stop);
    }
  }

  #literal(range: RangeDecoder): void {
    const { out, written } = this;
    const p = this.#probabilities;
    const place = written - this.dictionary;
    const previous = place > 0 ? out[written - 1]! : 0;
    const context =
      ((place & this.#literalPosition) << this.#literalContext) + (previous >> (8 - this.#literalContext));
    const base = LITERAL + 0x300 * context;
    let symbol = 1;
    if (this.#state >= FIRST_MATCH_STATE) {
      let matched = out[written - this.#distances[0] - 1]!;
      do {
        const expected = (matched >> 7) & 1;
        matched <<= 1;
        const bit = range.bit(p, base + ((1 + expected) << 8) + symbol);
        symbol = (symbol << 1) | bit;
        if (bit !== expected) break;
      } while (symbol < 0x100);
    }
    while (symbol < 0x100) symbol = (symbol << 1) | range.bit(p, base + symbol);
    out[this.written++] = symbol;
    this.#state = this.#state < 4 ? 0 : this.#state < 10 ? this.#state - 3 : this.#state - 6;
  }

  /** A match at a new distance: its length. */
  #match(range: RangeDecoder, position: number): number {
    const distances = this.#distances;
    distances.copyWithin(1, 0, 3);
    const length = this.#length(range, MATCH_LENGTH, position);
    this.#state = this.#state < FIRST_MATCH_STATE ? 7 : 10;
    const slot = range.tree(this.#probabilities, SLOT + Math.min(length - 2, 3) * 64, 6);
    if (slot < 4) {
      distances[0] = slot;
      return length;
    }
    const bits = (slot >> 1) - 1;
    const base = (2 | (slot & 1)) * 2 ** bits;
    distances[0] =
      slot < 14
        ? base + range.reverseTree(this.#probabilities, SPECIAL + base - slot, bits)
        : base + range.direct(bits - 4) * 16 + range.reverseTree(this.#probabilities, ALIGN, 4);
    return length;
  }

  /** A match at one of the last four distances: its length. */
  #repeat(range: RangeDecoder, position: number): number {
    const p = this.#probabilities;
    const distances = this.#distances;
    const state = this.#state;
    if (range.bit(p, IS_REP_0 + state) === 0) {
      if (range.bit(p, IS_REP_0_LONG + state * POSITIONS + position) === 0) {
        this.#state = state < FIRST_MATCH_STATE ? 9 : 11;
        return 1;
      }
    } else {
      const which = range.bit(p, IS_REP_1 + state) === 0 ? 1 : 2 + range.bit(p, IS_REP_2 + state);
      const distance = distances[which]!;
      distances.copyWithin(1, 0, which);
      distances[0] = distance;
    }
    this.#state = state < FIRST_MATCH_STATE ? 8 : 11;
    return this.#length(range, REP_LENGTH, position);
  }

  #length(range: RangeDecoder, base: number, position: number): number {
    const p = this.#probabilities;
    if (range.bit(p, base) === 0) return 2 + range.tree(p, base + 2 + position * 8, 3);
    if (range.bit(p, base + 1) === 0) return 10 + range.tree(p, base + 2 + (POSITIONS + position) * 8, 3);
    return 18 + range.tree(p, base + 2 + 2 * POSITIONS * 8, 8);
  }

  #copy(length: number, stop: number): void {
    const { out, written } = this;
    const from = written - this.#distances[0] - 1;
    if (from < this.dictionary) throw new Error("an LZMA match begins before the data");
    if (written + length > stop) throw new Error("an LZMA match goes beyond the data");
    for (let i = 0; i < length; i++) out[written + i] = out[from + i]!;
    this.written += length;
  }
}
