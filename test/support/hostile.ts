import type { Json } from "../../shared/errors.ts";

/** A step as a document has it. */
export interface Step {
  op: string;
  [key: string]: Json;
}

/** A sound step for each operation, for 3-D inputs `image`, `float`, `mask` and `labels` of one shape, `one` of one element, and a number `level`. */
export const STEPS: readonly Step[] = [
  { op: "mapBlocks", in: "image", kernel: "gaussian", args: { sigma: 1 } },
  { op: "mapBlocks", in: "image", kernel: "threshold", args: { above: { step: "level" } }, dtype: "uint8" },
  { op: "mapBlocks", in: ["image", "mask"], expr: "where(mask, image * a, 0) + 1", args: { a: 2 } },
  { op: "mapBlocks", in: "image", module: "own.mjs#same", chunks: [2, 3, 4], extent: "block", scratch: 1 },
  { op: "mapBlocks", in: "image", module: "own.mjs#same", dropAxis: [0], newAxis: [0] },
  { op: "mapOverlap", in: "image", kernel: "median", args: { size: 3 }, depth: 1, boundary: "reflect" },
  {
    op: "mapOverlap",
    in: "image",
    kernel: "percentile",
    args: { percentile: 20, size: 3 },
    depth: [1, [0, 1], 1],
  },
  {
    op: "mapOverlap",
    in: "mask",
    kernel: "binaryErosion",
    args: {},
    depth: { 0: 1 },
    boundary: "none",
    trim: false,
  },
  { op: "overlap", in: "image", depth: 1, boundary: { constant: 3 } },
  { op: "overlapInternal", in: "image", depth: 1 },
  {
    op: "blockwise",
    out: "ijk",
    args: [
      ["image", "ijk"],
      ["mask", "ijk"],
    ],
    expr: "where(mask, image, 1)",
  },
  {
    op: "blockwise",
    out: "ij",
    args: [["image", "ijk"], 2],
    module: "own.mjs#same",
    newAxes: {},
    adjustChunks: { i: 3 },
  },
  {
    op: "applyGufunc",
    in: "image",
    signature: "(i,j)->(i,j)",
    module: "own.mjs#same",
    axes: [
      [0, 1],
      [0, 1],
    ],
  },
  {
    op: "applyGufunc",
    in: "image",
    signature: "(i)->(k)",
    module: "own.mjs#same",
    axis: 0,
    outputSizes: { k: 3 },
  },
  { op: "sum", in: "image", axis: [0, 1], keepdims: true, splitEvery: 2 },
  { op: "std", in: "image", axis: 0, ddof: 1 },
  { op: "argmax", in: "image", axis: 1 },
  { op: "nanmean", in: "image" },
  { op: "cumsum", in: "image", axis: 0 },
  { op: "cumprod", in: "image", axis: 0 },
  { op: "histogram", in: "image", bins: 10, range: [0, 10] },
  { op: "histogramBinEdges", in: "image", bins: 10, range: [0, 10] },
  { op: "percentile", in: "image", q: [1, 50], method: "linear" },
  { op: "otsu", in: "float", nbins: 16 },
  { op: "thresholdLi", in: "image" },
  { op: "meanThreshold", in: "image" },
  { op: "thresholdMean", in: "image" },
  { op: "rescale", in: "image", inRange: { percentiles: [2, 98] }, outRange: [0, 1] },
  { op: "where", in: "mask", x: "image", y: 0 },
  { op: "rechunk", in: "image", chunks: [2, -1, 3] },
  { op: "slice", in: "image", index: "0, 1:3, ::-2" },
  { op: "slice", in: "image", isel: { 0: 1, 1: [0, 2], 2: "1:3" } },
  { op: "slice", in: "image", sel: { 0: 1 } },
  { op: "stack", in: ["image", "mask"], axis: 0 },
  { op: "concatenate", in: ["image", "image"], axis: 0 },
  { op: "transpose", in: "image", axes: [2, 0, 1] },
  { op: "flip", in: "image", axis: [0, 1] },
  { op: "pad", in: "image", padWidth: [1, [0, 2], 0], mode: "constant", constantValues: 3 },
  { op: "roll", in: "image", shift: [1, 2], axis: [0, 1] },
  { op: "take", in: "image", indices: [0, 1, 0], axis: 0 },
  { op: "reshape", in: "image", shape: [-1] },
  { op: "coarsen", in: "image", reduction: "mean", axes: { 0: 2, 1: 2 }, trimExcess: true },
  { op: "squeeze", in: "one", axis: 0 },
  { op: "expandDims", in: "image", axis: [0, 2] },
  { op: "swapaxes", in: "image", axes: [0, 1] },
  { op: "moveaxis", in: "image", source: 0, destination: 1 },
  { op: "rot90", in: "image", k: 1, axes: [0, 1] },
  { op: "repeat", in: "image", repeats: 2, axis: 0 },
  { op: "tile", in: "image", reps: [1, 2] },
  { op: "broadcastTo", in: "image", shape: [2, 4, 5, 6] },
  { op: "diff", in: "image", n: 1, axis: 0 },
  { op: "tensordot", in: ["image", "image"], axes: [[0], [0]] },
  { op: "zoom", in: "image", zoom: [1, 2, 0.5], order: 1, mode: "constant", cval: 0, gridMode: true },
  { op: "affineTransform", in: "image", matrix: [1, 1, 2], offset: 0.5, outputShape: [3, 3, 3], order: 1 },
  { op: "resize", in: "image", outputShape: [3, 8, 4], order: 1, antiAliasing: true, antiAliasingSigma: 1 },
  { op: "downscaleLocalMean", in: "image", factors: [1, 2, 2], cval: 0 },
  { op: "astype", in: "image", dtype: "int32" },
  { op: "label", in: "mask", connectivity: 2, dtype: "uint64" },
  { op: "removeSmall", in: "mask", minSize: 3, connectivity: 1 },
  { op: "removeSmallHoles", in: "mask", maxSize: 3, connectivity: 1 },
  { op: "fillHoles", in: "mask", connectivity: 1 },
  { op: "distanceTransform", in: "mask", sampling: [1, 2, 3] },
  { op: "expandLabels", in: "labels", distance: 2, spacing: 1 },
  { op: "hysteresis", in: "image", low: 1, high: 3, connectivity: 1 },
  { op: "measure", in: "labels", image: "image", properties: ["area", "centroid"] },
];

