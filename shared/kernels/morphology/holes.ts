import * as z from "zod";
import { type Block, newBlock, sizeOf, stridesOf } from "../../block/block.ts";
import { LamellaError } from "../../errors.ts";
import { isZero, measureComponents, paintComponents, traitScratch } from "../components.ts";
import { aligned } from "../free-list.ts";
import type { Heap, HeapBlock } from "../heap.ts";
import type { Kernel, ResolvedArgs } from "../kernel.ts";
import { MASK_DTYPES } from "../label.ts";
import { type Neighbourhood, resolveNeighbourhood } from "../neighbourhood.ts";
import { componentsReference, mostRuns, runsScratch } from "../runs.ts";

const connectivity = z
  .int()
  .positive()
  .default(1)
  .describe("Along how many axes at once elements of a hole may differ; 1 is faces only");
const count = z.int().nonnegative().optional();

const fillSchema = z.strictObject({ connectivity });
const smallSchema = z.strictObject({
  maxSize: count.describe("Holes of this many elements or fewer are filled"),
  areaThreshold: count.describe("Holes of fewer elements are filled, instead of maxSize: the older name"),
  connectivity,
});

type Fill = Neighbourhood;
type Small = Neighbourhood & { readonly minSize: number };

/**
 * Fills what is 0 and not joined to an end of the block along a spatial axis. Gives bool. Equals
 * scipy.ndimage.binary_fill_holes, but for axes of one element: beside two that have more those are not looked along, so a
 * single plane of a stack is filled as a plane.
 */
export const fillHolesKernel: Kernel<z.output<typeof fillSchema>> = {
  name: "fillHoles",
  summary: "Fills what is 0 and not joined to an end of the block; a single plane of a stack as a plane",
  equals: "scipy.ndimage.binary_fill_holes",
  args: fillSchema,
  ...shared("fillHoles"),

  resolve(args, { axes }) {
    return { ...resolveNeighbourhood(args.connectivity, axes) };
  },

  run(heap, [input], args) {
    const { connected } = args as unknown as Fill;
    return fillUnless(heap, input!, args as unknown as Neighbourhood, false, (labels, found) => {
      const outside = new Uint8Array(found);
      forEachAtEnds(labels.shape, connected, (at) => {
        const label = labels.data[at] as number;
        if (label !== 0) outside[label - 1] = 1;
      });
      return outside;
    });
  },

  reference([input], args) {
    const { connected } = args as unknown as Fill;
    return fillReference(input!, args as unknown as Neighbourhood, (labels) => {
      const outside = new Set<number>();
      forEachAtEnds(input!.shape, connected, (at) => outside.add(labels[at]!));
      return outside;
    });
  },
};

/** Fills the components of what is 0 that have few elements. Gives bool. Equals skimage.morphology.remove_small_holes. */
export const removeSmallHolesKernel: Kernel<z.output<typeof smallSchema>> = {
  name: "removeSmallHoles",
  summary: "Fills holes of few elements",
  equals: "skimage.morphology.remove_small_holes",
  args: smallSchema,
  ...shared("removeSmallHoles"),

  resolve({ maxSize, areaThreshold, connectivity: most }, { axes }) {
    if ((maxSize === undefined) === (areaThreshold === undefined)) {
      throw new LamellaError("INVALID_ARGS", "removeSmallHoles takes either maxSize or areaThreshold", {
        hint: "maxSize: 63 fills holes of up to 63 elements, and so does areaThreshold: 64.",
      });
    }
    return { minSize: areaThreshold ?? maxSize! + 1, ...resolveNeighbourhood(most, axes) };
  },

  run(heap, [input], args) {
    const { minSize, ...neighbourhood } = args as unknown as Small;
    return fillUnless(heap, input!, neighbourhood, true, (_labels, found, sizes) =>
      Uint8Array.from({ length: found }, (_, i) => Number(sizes[i]! >= minSize)),
    );
  },

  reference([input], args) {
    const { minSize, ...neighbourhood } = args as unknown as Small;
    return fillReference(input!, neighbourhood, (labels) => {
      const sizes = new Map<number, number>();
      for (const label of labels) sizes.set(label, (sizes.get(label) ?? 0) + 1);
      return new Set([...sizes].filter(([, size]) => size >= minSize).map(([label]) => label));
    });
  },
};

function shared(name: string) {
  return {
    inputs: 1,
    accepts: MASK_DTYPES,
    lengths: [],
    outputDType: () => "bool" as const,
    extent: (args: ResolvedArgs) => ({
      kind: "wholeBlock" as const,
      axes: (args as unknown as Neighbourhood).connected,
      instead: `the operation ${name} fills holes of the whole array`,
    }),
    scratchBytes(shape: readonly number[], _inputs: unknown, args: ResolvedArgs) {
      const neighbourhood = args as unknown as Neighbourhood;
      const length = sizeOf(shape);
      if (length === 0) return 2 * aligned(0);
      const measured = aligned(4 * length) + traitScratch(shape, neighbourhood);
      const painted = runsScratch(shape, neighbourhood) + aligned(mostRuns(shape, neighbourhood));
      // The background, then its labels, or a table of what stays.
      return aligned(length) + Math.max(measured, painted);
    },
    costPerElement: () => 4,
  } as const;
}

/** The complement of the components of what is 0 that `stays` chooses by their labels. */
function fillUnless(
  heap: Heap,
  input: HeapBlock,
  neighbourhood: Neighbourhood,
  sized: boolean,
  stays: (labels: HeapBlock, count: number, sizes: Float64Array) => Uint8Array,
): HeapBlock {
  const background = isZero(heap, input);
  const trait = sized ? ({ kind: "size" } as const) : undefined;
  const found = measureComponents(heap, background, neighbourhood, trait);
  const kept = stays(found.labels, found.count, found.traits ?? new Float64Array(0));
  heap.free(found.labels);
  const filled = paintComponents(heap, background, neighbourhood, kept, true);
  heap.free(background);
  return filled;
}

function fillReference(
  input: Block,
  neighbourhood: Neighbourhood,
  stays: (labels: Uint32Array) => ReadonlySet<number>,
): Block {
  const background = newBlock("bool", input.shape);
  for (let i = 0; i < input.data.length; i++) background.data[i] = input.data[i] ? 0 : 1;
  const labels = componentsReference(background, neighbourhood);
  const outside = stays(labels);
  const result = newBlock("bool", input.shape);
  for (let i = 0; i < labels.length; i++) result.data[i] = labels[i] !== 0 && outside.has(labels[i]!) ? 0 : 1;
  return result;
}

/** The elements at the first and the last place of each connected axis, but for the short ones of a plane; all where there is no axis. */
function forEachAtEnds(
  shape: readonly number[],
  connected: readonly boolean[],
  use: (at: number) => void,
): void {
  const size = sizeOf(shape);
  if (size === 0) return;
  const strides = stridesOf(shape);
  const along = [...shape.keys()].filter((axis) => connected[axis]);
  const long = along.filter((axis) => shape[axis]! > 1);
  if (along.length === 0) for (let at = 0; at < size; at++) use(at);
  for (const axis of long.length >= 2 ? long : along) {
    const n = shape[axis]!;
    const inner = strides[axis]!;
    for (let outer = 0; outer < size; outer += n * inner) {
      for (let i = 0; i < inner; i++) {
        use(outer + i);
        use(outer + (n - 1) * inner + i);
      }
    }
  }
}
