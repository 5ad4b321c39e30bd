/** Bits from the highest on. Beyond the end there are zeros, and `overrun` tells. */
export class BitReader {
  readonly #bytes: Uint8Array;
  readonly #end: number;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#end = bytes.length * 8;
  }

  /** Whether more bits were taken than there are. */
  get overrun(): boolean {
    return this.#at > this.#end;
  }

  /** The next `count` bits (16 at most), without taking them. */
  peek(count: number): number {
    const byte = this.#at >> 3;
    const held =
      ((this.#bytes[byte] ?? 0) << 16) | ((this.#bytes[byte + 1] ?? 0) << 8) | (this.#bytes[byte + 2] ?? 0);
    return (held >> (24 - (this.#at & 7) - count)) & ((1 << count) - 1);
  }

  skip(count: number): void {
    this.#at += count;
  }

  align(bits: number): void {
    this.#at = Math.ceil(this.#at / bits) * bits;
  }

  /** Takes zeros up to and with the next one. */
  skipZeros(): void {
    while (this.#at < this.#end && this.peek(1) === 0) this.#at += this.peek(8) === 0 ? 8 : 1;
    this.#at++;
  }
}
