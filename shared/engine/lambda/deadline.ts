/** What is kept of a function's time to write down how far it came, and to answer. */
export const RESERVE_MS = 15_000;
/** A task that takes longer than the longest before it by this much still ends in time. */
export const LONGER = 1.5;

/** A child execution: when it began, and how long it lives. */
export interface ChildLife {
  readonly startedAt: string;
  readonly seconds: number;
}

/** How long an invocation may go on: until its function's end or its child execution's, whichever comes first. */
export class Deadline {
  readonly #functionMs: () => number;
  readonly #childEnd: number;

  constructor(functionMs: () => number, child?: ChildLife) {
    this.#functionMs = functionMs;
    const began = child === undefined ? Number.NaN : Date.parse(child.startedAt);
    this.#childEnd = Number.isNaN(began) ? Number.POSITIVE_INFINITY : began + child!.seconds * 1000;
  }

  /** Milliseconds until work must have stopped. */
  get leftMs(): number {
    return Math.min(this.#functionMs(), this.#childEnd - Date.now()) - RESERVE_MS;
  }

  /** Whether it is the child execution that ends, and not the function: its batch may have longer in another. */
  get isChilds(): boolean {
    return this.#childEnd - Date.now() < this.#functionMs();
  }

  /** Whether another task is likely to end in time, where the longest so far took so many milliseconds. */
  allows(longestMs: number): boolean {
    return this.leftMs > LONGER * longestMs;
  }

  /** Whether another invocation has time left in the same child. */
  get childGoesOn(): boolean {
    return this.#childEnd - Date.now() > 4 * RESERVE_MS;
  }
}
