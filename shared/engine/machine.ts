import type { AxisMap } from "../block/boundary.ts";
import { copyBox } from "../block/copy.ts";
import { copyStrided } from "../block/copy-strided.ts";
import type { DType } from "../block/dtype.ts";
import { gather } from "../block/extend.ts";
import { readRegion } from "../block/read-region.ts";
import { formatRegion, type Region } from "../block/region.ts";
import { isLamellaError, LamellaError } from "../errors.ts";
import { castBlock, castRun } from "../kernels/cast.ts";
import { expressionOnRows } from "../kernels/expr/run.ts";
import type { Heap, HeapBlock } from "../kernels/heap.ts";
import type { KernelBox } from "../kernels/kernel.ts";
import { exprArgs, typeExprArgs } from "../kernels/region/expr.ts";
import type { RegionFacts } from "../kernels/region/region-op.ts";
import { regionOpNamed } from "../kernels/region/registry.ts";
import { kernelNamed } from "../kernels/registry.ts";
import type { RowStep } from "../kernels/row-step.ts";
import { fillScalars } from "../kernels/scalars.ts";
import type { BlockCall } from "../plan/blockwise-needs.ts";
import type { Machine, NextStep } from "../plan/machine.ts";
import type { BlockwiseStep, KernelStep, OpStep } from "../plan/schema.ts";
import { callOwnKernel } from "./own-kernel.ts";
import type { WorkerSession } from "./session.ts";
import { chunkTaker } from "./take-chunk.ts";

/** Carries programs out on real blocks in a worker's heap. */
export class HeapMachine implements Machine<HeapBlock> {
  readonly #session: WorkerSession;
  readonly #heap: Heap;

  constructor(session: WorkerSession) {
    this.#session = session;
    this.#heap = session.heap;
  }

  async read(array: string, dtype: DType, region: Region): Promise<HeapBlock> {
    const source = await this.#session.source(array);
    if (source.dtype !== dtype || source.shape.length !== region.shape.length) {
      throw new LamellaError(
        "INPUT_CHANGED",
        `${source.label} is ${source.dtype}; the plan was made for ${dtype}`,
        {
          hint: "The input changed since the plan was made: run again.",
        },
      );
    }
    const { widths, turnOf, shared } = this.#session.keeping(array, source);
    const block = this.#heap.alloc(dtype, region.shape);
    try {
      await readRegion(source, region, block, {
        cache: this.#session.cache,
        shared,
        widths,
        turnOf,
        signal: this.#session.signal,
        take: chunkTaker(this.#heap, source, block, this.#session.signal),
        count: this.#session.regions,
      });
    } catch (error) {
      this.#heap.free(block);
      throw this.#ownDamage(array, error);
    }
    return block;
  }

  /** What the run itself wrote before can be done again. */
  #ownDamage(array: string, error: unknown): unknown {
    if (this.#session.plan.arrays[array]?.role === "input" || !isLamellaError(error)) return error;
    if (error.code !== "CHECKSUM_MISMATCH" && error.code !== "CHUNK_DECODE") return error;
    return new LamellaError(error.code, error.message, {
      hint: "It changed since an earlier stage wrote it: resume with --verify.",
      details: error.details,
      cause: error,
    });
  }

  alloc(dtype: DType, shape: readonly number[]): HeapBlock {
    return this.#heap.alloc(dtype, shape);
  }

  gather(block: HeapBlock, maps: readonly AxisMap[]): HeapBlock {
    const target = this.#heap.alloc(
      block.dtype,
      maps.map((m) => m.stop - m.start),
    );
    gather(block, target, maps);
    return target;
  }

  crop(block: HeapBlock, from: readonly number[], shape: readonly number[]): HeapBlock {
    const target = this.#heap.alloc(block.dtype, shape);
    const origin = shape.map(() => 0);
    copyBox(block, from, target, origin, shape);
    return target;
  }

  paste(
    from: HeapBlock,
    at: readonly number[],
    into: HeapBlock,
    to: readonly number[],
    shape: readonly number[],
  ): void {
    copyBox(from, at, into, to, shape);
  }

  view(block: HeapBlock, origin: number, strides: readonly number[], shape: readonly number[]): HeapBlock {
    const target = this.#heap.alloc(block.dtype, shape);
    copyStrided(block, origin, strides, target);
    return target;
  }

  kernel(step: KernelStep, inputs: readonly HeapBlock[], scalars: readonly HeapBlock[]): HeapBlock {
    try {
      return kernelNamed(step.kernel).run(this.#heap, inputs, fillScalars(step.args, scalars));
    } catch (error) {
      throw failed(error, step.step, `kernel ${step.kernel}`, inputs[0]?.shape ?? []);
    }
  }

  boxed(step: KernelStep, input: HeapBlock, box: KernelBox, next: NextStep | undefined): HeapBlock {
    try {
      return kernelNamed(step.kernel).boxed!.run(
        this.#heap,
        input,
        step.args,
        box,
        next && rowStep(step, next),
      );
    } catch (error) {
      throw failed(error, step.step, `kernel ${step.kernel}`, input.shape);
    }
  }

  op(
    step: OpStep,
    facts: RegionFacts,
    region: Region,
    inputs: readonly HeapBlock[],
    boxes: readonly Region[],
  ): HeapBlock {
    try {
      return regionOpNamed(step.op).run(this.#heap, step.args, region, inputs, boxes, facts);
    } catch (error) {
      throw failed(error, step.step, step.op, region.shape);
    }
  }

  async call(
    step: BlockwiseStep,
    call: BlockCall,
    inputs: readonly (HeapBlock | undefined)[],
    scalars: readonly HeapBlock[],
  ): Promise<HeapBlock> {
    if (!step.call) {
      const [block] = inputs;
      return this.crop(
        block!,
        call.shape.map(() => 0),
        call.shape,
      );
    }
    return callOwnKernel(this.#session, step, step.call, call, inputs, scalars);
  }

  cast(block: HeapBlock, dtype: DType): HeapBlock {
    return castBlock(this.#heap, block, dtype);
  }

  free(block: HeapBlock): void {
    this.#heap.free(block);
  }
}

/** The step after a kernel as one that takes its rows. */
function rowStep(kernel: KernelStep, next: NextStep): RowStep {
  const { dtype } = next;
  if (next.kind === "cast")
    return { dtype, apply: (heap, ...run) => castRun(heap, kernel.dtype, dtype, ...run) };
  const typed = typeExprArgs(exprArgs(next.args), [kernel.dtype]);
  let linked: { readonly heap: Heap; readonly run: ReturnType<typeof expressionOnRows> } | undefined;
  return {
    dtype,
    apply(heap, ...rows) {
      // a row is too short to look its program up again
      if (linked?.heap !== heap) linked = { heap, run: expressionOnRows(heap, typed, kernel.dtype) };
      linked.run(...rows);
    },
  };
}

function failed(error: unknown, step: string, what: string, shape: readonly number[]): LamellaError {
  if (isLamellaError(error)) return error;
  const block = formatRegion({ start: shape.map(() => 0), shape });
  const message = error instanceof Error ? error.message : String(error);
  return new LamellaError("TASK_FAILED", `step ${step}: ${what} failed on a block ${block}: ${message}`, {
    hint: "The message is the kernel's own; `lamella replay RUN STAGE:TASK` carries this task out alone.",
    details: { step, what },
    cause: error,
  });
}
