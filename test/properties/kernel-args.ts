import type { Draw } from "./draw.ts";

type Args = { readonly [name: string]: unknown };

const MODES = ["reflect", "constant", "nearest", "mirror", "wrap"];

const mode = (draw: Draw): Args => ({ mode: draw.pick(MODES), cval: draw.pick([0, 3]) });
const sizes = (draw: Draw, rank: number): number[] => draw.list(rank, () => draw.int(1, 3));
const window = (draw: Draw, rank: number): Args => ({ size: sizes(draw, rank), ...mode(draw) });
const binary = (draw: Draw, rank: number): Args => ({
  ...(draw.chance(50) ? { size: sizes(draw, rank) } : { connectivity: draw.int(1, Math.max(1, rank)) }),
  iterations: draw.int(1, 2),
  borderValue: draw.int(0, 1),
});
const edges = (draw: Draw, rank: number): Args => ({
  ...(rank > 0 && draw.chance(50) ? { axis: draw.int(-rank, rank - 1) } : {}),
  ...mode(draw),
});
const derivative = (draw: Draw): Args => ({ sigma: draw.pick([0.4, 0.8]), truncate: draw.pick([2, 3]) });
const connected = (draw: Draw, rank: number): Args => ({ connectivity: draw.int(1, Math.max(1, rank)) });

/** Weights of up to 3 elements per axis, as nested lists. */
function weights(draw: Draw, rank: number): Args {
  const size = draw.list(rank, () => draw.pick([1, 2, 3]));
  const regular = (axis: number): unknown =>
    axis === rank ? draw.int(-2, 3) : draw.list(size[axis]!, () => regular(axis + 1));
  return { weights: regular(0), ...mode(draw) };
}

const UNSIGNED = /^(bool|uint)/;

/** Of kernels that refuse some elements when they meet them: the dtypes whose every element they take. */
export const SAFE_DTYPES: { readonly [kernel: string]: RegExp } = {
  adjustGamma: UNSIGNED,
  adjustLog: UNSIGNED,
  adjustSigmoid: UNSIGNED,
  equalizeAdapthist: /int|bool/,
};

/** Random arguments for each kernel of the registry. */
export const KERNEL_ARGS: { readonly [kernel: string]: (draw: Draw, rank: number) => Args } = {
  adjustGamma: () => ({ gamma: 0.5 }),
  adjustLog: (draw) => ({ inv: draw.chance(50) }),
  adjustSigmoid: (draw) => ({ inv: draw.chance(50) }),
  binaryClosing: binary,
  binaryDilation: binary,
  binaryErosion: binary,
  binaryOpening: binary,
  blackTophat: window,
  canny: (draw) => ({ sigma: draw.pick([0.5, 1]), lowThreshold: 3, highThreshold: draw.pick([6, 20]) }),
  cannyEdges: (draw) => ({ sigma: draw.pick([0.5, 1]), lowThreshold: 3, highThreshold: 20 }),
  closing: window,
  convolve: weights,
  correlate: weights,
  differenceOfGaussians: (draw) => ({ lowSigma: 0.5, highSigma: 0.8, truncate: 2, ...mode(draw) }),
  dilation: window,
  distancePass: (draw, rank) => ({ axis: draw.int(0, rank - 1), first: true, last: draw.chance(50) }),
  distanceTransformEdt: (draw) => ({ sampling: draw.pick([1, 0.5]) }),
  equalizeAdapthist: (draw) => ({ nbins: draw.pick([16, 256]) }),
  equalizeHist: (draw) => ({ nbins: draw.pick([16, 256]) }),
  erosion: window,
  expandLabels: (draw) => ({ distance: draw.pick([1, 1.5, 2]) }),
  fillHoles: connected,
  gaussian: (draw) => ({ ...derivative(draw), order: draw.pick([0, 0, 1, 2]), ...mode(draw) }),
  gaussianGradientMagnitude: (draw) => ({ ...derivative(draw), ...mode(draw) }),
  gaussianLaplace: (draw) => ({ ...derivative(draw), ...mode(draw) }),
  greyClosing: window,
  greyDilation: window,
  greyErosion: window,
  greyOpening: window,
  hysteresisLevels: () => ({ low: 20, high: 60 }),
  invert: () => ({}),
  label: connected,
  laplace: mode,
  maximum: window,
  median: window,
  minimum: window,
  opening: window,
  peakLocalMax: (draw) => ({ minDistance: draw.int(1, 2) }),
  percentile: (draw, rank) => ({ percentile: draw.pick([0, 25, 70, 100]), ...window(draw, rank) }),
  prewitt: edges,
  rank: (draw, rank) => ({ rank: draw.pick([0, -1]), ...window(draw, rank) }),
  removeSmallHoles: (draw, rank) => ({ maxSize: draw.int(1, 6), ...connected(draw, rank) }),
  removeSmallObjects: (draw, rank) => ({ minSize: draw.int(1, 6), ...connected(draw, rank) }),
  rescaleIntensity: (draw) => ({
    inRange: draw.pick(["image", [10, 80]]),
    outRange: draw.pick(["uint8", [0, 1], "dtype"]),
  }),
  richardsonLucy: (draw) => ({ sigma: 0.4, numIter: draw.int(1, 2), clip: draw.chance(50) }),
  rollingBall: (draw) => ({ radius: draw.pick([1, 2, 3.5]) }),
  sobel: edges,
  threshold: (draw) => ({ above: draw.int(0, 100) }),
  thresholdLocal: (draw) => ({ blockSize: 3, method: draw.pick(["gaussian", "mean"]), ...mode(draw) }),
  uniform: window,
  unsharpMask: (draw) => ({ radius: 0.5, amount: 2, preserveRange: draw.chance(50) }),
  whiteTophat: window,
};
