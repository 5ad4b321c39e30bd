import fc from "fast-check";
import { randomOf } from "../support/sample-data.ts";

/** How many times as many runs: for a longer search, `LAMELLA_PROPERTY_RUNS=20 npx vitest run test/properties`. */
export const MORE = Number(process.env["LAMELLA_PROPERTY_RUNS"] ?? 1);

/** Seeds of `Draw`. They aren't shrunk: a smaller seed is no simpler a case. */
export const seeds: fc.Arbitrary<number> = fc.noShrink(fc.integer({ min: 1, max: 2 ** 31 - 1 }));

/** Random choices one after another, the same for a seed. */
export class Draw {
  readonly #random: () => number;

  constructor(seed: number) {
    this.#random = randomOf(seed);
    // The first numbers of neighbouring seeds are alike.
    for (let i = 0; i < 4; i++) this.#random();
  }

  int(min: number, max: number): number {
    return min + Math.floor(this.#random() * (max - min + 1));
  }

  pick<T>(values: readonly T[]): T {
    return values[this.int(0, values.length - 1)]!;
  }

  chance(percent: number): boolean {
    return this.int(1, 100) > 100 - percent;
  }

  /** One value for each of `count` places. */
  list<T>(count: number, one: (i: number) => T): T[] {
    return Array.from({ length: count }, (_, i) => one(i));
  }

  shuffled<T>(values: readonly T[]): T[] {
    const rest = [...values];
    return values.map(() => rest.splice(this.int(0, rest.length - 1), 1)[0]!);
  }

  /** A shape of some axes, sizes 0 and 1 among them, with at most `most` elements. */
  shape(minRank: number, maxRank: number, most: number): number[] {
    const shape = this.list(this.int(minRank, maxRank), () =>
      this.chance(6) ? 0 : this.chance(12) ? 1 : this.int(2, 11),
    );
    while (shape.reduce((a, b) => a * b, 1) > most) {
      const longest = shape.indexOf(Math.max(...shape));
      shape[longest] = Math.ceil(shape[longest]! / 2);
    }
    return shape;
  }

  chunks(shape: readonly number[]): number[] {
    return shape.map((n) => this.int(Math.max(1, Math.ceil(n / 4)), Math.max(1, n)));
  }
}

/** Runs a check, and says on failure what was checked. */
export async function telling(what: () => unknown, check: () => Promise<void>): Promise<void> {
  try {
    await check();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new Error(`${message}\n${JSON.stringify(what())}`, { cause: error });
  }
}
