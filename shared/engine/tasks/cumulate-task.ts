import { cellNumber, gridShape } from "../../block/chunk-grid.ts";
import { copyBox } from "../../block/copy.ts";
import { cellAt } from "../../block/grid-order.ts";
import { type Region, regionOf } from "../../block/region.ts";
import type { HeapBlock } from "../../kernels/heap.ts";
import { cumulate, type ReductionState, reductionOf, totalOf } from "../../kernels/reduce/index.ts";
import { computeRegion } from "../../plan/compute.ts";
import type { CumulateStage } from "../../plan/schema.ts";
import { HeapMachine } from "../machine.ts";
import type { ObjectRecord, TaskOutcome } from "../outcome.ts";
import type { WorkerSession } from "../session.ts";
import { writeBlock } from "../write-block.ts";
import { getState, putState } from "./state-files.ts";

/** One task of a running sum or product: the totals of a block, what comes before each block of a column, or a block of the result. */
export async function runCumulateTask(
  session: WorkerSession,
  stage: CumulateStage,
  task: number,
): Promise<TaskOutcome> {
  const cells = gridShape(stage.grid.shape, stage.grid.block);
  const along = (n: number): number[] => cells.map((count, axis) => (axis === stage.axis ? n : count));
  switch (stage.phase) {
    case "totals":
      return {
        objects: await writeTotals(session, stage, cellAt(task, along(cells[stage.axis]! - 1)), cells),
      };
    case "before": {
      const slices = gridShape(stage.grid.block, stage.slice).reduce((a, b) => a * b, 1);
      const column = cellAt(Math.floor(task / slices), along(1));
      return { objects: await addUp(session, stage, column, cells, task % slices) };
    }
    case "write":
      return { objects: await writeRunning(session, stage, cellAt(task, cells), cells) };
  }
}

/** The boxes that a block is cut into, so that its states stay small; each is as long as the block along the axis. */
function* slicesOf(
  stage: CumulateStage,
  cell: readonly number[],
): Generator<{ number: number; box: Region }> {
  const { shape, block } = stage.grid;
  const counts = gridShape(block, stage.slice);
  const total = counts.reduce((a, b) => a * b, 1);
  for (let number = 0; number < total; number++) {
    let rest = number;
    const at = counts.map((_, axis) => {
      const behind = counts.slice(axis + 1).reduce((a, b) => a * b, 1);
      const index = Math.floor(rest / behind);
      rest -= index * behind;
      return index;
    });
    const start = cell.map((c, axis) => c * block[axis]! + at[axis]! * stage.slice[axis]!);
    const stop = start.map((s, axis) =>
      Math.min(s + stage.slice[axis]!, (cell[axis]! + 1) * block[axis]!, shape[axis]!),
    );
    if (start.every((s, axis) => s < shape[axis]!) || shape.includes(0)) {
      yield { number, box: regionOf(start, stop) };
    }
  }
}

async function writeTotals(
  session: WorkerSession,
  stage: CumulateStage,
  cell: readonly number[],
  cells: readonly number[],
): Promise<ObjectRecord[]> {
  const { heap } = session;
  const reduction = reductionOf([totalOf(stage.operation)]);
  const machine = new HeapMachine(session);
  const objects: ObjectRecord[] = [];
  for (const { number, box } of slicesOf(stage, cell)) {
    const state = emptyState(session, stage, box);
    const block = await computeRegion(stage.program!, box, machine);
    reduction.accumulate(heap, state, block, [stage.axis]);
    heap.free(block);
    const bytes = reduction.serialize(heap, state);
    reduction.free(heap, state);
    objects.push(await putState(session, stateKey(stage, "totals", cellNumber(cell, cells), number), bytes));
  }
  return objects;
}

async function addUp(
  session: WorkerSession,
  stage: CumulateStage,
  column: readonly number[],
  cells: readonly number[],
  slice: number,
): Promise<ObjectRecord[]> {
  const { heap } = session;
  const reduction = reductionOf([totalOf(stage.operation)]);
  const objects: ObjectRecord[] = [];
  let before: ReductionState | undefined;
  for (let k = 0; k + 1 < cells[stage.axis]!; k++) {
    const at = (position: number) =>
      cellNumber(
        column.map((c, axis) => (axis === stage.axis ? position : c)),
        cells,
      );
    // A block at the array's end has fewer slices than the others.
    if (![...slicesOf(stage, column)].some(({ number }) => number === slice)) break;
    const total = reduction.deserialize(
      heap,
      await getState(session, stateKey(stage, "totals", at(k), slice)),
    );
    if (before) {
      reduction.merge(heap, before, total);
      reduction.free(heap, total);
    } else before = total;
    const bytes = reduction.serialize(heap, before);
    objects.push(await putState(session, stateKey(stage, "before", at(k + 1), slice), bytes));
  }
  if (before) reduction.free(heap, before);
  return objects;
}

async function writeRunning(
  session: WorkerSession,
  stage: CumulateStage,
  cell: readonly number[],
  cells: readonly number[],
): Promise<ObjectRecord[]> {
  const { heap } = session;
  const reduction = reductionOf([totalOf(stage.operation)]);
  const machine = new HeapMachine(session);
  const { shape, block } = stage.grid;
  const { dtype } = session.stored(stage.array!).spec;
  const start = cell.map((c, axis) => c * block[axis]!);
  const region = regionOf(
    start,
    start.map((s, axis) => Math.min(s + block[axis]!, shape[axis]!)),
  );
  let result: HeapBlock | undefined;
  for (const { number, box } of slicesOf(stage, cell)) {
    const key = stateKey(stage, "before", cellNumber(cell, cells), number);
    const state =
      cell[stage.axis] === 0
        ? emptyState(session, stage, box)
        : reduction.deserialize(heap, await getState(session, key));
    const input = await computeRegion(stage.program!, box, machine);
    const running = cumulate(heap, stage.operation, input, stage.axis, state);
    heap.free(input);
    reduction.free(heap, state);
    if (box.shape.every((n, axis) => n === region.shape[axis])) {
      result = running;
      continue;
    }
    result ??= heap.alloc(dtype, region.shape);
    const origin = box.shape.map(() => 0);
    copyBox(
      running,
      origin,
      result,
      box.start.map((s, axis) => s - region.start[axis]!),
      box.shape,
    );
    heap.free(running);
  }
  const objects = await writeBlock(session, stage.array!, result!, region);
  heap.free(result!);
  return objects;
}

function emptyState(session: WorkerSession, stage: CumulateStage, box: Region): ReductionState {
  const kept = box.shape.filter((_, axis) => axis !== stage.axis);
  return reductionOf([totalOf(stage.operation)]).init(session.heap, stage.inputDType, kept);
}

function stateKey(stage: CumulateStage, phase: "totals" | "before", block: number, slice: number): string {
  return `state/${stage.side}/${phase}/${block}.${slice}`;
}
