import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it, test } from "vitest";
import type { Axis } from "../../shared/block/axes.ts";
import {
  applyGufunc,
  blockwise,
  concatenate,
  expr,
  fromZarr,
  LazyArray,
  moduleKernel,
  stack,
  tensordot,
  where,
} from "../../shared/index.ts";
import { gaussian, threshold } from "../../shared/kernels/index.ts";
import { inMemory } from "../support/evaluate.ts";
import { lazyOf, randomBlock } from "../support/lazy.ts";

/**
 * What the axes and channels of every operation's result are. An axis is written `name:type scale unit @origin`, without what is
 * the default: no type, scale 1, origin 0. An operation without a row fails the last test.
 */
const AXES: readonly Axis[] = [
  { name: "t", type: "time", unit: "second", scale: 2, translation: 0 },
  { name: "c", type: "channel", scale: 1, translation: 0 },
  { name: "z", type: "space", unit: "micrometer", scale: 2, translation: 10 },
  { name: "y", type: "space", unit: "micrometer", scale: 0.5, translation: -1 },
  { name: "x", type: "space", unit: "micrometer", scale: 0.5, translation: 0 },
];
const CHANNELS = [{ label: "DAPI", color: "0000FF" }, { label: "GFP" }];
const SHAPE = [2, 2, 4, 6, 8];
const image = inMemory(randomBlock("uint16", SHAPE, 1), {
  axes: AXES,
  channels: CHANNELS,
  chunks: [1, 1, 2, 4, 4],
});
const mask = image.greater(50);
const labels = mask.label();
const plain = inMemory(randomBlock("float32", [4, 6], 2));

const own = moduleKernel(new URL("../support/own-kernels.ts", import.meta.url), "lastSum");

const T = "t:time 2 second";
const C = "c:channel";
const Z = "z:space 2 micrometer @10";
const Y = "y:space 0.5 micrometer @-1";
const X = "x:space 0.5 micrometer";
const SAME = [T, C, Z, Y, X];
const BOTH = "DAPI, GFP";

type Row = readonly [
  call: string,
  array: () => LazyArray,
  axes: readonly string[],
  channels: string | undefined,
];

/** Of operations that leave every axis alone. */
const same = (...calls: readonly (readonly [string, () => LazyArray])[]): Row[] =>
  calls.map(([call, array]) => [call, array, SAME, BOTH]);

const elementwise = [
  "add",
  "subtract",
  "multiply",
  "divide",
  "floorDivide",
  "mod",
  "power",
  "minimum",
  "maximum",
] as const;
const comparisons = ["greater", "greaterEqual", "less", "lessEqual", "equal", "notEqual"] as const;
const unary = [
  "abs",
  "sign",
  "floor",
  "ceil",
  "round",
  "sqrt",
  "exp",
  "log",
  "log2",
  "log10",
  "isnan",
  "isinf",
  "isfinite",
] as const;
const reductions = [
  "sum",
  "mean",
  "min",
  "max",
  "std",
  "var",
  "prod",
  "any",
  "all",
  "argmax",
  "argmin",
  "nansum",
  "nanmean",
  "nanmin",
  "nanmax",
  "nanstd",
  "nanvar",
  "nanprod",
  "nanargmax",
  "nanargmin",
] as const;
const cuts = ["otsu", "li", "yen", "triangle", "isodata"] as const;
const thresholds = [
  "thresholdOtsu",
  "thresholdLi",
  "thresholdYen",
  "thresholdTriangle",
  "thresholdIsodata",
  "thresholdMean",
] as const;

