import * as z from "zod";
import type { Axis } from "../../block/axes.ts";
import { type Block, sizeOf } from "../../block/block.ts";
import { DTYPES, type DType, itemSize } from "../../block/dtype.ts";
import { aligned } from "../free-list.ts";
import type { Heap, HeapBlock } from "../heap.ts";
import type { Extent, Kernel, ResolvedArgs } from "../kernel.ts";
import { type Edge, edgeOf, WINDOW_MODES } from "../rank/edge.ts";
import {
  chainedReach,
  edgeSchema,
  maskOf,
  mirrored,
  originSchema,
  resolveWindow,
  structureMask,
  trimmed,
  type Window,
  windowSchema,
} from "../rank/window.ts";
import {
  type Pick,
  windowExtreme,
  windowExtremeCost,
  windowExtremeReference,
  windowExtremeScratch,
} from "../rank/window-extreme.ts";
import { subtract, subtractReference } from "./subtract.ts";

const SKIMAGE_MODES = [...WINDOW_MODES, "max", "min", "ignore"] as const;
type Mode = (typeof SKIMAGE_MODES)[number];

const skimageSchema = z.strictObject({
  ...windowSchema,
  ...edgeSchema,
  mode: z
    .enum(SKIMAGE_MODES)
    .default("reflect")
    .describe(
      "What lies beyond the ends of the block; max and min are the dtype's, ignore is what changes nothing: max where it erodes, min where it dilates",
    ),
});
const scipySchema = z.strictObject({ ...windowSchema, ...edgeSchema, origin: originSchema });

type SkimageArgs = z.output<typeof skimageSchema>;
type ScipyArgs = z.output<typeof scipySchema>;

/** An erosion takes the least element of a window, a dilation the greatest. */
interface Step {
  readonly pick: Pick;
  /** Whether its window is the mirrored one. */
  readonly mirror: boolean;
}

const ERODE: Step = { pick: "least", mirror: false };
const DILATE: Step = { pick: "greatest", mirror: false };
const DILATE_BACK: Step = { pick: "greatest", mirror: true };
const ERODE_BACK: Step = { pick: "least", mirror: true };

interface Operation {
  readonly name: string;
  readonly summary: string;
  readonly equals: string;
  readonly steps: readonly Step[];
  /** A top-hat is the difference between the input and the result of the steps, the greater minus the lesser. */
  readonly tophat?: "white" | "black";
}

const operations = {
  erosion: {
    name: "erosion",
    summary: "The least element of a footprint around each element: bright regions shrink",
    equals: "skimage.morphology.erosion",
    steps: [ERODE],
  },
  dilation: {
    name: "dilation",
    summary: "The greatest element of a footprint around each element: bright regions grow",
    equals: "skimage.morphology.dilation",
    steps: [DILATE],
  },
  opening: {
    name: "opening",
    summary: "An erosion, then a dilation: removes bright spots smaller than the footprint",
    equals: "skimage.morphology.opening",
    steps: [ERODE, DILATE_BACK],
  },
  closing: {
    name: "closing",
    summary: "A dilation, then an erosion: removes dark spots smaller than the footprint",
    equals: "skimage.morphology.closing",
    steps: [DILATE, ERODE_BACK],
  },
  whiteTophat: {
    name: "whiteTophat",
    summary: "The input minus its opening: bright spots smaller than the footprint",
    equals: "skimage.morphology.white_tophat",
    steps: [ERODE, DILATE_BACK],
    tophat: "white",
  },
  blackTophat: {
    name: "blackTophat",
    summary: "The closing minus the input: dark spots smaller than the footprint",
    equals: "skimage.morphology.black_tophat",
    steps: [DILATE, ERODE_BACK],
    tophat: "black",
  },
} as const satisfies { readonly [name: string]: Operation };

export const erosionKernel = greyKernel(operations.erosion, skimageSchema, skimageWindow);
export const dilationKernel = greyKernel(operations.dilation, skimageSchema, skimageWindow);
export const openingKernel = greyKernel(operations.opening, skimageSchema, skimageWindow);
export const closingKernel = greyKernel(operations.closing, skimageSchema, skimageWindow);
export const whiteTophatKernel = greyKernel(operations.whiteTophat, skimageSchema, skimageWindow);
export const blackTophatKernel = greyKernel(operations.blackTophat, skimageSchema, skimageWindow);

