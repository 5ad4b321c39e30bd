import * as z from "zod";
import { type Block, newBlock, sizeOf, stridesOf } from "../block/block.ts";
import { DTYPES, type DType, itemSize } from "../block/dtype.ts";
import { castBlock, castReference } from "./cast.ts";
import { aligned } from "./free-list.ts";
import type { Heap, HeapBlock } from "./heap.ts";
import type { Kernel, ResolvedArgs } from "./kernel.ts";
import { type Neighbourhood, precedingSteps, resolveNeighbourhood } from "./neighbourhood.ts";

interface WatershedExports {
  watershedFlood(
    image: number,
    valueSize: number,
    out: number,
    size: number,
    mask: number,
    n: number,
    axes: number,
    dims: number,
    steps: number,
    stepCount: number,
    heap: number,
  ): void;
}

const schema = z.strictObject({
  connectivity: z.int().positive().default(1).describe("Along how many axes at once neighbours may differ"),
});

/**
 * Basins of an image, flooded from markers in the order of its values: the image, integer markers (0 is none) and, where there
 * is one, a mask beyond which nothing is flooded. Gives the markers' dtype. Equals skimage.segmentation.watershed, ties included.
 */
export const watershedKernel: Kernel<z.output<typeof schema>> = {
  name: "watershed",
  summary: "Floods an image from markers, within a mask",
  equals: "skimage.segmentation.watershed",
  args: schema,
  inputs: 3,
  accepts: DTYPES,
  lengths: [],

  resolve({ connectivity }, { axes }) {
    return { ...resolveNeighbourhood(connectivity, axes) };
  },

  outputDType([, markers]) {
    return markers!;
  },

  extent(args) {
    return { kind: "wholeBlock", axes: neighbourhoodOf(args).connected };
  },

  scratchBytes(shape, [image, , mask], args) {
    const n = Math.max(1, sizeOf(shape));
    const levels = aligned(n * itemSize(levelDType(image!)));
    const within = mask === undefined || itemSize(mask) === 1 ? 0 : aligned(n);
    const table = 4 * shape.length + floodSteps(neighbourhoodOf(args)).length * 4 * (1 + shape.length);
    // Of what waits to be flooded, a place and an age.
    return levels + within + aligned(8 * n) + aligned(table);
  },

  costPerElement() {
    return 150;
  },

  run(heap, [image, markers, mask], args) {
    const output = heap.copyIn(markers!);
    if (output.data.length === 0) return output;
    const levels = castBlock(heap, image!, levelDType(image!.dtype));
    const within = mask && (itemSize(mask.dtype) === 1 ? mask : castBlock(heap, mask, "bool"));
    flood(heap, levels, output, within, neighbourhoodOf(args));
    heap.free(levels);
    if (within && within !== mask) heap.free(within);
    return output;
  },

  reference([image, markers, mask], args) {
    return floodReference(image!, markers!, mask, neighbourhoodOf(args));
  },
};

/** Compared as scikit-image compares, which takes float64: where float32 holds every value, it gives the same order. */
function levelDType(image: DType): DType {
  return itemSize(image) <= 2 || image === "float32" ? "float32" : "float64";
}

/** Overwrites `levels`. */
function flood(
  heap: Heap,
  levels: HeapBlock,
  output: HeapBlock,
  mask: HeapBlock | undefined,
  neighbourhood: Neighbourhood,
): void {
  const { shape } = output;
  const strides = stridesOf(shape);
  const steps = floodSteps(neighbourhood).map((step) => [
    step.reduce((sum, d, axis) => sum + d * strides[axis]!, 0),
    ...step,
  ]);
  const numbers = [...shape, ...steps.flat()];
  const table = heap.allocBytes(4 * Math.max(1, numbers.length));
  const waiting = heap.allocBytes(8 * output.data.length);
  new Int32Array(heap.memory.buffer, table, numbers.length).set(numbers);
  const { watershedFlood } = heap.exports as unknown as WatershedExports;
  watershedFlood(
    levels.ptr,
    itemSize(levels.dtype),
    output.ptr,
    itemSize(output.dtype),
    mask?.ptr ?? 0,
    output.data.length,
    shape.length,
    table,
    table + 4 * shape.length,
    steps.length,
    waiting,
  );
  heap.freeBytes(waiting);
  heap.freeBytes(table);
}

/** The steps to all neighbours, nearest first, then in C order: the order in which a neighbour gets older than another. */
function floodSteps(neighbourhood: Neighbourhood): number[][] {
  const half = precedingSteps(neighbourhood);
  const all = [...half, ...half.map((step) => step.map((d) => (d === 0 ? 0 : -d))).reverse()];
  const distance = (step: readonly number[]) => step.filter((d) => d !== 0).length;
  return all.toSorted((a, b) => distance(a) - distance(b));
}

function floodReference(
  image: Block,
  markers: Block,
  mask: Block | undefined,
  neighbourhood: Neighbourhood,
): Block {
  const { shape } = markers;
  const output = newBlock(markers.dtype, shape);
  const values = castReference(image, "float64").data as Float64Array;
  const strides = stridesOf(shape);
  const steps = floodSteps(neighbourhood);
  const heap: { value: number; age: number; index: number }[] = [];
  const isLess = (a: number, b: number): boolean =>
    heap[a]!.value !== heap[b]!.value ? heap[a]!.value < heap[b]!.value : heap[a]!.age < heap[b]!.age;
  const swap = (a: number, b: number): void => {
    [heap[a], heap[b]] = [heap[b]!, heap[a]!];
  };
  const push = (value: number, age: number, index: number): void => {
    let child = heap.push({ value, age, index }) - 1;
    for (let parent = (child - 1) >> 1; child > 0 && isLess(child, parent); parent = (child - 1) >> 1) {
      swap(child, parent);
      child = parent;
    }
  };
  const pop = () => {
    swap(0, heap.length - 1);
    const first = heap.pop()!;
    for (let at = 0; ; ) {
      let least = at;
      for (const child of [2 * at + 1, 2 * at + 2])
        if (child < heap.length && isLess(child, least)) least = child;
      if (least === at) return first;
      swap(at, least);
      at = least;
    }
  };
  for (let i = 0; i < output.data.length; i++) {
    if (!markers.data[i] || (mask && !mask.data[i])) continue;
    output.data[i] = markers.data[i]!;
    push(values[i]!, 0, i);
  }
  let age = 1;
  while (heap.length > 0) {
    const { value, index } = pop();
    for (const step of steps) {
      const cell = strides.map((stride, axis) => (Math.floor(index / stride) % shape[axis]!) + step[axis]!);
      if (cell.some((c, axis) => c < 0 || c >= shape[axis]!)) continue;
      const next = cell.reduce((sum, c, axis) => sum + c * strides[axis]!, 0);
      if ((mask && !mask.data[next]) || output.data[next]) continue;
      output.data[next] = output.data[index]!;
      age++;
      push(Math.max(values[next]!, value), age, next);
    }
  }
  return output;
}

function neighbourhoodOf(args: ResolvedArgs): Neighbourhood {
  return args as unknown as Neighbourhood;
}
