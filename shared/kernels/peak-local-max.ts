import * as z from "zod";
import { type Block, newBlock, sizeOf, stridesOf } from "../block/block.ts";
import { DTYPES, type TypedArray } from "../block/dtype.ts";
import { aligned } from "./free-list.ts";
import type { Kernel, KernelContext, ResolvedArgs } from "./kernel.ts";
import { spatialAxes } from "./per-axis.ts";
import { maximumKernel } from "./rank/extremes.ts";

const schema = z.strictObject({
  minDistance: z
    .int()
    .positive()
    .default(1)
    .describe("Peaks lie at least so many elements apart, along some axis"),
  thresholdAbs: z.number().optional().describe("Peaks are above this; by default above the image's minimum"),
  thresholdRel: z.number().optional().describe("Peaks are above this part of the image's maximum, too"),
  excludeBorder: z
    .union([z.boolean(), z.int().nonnegative()])
    .default(true)
    .describe(
      "How wide a border has no peaks, along z too; true is minDistance wide, false none: give it for stacks of few planes",
    ),
});

interface Resolved {
  readonly minDistance: number;
  readonly thresholdAbs?: number;
  readonly thresholdRel?: number;
  readonly border: number;
  readonly connected: readonly boolean[];
  /** Of the maximum filter that finds the candidates. */
  readonly maximum: ResolvedArgs;
}

/**
 * Where a picture has its peaks, as bool: elements that are the greatest within `minDistance` along every axis, above the
 * thresholds and off the border. Of equal ones that are nearer to each other than `minDistance` the first in C order is
 * kept. Equals the coordinates of skimage.feature.peak_local_max.
 */
export const peakLocalMaxKernel: Kernel<z.output<typeof schema>> = {
  name: "peakLocalMax",
  summary: "Where an image has local maxima",
  equals: "skimage.feature.peak_local_max",
  args: schema,
  inputs: 1,
  accepts: DTYPES,
  lengths: [],

  resolve({ minDistance, thresholdAbs, thresholdRel, excludeBorder }, context) {
    return {
      minDistance,
      ...(thresholdAbs === undefined ? {} : { thresholdAbs }),
      ...(thresholdRel === undefined ? {} : { thresholdRel }),
      border: excludeBorder === true ? minDistance : Number(excludeBorder),
      connected: spatialAxes(context.axes),
      maximum: maximumArgs(minDistance, context),
    };
  },

  outputDType() {
    return "bool";
  },

  extent(args) {
    return {
      kind: "wholeBlock",
      axes: resolved(args).connected,
      instead: "the operation peakLocalMax finds the peaks of whole pictures",
    };
  },

  scratchBytes(shape, inputs, args) {
    const bytes = aligned(sizeOf(shape) * 8);
    return bytes + maximumKernel.scratchBytes(shape, inputs, resolved(args).maximum);
  },

  costPerElement() {
    return 20;
  },

  run(heap, [image], args) {
    const output = heap.alloc("bool", image!.shape);
    if (output.data.length === 0) return output;
    const greatest = maximumKernel.run(heap, [image!], resolved(args).maximum);
    findPeaks(image!, greatest.data, output.data as Uint8Array, resolved(args));
    heap.free(greatest);
    return output;
  },

  reference([image], args) {
    const output = newBlock("bool", image!.shape);
    if (output.data.length === 0) return output;
    const greatest = maximumKernel.reference([image!], resolved(args).maximum);
    findPeaks(image!, greatest.data, output.data as Uint8Array, resolved(args));
    return output;
  },
};

function maximumArgs(minDistance: number, context: KernelContext): ResolvedArgs {
  const size = Object.fromEntries(
    spatialAxes(context.axes).flatMap((spatial, axis) =>
      spatial ? [[String(axis), 2 * minDistance + 1]] : [],
    ),
  );
  const plain = { size, mode: "nearest" };
  return maximumKernel.resolve(maximumKernel.args.parse(plain), context);
}

function findPeaks(image: Block, greatest: TypedArray, peaks: Uint8Array, args: Resolved): void {
  const { data, shape } = image;
  let least = data[0]!;
  let most = data[0]!;
  let isFlat = true;
  for (let i = 0; i < data.length; i++) {
    const value = data[i]!;
    if (value < least) least = value;
    if (value > most) most = value;
    if (value !== greatest[i]) isFlat = false;
  }
  peaks.fill(0);
  const threshold = Math.max(
    args.thresholdAbs ?? Number(least),
    args.thresholdRel === undefined ? Number.NEGATIVE_INFINITY : args.thresholdRel * Number(most),
  );
  // A single element has no neighbours to be greater than.
  if (isFlat && data.length > 1) return;
  const strides = stridesOf(shape);
  const reach = args.minDistance - 1;
  const cell = shape.map(() => 0);
  for (let i = 0; i < data.length; i++) {
    if (data[i] !== greatest[i] || !(data[i]! > threshold)) continue;
    for (const [axis, stride] of strides.entries()) cell[axis] = Math.floor(i / stride) % shape[axis]!;
    if (isOnBorder(cell, shape, args) || hasPeakBefore(i, cell, strides, shape, reach, args.connected, peaks))
      continue;
    peaks[i] = 1;
  }
}

function isOnBorder(
  cell: readonly number[],
  shape: readonly number[],
  { border, connected }: Resolved,
): boolean {
  return cell.some((c, axis) => connected[axis] && (c < border || c >= shape[axis]! - border));
}

/** Whether a peak that comes before element `i` in C order lies within `reach` of it along every connected axis. */
function hasPeakBefore(
  i: number,
  cell: readonly number[],
  strides: readonly number[],
  shape: readonly number[],
  reach: number,
  connected: readonly boolean[],
  peaks: Uint8Array,
): boolean {
  if (reach === 0) return false;
  const look = (axis: number, at: number): boolean => {
    if (axis === shape.length) return at < i && peaks[at] === 1;
    const width = connected[axis] ? reach : 0;
    const from = Math.max(0, cell[axis]! - width);
    // What lies behind along the first axis that differs comes after it.
    const to = Math.min(shape[axis]! - 1, cell[axis]! + width);
    for (let c = from; c <= to; c++) {
      const next = at + c * strides[axis]!;
      if (next > i) return false;
      if (look(axis + 1, next)) return true;
    }
    return false;
  };
  return look(0, 0);
}

function resolved(args: ResolvedArgs): Resolved {
  return args as unknown as Resolved;
}
