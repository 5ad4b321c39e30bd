/**
 * Items in as many contiguous shares as there are takers, since near items read the same chunks and each taker keeps its own.
 * Who is done with his share helps out at the end of the largest one that is left.
 */
export class Shares<T> {
  readonly #items: readonly T[];
  readonly #left: { start: number; end: number }[];

  constructor(items: readonly T[], takers: number) {
    this.#items = items;
    this.#left = Array.from({ length: takers }, (_, i) => ({
      start: Math.floor((i * items.length) / takers),
      end: Math.floor(((i + 1) * items.length) / takers),
    }));
  }

  /** The next item for a taker; undefined when none is left. */
  next(taker: number): T | undefined {
    const own = this.#left[taker]!;
    if (own.start < own.end) return this.#items[own.start++];
    const largest = this.#left.reduce((a, b) => (b.end - b.start > a.end - a.start ? b : a));
    return largest.start < largest.end ? this.#items[--largest.end] : undefined;
  }

  /** Nobody gets another item. */
  stop(): void {
    this.#left.fill({ start: 0, end: 0 });
  }
}
