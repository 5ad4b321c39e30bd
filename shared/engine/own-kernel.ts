import { sizeOf } from "../block/block.ts";
import { offsetsOf } from "../block/chunk-grid.ts";
import { copyBox } from "../block/copy.ts";
import { allocate } from "../block/dtype.ts";
import { isLamellaError, LamellaError } from "../errors.ts";
import { castBlock } from "../kernels/cast.ts";
import type { HeapBlock } from "../kernels/heap.ts";
import type { BlockPlace, OwnBlock, OwnContext } from "../kernels/own/own-kernel.ts";
import { resultBlock } from "../kernels/own/result.ts";
import { fillScalars } from "../kernels/scalars.ts";
import type { BlockCall, BlockPart } from "../plan/blockwise-needs.ts";
import type { BlockwiseStep } from "../plan/schema.ts";
import type { WorkerSession } from "./session.ts";

/** A block, or blocks along contracted axes, nested. */
type Argument = OwnBlock | readonly Argument[];

/**
 * Calls an own kernel with copies of its blocks in ordinary memory, and takes its result into the heap. What the function throws becomes
 * TASK_FAILED with the step, the function and the block.
 */
export async function callOwnKernel(
  session: WorkerSession,
  step: BlockwiseStep,
  { module, export: name }: NonNullable<BlockwiseStep["call"]>,
  call: BlockCall,
  inputs: readonly (HeapBlock | undefined)[],
  scalars: readonly HeapBlock[],
): Promise<HeapBlock> {
  const where = `step ${step.step}: ${name}, on block [${call.index.join(", ")}] of the result,`;
  const fn = await session.ownKernel(module, name);
  const blocks = step.inputs.map((input, i): unknown =>
    "node" in input ? argument(step, input.labels, call.parts[i]!, inputs[i]!) : input.literal,
  );
  let returned: Awaited<ReturnType<typeof fn>>;
  try {
    returned = await fn(...blocks, contextOf(step, call, scalars));
  } catch (error) {
    if (isLamellaError(error)) throw error;
    const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    throw new LamellaError("TASK_FAILED", `${where} threw ${message}`, {
      hint: "The kernel is your own: call it with such a block by itself to find out why.",
      details: { step: step.step, kernel: name, block: [...call.index] },
      cause: error,
    });
  }
  const block = session.heap.copyIn(resultBlock(returned, call.shape, step.dtype, where, step.output));
  if (block.dtype === step.dtype) return block;
  const result = castBlock(session.heap, block, step.dtype);
  session.heap.free(block);
  return result;
}

/** An input as the function takes it: one block, or with `concatenate: false` a list of those along each contracted axis. */
function argument(
  step: BlockwiseStep,
  labels: readonly number[],
  part: BlockPart,
  block: HeapBlock,
): Argument {
  const contracted = labels.map((label) => !step.concatenate && !step.out.includes(label));
  if (!contracted.includes(true)) return copyOf(block);
  const cuts = labels.map((label, axis) => {
    const whole = [{ start: 0, size: block.shape[axis]! }];
    if (!contracted[axis] || part.region.shape[axis] === 1) return whole;
    const sizes = step.labelBlocks[label]!;
    return offsetsOf(sizes).map((start, i) => ({ start, size: sizes[i]! }));
  });
  const nest = (axis: number, from: readonly number[], shape: readonly number[]): Argument => {
    if (axis === labels.length) return pieceOf(block, from, shape);
    if (!contracted[axis]) return nest(axis + 1, [...from, 0], [...shape, block.shape[axis]!]);
    return cuts[axis]!.map(({ start, size }) => nest(axis + 1, [...from, start], [...shape, size]));
  };
  return nest(0, [], []);
}

function copyOf({ dtype, shape, data }: HeapBlock): OwnBlock {
  const copy = allocate(dtype, data.length);
  (copy as Uint8Array).set(data as Uint8Array);
  return { dtype, shape: [...shape], data: copy };
}

function pieceOf(block: HeapBlock, from: readonly number[], shape: readonly number[]): OwnBlock {
  const piece = { dtype: block.dtype, shape, data: allocate(block.dtype, sizeOf(shape)) };
  copyBox(
    block,
    from,
    piece,
    shape.map(() => 0),
    shape,
  );
  return piece;
}

function contextOf(step: BlockwiseStep, call: BlockCall, scalars: readonly HeapBlock[]): OwnContext {
  const place = (part: BlockPart, labels: readonly number[]): BlockPlace => ({
    index: part.index,
    start: part.region.start,
    shape: part.region.shape,
    arrayShape: labels.map((label) => step.labelBlocks[label]!.reduce((sum, size) => sum + size, 0)),
    numBlocks: labels.map((label) => step.labelBlocks[label]!.length),
  });
  return {
    args: fillScalars(step.args, scalars),
    block: {
      index: call.index,
      start: call.region.start,
      shape: call.region.shape,
      arrayShape: step.shape,
      numBlocks: step.blocks.map((blocks) => blocks.length),
    },
    output: { dtype: step.dtype, shape: call.shape },
    inputs: step.inputs.flatMap((input, i) => {
      const part = call.parts[i];
      if (!part || !("node" in input)) return [];
      const halo = part.maps.map((m, axis): [number, number] => [
        part.region.start[axis]! - m.start,
        m.stop - part.region.start[axis]! - part.region.shape[axis]!,
      ]);
      return [{ ...place(part, input.labels), halo }];
    }),
  };
}