const TABLE: readonly Row[] = [
  ...same(
    ["astype", () => image.astype("float32")],
    ["rechunk", () => image.rechunk([1, -1, 4, 6, 8])],
    ["mapBlocks", () => image.mapBlocks(threshold({ above: 3 }))],
    ["mapOverlap", () => image.mapOverlap(gaussian({ sigma: 1 }), { depth: 4, boundary: "reflect" })],
    ...elementwise.map((name) => [name, () => image[name](2)] as const),
    ...comparisons.map((name) => [name, () => image[name](2)] as const),
    ...unary.map((name) => [name, () => image[name]()] as const),
    ["negative", () => image.negative()],
    ["clip", () => image.clip(2, 9)],
    ["and", () => mask.and(mask)],
    ["or", () => mask.or(mask)],
    ["not", () => mask.not()],
    ["where", () => where(mask, image, 0)],
    ["expr", () => expr("a / 2", { a: image })],
    ["cumsum", () => image.cumsum({ axis: "z" })],
    ["cumprod", () => image.cumprod({ axis: "z" })],
    ["rescale", () => image.rescale()],
    ...thresholds.map((name) => [name, () => image[name]()] as const),
    ["label", () => labels],
    ["removeSmall", () => mask.removeSmall({ minSize: 3 })],
    ["removeSmallHoles", () => mask.removeSmallHoles({ minSize: 3 })],
    ["fillHoles", () => mask.fillHoles()],
    ["hysteresis", () => image.hysteresis({ low: 3, high: 9 })],
    ["canny", () => image.canny()],
    ["peakLocalMax", () => image.peakLocalMax({ minDistance: 1 })],
    ["watershed", () => image.watershed({ markers: labels })],
    ["expandLabels", () => labels.expandLabels({ distance: 2 })],
    ["distanceTransform", () => mask.distanceTransform()],
    ["roll", () => image.roll([1, 2], ["z", "x"])],
  ),

  ...reductions.map((name): Row => [name, () => mask[name]({ axis: "z" }), [T, C, Y, X], BOTH]),
  [
    "max, keepdims",
    () => image.max({ axis: "z", keepdims: true }),
    [T, C, "z:space 8 micrometer @13", Y, X],
    BOTH,
  ],
  ["max, keepdims of channels", () => image.max({ axis: "c", keepdims: true }), [T, C, Z, Y, X], undefined],
  ["mean of channels", () => image.mean({ axis: "c" }), [T, Z, Y, X], undefined],
  ["mean of all", () => image.mean(), [], undefined],
  ["histogram", () => image.histogram(), ["dim_0"], undefined],
  ["histogramBinEdges", () => image.histogramBinEdges(), ["dim_0"], undefined],
  ["percentile", () => image.percentile([1, 99]), ["dim_0"], undefined],
  ["median", () => image.median(), [], undefined],
  ...cuts.map((name): Row => [name, () => image[name](), [], undefined]),

  [
    "slice, elements and steps",
    () => image.slice("0, 1, 1:, ::2, ::-1"),
    ["z:space 2 micrometer @12", "y:space 1 micrometer @-1", X],
    "GFP",
  ],
  ["slice, back in steps", () => image.slice("..., ::-3"), [T, C, Z, Y, "x:space 1.5 micrometer @0.5"], BOTH],
  ["slice, new axis", () => image.slice("0, 0, newaxis, 0"), ["new_0", Y, X], "DAPI"],
  ["sel", () => image.sel({ c: "GFP", z: [12, 16], t: 2 }), ["z:space 2 micrometer @12", Y, X], "GFP"],
  ["sel, labels", () => image.sel({ c: ["GFP", "DAPI"] }), SAME, "GFP, DAPI"],
  ["isel", () => image.isel({ c: [1], t: 0, y: "2:" }), [C, Z, "y:space 0.5 micrometer", X], "GFP"],
  ["transpose", () => image.transpose(["c", "x", "y", "z", "t"]), [C, X, Y, Z, T], BOTH],
  // OME has no negative scale: the picture is turned around in its place.
  ["flip", () => image.flip(["c", "x"]), SAME, "GFP, DAPI"],
  ["take, even", () => image.take([1, 3], "z"), [T, C, "z:space 4 micrometer @12", Y, X], BOTH],
  ["take, uneven", () => image.take([0, 1, 3], "z"), [T, C, "z:space [10, 12, 16]", Y, X], BOTH],
  ["take, channels", () => image.take([1, 1, 0], "c"), SAME, "GFP, GFP, DAPI"],
  ["roll, channels", () => image.roll(1, "c"), SAME, "GFP, DAPI"],
  ["squeeze", () => image.slice(":1").squeeze(), [C, Z, Y, X], BOTH],
  ["expandDims", () => image.slice("0").expandDims(0), ["new_0", C, Z, Y, X], BOTH],
  ["swapaxes", () => image.swapaxes("y", "x"), [T, C, Z, X, Y], BOTH],
  ["moveaxis", () => image.moveaxis("c", 0), [C, T, Z, Y, X], BOTH],
  [
    "rot90",
    () => image.rot90(1, ["z", "x"]),
    [T, C, "z:space 0.5 micrometer", Y, "x:space 2 micrometer @10"],
    BOTH,
  ],
  ["reshape", () => image.reshape([2, 2, 4, -1]), [T, C, Z, "dim_3"], BOTH],
  ["reshape, channels gone", () => image.reshape([4, 4, 6, 8]), ["dim_0", Z, Y, X], undefined],
  [
    "pad",
    () => image.pad({ z: [1, 2], c: [0, 1] }),
    [T, C, "z:space 2 micrometer @8", Y, X],
    `${BOTH}, padding`,
  ],
  ["repeat", () => image.repeat(2, "x"), [T, C, Z, Y, "x:space 0.25 micrometer @-0.125"], BOTH],
  ["repeat, channels", () => image.repeat(2, "c"), [T, C, Z, Y, X], "DAPI, DAPI, GFP, GFP"],
  ["tile", () => image.tile([2, 1, 1, 2]), SAME, "DAPI, GFP, DAPI, GFP"],
  [
    "broadcastTo",
    () => image.slice(":, :1").broadcastTo([3, 2, 2, 4, 6, 8]),
    ["new_0", ...SAME],
    "DAPI, DAPI",
  ],
  ["stack", () => stack([image.slice("0, 0"), image.slice("0, 1")]), [C, Z, Y, X], BOTH],
  ["stack, with channels", () => stack([image, image], 0), ["stack", ...SAME], BOTH],
  ["concatenate", () => concatenate([image, image], "z"), SAME, BOTH],
  ["concatenate, channels", () => concatenate([image, image], "c"), SAME, `${BOTH}, ${BOTH}`],
  [
    "tensordot",
    () =>
      image.tensordot(plain, [
        ["z", "y"],
        [0, 1],
      ]),
    [T, C, X],
    BOTH,
  ],
  ["tensordot, of both", () => tensordot(plain, plain, [[0], [0]]), ["dim_1", "dim_1_2"], undefined],
  [
    "stack, names of steps",
    () => stack([image.slice("0, 0"), image.slice("0, 0").mapBlocks(gaussian({ sigma: 1 }))]),
    [C, Z, Y, X],
    "slice, gaussian",
  ],
  [
    "mapBlocks, dropped and new axes",
    () => image.mapBlocks(own, { dropAxis: "t", newAxis: 0 }),
    ["new_0", C, Z, Y, X],
    BOTH,
  ],
  ["overlap", () => image.overlap({ depth: { x: 1 } }), [T, C, Z, Y, "x:space"], BOTH],
  ["overlapInternal", () => image.overlapInternal({ depth: { x: 1 } }), [T, C, Z, Y, "x:space"], BOTH],
  ["blockwise", () => blockwise(own, "zxt", [[image.slice(":, 0, :, 0"), "tzx"]]), [Z, X, T], "DAPI"],
  ["applyGufunc", () => applyGufunc(own, "(x)->()", [image])[0]!, [T, C, Z, Y], BOTH],
  ["diff", () => image.diff(2, "z"), [T, C, "z:space 2 micrometer @12", Y, X], BOTH],

  [
    "coarsen",
    () => image.coarsen("mean", { y: 2, x: 4 }),
    [T, C, Z, "y:space 1 micrometer @-0.75", "x:space 2 micrometer @0.75"],
    BOTH,
  ],
  ["coarsen, channels", () => image.coarsen("mean", { c: 2 }), [T, C, Z, Y, X], undefined],
  [
    "downscaleLocalMean",
    () => image.downscaleLocalMean(2),
    [T, C, "z:space 4 micrometer @11", "y:space 1 micrometer @-0.75", "x:space 1 micrometer @0.25"],
    BOTH,
  ],
  [
    "zoom",
    () => image.zoom({ y: 11 / 6, x: 0.5 }),
    [T, C, Z, "y:space 0.25 micrometer @-1", `x:space ${0.5 * (7 / 3)} micrometer`],
    BOTH,
  ],
  [
    "zoom, gridMode",
    () => image.zoom(0.5, { gridMode: true }),
    [T, C, "z:space 4 micrometer @11", "y:space 1 micrometer @-0.75", "x:space 1 micrometer @0.25"],
    BOTH,
  ],
  [
    "resize",
    () => image.resize([12, 4]),
    [T, C, Z, "y:space 0.25 micrometer @-1.125", "x:space 1 micrometer @0.25"],
    BOTH,
  ],
  [
    "affineTransform",
    () => image.affineTransform([1, 2], { offset: [2, 0] }),
    [T, C, Z, "y:space 0.5 micrometer", "x:space 1 micrometer"],
    BOTH,
  ],
];

