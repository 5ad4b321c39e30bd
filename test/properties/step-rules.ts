import type { DType } from "../../shared/block/dtype.ts";
import { DTYPES } from "../../shared/block/dtype.ts";
import { allKernels } from "../../shared/kernels/registry.ts";
import type { Draw } from "./draw.ts";
import { KERNEL_ARGS, SAFE_DTYPES } from "./kernel-args.ts";

/** What a step is drawn for: one input or earlier step, and the others that there are. */
export interface Given {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly others: readonly {
    readonly name: string;
    readonly shape: readonly number[];
    readonly dtype: DType;
  }[];
}

type Rule = (draw: Draw, given: Given) => object;

const BOUNDARIES = ["reflect", "mirror", "wrap", "nearest", "none", 5];
const axisOf = (draw: Draw, { shape }: Given) => draw.int(-shape.length, shape.length - 1);
const perAxis = <T>(draw: Draw, { shape }: Given, one: () => T) => draw.list(shape.length, one);

/** A kernel that takes these elements, with arguments. */
function kernelOn(draw: Draw, { shape, dtype }: Given): object {
  const takes = allKernels().filter(
    ({ name, inputs, accepts }) =>
      inputs === 1 && accepts.includes(dtype) && (SAFE_DTYPES[name]?.test(dtype) ?? true),
  );
  const { name } = draw.pick(takes);
  return { kernel: name, args: KERNEL_ARGS[name]!(draw, shape.length) };
}

const reduction: Rule = (draw, given) => ({
  ...(draw.chance(70) && given.shape.length > 0
    ? { axis: draw.shuffled(given.shape.map((_, i) => i)).slice(0, draw.int(1, given.shape.length)) }
    : {}),
  ...(draw.chance(30) ? { keepdims: true } : {}),
  ...(draw.chance(30) ? { splitEvery: draw.int(2, 4) } : {}),
});
const place: Rule = (draw, given) => (draw.chance(70) ? { axis: axisOf(draw, given) } : {});
const nothing: Rule = () => ({});
const connectivity: Rule = (draw, { shape }) => ({ connectivity: draw.int(1, Math.max(1, shape.length)) });

function indexText(draw: Draw, n: number): string {
  if (n > 0 && draw.chance(25)) return String(draw.int(-n, n - 1));
  const [a, b] = [draw.int(-n, n), draw.int(-n, n)];
  return draw.pick([
    ":",
    "::-1",
    "::2",
    "::-3",
    `${a}:`,
    `:${b}`,
    `${a}:${b}`,
    `${a}:${b}:2`,
    `${b}:${a}:-1`,
  ]);
}

/** Arrays that fit beside this one, itself among them. */
function beside(draw: Draw, { name, shape, others }: Given): string[] {
  const alike = others.filter((other) => `${other.shape}` === `${shape}`).map((other) => other.name);
  return draw.list(draw.int(1, 2), () => draw.pick([name, ...alike]));
}

