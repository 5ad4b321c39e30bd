import * as z from "zod";
import { sizeOf } from "../block/block.ts";
import { DTYPES, isFloat, itemSize } from "../block/dtype.ts";
import { LamellaError } from "../errors.ts";
import type { Heap, HeapBlock } from "./heap.ts";
import type { Kernel, ResolvedArgs } from "./kernel.ts";
import { type Neighbourhood, resolveNeighbourhood } from "./neighbourhood.ts";
import { componentsReference, type Runs, runsScratch, withRuns } from "./runs.ts";

interface LabelExports {
  numberRuns(count: number, parent: number): number;
  collectFirsts(painted: number, rows: number, n: number, rowStart: number, labels: number): void;
  paintLabels(
    out: number,
    rows: number,
    n: number,
    width: number,
    rowStart: number,
    runs: number,
    labels: number,
  ): void;
  mapLabels(labels: number, out: number, n: number, mapping: number, size: number): void;
}

const schema = z.strictObject({
  connectivity: z
    .int()
    .positive()
    .default(1)
    .describe(
      "Along how many axes at once neighbours may differ: 1 is faces only. Time and channels never connect",
    ),
});

/** bool and integers: what is not 0 is foreground. */
export const MASK_DTYPES = DTYPES.filter((dtype) => !isFloat(dtype));

/** A block's connected components. Whoever gets it frees `labels`. */
export interface BlockLabels {
  /** uint32, of the mask's shape: 0 is background, components count from 1 by their first element in C order. */
  readonly labels: HeapBlock;
  readonly count: number;
  /** [count]: the C-order linear index in the block of the first element of label i + 1. */
  readonly firsts: Float64Array;
}

/**
 * Labels the connected components of a bool or integer mask: what is not 0 is foreground. `connected` says per axis
 * whether neighbours along it touch; `connectivity` along how many of those they may differ at once. Numbers equal
 * scipy.ndimage.label's.
 */
export function labelBlock(
  heap: Heap,
  mask: HeapBlock,
  connectivity: number,
  connected: readonly boolean[],
): BlockLabels {
  const { collectFirsts } = heap.exports as unknown as LabelExports;
  const labels = heap.alloc("uint32", mask.shape);
  if (labels.data.length === 0) return { labels, count: 0, firsts: new Float64Array(0) };
  const use = (runs: Runs): BlockLabels => {
    const count = numberLabels(heap, runs, labels);
    collectFirsts(labels.ptr, runs.rows, runs.n, runs.rowStart, runs.parent);
    const firsts = Float64Array.from(new Uint32Array(heap.memory.buffer, runs.parent, count));
    return { labels, count, firsts };
  };
  return withRuns(heap, mask, { connectivity, connected }, use, labels);
}

/** Turns `parent` into each run's label, paints the labels where there is a block for them, and gives how many there are. */
export function numberLabels(heap: Heap, found: Runs, labels?: HeapBlock): number {
  const { numberRuns } = heap.exports as unknown as LabelExports;
  const labelled = numberRuns(found.count, found.parent) >>> 0;
  if (labels) paintRuns(heap, found, labels);
  return labelled;
}

/** Paints the labels that `numberLabels` gave the runs, which are gone if they lie within `labels`. */
export function paintRuns(
  heap: Heap,
  { rows, n, width, rowStart, runs, parent }: Runs,
  labels: HeapBlock,
): void {
  const { paintLabels } = heap.exports as unknown as LabelExports;
  paintLabels(labels.ptr, rows, n, width, rowStart, runs, parent);
}

/**
 * `mapping[label]` for each label, in the mapping's dtype: uint32, where the labels themselves change, or uint64, a new block
 * for which `labels` is freed. The mapping has an entry for every label that occurs, 0 included; its entry 0 is what the
 * background becomes.
 */
export function relabel(heap: Heap, labels: HeapBlock, mapping: HeapBlock): HeapBlock {
  if (labels.dtype !== "uint32" || (mapping.dtype !== "uint32" && mapping.dtype !== "uint64")) {
    throw new LamellaError("INTERNAL", `relabel of ${labels.dtype} by a mapping of ${mapping.dtype}`);
  }
  const { mapLabels } = heap.exports as unknown as LabelExports;
  const output = mapping.dtype === "uint32" ? labels : heap.alloc(mapping.dtype, labels.shape);
  mapLabels(labels.ptr, output.ptr, labels.data.length, mapping.ptr, itemSize(mapping.dtype));
  if (output !== labels) heap.free(labels);
  return output;
}

/**
 * Connected components of a bool or integer mask, as uint32 counted from 1 by first element in C order within the
 * block. Equals scipy.ndimage.label with generate_binary_structure(rank, connectivity) over the spatial axes.
 */
export const labelKernel: Kernel<z.output<typeof schema>> = {
  name: "label",
  summary: "Numbers the connected components of a mask",
  equals: "scipy.ndimage.label",
  args: schema,
  inputs: 1,
  accepts: MASK_DTYPES,
  lengths: [],

  resolve({ connectivity }, { axes }) {
    return { ...resolveNeighbourhood(connectivity, axes) };
  },

  outputDType() {
    return "uint32";
  },

  extent() {
    return { kind: "wholeBlock", instead: "the operation label numbers the whole array" };
  },

  scratchBytes(shape, _inputs, args) {
    return runsScratch(shape, neighbourhoodOf(args), { within: true });
  },

  costPerElement() {
    return 2.5;
  },

  run(heap, [mask], args) {
    const labels = heap.alloc("uint32", mask!.shape);
    if (sizeOf(mask!.shape) > 0) {
      withRuns(heap, mask!, neighbourhoodOf(args), (runs) => numberLabels(heap, runs, labels), labels);
    }
    return labels;
  },

  reference([mask], args) {
    return { dtype: "uint32", shape: mask!.shape, data: componentsReference(mask!, neighbourhoodOf(args)) };
  },
};

function neighbourhoodOf(args: ResolvedArgs): Neighbourhood {
  return args as unknown as Neighbourhood;
}
