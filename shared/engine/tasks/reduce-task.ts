import { gridShape } from "../../block/chunk-grid.ts";
import { cellAt } from "../../block/grid-order.ts";
import { type Region, regionOf } from "../../block/region.ts";
import { type ReductionName, type ReductionState, reductionOf } from "../../kernels/reduce/index.ts";
import { computeRegion } from "../../plan/compute.ts";
import type { ReduceStage } from "../../plan/schema.ts";
import { HeapMachine } from "../machine.ts";
import type { ObjectRecord, TaskOutcome } from "../outcome.ts";
import type { WorkerSession } from "../session.ts";
import { writeBlock } from "../write-block.ts";
import { groupBoxes } from "./group-boxes.ts";
import { measure } from "./map-task.ts";
import { getState, putState } from "./state-files.ts";

/**
 * One node of a reduction's tree: a tile of the result and a group of what is reduced into it. Tasks are numbered tile by
 * tile. Leaves read the input box by box; inner nodes join states; the root writes the result.
 */
export async function runReduceTask(
  session: WorkerSession,
  stage: ReduceStage,
  task: number,
): Promise<TaskOutcome> {
  const tile = Math.floor(task / stage.groupsOut);
  const group = task % stage.groupsOut;
  const reduction = reductionOf(operationsOf(stage));
  const region = tileRegion(stage, tile);
  const state = stage.program
    ? await accumulateGroup(session, stage, region, group)
    : await joinStates(session, stage, tile, group);
  const { heap } = session;
  if (stage.array === undefined) {
    const bytes = reduction.serialize(heap, state);
    reduction.free(heap, state);
    return { objects: [await putState(session, stateKey(stage.statesOut!, tile, group), bytes)] };
  }
  const objects: ObjectRecord[] = [];
  let statistics: TaskOutcome["statistics"];
  for (const { operation, ddof, array, statisticsAxis } of [stage, ...(stage.others ?? [])] as Result[]) {
    const result = reduction.finish(heap, state, operation, ddof);
    const outcome = await writeResult(session, stage, array!, region, result, statisticsAxis);
    heap.free(result);
    objects.push(...outcome.objects);
    statistics ??= outcome.statistics;
  }
  reduction.free(heap, state);
  return { objects, ...(statistics ? { statistics } : {}) };
}

type Result = Pick<ReduceStage, "operation" | "ddof" | "array" | "statisticsAxis">;

function operationsOf({ operation, others }: ReduceStage): ReductionName[] {
  return [operation, ...(others ?? []).map((other) => other.operation)];
}

function tileRegion(stage: ReduceStage, tile: number): Region {
  const cell = cellAt(tile, gridShape(stage.tiles.shape, stage.tiles.block));
  const start = cell.map((c, axis) => c * stage.tiles.block[axis]!);
  return regionOf(
    start,
    start.map((s, axis) => Math.min(s + stage.tiles.block[axis]!, stage.tiles.shape[axis]!)),
  );
}

async function accumulateGroup(
  session: WorkerSession,
  stage: ReduceStage,
  tile: Region,
  group: number,
): Promise<ReductionState> {
  const { heap } = session;
  const reduction = reductionOf(operationsOf(stage));
  const kept = tile.shape.filter((_, axis) => !stage.axes.includes(axis));
  const state = reduction.init(heap, stage.inputDType, kept);
  const machine = new HeapMachine(session);
  for (const box of groupBoxes(stage, stage.axes, tile, group)) {
    const block = await computeRegion(stage.program!, box, machine);
    reduction.accumulate(heap, state, block, stage.axes, { start: box.start, shape: stage.inputShape });
    heap.free(block);
  }
  return state;
}

async function joinStates(
  session: WorkerSession,
  stage: ReduceStage,
  tile: number,
  group: number,
): Promise<ReductionState> {
  const { heap } = session;
  const reduction = reductionOf(operationsOf(stage));
  const fanIn = Math.ceil(stage.groupsIn / stage.groupsOut);
  let state: ReductionState | undefined;
  for (let i = group * fanIn; i < Math.min((group + 1) * fanIn, stage.groupsIn); i++) {
    const next = reduction.deserialize(heap, await getState(session, stateKey(stage.statesIn!, tile, i)));
    if (!state) {
      state = next;
      continue;
    }
    reduction.merge(heap, state, next);
    reduction.free(heap, next);
  }
  return state!;
}

/** Writes a tile of the result; its axes are the input's without the reduced ones, unless they were kept with length 1. */
async function writeResult(
  session: WorkerSession,
  stage: ReduceStage,
  array: string,
  tile: Region,
  result: Parameters<typeof writeBlock>[2],
  axis: number | undefined,
): Promise<TaskOutcome> {
  const { spec } = session.stored(array);
  const keepdims = spec.shape.length === stage.inputShape.length;
  const pick = (values: readonly number[]): number[] =>
    values.filter((_, axis) => keepdims || !stage.axes.includes(axis));
  const region = { start: pick(tile.start), shape: pick(tile.shape) };
  const block = session.heap.reshape(result, region.shape);
  const statistics = axis === undefined ? {} : { statistics: measure(session, block, region, axis) };
  return { objects: await writeBlock(session, array, block, region), ...statistics };
}

function stateKey(states: string, tile: number, group: number): string {
  return `state/${states}/${tile}.${group}`;
}
