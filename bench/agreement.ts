import type { Block } from "../shared/block/block.ts";

/** How far a value may be from the expected one: atol + rtol * |expected|. Absent: they are equal. */
export interface Tolerance {
  readonly atol?: number;
  readonly rtol?: number;
}

/** What is wrong with results that should agree; undefined where nothing is. Dtypes may differ, values and shapes not. */
export function disagreement(
  got: readonly Block[],
  want: readonly Block[],
  { atol = 0, rtol = 0 }: Tolerance = {},
): string | undefined {
  if (got.length !== want.length) return `${got.length} results, not ${want.length}`;
  for (const [i, ours] of got.entries()) {
    const theirs = want[i]!;
    const which = got.length === 1 ? "" : `result ${i}: `;
    if (String(ours.shape) !== String(theirs.shape))
      return `${which}shape [${ours.shape}], not [${theirs.shape}]`;
    let beyond = 0;
    let first = -1;
    for (let k = 0; k < theirs.data.length; k++) {
      const a = Number(ours.data[k]!);
      const b = Number(theirs.data[k]!);
      if (a === b || (Number.isNaN(a) && Number.isNaN(b)) || Math.abs(a - b) <= atol + rtol * Math.abs(b))
        continue;
      beyond++;
      if (first < 0) first = k;
    }
    if (beyond > 0)
      return `${which}${beyond} of ${theirs.data.length} elements differ, element ${first} is ${ours.data[first]}, not ${theirs.data[first]}`;
  }
  return undefined;
}