const NUMBERS = [
  0,
  -1,
  1,
  3,
  0.5,
  -0,
  1e9,
  1e12,
  1e15,
  -1e15,
  2 ** 31,
  2 ** 32,
  2 ** 53,
  1e308,
  5e-324,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
];
const NAMES = [
  "__proto__",
  "constructor",
  "toString",
  "hasOwnProperty",
  "a/b",
  "../x",
  "",
  ".",
  "x",
  "é",
  "\0",
  "image",
];
const TEXTS = [
  ...NAMES,
  "1e999 um",
  "-1 um",
  "2 parsecs",
  "::0",
  "99999999999999999999:",
  "...",
  "..., ...",
  "image[",
  `${"(".repeat(3000)}image${")".repeat(3000)}`,
  `image${" + image".repeat(3000)}`,
  `image${" ** 9".repeat(300)}`,
  `${"-".repeat(5000)}image`,
  `(${"i,".repeat(20000)}i)->()`,
  `${"(i),".repeat(5000)}(i)->(i)`,
  `${"k".repeat(30000)}`,
  "(i)->(i),(i)",
  "()->()",
  "->",
  "int128",
  "complex64",
  "reflect",
  "nan",
  `$${"{a}"}`,
  `$${"{constructor}"}`,
  "own.mjs#constructor",
  "own.mjs#",
  "../../../etc/passwd#x",
  "dtype",
];

