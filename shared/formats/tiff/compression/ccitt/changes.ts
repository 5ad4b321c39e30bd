/**
 * One row of a bilevel image as the places where its colour changes, beginning with white: to black at even
 * indices, back to white at odd ones. Runs of no length don't count as changes.
 */
export class Changes {
  readonly #columns: number;
  readonly #places: Int32Array;
  #count = 0;
  #near = 0;

  constructor(columns: number) {
    this.#columns = columns;
    this.#places = new Int32Array(columns + 1);
  }

  clear(): void {
    this.#count = 0;
    this.#near = 0;
  }

  add(place: number): void {
    if (this.#count > 0 && this.#places[this.#count - 1] === place) this.#count--;
    else this.#places[this.#count++] = place;
  }

  /**
   * T.4's b1 and b2: the first change beyond `place` to the other colour than `black`, and the change after it;
   * the row's end where there is none. Asked for places that mostly go on rightwards.
   */
  beyond(place: number, black: boolean): readonly [b1: number, b2: number] {
    while (this.#near > 0 && this.#places[this.#near - 1]! > place) this.#near--;
    while (this.#near < this.#count && this.#places[this.#near]! <= place) this.#near++;
    const first = this.#near + ((this.#near & 1) === (black ? 1 : 0) ? 0 : 1);
    return [this.#at(first), this.#at(first + 1)];
  }

  #at(index: number): number {
    return index < this.#count ? this.#places[index]! : this.#columns;
  }

  /** Sets the bits of the black runs in a row of packed bits that starts at byte `start`. */
  paint(out: Uint8Array, start: number): void {
    for (let i = 0; i < this.#count; i += 2) {
      let from = this.#places[i]!;
      const to = this.#at(i + 1);
      for (; from < to && (from & 7) !== 0; from++) out[start + (from >> 3)]! |= 0x80 >> (from & 7);
      if (to - from >= 8) {
        out.fill(0xff, start + (from >> 3), start + (to >> 3));
        from = to & ~7;
      }
      for (; from < to; from++) out[start + (from >> 3)]! |= 0x80 >> (from & 7);
    }
  }
}
