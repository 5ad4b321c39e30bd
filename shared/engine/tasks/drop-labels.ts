import { computeRegion } from "../../plan/compute.ts";
import type { MeasureStage } from "../../plan/schema.ts";
import { taskRegion } from "../../plan/task-region.ts";
import { HeapMachine } from "../machine.ts";
import type { ObjectRecord } from "../outcome.ts";
import type { WorkerSession } from "../session.ts";
import { writeLevels } from "./map-task.ts";
import { joinedRows, mostRows, requireRoom } from "./row-files.ts";

/** Writes a block of labels without those that have fewer than `minSize` elements in the whole array. */
export async function dropLabels(
  session: WorkerSession,
  stage: MeasureStage,
  task: number,
): Promise<ObjectRecord[]> {
  const region = taskRegion(stage.grid, task);
  const block = await computeRegion(stage.program, region, new HeapMachine(session));
  const rare = await rareLabels(session, stage);
  const data = block.data as { [i: number]: number | bigint; readonly length: number };
  const zero = typeof data[0] === "bigint" ? 0n : 0;
  let last: number | bigint = zero;
  let isRare = false;
  for (let i = 0; i < data.length; i++) {
    const label = data[i]!;
    if (label !== last) {
      last = label;
      isRare = rare.has(label);
    }
    if (isRare) data[i] = zero;
  }
  return writeLevels(session, stage.writes!, block, region);
}

/** The labels that go. A worker keeps them from one task of a stage to the next. */
async function rareLabels(session: WorkerSession, stage: MeasureStage): Promise<Set<number | bigint>> {
  const known = session.kept.get(stage.name) as Set<number | bigint> | undefined;
  if (known) return known;
  const rare = new Set<number | bigint>();
  const most = mostRows(session, stage, session.plan.budget.workers);
  for await (const rows of joinedRows(session, stage)) {
    for (const [i, label] of rows.labels.entries()) if (rows.area[i]! < stage.minSize!) rare.add(label);
    requireRoom(stage, rare.size, most);
  }
  session.kept.set(stage.name, rare);
  return rare;
}