/** The keys of a step besides `op` and `in`, for each operation of pipeline files. What doesn't fit is refused when it is built. */
export const STEP_RULES: { readonly [op: string]: Rule } = {
  mapBlocks: (draw, given) =>
    draw.chance(30)
      ? {
          expr: draw.pick([`${given.name} * 2 + 1`, `where(${given.name} > 20, ${given.name}, 0)`]),
        }
      : kernelOn(draw, given),
  mapOverlap: (draw, given) => ({
    ...kernelOn(draw, given),
    depth: perAxis(draw, given, () => draw.pick([0, 2, 4, 5, [3, 4]])),
    boundary: perAxis(draw, given, () => draw.pick(BOUNDARIES)),
  }),
  sum: reduction,
  mean: reduction,
  var: reduction,
  std: (draw, given) => ({ ...reduction(draw, given), ddof: draw.int(0, 1) }),
  min: reduction,
  max: reduction,
  any: reduction,
  all: reduction,
  argmax: place,
  argmin: place,
  nansum: reduction,
  nanmean: reduction,
  nanvar: reduction,
  nanstd: reduction,
  nanmin: reduction,
  nanmax: reduction,
  nanargmax: place,
  nanargmin: place,
  cumprod: (draw, given) => ({ axis: axisOf(draw, given) }),
  cumsum: (draw, given) => ({ axis: axisOf(draw, given) }),
  histogram: (draw) => ({ bins: draw.int(1, 9), ...(draw.chance(50) ? { range: [0, 100] } : {}) }),
  histogramBinEdges: (draw) => ({ bins: draw.int(1, 9) }),
  percentile: (draw) => ({ q: draw.pick([50, [0, 33, 100]]) }),
  otsu: nothing,
  thresholdOtsu: nothing,
  li: nothing,
  thresholdLi: nothing,
  yen: nothing,
  thresholdYen: nothing,
  triangle: nothing,
  thresholdTriangle: nothing,
  isodata: nothing,
  thresholdIsodata: nothing,
  meanThreshold: nothing,
  thresholdMean: nothing,
  rescale: (draw) => ({ outRange: draw.pick([[0, 1], "uint8", "dtype"]) }),
  rechunk: (draw, given) => ({ chunks: perAxis(draw, given, () => draw.pick([-1, 1, 2, 3, 5])) }),
  slice: (draw, { shape }) => ({ index: shape.map((n) => indexText(draw, n)).join(", ") }),
  stack: (draw, given) => ({ in: beside(draw, given), axis: draw.int(0, given.shape.length) }),
  concatenate: (draw, given) => ({ in: beside(draw, given), axis: axisOf(draw, given) }),
  transpose: (draw, { shape }) => ({ axes: draw.shuffled(shape.map((_, i) => i)) }),
  flip: place,
  pad: (draw, given) => ({
    padWidth: perAxis(draw, given, () => [draw.int(0, 3), draw.int(0, 3)]),
    mode: draw.pick(["constant", "edge", "reflect", "symmetric", "wrap"]),
  }),
  roll: (draw, given) => ({ shift: draw.int(-12, 12), ...place(draw, given) }),
  take: (draw, given) => {
    const axis = draw.int(0, given.shape.length - 1);
    const n = given.shape[axis] ?? 0;
    return { axis, indices: draw.list(draw.int(1, 5), () => draw.int(-n, n - 1)) };
  },
  reshape: (draw, { shape }) => ({
    shape: draw.pick([[-1], [...shape, 1], [1, -1], shape.length > 1 ? [-1, ...shape.slice(2)] : [-1]]),
  }),
  coarsen: (draw, given) => ({
    reduction: draw.pick(["mean", "sum", "max", "min", "std"]),
    axes: { [draw.int(0, given.shape.length - 1)]: draw.int(1, 3) },
    trimExcess: true,
  }),
  squeeze: nothing,
  expandDims: (draw, { shape }) => ({ axis: draw.int(0, shape.length) }),
  swapaxes: (draw, given) => ({ axes: [axisOf(draw, given), axisOf(draw, given)] }),
  moveaxis: (draw, given) => ({ source: axisOf(draw, given), destination: axisOf(draw, given) }),
  rot90: (draw, { shape }) => ({
    k: draw.int(0, 3),
    axes: draw.shuffled(shape.map((_, i) => i)).slice(0, 2),
  }),
  repeat: (draw, given) => ({ repeats: draw.int(1, 3), axis: axisOf(draw, given) }),
  tile: (draw, given) => ({ reps: perAxis(draw, given, () => draw.int(1, 2)) }),
  broadcastTo: (draw, { shape }) => ({ shape: [draw.int(1, 3), ...shape] }),
  diff: (draw, given) => ({ n: draw.int(1, 2), axis: axisOf(draw, given) }),
  tensordot: (draw, given) => {
    const axes = draw.int(0, given.shape.length - 1);
    return { in: [given.name, given.name], axes: [[axes], [axes]] };
  },
  zoom: (draw) => ({
    zoom: draw.pick([0.5, 1.5]),
    order: draw.int(0, 3),
    mode: draw.pick(["constant", "nearest", "reflect", "mirror"]),
  }),
  affineTransform: (draw, { shape }) => ({
    matrix: shape.map((_, h) => shape.map((__, l) => Number(h === l) + draw.pick([0, 0, 0.1, -0.2]))),
    offset: draw.pick([0, 0.7]),
    order: draw.int(0, 1),
  }),
  resize: (draw, { shape }) => ({
    outputShape: shape.map((n) => Math.max(1, Math.round(n * draw.pick([0.5, 1, 1.4])))),
  }),
  downscaleLocalMean: (draw, given) => ({ factors: perAxis(draw, given, () => draw.int(1, 3)) }),
  astype: (draw) => ({ dtype: draw.pick(DTYPES) }),
  where: (draw, given) => ({ x: draw.pick(beside(draw, given)), y: draw.int(0, 9) }),
  label: connectivity,
  removeSmall: (draw, given) => ({
    minSize: draw.int(1, 9),
    ...(given.dtype === "bool" ? connectivity(draw, given) : {}),
  }),
  removeSmallHoles: (draw, given) => ({ maxSize: draw.int(1, 9), ...connectivity(draw, given) }),
  fillHoles: connectivity,
  distanceTransform: nothing,
  expandLabels: (draw) => ({ distance: draw.pick([1, 2.5]) }),
  hysteresis: (draw, given) => ({ low: 20, high: 70, ...connectivity(draw, given) }),
  canny: (draw) => ({ sigma: draw.pick([0.5, 1]), lowThreshold: 3, highThreshold: 9 }),
  peakLocalMax: (draw) => ({ minDistance: draw.int(1, 2) }),
  watershed: (draw, given) => ({ markers: draw.pick(beside(draw, given)) }),
};

/** Operations that no rule is for, and why. */
export const NO_RULE: { readonly [op: string]: string } = {
  applyGufunc: "own kernels have tests of their own",
  blockwise: "own kernels have tests of their own",
  measure: "gives a table",
  nanprod: "products of floats depend on the chunks, as documented",
  overlap: "the shape of the result depends on the chunks",
  overlapInternal: "the shape of the result depends on the chunks",
  prod: "products of floats depend on the chunks, as documented",
};
