import * as z from "zod";
import { sizeOf } from "../../block/block.ts";
import { DTYPES, type DType } from "../../block/dtype.ts";
import { castBlock, castReference } from "../cast.ts";
import type { Kernel, ResolvedArgs } from "../kernel.ts";
import { forEachPlace, reachOf, tapCount, type Window } from "../rank/window.ts";
import { AXES, axesOf, axesSchema } from "./axes.ts";
import { blockBytes, roundingOf } from "./combine.ts";
import { weighWindow, weighWindowReference, weighWindowScratch } from "./weighted-window.ts";

const schema = z.strictObject({
  radius: z
    .number()
    .nonnegative()
    .default(100)
    .describe("Radius of the ball, in elements along the axes and in intensity alike"),
  axes: axesSchema.optional().describe(AXES),
});

interface Resolved {
  readonly radius: number;
  readonly axes: readonly number[];
  readonly ndim: number;
}

/**
 * The background that a ball rolled along below the image touches: subtract it from the image. Gives the input's
 * dtype; integers are computed as float64 and truncated. A NaN counts for nothing around it. Equals
 * skimage.restoration.rolling_ball.
 */
export const rollingBallKernel: Kernel<z.output<typeof schema>> = {
  name: "rollingBall",
  summary: "The background that a ball rolling along below the image touches",
  equals: "skimage.restoration.rolling_ball",
  args: schema,
  inputs: 1,
  accepts: DTYPES,
  lengths: [],

  resolve({ radius, axes: given }, { axes }) {
    return { radius, axes: axesOf(given, axes, "rollingBall's axes"), ndim: axes.length };
  },

  outputDType([input]) {
    return input!;
  },

  extent(args, _ndim, [input]) {
    return { kind: "reach", reach: reachOf(ballOf(resolved(args), input!).window) };
  },

  scratchBytes(shape, [input], args) {
    const { window, gaps } = ballOf(resolved(args), input!);
    const dtype = computeDType(input!);
    const scratch = weighWindowScratch(shape, dtype, window, gaps.length);
    // What is computed in is there twice: of the input, and of the result before its cast.
    return scratch + (input === dtype ? 0 : 2 * blockBytes(sizeOf(shape), dtype));
  },

  costPerElement(args, _ndim, [input]) {
    const perTap = computeDType(input!) === "float32" ? 0.1 : 0.2;
    return 1 + perTap * tapCount(ballOf(resolved(args), input!).window);
  },

  run(heap, [input], args) {
    const { window, gaps } = ballOf(resolved(args), input!.dtype);
    const dtype = computeDType(input!.dtype);
    if (input!.dtype === dtype) return weighWindow(heap, input!, window, gaps, "leastSum", "greatest");
    const image = castBlock(heap, input!, dtype);
    const background = weighWindow(heap, image, window, gaps, "leastSum", "greatest");
    heap.free(image);
    const result = castBlock(heap, background, input!.dtype);
    heap.free(background);
    return result;
  },

  reference([input], args) {
    const { window, gaps } = ballOf(resolved(args), input!.dtype);
    const image = castReference(input!, computeDType(input!.dtype));
    return castReference(weighWindowReference(image, window, gaps, "leastSum", "greatest"), input!.dtype);
  },
};

/** scikit-image's _supported_float_type. */
function computeDType(input: DType): "float32" | "float64" {
  return input === "float16" || input === "float32" ? "float32" : "float64";
}

/** Where the ball is, and how far its surface lies below its top there, as scikit-image rounds it. */
function ballOf({ radius, axes, ndim }: Resolved, input: DType): { window: Window; gaps: number[] } {
  const round = roundingOf({ dtype: computeDType(input) });
  const r = Math.ceil(radius);
  const shape = Array.from({ length: ndim }, (_, axis) => (axes.includes(axis) ? 2 * r + 1 : 1));
  const gaps: number[] = [];
  let mask = "";
  forEachPlace(shape, (place) => {
    const square = place.reduce((sum, p, axis) => sum + (shape[axis] === 1 ? 0 : (p - r) ** 2), 0);
    const inside = Math.sqrt(square) <= radius;
    mask += inside ? "1" : "0";
    if (inside) gaps.push(round(round(radius) - round(Math.sqrt(Math.max(0, radius ** 2 - square)))));
  });
  return { window: { shape, before: shape.map((n) => n >> 1), mask }, gaps };
}

function resolved(args: ResolvedArgs): Resolved {
  return args as unknown as Resolved;
}
