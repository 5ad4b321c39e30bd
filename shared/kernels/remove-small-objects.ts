import * as z from "zod";
import { type Block, newBlock, sizeOf } from "../block/block.ts";
import { itemSize } from "../block/dtype.ts";
import { LamellaError } from "../errors.ts";
import type { Heap, HeapBlock } from "./heap.ts";
import type { Kernel, ResolvedArgs } from "./kernel.ts";
import { MASK_DTYPES } from "./label.ts";
import { type Neighbourhood, resolveNeighbourhood } from "./neighbourhood.ts";
import { componentsReference, mostRuns, runsScratch, withRuns } from "./runs.ts";

interface RemoveSmallExports {
  paintLargeRuns(
    out: number,
    rows: number,
    n: number,
    width: number,
    rowStart: number,
    runs: number,
    parent: number,
    sizes: number,
    minSize: number,
  ): void;
  removeSmallLabels(
    size: number,
    src: number,
    dst: number,
    n: number,
    minSize: number,
    keys: number,
    counts: number,
    bits: number,
  ): void;
}

const schema = z.strictObject({
  minSize: z.int().nonnegative().optional().describe("Objects of fewer elements go"),
  maxSize: z
    .int()
    .nonnegative()
    .optional()
    .describe("Objects of this many elements or fewer go, instead of minSize"),
  connectivity: z
    .int()
    .positive()
    .default(1)
    .describe("Of masks: along how many axes at once neighbours may differ; 1 is faces only"),
});

type Resolved = Neighbourhood & { readonly minSize: number };

/** Slots of the table that counts labels; beyond half as many labels, they are counted in parts. */
const MOST_SLOT_BITS = 18;

/**
 * Removes the connected components of a bool mask, or the labels of an integer image, that have too few elements.
 * Gives the input's dtype. Negative labels count as labels. Equals skimage.morphology.remove_small_objects; of a mask
 * only spatial axes connect.
 */
export const removeSmallObjectsKernel: Kernel<z.output<typeof schema>> = {
  name: "removeSmallObjects",
  summary: "Removes small components of a mask, or labels that occur rarely",
  equals: "skimage.morphology.remove_small_objects",
  args: schema,
  inputs: 1,
  accepts: MASK_DTYPES,
  lengths: [],

  resolve({ minSize, maxSize, connectivity }, { axes }) {
    if ((minSize === undefined) === (maxSize === undefined)) {
      throw new LamellaError("INVALID_ARGS", "removeSmallObjects takes either minSize or maxSize", {
        hint: "minSize: 50 removes what is under 50, and so does maxSize: 49.",
      });
    }
    return { minSize: minSize ?? maxSize! + 1, ...resolveNeighbourhood(connectivity, axes) };
  },

  outputDType([input]) {
    return input!;
  },

  extent(args, _ndim, [input]) {
    // Labels are counted wherever they are; components of a mask lie within a time point and a channel.
    const { connected, minSize } = resolved(args);
    const axes =
      input === "bool"
        ? { axes: connected, within: connected.map((along) => (along ? Math.max(0, minSize - 1) : 0)) }
        : {};
    return { kind: "wholeBlock", ...axes, instead: "rechunk first, so that whole objects lie in a chunk" };
  },

  scratchBytes(shape, [input], args) {
    const length = sizeOf(shape);
    if (length === 0) return 0;
    if (input !== "bool") return 12 * 2 ** slotBits(length);
    const apart = apartOf(shape, resolved(args));
    return runsScratch(apart.shape, apart) + Math.ceil(mostRuns(apart.shape, apart) / 16) * 64;
  },

  costPerElement(_args, _ndim, [input]) {
    return input === "bool" ? 1.5 : 4;
  },

  run(heap, [input], args) {
    const { minSize, ...neighbourhood } = resolved(args);
    // A count never reaches more than a block has.
    const least = Math.min(minSize, 2 ** 32 - 1);
    return input!.dtype === "bool"
      ? removeComponents(heap, input!, neighbourhood, least)
      : removeLabels(heap, input!, least);
  },

  reference([input], args) {
    const { minSize, ...neighbourhood } = resolved(args);
    const objects = input!.dtype === "bool" ? componentsReference(input!, neighbourhood) : input!.data;
    const sizes = new Map<number | bigint, number>();
    for (const object of objects) sizes.set(object, (sizes.get(object) ?? 0) + 1);
    const result: Block = newBlock(input!.dtype, input!.shape);
    const target = result.data as { [i: number]: number | bigint };
    for (let i = 0; i < objects.length; i++) {
      if (sizes.get(objects[i]!)! >= minSize) target[i] = input!.data[i]!;
    }
    return result;
  },
};

function removeComponents(
  heap: Heap,
  mask: HeapBlock,
  neighbourhood: Neighbourhood,
  minSize: number,
): HeapBlock {
  const { paintLargeRuns } = heap.exports as unknown as RemoveSmallExports;
  const output = heap.alloc("bool", mask.shape);
  if (output.data.length === 0) return output;
  const apart = apartOf(mask.shape, neighbourhood);
  const length = sizeOf(apart.shape);
  for (let at = 0; at < mask.data.length; at += length) {
    const part = heap.reshape({ ...mask, ptr: mask.ptr + at }, apart.shape);
    withRuns(heap, part, apart, ({ rows, n, count, width, rowStart, runs, parent }) => {
      const sizes = heap.allocBytes(4 * count);
      paintLargeRuns(output.ptr + at, rows, n, width, rowStart, runs, parent, sizes, minSize);
      heap.freeBytes(sizes);
    });
  }
  return output;
}

/** What lies at one index of the leading axes along which nothing connects: tables of its objects alone stay small. */
function apartOf(
  shape: readonly number[],
  { connectivity, connected }: Neighbourhood,
): Neighbourhood & { readonly shape: readonly number[] } {
  const first = connected.indexOf(true);
  const axis = first < 0 ? shape.length - 1 : first;
  return { connectivity, connected: connected.slice(axis), shape: shape.slice(axis) };
}

function removeLabels(heap: Heap, labels: HeapBlock, minSize: number): HeapBlock {
  const { removeSmallLabels } = heap.exports as unknown as RemoveSmallExports;
  const output = heap.alloc(labels.dtype, labels.shape);
  const length = labels.data.length;
  if (length === 0) return output;
  const bits = slotBits(length);
  const keys = heap.allocBytes(12 * 2 ** bits);
  const counts = keys + 8 * 2 ** bits;
  removeSmallLabels(itemSize(labels.dtype), labels.ptr, output.ptr, length, minSize, keys, counts, bits);
  heap.freeBytes(keys);
  return output;
}

function slotBits(length: number): number {
  return Math.min(MOST_SLOT_BITS, Math.max(4, Math.ceil(Math.log2(2 * length))));
}

function resolved(args: ResolvedArgs): Resolved {
  return args as unknown as Resolved;
}
