import * as z from "zod";
import type { Axis } from "../../block/axes.ts";
import { type Block, sizeOf } from "../../block/block.ts";
import { DTYPES } from "../../block/dtype.ts";
import { LamellaError } from "../../errors.ts";
import { castBlock, castReference } from "../cast.ts";
import { aligned } from "../free-list.ts";
import type { HeapBlock } from "../heap.ts";
import type { Kernel, ResolvedArgs } from "../kernel.ts";
import { resolveNeighbourhood } from "../neighbourhood.ts";
import type { Edge } from "../rank/edge.ts";
import {
  centred,
  chainedReach,
  mirrored,
  originSchema,
  resolveWindow,
  structureMask,
  type Window,
  windowSchema,
} from "../rank/window.ts";
import {
  windowExtreme,
  windowExtremeCost,
  windowExtremeReference,
  windowExtremeScratch,
} from "../rank/window-extreme.ts";

/** More would walk farther than any block reaches. */
const MOST_ITERATIONS = 1000;

const schema = z.strictObject({
  connectivity: z
    .int()
    .positive()
    .optional()
    .describe(
      "The structuring element by how many axes at once neighbours may differ along: 1 (faces) without one",
    ),
  structure: windowSchema.footprint.describe("The structuring element instead: as footprint, scipy's name"),
  ...windowSchema,
  iterations: z.int().positive().max(MOST_ITERATIONS).default(1).describe("How often each step is repeated"),
  borderValue: z
    .union([z.literal(0), z.literal(1)])
    .default(0)
    .describe("What lies beyond the ends of the block"),
  origin: originSchema,
});

type BinaryArgs = z.output<typeof schema>;

interface Resolved {
  readonly window: Window;
  readonly iterations: number;
  readonly borderValue: 0 | 1;
}

type Step = "erode" | "dilate";

export const binaryErosionKernel = binaryKernel(
  "binaryErosion",
  "Elements whose whole structuring element lies in the mask: it shrinks",
  "scipy.ndimage.binary_erosion",
  ["erode"],
);
export const binaryDilationKernel = binaryKernel(
  "binaryDilation",
  "Elements that the structuring element of one in the mask holds: it grows",
  "scipy.ndimage.binary_dilation",
  ["dilate"],
);
export const binaryOpeningKernel = binaryKernel(
  "binaryOpening",
  "An erosion, then a dilation: removes what is smaller than the structuring element",
  "scipy.ndimage.binary_opening",
  ["erode", "dilate"],
);
export const binaryClosingKernel = binaryKernel(
  "binaryClosing",
  "A dilation, then an erosion: fills what is smaller than the structuring element",
  "scipy.ndimage.binary_closing",
  ["dilate", "erode"],
);

function binaryKernel(
  name: string,
  summary: string,
  equals: string,
  steps: readonly Step[],
): Kernel<BinaryArgs> {
  return {
    name,
    summary,
    equals,
    args: schema,
    inputs: 1,
    accepts: DTYPES,
    lengths: [],

    resolve(args, { axes }) {
      return {
        window: { ...windowOf(args, axes, name) },
        iterations: args.iterations,
        borderValue: args.borderValue,
      };
    },

    outputDType() {
      return "bool";
    },

    extent(args) {
      return chainedReach(...windows(args, steps).map(({ window }) => window));
    },

    scratchBytes(shape, [input], args) {
      const each = windows(args, steps).map(({ window }) => windowExtremeScratch(shape, "bool", window));
      const held = input !== "bool" || each.length > 1 ? aligned(sizeOf(shape)) : 0;
      return Math.max(...each) + held;
    },

    costPerElement(args) {
      return windows(args, steps).reduce((sum, { window }) => sum + windowExtremeCost(window, "bool"), 0.2);
    },

    run(heap, [input], args) {
      let block: HeapBlock = input!.dtype === "bool" ? input! : castBlock(heap, input!, "bool");
      for (const { step, window } of windows(args, steps)) {
        const next = windowExtreme(heap, block, window, step === "erode" ? "least" : "greatest", edge(args));
        if (block !== input) heap.free(block);
        block = next;
      }
      return block;
    },

    reference([input], args) {
      let block: Block = castReference(input!, "bool");
      for (const { step, window } of windows(args, steps)) {
        const pick = step === "erode" ? "least" : "greatest";
        block = windowExtremeReference(block, window, pick, edge(args));
      }
      return block;
    },
  };
}

/** Throws INVALID_ARGS where a structuring element is given in two ways. */
function windowOf(args: BinaryArgs, axes: readonly Axis[], name: string): Window {
  const { connectivity, structure, size, footprint, origin } = args;
  const given = Object.entries({ connectivity, structure, size, footprint }).filter(
    ([, value]) => value !== undefined,
  );
  if (given.length > 1) {
    throw new LamellaError(
      "INVALID_ARGS",
      `${name}: ${given.map(([key]) => key).join(" and ")} both give a structuring element`,
      { hint: "Give one of connectivity, structure (or footprint) and size." },
    );
  }
  if (size !== undefined || footprint !== undefined || structure !== undefined) {
    return resolveWindow({ size, footprint: footprint ?? structure, origin }, axes, name);
  }
  const mask = structureMask(resolveNeighbourhood(connectivity ?? 1, axes).connectivity, axes);
  return centred(mask, origin, axes, name);
}

/** An element is in the dilation where its mirrored window meets the mask. */
function windows(args: ResolvedArgs, steps: readonly Step[]): { step: Step; window: Window }[] {
  const { window, iterations } = args as unknown as Resolved;
  return steps.flatMap((step) =>
    Array.from({ length: iterations }, () => ({
      step,
      window: step === "erode" ? window : mirrored(window),
    })),
  );
}

function edge(args: ResolvedArgs): Edge {
  return { constant: (args as unknown as Resolved).borderValue };
}
