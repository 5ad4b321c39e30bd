import type { Json } from "../errors.ts";
import type { CodecConfig } from "./codecs/chain.ts";

/**
 * Checks of metadata documents, by hand: every thread that reads an array needs them, and a library for schemas takes longer to
 * load than the array's first chunk. Each takes a value and its place in the document, and throws what `fail` makes of what is wrong.
 */
export class Fields {
  readonly #fail: (what: string) => Error;

  constructor(fail: (what: string) => Error) {
    this.#fail = fail;
  }

  /** Throws for `value` at `place`: "chunks.1: expected a whole number". */
  refuse(place: string, expected: string): never {
    throw this.#fail(`${place}: expected ${expected}`);
  }

  object(value: unknown, place: string): { readonly [key: string]: Json } {
    if (typeof value !== "object" || value === null || Array.isArray(value)) this.refuse(place, "an object");
    return value as { readonly [key: string]: Json };
  }

  string(value: unknown, place: string): string {
    return typeof value === "string" ? value : this.refuse(place, "a string");
  }

  list<T>(value: unknown, place: string, each: (value: unknown, place: string) => T): T[] {
    if (!Array.isArray(value)) this.refuse(place, "a list");
    return value.map((entry, i) => each(entry, `${place}.${i}`));
  }

  /** Whole numbers of elements, none below `least`. */
  lengths(value: unknown, place: string, least = 0): number[] {
    return this.list(value, place, (entry, where) =>
      Number.isSafeInteger(entry) && (entry as number) >= least
        ? (entry as number)
        : this.refuse(where, `a whole number of ${least} or more`),
    );
  }

  oneOf<T extends string | number>(value: unknown, place: string, allowed: readonly T[]): T {
    const found = allowed.find((each) => each === value);
    return found ?? this.refuse(place, allowed.map((each) => JSON.stringify(each)).join(" or "));
  }

  /** An extension point of Zarr v3: a name, or an object with name and configuration. */
  named = (value: unknown, place: string): CodecConfig => {
    if (typeof value === "string") return { name: value, configuration: {} };
    const { name, configuration = {} } = this.object(value, place) as { name?: Json; configuration?: Json };
    return {
      name: this.string(name, `${place}.name`),
      configuration: this.object(configuration, `${place}.configuration`),
    };
  };
}