function written({ name, type, unit, scale, translation, coordinates }: Axis): string {
  const head = type ? `${name}:${type}` : name;
  const size = unit ? ` ${scale} ${unit}` : scale === 1 ? "" : ` ${scale}`;
  const place = translation === 0 ? "" : ` @${translation}`;
  return `${head}${size}${place}${coordinates ? ` [${coordinates.join(", ")}]` : ""}`;
}

describe("axes and channels after", () => {
  test.each(TABLE)("%s", (_call, build, axes, channels) => {
    const array = build();
    expect(array.axes.map(written)).toEqual(axes);
    expect(array.node.channels?.map((channel) => channel.label).join(", ")).toBe(channels);
    expect(array.axes).toHaveLength(array.shape.length);
  });
});

describe("axes of what is written", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), "lamella-axes-"));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it("each level of an OME-Zarr lies where its elements do", async () => {
    const stored = await lazyOf(folder, randomBlock("uint16", SHAPE, 3), SHAPE, { axes: AXES });
    const part = stored.slice("..., ::2, 2:").take([1, 0], "c");
    const uri = path.join(folder, "out.zarr");
    await part.toZarr(uri, {
      pyramid: { levels: 2, factors: [1, 1, 1, 3, 2] },
      workers: 1,
      runs: path.join(folder, "runs"),
    });
    const full = await fromZarr(uri);
    expect(full.axes.map(written)).toEqual([
      T,
      C,
      Z,
      "y:space 1 micrometer @-1",
      "x:space 0.5 micrometer @1",
    ]);
    const level = await fromZarr(uri, { component: "1" });
    expect(level.shape).toEqual([2, 2, 4, 1, 3]);
    expect(level.axes.map(written)).toEqual([T, C, Z, "y:space 3 micrometer", "x:space 1 micrometer @1.25"]);
  });
});

/** Members that give no array. */
const NO_ARRAY = ["constructor", "derive", "plan", "compute", "toZarr", "measure"];

describe("the table", () => {
  it("has a row for every operation", () => {
    const rows = new Set(TABLE.map(([call]) => call.split(",")[0]));
    const missing: string[] = [];
    for (
      let at = LazyArray.prototype as object;
      at !== Object.prototype;
      at = Object.getPrototypeOf(at) as object
    ) {
      for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(at)))
        if (typeof value === "function" && !NO_ARRAY.includes(name) && !rows.has(name)) missing.push(name);
    }
    expect(missing).toEqual([]);
  });
});
