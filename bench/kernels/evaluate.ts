import type { ArrayNode, SourceNode } from "../../shared/array/nodes.ts";
import { regularChunks } from "../../shared/block/chunk-grid.ts";
import type { DType } from "../../shared/block/dtype.ts";
import { type Region, sameRegion, wholeRegion } from "../../shared/block/region.ts";
import { HeapMachine } from "../../shared/engine/machine.ts";
import type { WorkerSession } from "../../shared/engine/session.ts";
import { LazyArray } from "../../shared/index.ts";
import type { Heap, HeapBlock } from "../../shared/kernels/heap.ts";
import { computeRegion } from "../../shared/plan/compute.ts";
import { buildProgram } from "../../shared/plan/program.ts";

/** A worker's machine whose inputs lie in its heap already: what a task does once it has read. */
class ReadMachine extends HeapMachine {
  readonly #inputs: readonly HeapBlock[];

  constructor(heap: Heap, inputs: readonly HeapBlock[]) {
    // Programs of built-in kernels take nothing of the session but its heap, apart from what they read.
    super({ heap } as WorkerSession);
    this.#inputs = inputs;
  }

  override async read(array: string, _dtype: DType, region: Region): Promise<HeapBlock> {
    const block = this.#inputs[Number(array)]!;
    if (sameRegion(region, wholeRegion(block.shape))) return block;
    return this.crop(block, region.start, region.shape);
  }

  override free(block: HeapBlock): void {
    if (!this.#inputs.includes(block)) super.free(block);
  }
}

/** Steps on arrays in a heap, compiled as a task gets them; each call computes a result, which is the caller's. */
export function evaluator(
  heap: Heap,
  inputs: readonly HeapBlock[],
  steps: (arrays: readonly LazyArray[]) => LazyArray,
): () => Promise<HeapBlock> {
  const sources = inputs.map(sourceOf);
  const { node, shape } = steps(sources.map((source) => new LazyArray(source)));
  const program = buildProgram(
    node,
    (known) => {
      const i = sources.indexOf(known as (typeof sources)[number]);
      return i < 0 ? undefined : String(i);
    },
    () => {},
    () => "",
  );
  const machine = new ReadMachine(heap, inputs);
  return () => computeRegion(program, wholeRegion(shape), machine);
}

function sourceOf({ shape, dtype }: HeapBlock): ArrayNode {
  return Object.freeze<SourceNode>({
    kind: "source",
    source: { kind: "zarr", uri: "memory", path: "" },
    fingerprints: {},
    shape,
    chunks: regularChunks(shape, shape),
    dtype,
    axes: shape.map((_, i) => ({ name: `dim_${i}`, scale: 1, translation: 0 })),
    step: "memory",
  });
}
