import fc from "fast-check";

/** How many times as many runs: for a longer search, `LAMELLA_PROPERTY_RUNS=20 npx vitest run test/properties`. */
export const MORE = Number(process.env["LAMELLA_PROPERTY_RUNS"] ?? 1);

/** Random choices one after another, each of which fast-check can shrink. */
export class Draw {
  readonly #gen: fc.GeneratorValue;

  constructor(gen: fc.GeneratorValue) {
    this.#gen = gen;
  }

  int(min: number, max: number): number {
    return this.#gen(fc.integer, { min, max });
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
