import type { CumulateNode } from "../array/nodes.ts";
import { sizeOf } from "../block/block.ts";
import { gridShape } from "../block/chunk-grid.ts";
import { reductionOf, totalOf } from "../kernels/reduce/index.ts";
import { objectCount, objectShape, type PlanBuilder, specBytes } from "./builder.ts";
import { compilePyramid, type StoredLevels } from "./compile-map.ts";
import { bytesOfShape, CODEC_SCRATCH, projectTasks } from "./projection.ts";
import type { CumulateStage, StoredArray } from "./schema.ts";
import { treeBuffers, treeMemory } from "./tree-memory.ts";

/** Bytes of states that a task holds before it cuts its block into slices: wide floats take hundreds a line. */
const SLICE_BYTES = 48 * 2 ** 20;

/** States that pass through a task at once, read or about to be written; those of a column are many, and collected late. */
const STATES_AT_ONCE = 2;
const MOST_STATES_OF_COLUMN = 8;

/**
 * Running sums or products, in up to three stages over the objects of the result: `totals` reduces each block along the axis,
 * `before` adds the totals up along each column of blocks, `write` goes on from what comes before each block. One block along
 * the axis needs the last alone.
 */
export async function compileCumulate(
  builder: PlanBuilder,
  node: CumulateNode,
  target: StoredLevels,
): Promise<void> {
  const id = target.ids[0]!;
  const { spec } = builder.arrays[id] as StoredArray;
  const program = builder.program(node.input);
  const reduction = reductionOf([totalOf(node.operation)]);
  const grid = { shape: [...node.shape], block: [...objectShape(spec)] };
  const lines = (box: readonly number[]): number[] => box.map((n, axis) => (axis === node.axis ? 1 : n));
  const bytesOf = (box: readonly number[]) => reduction.stateBytes(sizeOf(lines(box)), node.input.dtype);

  const slice = grid.block.slice();
  while (bytesOf(slice) > SLICE_BYTES) {
    const longest = lines(slice).reduce((best, n, axis, all) => (n > all[best]! ? axis : best), 0);
    if (lines(slice)[longest]! <= 1) break;
    slice[longest] = Math.ceil(slice[longest]! / 2);
  }
  const stateBytes = bytesOf(slice);
  const slices = gridShape(grid.block, slice).reduce((a, b) => a * b, 1);
  const cells = gridShape(grid.shape, grid.block);
  const along = cells[node.axis]!;
  const blocks = cells.reduce((a, b) => a * b, 1);
  const columns = blocks / along;

  const projection = await projectTasks(
    { shape: grid.shape, block: slice },
    program,
    [],
    builder.chunkShapes,
    builder.objectShapes,
  );
  const reads = program.nodes.flatMap((n) => (n.kind === "read" ? [builder.arrays[n.array]!] : []));
  const reading = { program, block: slice };
  const buffers = treeBuffers(builder, { reading, writing: spec });
  const sliceBytes = bytesOfShape(node.dtype, slice);
  const result = bytesOfShape(node.dtype, grid.block);
  // An object that the array's end cuts is filled up in a copy.
  const isCut = grid.shape.some((n, axis) => n % grid.block[axis]! !== 0);
  const writeHeap = Math.max(
    stateBytes + Math.max(stateBytes, projection.heap + sliceBytes) + (slices > 1 ? result : 0),
    result + (isCut ? result : 0) + CODEC_SCRATCH,
  );
  const totalsHeap = stateBytes + Math.max(projection.heap, stateBytes);
  builder.requireMemory(node.step, writeHeap, buffers + STATES_AT_ONCE * stateBytes);

  const read = {
    bytesRead: projection.bytesRead,
    bytesInput: reads.reduce((n, r) => n + specBytes(r.role === "input" ? r : r.spec), 0),
    objectsRead: projection.objectsRead,
    cpuSeconds: projection.nanoseconds / 1e9,
  };
  const side = builder.stageName(node.step);
  const common = {
    kind: "cumulate" as const,
    operation: node.operation,
    axis: node.axis,
    inputDType: node.input.dtype,
    grid,
    slice,
    side,
  };
  const push = (
    phase: CumulateStage["phase"],
    tasks: number,
    estimate: CumulateStage["estimate"],
    heap: number,
    more: Partial<CumulateStage>,
  ): void => {
    const memory = treeMemory(
      builder,
      {
        heap,
        states: along > 1 ? statesAtOnce(phase, along) * stateBytes : 0,
        ...(phase === "before" ? {} : { reading }),
        ...(phase === "write" ? { writing: spec } : {}),
      },
      estimate,
    );
    builder.stages.push({ ...common, phase, name: `${side}.${phase}`, tasks, memory, estimate, ...more });
  };
  const states = (along - 1) * columns * slices;
  const stateTraffic = { bytesWritten: states * stateBytes, objectsWritten: states };
  if (along > 1) {
    const share = (along - 1) / along;
    const part = {
      bytesRead: Math.ceil(read.bytesRead * share),
      bytesInput: Math.ceil(read.bytesInput * share),
      objectsRead: Math.ceil(read.objectsRead * share),
      cpuSeconds: read.cpuSeconds * share,
    };
    push("totals", (along - 1) * columns, { ...part, ...stateTraffic }, totalsHeap, { program });
    const joined = { bytesRead: states * stateBytes, bytesInput: states * stateBytes, objectsRead: states };
    const cpuSeconds = (states * stateBytes) / 1e9;
    push("before", columns * slices, { ...joined, ...stateTraffic, cpuSeconds }, 3 * stateBytes, {});
  }
  const written = { bytesWritten: specBytes(spec), objectsWritten: objectCount(spec) };
  push("write", blocks, { ...read, ...written }, writeHeap, { program, array: id });
  builder.markStored(node, id);
  await compilePyramid(builder, node.step, target, 0);
}

function statesAtOnce(phase: CumulateStage["phase"], along: number): number {
  return phase === "before" ? Math.min(MOST_STATES_OF_COLUMN, 2 * (along - 1)) : STATES_AT_ONCE;
}
