import { argmaxOf, inFloat32, running, type ThresholdMethod } from "./threshold-counts.ts";

/** The centre of the bin of largest correlation between both classes: skimage.filters.threshold_yen (Yen et al. 1995). */
export const yen: ThresholdMethod = ({ counts, centres, log }) => {
  const n = counts.length;
  if (n === 1) return centres[0]!;
  const f = Math.fround;
  const total = f(counts.reduce((a, b) => a + b, 0));
  const share = inFloat32(counts).map((count) => f(count / total));
  const squares = share.map((p) => f(p * p));
  const below = running(share, f);
  const squaresBelow = running(squares, f);
  const squaresAbove = running(squares, f, true);
  const criterion = new Float64Array(n - 1);
  for (let i = 0; i < n - 1; i++) {
    const inverse = f(1 / f(squaresBelow[i]! * squaresAbove[i + 1]!));
    const both = f(below[i]! * f(1 - below[i]!));
    criterion[i] = f(log(f(inverse * f(both * both))));
  }
  return centres[argmaxOf(criterion)]!;
};
