import { wholeRegion } from "../../block/region.ts";
import { LamellaError } from "../../errors.ts";
import {
  addCounts,
  binCount,
  binEdges,
  type Counting,
  type Counts,
  countBlock,
  newCounts,
  packCounts,
  unpackCounts,
} from "../../kernels/tally/index.ts";
import { MOST_VALUES } from "../../plan/compile-tally.ts";
import { computeRegion } from "../../plan/compute.ts";
import type { TallyStage } from "../../plan/schema.ts";
import { HeapMachine } from "../machine.ts";
import type { TaskOutcome } from "../outcome.ts";
import type { WorkerSession } from "../session.ts";
import { groupBoxes } from "./group-boxes.ts";
import { getState, putState } from "./state-files.ts";
import { finishTally } from "./tally-result.ts";
import { getSought } from "./tally-sought.ts";

/** How the elements are counted in this run, and between which limits. */
export interface ResolvedCounting {
  readonly counting: Counting;
  readonly limits?: readonly [low: number | bigint, high: number | bigint];
}

/** One node of a tree of counts: leaves count the elements of a group, inner nodes add counts up, the root makes the result. */
export async function runTallyTask(
  session: WorkerSession,
  stage: TallyStage,
  task: number,
): Promise<TaskOutcome> {
  const resolved = await resolveCounting(session, stage);
  const counts = stage.program
    ? await countGroup(session, stage, resolved.counting, task)
    : await joinCounts(session, stage, resolved.counting, task);
  if (stage.statesOut !== undefined) {
    return { objects: [await putState(session, stateKey(stage.statesOut, task), packCounts(counts))] };
  }
  return { objects: await finishTally(session, stage, resolved, counts) };
}

async function resolveCounting(session: WorkerSession, stage: TallyStage): Promise<ResolvedCounting> {
  const { counting, inputDType } = stage;
  if (counting.kind === "keys") {
    const { shift, bits } = counting;
    const sought = counting.sought === undefined ? [] : (await getSought(session, counting.sought)).sought;
    const prefixes = [...new Set(sought.map(({ prefix }) => prefix))].sort((a, b) => (a < b ? -1 : 1));
    return { counting: { kind: "keys", shift, bits, prefixes } };
  }
  const ofData = "arrays" in counting.limits;
  const limits =
    "values" in counting.limits
      ? counting.limits.values
      : ([
          await readScalar(session, counting.limits.arrays[0], inputDType),
          await readScalar(session, counting.limits.arrays[1], inputDType),
        ] as const);
  const [low, high] = limits;
  if (counting.kind === "uniform") {
    const edges = binEdges(counting.bins, Number(low), Number(high), inputDType, ofData);
    return { counting: { kind: "uniform", edges }, limits };
  }
  const bins = Number(BigInt(high) - BigInt(low)) + 1;
  if (bins > MOST_VALUES) {
    throw new LamellaError(
      "INVALID_ARGUMENT",
      `step ${stage.name}: the image's values spread over ${bins}, more than the ${MOST_VALUES} that may each have a bin`,
      {
        hint: "Cast to float32 first: floats have 256 bins.",
        details: { low: String(low), high: String(high) },
      },
    );
  }
  return { counting: { kind: "values", low: BigInt(low), bins }, limits };
}

async function readScalar(
  session: WorkerSession,
  array: string,
  dtype: TallyStage["inputDType"],
): Promise<number | bigint> {
  const block = await new HeapMachine(session).read(array, dtype, { start: [], shape: [] });
  const value = block.data[0]!;
  session.heap.free(block);
  return value;
}

async function countGroup(
  session: WorkerSession,
  stage: TallyStage,
  counting: Counting,
  group: number,
): Promise<Counts> {
  const counts = newCounts(binCount(counting));
  const axes = stage.inputShape.map((_, axis) => axis);
  const tile = wholeRegion(stage.inputShape.map(() => 1));
  const machine = new HeapMachine(session);
  for (const box of groupBoxes(stage, axes, tile, group)) {
    const block = await computeRegion(stage.program!, box, machine);
    countBlock(session.heap, block, counting, counts);
    session.heap.free(block);
  }
  return counts;
}

async function joinCounts(
  session: WorkerSession,
  stage: TallyStage,
  counting: Counting,
  group: number,
): Promise<Counts> {
  const counts = newCounts(stage.statesIn === undefined ? 0 : binCount(counting));
  if (stage.statesIn === undefined) return counts;
  const fanIn = Math.ceil(stage.groupsIn / stage.groupsOut);
  for (let i = group * fanIn; i < Math.min((group + 1) * fanIn, stage.groupsIn); i++) {
    const next = unpackCounts(await getState(session, stateKey(stage.statesIn, i)));
    if (next.bins.length !== counts.bins.length) {
      throw new LamellaError(
        "CHUNK_DECODE",
        `partial counts of ${next.bins.length} bins for ${counts.bins.length}`,
        {
          hint: "The input changed while it was read: run again.",
        },
      );
    }
    addCounts(counts, next);
  }
  return counts;
}

function stateKey(states: string, group: number): string {
  return `state/${states}/${group}`;
}
