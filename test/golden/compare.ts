import { type Block, sizeOf } from "../../shared/block/block.ts";
import { isBigInt } from "../../shared/block/dtype.ts";
import type { GoldenCase } from "../support/golden.ts";

/** How far a result is from what was expected. */
export interface Comparison {
  readonly matches: boolean;
  /** The largest difference of elements that are numbers in both; of labels: how many elements are of another object. */
  readonly maxError: number;
  /** Elements beyond the tolerance. */
  readonly beyond: number;
}

/** Compares as the golden index says: exactly, within atol + rtol * |expected|, as partitions, or with a share that may differ. */
export function compare(got: Block, want: Block, golden: GoldenCase): Comparison {
  if (`${got.shape}` !== `${want.shape}`) throw new Error(`shape [${got.shape}], not [${want.shape}]`);
  if (golden.compare === "partition") return comparePartitions(got, want);
  const count = sizeOf(want.shape);
  let maxError = 0;
  let beyond = 0;
  for (let i = 0; i < count; i++) {
    const [error, allowed] = differenceAt(got, want, i, golden);
    if (error <= allowed) {
      maxError = Math.max(maxError, error);
      continue;
    }
    beyond++;
    maxError = Math.max(maxError, Number.isNaN(error) ? Infinity : error);
  }
  const share = Number(/^mismatch<=(.+)$/.exec(golden.compare)?.[1] ?? 0);
  return { matches: beyond <= share * count, maxError, beyond };
}

function differenceAt(got: Block, want: Block, i: number, { atol, rtol }: GoldenCase): [number, number] {
  if (isBigInt(got.dtype) && isBigInt(want.dtype)) {
    const difference = (got.data[i] as bigint) - (want.data[i] as bigint);
    return [Math.abs(Number(difference)), atol + rtol * Math.abs(Number(want.data[i]))];
  }
  const [a, b] = [Number(got.data[i]), Number(want.data[i])];
  if (a === b || (Number.isNaN(a) && Number.isNaN(b))) return [0, 0];
  return [Math.abs(a - b), Number.isFinite(b) ? atol + rtol * Math.abs(b) : -1];
}

/** Equal up to the numbers of the labels; 0 is 0. */
function comparePartitions(got: Block, want: Block): Comparison {
  const there = new Map<number, number>([[0, 0]]);
  const back = new Map<number, number>([[0, 0]]);
  let beyond = 0;
  for (let i = 0; i < want.data.length; i++) {
    const [a, b] = [Number(got.data[i]), Number(want.data[i])];
    if (!there.has(a) && !back.has(b)) {
      there.set(a, b);
      back.set(b, a);
    }
    if (there.get(a) !== b || back.get(b) !== a) beyond++;
  }
  return { matches: beyond === 0, maxError: beyond, beyond };
}

/** The tolerance in words. */
export function tolerance({ compare, atol, rtol }: GoldenCase): string {
  const share = /^mismatch<=(.+)$/.exec(compare)?.[1];
  if (share !== undefined) return `${Number(share) * 100} % of the elements`;
  if (compare === "partition") return "the same objects";
  if (atol === 0 && rtol === 0) return "exact";
  return [...(atol ? [`${atol}`] : []), ...(rtol ? [`${rtol} of the value`] : [])].join(" + ");
}