function deep(depth: number, leaf: Json, list: boolean): Json {
  let value = leaf;
  for (let i = 0; i < depth; i++) value = list ? [value] : { a: value };
  return value;
}

export class Hostile {
  readonly #random: () => number;
  readonly #inputs: readonly string[];

  /** `inputs` are the names of the arrays that there are. */
  constructor(random: () => number, inputs: readonly string[]) {
    this.#random = random;
    this.#inputs = inputs;
  }

  #below(n: number): number {
    return Math.floor(this.#random() * n);
  }

  #of<T>(list: readonly T[]): T {
    return list[this.#below(list.length)]!;
  }

  value(nested = true): Json {
    switch (this.#below(nested ? 10 : 5)) {
      case 0:
      case 1:
        return this.#of(NUMBERS);
      case 2:
        return this.#of(TEXTS);
      case 3:
        return this.#of(this.#inputs);
      case 4:
        return this.#of<Json>([null, true, false, [], {}]);
      case 5:
      case 6:
        return Array.from({ length: this.#below(5) }, () => this.value(false));
      case 7:
        return Array.from({ length: this.#of([12, 33, 1000]) }, () => this.#of([0, 1, -1, 1e9]));
      case 8:
        return Object.fromEntries([[this.#of([...NAMES, "0", "1", "7", "z", "-1"]), this.value(false)]]);
      default:
        return this.#of([
          () => deep(5000, 1, true),
          () => deep(5000, 1, false),
          () => ({ step: this.#of(this.#inputs) }),
        ])();
    }
  }

  /** The same with one value inside it replaced, taken away or added. */
  mutated(value: Json): Json {
    if (typeof value === "number" && this.#below(4) > 0) return this.#of(NUMBERS);
    if (typeof value === "string" && this.#below(4) > 0) return this.#of(TEXTS);
    if (Array.isArray(value) && value.length > 0 && this.#below(2) === 0) {
      const at = this.#below(value.length);
      if (this.#below(4) === 0) return value.filter((_, i) => i !== at);
      return value.map((entry, i) => (i === at ? this.mutated(entry) : entry));
    }
    if (typeof value === "object" && value !== null && !Array.isArray(value) && this.#below(3) > 0) {
      const entries = Object.entries(value);
      if (entries.length === 0 || this.#below(6) === 0)
        return Object.fromEntries([...entries, [this.#of(NAMES), this.value()]]);
      const at = this.#below(entries.length);
      if (this.#below(8) === 0) return Object.fromEntries(entries.filter((_, i) => i !== at));
      return Object.fromEntries(entries.map(([key, e], i) => [key, i === at ? this.mutated(e as Json) : e]));
    }
    return this.value();
  }

  /** A step with some of its keys spoilt, or fed with another array. */
  step(sound: Step): Step {
    const keys = Object.keys(sound).filter((key) => key !== "op");
    const step = { ...sound };
    for (let n = this.#below(8) === 0 ? 2 : 1; n > 0; n--) {
      const key = this.#of(keys);
      if (this.#below(10) === 0) delete step[key];
      else if (key === "in" || key === "x" || key === "image")
        step[key] =
          this.#below(4) === 0
            ? this.value()
            : Array.isArray(sound[key])
              ? [this.#of(this.#inputs), this.#of(this.#inputs)]
              : this.#of(this.#inputs);
      else step[key] = this.mutated(step[key] ?? null);
    }
    return step;
  }

  output(sound: { readonly [key: string]: string }): { [key: string]: Json } {
    const spoilt: readonly { [key: string]: Json }[] = [
      {},
      {},
      { chunks: this.value() },
      { shards: this.value() },
      { codec: this.value() },
      { pyramid: { levels: this.#of([1, 1000, 1e9]) } },
      { pyramid: { factors: this.value() } },
      { pyramid: { method: this.#of(["mode", "median"]), levels: 3 } },
      { step: this.value() },
      { labelsOf: this.value() },
    ];
    return this.#below(6) === 0 ? { ...sound, ...this.#of(spoilt) } : sound;
  }
}
