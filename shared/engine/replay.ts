import { crc32 } from "node:zlib";
import { LamellaError } from "../errors.ts";
import type { Plan } from "../plan/schema.ts";
import { taskRegion } from "../plan/task-region.ts";
import { discarding } from "../storage/discarding.ts";
import type { ObjectStore } from "../storage/store.ts";
import type { ObjectRecord } from "./outcome.ts";
import type { RunFolder } from "./run-folder.ts";
import { runTask } from "./run-task.ts";
import { WorkerSession } from "./session.ts";
import { storeOf } from "./stored-place.ts";

/** How what a task gives now compares with what is stored: an object that holds fill values alone is stored by not being there. */
export type Comparison = "equal" | "differs" | "missing";

export interface ReplayReport {
  readonly runId: string;
  readonly stage: string;
  readonly task: number;
  /** The box of the stage's array that the task is about; absent where its tasks have none. */
  readonly region?: { readonly start: readonly number[]; readonly shape: readonly number[] };
  readonly seconds: number;
  readonly bytesRead: number;
  /** Kernel memory. */
  readonly peakMiB: number;
  readonly objects: readonly (ObjectRecord & { readonly stored: Comparison })[];
}

/** A task of a plan. */
export interface TaskName {
  readonly stage: number;
  readonly task: number;
}

/**
 * Which task "smooth:17", "2:17" or "17" is: a stage by its name or its number from 0, then the task; without a stage the one
 * that failed, or the only one. Throws INVALID_ARGUMENT.
 */
export function taskNamed(plan: Plan, text: string, failed: number | undefined): TaskName {
  const colon = text.lastIndexOf(":");
  const stages = plan.stages.map(({ name }) => name);
  const name = text.slice(0, Math.max(0, colon));
  const number = text.slice(colon + 1);
  const only = stages.length === 1 ? 0 : failed;
  const byName = stages.indexOf(name);
  const stage = colon < 0 ? only : byName < 0 && /^\d+$/.test(name) ? Number(name) : byName;
  if (stage === undefined || !(stage in stages)) {
    throw new LamellaError(
      "INVALID_ARGUMENT",
      colon < 0
        ? `"${text}" doesn't say of which stage: the plan has ${stages.length}`
        : `the plan has no stage "${name}"`,
      { hint: `Name a task as STAGE:NUMBER; the stages are ${stages.join(", ")}.` },
    );
  }
  const { tasks } = plan.stages[stage]!;
  if (!/^\d+$/.test(number) || Number(number) >= tasks) {
    throw new LamellaError(
      "INVALID_ARGUMENT",
      `stage ${stages[stage]} has no task "${number}": its ${tasks} tasks count from 0`,
      { hint: `Name a task as ${stages[stage]}:0.` },
    );
  }
  return { stage, task: Number(number) };
}

/**
 * Carries one task of a run out in this process, from the same plan and the same inputs, and writes nothing: what it gives is
 * compared with what is stored. Throws the task's own error, and CHUNK_MISSING where intermediates that it reads are gone.
 */
export async function replayTask(
  folder: RunFolder,
  plan: Plan,
  { stage, task }: TaskName,
): Promise<ReplayReport> {
  const started = performance.now();
  const session = new WorkerSession(plan, folder.store, { wrap: discarding });
  session.enterTask(stage, task);
  const { objects } = await runTask(session, stage, task);
  const seconds = (performance.now() - started) / 1000;
  const stores = new Map<string, ObjectStore>();
  const compared = [];
  for (const object of objects)
    compared.push({ ...object, stored: await compare(plan, folder, object, stores) });
  const { name, ...rest } = plan.stages[stage]!;
  return {
    runId: folder.runId,
    stage: name,
    task,
    ...("grid" in rest && task < cells(rest.grid) ? { region: taskRegion(rest.grid, task) } : {}),
    seconds,
    bytesRead: session.count.bytesRead,
    peakMiB: Math.ceil(session.heap.peak / 2 ** 20),
    objects: compared,
  };
}

function cells({
  shape,
  block,
}: {
  readonly shape: readonly number[];
  readonly block: readonly number[];
}): number {
  return shape.reduce((n, length, axis) => n * Math.ceil(length / block[axis]!), 1);
}

async function compare(
  plan: Plan,
  folder: RunFolder,
  { array, key, size, crc32: sum }: ObjectRecord,
  stores: Map<string, ObjectStore>,
): Promise<Comparison> {
  const store = await storeOf(plan, folder, array, stores);
  const bytes = await store?.get(key);
  if (!bytes) return size === 0 ? "equal" : "missing";
  return size === bytes.byteLength && crc32(bytes).toString(16).padStart(8, "0") === sum
    ? "equal"
    : "differs";
}
