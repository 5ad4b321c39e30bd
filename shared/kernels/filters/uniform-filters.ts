import type { AxisFilter } from "../separable.ts";

/**
 * The filters of a mean over `size` elements along each axis, first axis first. An even size looks one element further
 * down than up; `origin` moves the elements down the axis, so the result up it, as in scipy.
 */
export function uniformFilters(size: readonly number[], origin: readonly number[]): AxisFilter[] {
  return size.flatMap((n, axis): AxisFilter[] => {
    if (n <= 1) return [];
    const before = Math.floor(n / 2) + origin[axis]!;
    const centred = n % 2 === 1 && origin[axis] === 0;
    const shape = centred
      ? { weights: new Float64Array(before + 1).fill(1), symmetry: "even" as const }
      : { weights: new Float64Array(n).fill(1), symmetry: "none" as const, before };
    return [{ axis, ...shape, divisor: n }];
  });
}