/** scipy mirrors the footprint of a dilation where scikit-image doesn't. */
export const greyErosionKernel = scipyKernel("greyErosion", "grey_erosion", operations.erosion, [ERODE]);
export const greyDilationKernel = scipyKernel("greyDilation", "grey_dilation", operations.dilation, [
  DILATE_BACK,
]);
export const greyOpeningKernel = scipyKernel("greyOpening", "grey_opening", operations.opening, [
  ERODE,
  DILATE_BACK,
]);
export const greyClosingKernel = scipyKernel("greyClosing", "grey_closing", operations.closing, [
  DILATE_BACK,
  ERODE,
]);

function scipyKernel(
  name: string,
  of: string,
  { summary }: Operation,
  steps: readonly Step[],
): Kernel<ScipyArgs> {
  const operation = { name, summary, equals: `scipy.ndimage.${of}`, steps };
  return greyKernel(operation, scipySchema, (args, axes) => resolveWindow(args, axes, name));
}

/** The centre of an even footprint is after its middle, as scikit-image has it; without one, the face neighbours. */
function skimageWindow(args: SkimageArgs, axes: readonly Axis[], name: string): Window {
  const isDefault = args.size === undefined && args.footprint === undefined;
  const mask = isDefault ? structureMask(1, axes) : maskOf(args, axes, name);
  return trimmed(
    mask,
    mask.shape.map((n) => (n - 1) >> 1),
  );
}

interface Resolved {
  readonly window: Window;
  readonly mode: Mode;
  readonly cval: number;
}

function greyKernel<Args extends { readonly mode: Mode; readonly cval: number }>(
  operation: Operation,
  args: z.ZodType<Args>,
  windowOf: (args: Args, axes: readonly Axis[], name: string) => Window,
): Kernel<Args> {
  const { name, summary, equals, steps, tophat } = operation;
  return {
    name,
    summary,
    equals,
    args,
    inputs: 1,
    accepts: DTYPES,
    lengths: [],

    resolve(given, { axes }) {
      return { window: { ...windowOf(given, axes, name) }, mode: given.mode, cval: given.cval };
    },

    outputDType([input]) {
      return input!;
    },

    extent(resolvedArgs): Extent {
      return chainedReach(...windows(resolvedArgs, steps));
    },

    scratchBytes(shape, [input], resolvedArgs) {
      const each = windows(resolvedArgs, steps).map((w) => windowExtremeScratch(shape, input!, w));
      return Math.max(...each) + (steps.length > 1 ? blockBytes(shape, input!) : 0);
    },

    costPerElement(resolvedArgs, _ndim, [input]) {
      return windows(resolvedArgs, steps).reduce((sum, w) => sum + windowExtremeCost(w, input!), 0);
    },

    run(heap, [input], resolvedArgs) {
      const result = runSteps(heap, input!, resolvedArgs, steps);
      if (tophat === "white") subtract(heap, input!, result, result);
      if (tophat === "black") subtract(heap, result, input!, result);
      return result;
    },

    reference([input], resolvedArgs) {
      let block: Block = input!;
      for (const [i, window] of windows(resolvedArgs, steps).entries()) {
        const { pick } = steps[i]!;
        block = windowExtremeReference(block, window, pick, edgeAt(resolvedArgs, pick));
      }
      if (tophat === "white") return subtractReference(input!, block);
      return tophat === "black" ? subtractReference(block, input!) : block;
    },
  };
}

function runSteps(heap: Heap, input: HeapBlock, args: ResolvedArgs, steps: readonly Step[]): HeapBlock {
  let block = input;
  for (const [i, window] of windows(args, steps).entries()) {
    const { pick } = steps[i]!;
    const next = windowExtreme(heap, block, window, pick, edgeAt(args, pick));
    if (block !== input) heap.free(block);
    block = next;
  }
  return block;
}

function windows(args: ResolvedArgs, steps: readonly Step[]): Window[] {
  const { window } = args as unknown as Resolved;
  return steps.map(({ mirror }) => (mirror ? mirrored(window) : window));
}

function edgeAt(args: ResolvedArgs, pick: Pick): Edge {
  const { mode, cval } = args as unknown as Resolved;
  if (mode === "ignore") return pick === "least" ? "greatest" : "least";
  if (mode === "max") return "greatest";
  return mode === "min" ? "least" : edgeOf({ mode, cval });
}

function blockBytes(shape: readonly number[], dtype: DType): number {
  return aligned(sizeOf(shape) * itemSize(dtype));
}
