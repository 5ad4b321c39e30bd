import type { ArrayNode, SourceNode } from "../../shared/array/nodes.ts";
import type { Axis, Channel } from "../../shared/block/axes.ts";
import type { Block } from "../../shared/block/block.ts";
import { regularChunks } from "../../shared/block/chunk-grid.ts";
import type { DType } from "../../shared/block/dtype.ts";
import { type Region, wholeRegion } from "../../shared/block/region.ts";
import { HeapMachine } from "../../shared/engine/machine.ts";
import type { WorkerSession } from "../../shared/engine/session.ts";
import { LazyArray } from "../../shared/index.ts";
import { computeRegion } from "../../shared/plan/compute.ts";
import { buildProgram } from "../../shared/plan/program.ts";
import { plainAxes, testHeap } from "./kernels.ts";

const blocks = new WeakMap<ArrayNode, Block>();

/** A lazy array over a block in memory, for `evaluate`: no store, no engine. */
export function inMemory<D extends DType>(
  block: Block & { readonly dtype: D },
  options: {
    readonly axes?: readonly Axis[];
    readonly channels?: readonly Channel[];
    readonly chunks?: readonly number[];
  } = {},
): LazyArray<D> {
  const node = Object.freeze<SourceNode>({
    kind: "source",
    source: { kind: "zarr", uri: "memory", path: "" },
    fingerprints: {},
    shape: block.shape,
    chunks: regularChunks(block.shape, options.chunks ?? block.shape),
    dtype: block.dtype,
    axes: options.axes ?? plainAxes(block.shape.length),
    ...(options.channels ? { channels: options.channels } : {}),
    step: "memory",
  });
  blocks.set(node, block);
  return new LazyArray<D>(node);
}

/** A box of an array over blocks in memory, computed as a task computes it: fused, in WASM, in one go. */
export async function evaluate(array: LazyArray, region: Region = wholeRegion(array.shape)): Promise<Block> {
  const sources: Block[] = [];
  const program = buildProgram(
    array.node,
    (node) => {
      const block = blocks.get(node);
      return block === undefined ? undefined : String(sources.push(block) - 1);
    },
    () => {},
    () => "",
  );
  const heap = testHeap();
  const live = heap.live;
  const session = {
    heap,
    source: async (name: string) => {
      const block = sources[Number(name)]!;
      const { dtype, shape } = block;
      const chunkShape = shape.map((n) => Math.max(1, n));
      return {
        label: name,
        dtype,
        shape,
        chunkShape,
        fillValue: 0,
        readChunk: async () => ({ ...block, data: block.data.slice() }),
      };
    },
    keeping: () => ({}),
  } as unknown as WorkerSession;
  const result = await computeRegion(program, region, new HeapMachine(session));
  const copy = { dtype: result.dtype, shape: result.shape, data: result.data.slice() };
  heap.free(result);
  if (heap.live !== live) throw new Error(`${heap.live - live} bytes were not freed`);
  return copy;
}
