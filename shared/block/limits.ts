import { LamellaError } from "../errors.ts";

/** Blocks along an axis, at most: the sizes of all of them are kept as a list. */
export const MOST_BLOCKS = 2 ** 22;

/** Throws INVALID_ARGUMENT where an axis would have too many blocks; before a list of them is made. */
export function requireFewBlocks(count: number, what: string): void {
  if (count <= MOST_BLOCKS) return;
  throw new LamellaError("INVALID_ARGUMENT", `${what} would have ${count} chunks along an axis`, {
    hint: `There can be ${MOST_BLOCKS} at most: use larger chunks, or a smaller result.`,
  });
}

/** Throws INVALID_ARGUMENT where a shape has more elements than a double counts exactly. */
export function requireCountable(shape: readonly number[], step: string): void {
  const count = shape.reduce((product, n) => product * n, 1);
  if (shape.every(Number.isSafeInteger) && count <= Number.MAX_SAFE_INTEGER) return;
  throw new LamellaError(
    "INVALID_ARGUMENT",
    `step ${step}: a result of ${shape.join(" x ")} elements is too large`,
    { hint: "An array has less than 2^53 elements." },
  );
}
