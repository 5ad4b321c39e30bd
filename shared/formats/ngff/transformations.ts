import { isRecord } from "./attributes.ts";

/** Index to position along each axis: index x scale + translation. */
export interface Transformation {
  readonly scale: readonly number[];
  readonly translation: readonly number[];
}

export interface ReadRules {
  /** Which transformations don't count. */
  readonly skip: (transformation: { readonly [key: string]: unknown }) => boolean;
  /** The error to throw for a problem. */
  readonly fail: (problem: string) => Error;
}

export function identity(rank: number): Transformation {
  return { scale: new Array<number>(rank).fill(1), translation: new Array<number>(rank).fill(0) };
}

/** The transformation that is `inner`, then `outer`. */
export function combine(inner: Transformation, outer: Transformation): Transformation {
  return {
    scale: inner.scale.map((scale, i) => scale * outer.scale[i]!),
    translation: inner.translation.map((offset, i) => offset * outer.scale[i]! + outer.translation[i]!),
  };
}

/**
 * A list of `coordinateTransformations`, applied in its order, as one; undefined where there is none. Known are
 * "scale", "translation" and "identity", and 0.6's "sequence" of these. Source: OME-NGFF 0.4, 0.5 and 0.6,
 * "coordinateTransformations".
 */
export function readTransformations(
  value: unknown,
  rank: number,
  rules: ReadRules,
): Transformation | undefined {
  if (value === undefined) return undefined;
  if (!Array.isArray(value)) throw rules.fail("it is no list");
  return value.reduce<Transformation>((before, item: unknown) => {
    if (!isRecord(item)) throw rules.fail("it has something that is no transformation");
    if (rules.skip(item)) return before;
    const { type } = item;
    if (type === "identity") return before;
    if (type === "sequence") {
      const steps: unknown = item["transformations"];
      // A sequence holds no sequences.
      if (!Array.isArray(steps) || steps.some((step) => isRecord(step) && step["type"] === "sequence"))
        throw rules.fail("a sequence is no list of other transformations");
      return combine(before, readTransformations(steps, rank, rules) ?? identity(rank));
    }
    if (type !== "scale" && type !== "translation")
      throw rules.fail(`type ${JSON.stringify(type)} isn't known`);
    const numbers = item[type];
    if (!Array.isArray(numbers) || numbers.length !== rank || !numbers.every((n) => Number.isFinite(n))) {
      throw rules.fail(`${type} is no list of ${rank} numbers, one per axis`);
    }
    return combine(before, { ...identity(rank), [type]: numbers });
  }, identity(rank));
}
