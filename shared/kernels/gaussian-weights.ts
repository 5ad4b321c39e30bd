import { LamellaError } from "../errors.ts";

/** The radius that scipy gives a Gaussian, in elements: `round(truncate * sigma)`. */
export function gaussianRadius(sigma: number, truncate: number): number {
  return Math.trunc(truncate * sigma + 0.5);
}

/** Elements that a Gaussian may reach; its weights are kept as a list. */
const MOST_RADIUS = 2 ** 22;

/**
 * The weights of a Gaussian or of its derivative at distances 0 to `radius`; on the other side they are the same for
 * an even order, negated for an odd one. In double precision, normalised before the derivative is taken. Equals
 * scipy.ndimage._filters._gaussian_kernel1d, reversed as gaussian_filter1d correlates with it. Throws
 * INVALID_ARGS where it reaches too far.
 */
export function gaussianWeights(sigma: number, order: number, radius: number): Float64Array {
  if (!(radius <= MOST_RADIUS)) {
    throw new LamellaError("INVALID_ARGS", `a Gaussian of sigma ${sigma} reaches ${radius} elements far`, {
      hint: `At most ${MOST_RADIUS} can be: use a smaller sigma, truncate or radius.`,
    });
  }
  const variance = sigma * sigma;
  const bell = Float64Array.from({ length: radius + 1 }, (_, x) => Math.exp((-0.5 / variance) * (x * x)));
  let sum = 0;
  for (let x = radius; x > 0; x--) sum += 2 * bell[x]!;
  sum += bell[0]!;
  const factor = derivativePolynomial(variance, order);
  // Correlation meets the kernel reversed, which negates an odd one.
  const sign = order % 2 === 1 ? -1 : 1;
  // Adding 0 makes a centre of -0 a plain 0.
  return bell.map((value, x) => sign * horner(factor, x) * (value / sum) + 0);
}

/** The coefficients of q where the derivative of that order of exp(-x²/2σ²) is q(x) exp(-x²/2σ²). */
function derivativePolynomial(variance: number, order: number): number[] {
  let q = [1];
  for (let i = 0; i < order; i++) {
    const next = new Array<number>(q.length + 1).fill(0);
    for (const [power, c] of q.entries()) {
      if (power > 0) next[power - 1]! += power * c;
      next[power + 1]! -= c / variance;
    }
    q = next;
  }
  return q;
}

function horner(coefficients: readonly number[], x: number): number {
  return coefficients.reduceRight((value, c) => value * x + c, 0);
}
