import { LamellaError } from "../../errors.ts";

/**
 * The axes that a reduction's `axis` means, ascending, as in numpy: null or undefined is all of them, a negative one
 * counts from the end. INVALID_ARGUMENT for one that isn't there or is named twice.
 */
export function reducedAxes(axis: number | readonly number[] | null | undefined, ndim: number): number[] {
  if (axis === null || axis === undefined) return Array.from({ length: ndim }, (_, i) => i);
  const axes = (typeof axis === "number" ? [axis] : axis).map((a) => {
    if (Number.isInteger(a) && a >= -ndim && a < ndim) return a < 0 ? a + ndim : a;
    throw new LamellaError(
      "INVALID_ARGUMENT",
      `axis ${a} is out of bounds for an array of ${ndim} dimensions`,
      {
        hint: `Axes are ${-ndim} .. ${ndim - 1}.`,
        details: { axis: a, ndim },
      },
    );
  });
  if (new Set(axes).size !== axes.length) {
    throw new LamellaError("INVALID_ARGUMENT", `axis [${axes}] names an axis twice`, {
      hint: "Name each axis once.",
    });
  }
  return axes.toSorted((a, b) => a - b);
}
