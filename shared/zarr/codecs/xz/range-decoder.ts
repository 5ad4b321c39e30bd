const PROBABILITY_BITS = 11;
const MOVE_BITS = 5;
const TOP = 2 ** 24;

/** A probability of one half, which all start from. */
export const EVEN = 1 << (PROBABILITY_BITS - 1);

/** LZMA's adaptive binary range decoder over one chunk of bytes. Beyond its end it throws an Error. */
export class RangeDecoder {
  readonly #bytes: Uint8Array;
  readonly #stop: number;
  #at: number;
  #range = 0xffffffff;
  #code = 0;

  constructor(bytes: Uint8Array, start: number, stop: number) {
    this.#bytes = bytes;
    this.#stop = stop;
    // The first byte is always 0.
    this.#at = start + 1;
    for (let i = 0; i < 4; i++) this.#code = ((this.#code << 8) | this.#next()) >>> 0;
  }

  #next(): number {
    if (this.#at >= this.#stop) throw new Error("the LZMA data ends early");
    return this.#bytes[this.#at++]!;
  }

  #normalize(): void {
    if (this.#range < TOP) {
      this.#range = (this.#range << 8) >>> 0;
      this.#code = ((this.#code << 8) | this.#next()) >>> 0;
    }
  }

  /** One bit by the probability at `index`, which learns from it. */
  bit(probabilities: Uint16Array, index: number): number {
    this.#normalize();
    const probability = probabilities[index]!;
    const bound = (this.#range >>> PROBABILITY_BITS) * probability;
    if (this.#code < bound) {
      this.#range = bound;
      probabilities[index] = probability + (((1 << PROBABILITY_BITS) - probability) >> MOVE_BITS);
      return 0;
    }
    this.#range -= bound;
    this.#code -= bound;
    probabilities[index] = probability - (probability >> MOVE_BITS);
    return 1;
  }

  /** `count` bits, highest first, by a tree of probabilities that starts at `index`. */
  tree(probabilities: Uint16Array, index: number, count: number): number {
    let node = 1;
    for (let i = 0; i < count; i++) node = (node << 1) | this.bit(probabilities, index + node);
    return node - (1 << count);
  }

  /** The same, lowest bit first. */
  reverseTree(probabilities: Uint16Array, index: number, count: number): number {
    let node = 1;
    let value = 0;
    for (let i = 0; i < count; i++) {
      const bit = this.bit(probabilities, index + node);
      node = (node << 1) | bit;
      value |= bit << i;
    }
    return value;
  }

  /** `count` bits of equal probability, highest first. */
  direct(count: number): number {
    let value = 0;
    for (let i = 0; i < count; i++) {
      this.#normalize();
      this.#range >>>= 1;
      const bit = this.#code >= this.#range ? 1 : 0;
      if (bit) this.#code -= this.#range;
      value = value * 2 + bit;
    }
    return value;
  }
}
