import { type ArrayNode, topological } from "../array/nodes.ts";
import { sizeOf } from "../block/block.ts";
import { gridShape } from "../block/chunk-grid.ts";
import { itemSize } from "../block/dtype.ts";
import { type Budget, defaultBudget, workerMemory } from "./budget.ts";
import { bufferBytes, hasOwnStages, objectCount, objectShape, PlanBuilder, RUN_FOLDER } from "./builder.ts";
import { cachedBytes } from "./cache.ts";
import { finish } from "./compile.ts";
import { declareImage } from "./compile-image.ts";
import { storeIntermediate } from "./compile-node.ts";
import type { OutputRequest } from "./outputs.ts";
import { projectTasks } from "./projection.ts";
import type { MapStage, Plan, PlanImage, Program, Stage, StoredArray, Write } from "./schema.ts";

/** Where the arrays of what is served lie in the run's folder, where they are never written. */
export const SERVED_FOLDER = "served";

/** One image (or plain array) that is served: each of its objects is computed by one task. */
export interface ServedImage {
  readonly name: string;
  readonly planned: PlanImage;
  /** Full resolution first. */
  readonly levels: readonly ServedLevel[];
}

export interface ServedLevel {
  readonly array: string;
  /** The stage whose tasks are the array's objects, one each. */
  readonly stage: number;
  /** Stages that must be done before the first task, in their order: those of whole-array results that it comes from. */
  readonly needs: readonly number[];
  /** Whether its tasks read the level before. */
  readonly isShrunk: boolean;
}

/** A plan of which nothing is run from end to end. */
export interface ServedPlan {
  readonly plan: Plan;
  readonly images: ReadonlyMap<string, ServedImage>;
}

/** Stages that store one node, and what they read. */
interface Group {
  readonly from: number;
  readonly to: number;
}

/**
 * Compiles images to be served chunk by chunk: for each a stage that computes any object of its full resolution from the inputs
 * in one task, and one for each smaller level from the level before, as a run would make it. Whole-array results on the way get
 * stages of their own, shared by all. Nothing else is stored on the way, so that a chunk needs no others.
 * Of each request the first image is served, by the request's name. Throws OVER_MEMORY, and what `compile` does.
 */
export async function compileServed(
  requests: readonly OutputRequest[],
  options: { readonly budget?: Partial<Budget> } = {},
): Promise<ServedPlan> {
  const builder = new PlanBuilder({ ...defaultBudget(), ...options.budget }, "fuse");
  const order = topological(requests.map(nodeOf));
  builder.nodes = order;
  await builder.bundle(order);
  const groups: Group[] = [];
  const images = new Map<string, ServedImage>();
  const pending: { request: OutputRequest; planned: PlanImage; stages: Stage[]; ids: readonly string[] }[] =
    [];
  for (const request of byStoredSteps(requests)) {
    const node = nodeOf(request);
    for (const each of [...builder.pending(node), ...(needsStoring(node) ? [node] : [])]) {
      const from = builder.stages.length;
      await storeIntermediate(builder, each);
      groups.push({ from, to: builder.stages.length });
    }
    const image = { ...request.images[0]!, path: `${SERVED_FOLDER}/${pending.length}` };
    const { target, planned } = declareImage(builder, { name: request.name, uri: RUN_FOLDER }, image);
    const stages = [await levelStage(builder, node.step, builder.program(node), target.ids[0]!)];
    for (let level = 1; level < target.ids.length; level++) {
      const { factors } = target.levels[level]!;
      stages.push(
        await shrinkStage(builder, node.step, target.ids[level - 1]!, {
          array: target.ids[level]!,
          factors: [...factors],
          method: target.method,
        }),
      );
    }
    pending.push({ request, planned, stages, ids: target.ids });
  }
  const whole = builder.stages.length;
  for (const { request, planned, stages, ids } of pending) {
    const first = builder.stages.length;
    builder.stages.push(...stages);
    const needs = neededStages(builder.stages.slice(0, whole), groups, stages[0]!);
    const levels = ids.map((array, level) => ({ array, stage: first + level, needs, isShrunk: level > 0 }));
    images.set(request.name, { name: request.name, planned, levels });
  }
  return { plan: finish(builder, order, [], {}, {}), images };
}

function nodeOf({ images }: OutputRequest): ArrayNode {
  return images[0]!.node;
}

/** Whether any chunk of a node takes (nearly) all of what it comes from. */
function needsStoring(node: ArrayNode): boolean {
  return hasOwnStages(node) || (node.kind === "kernel" && node.stored === true);
}

/**
 * Those with the fewest whole-array results behind them first: what is stored on the way to a later one (the mask of labels) would
 * be read by those after it instead of computed, and they would have to wait for all of it.
 */
function byStoredSteps(requests: readonly OutputRequest[]): OutputRequest[] {
  const count = (request: OutputRequest) => topological([nodeOf(request)]).filter(needsStoring).length;
  return requests
    .map((request) => ({ request, stored: count(request) }))
    .sort((a, b) => a.stored - b.stored)
    .map(({ request }) => request);
}

/** A stage whose every task computes one object of an array. */
async function levelStage(
  builder: PlanBuilder,
  step: string,
  program: Program,
  array: string,
): Promise<MapStage> {
  const { spec } = builder.arrays[array] as StoredArray;
  const grid = { shape: [...spec.shape], block: objectShape(spec).map((n) => Math.max(1, n)) };
  return servedStage(builder, step, program, grid, [{ array }]);
}

/** A stage whose every task shrinks what one object of a level is made of. */
async function shrinkStage(
  builder: PlanBuilder,
  step: string,
  from: string,
  write: Write & { readonly factors: number[] },
): Promise<MapStage> {
  const { spec } = builder.arrays[from] as StoredArray;
  const smaller = (builder.arrays[write.array] as StoredArray).spec;
  const object = objectShape(smaller);
  // An object that spans its level comes from the whole axis, odd rows at the end included.
  const block = object.map((n, axis) =>
    Math.max(1, n >= smaller.shape[axis]! ? spec.shape[axis]! : n * write.factors[axis]!),
  );
  const program: Program = {
    nodes: [{ kind: "read", array: from, shape: [...spec.shape], dtype: spec.dtype }],
  };
  return servedStage(builder, step, program, { shape: [...spec.shape], block }, [write]);
}

async function servedStage(
  builder: PlanBuilder,
  step: string,
  program: Program,
  grid: MapStage["grid"],
  writes: Write[],
): Promise<MapStage> {
  const reads = program.nodes.flatMap((n) => (n.kind === "read" ? [builder.arrays[n.array]!] : []));
  const { spec } = builder.arrays[writes[0]!.array] as StoredArray;
  const projected = await projectTasks(grid, program, writes, builder.chunkShapes, builder.objectShapes);
  const buffers = bufferBytes(reads, [spec], { objects: 1 });
  builder.requireMemory(step, projected.heap, buffers);
  const bytes = sizeOf(spec.shape) * itemSize(spec.dtype);
  const estimate = {
    bytesRead: projected.bytesRead,
    bytesInput: projected.bytesRead,
    bytesWritten: bytes,
    objectsRead: projected.objectsRead,
    objectsWritten: objectCount(spec),
    cpuSeconds: projected.nanoseconds / 1e9,
  };
  return {
    kind: "map",
    name: builder.stageName(step),
    tasks: gridShape(grid.shape, grid.block).reduce((a, b) => a * b, 1),
    memory: workerMemory(projected.heap, buffers, cachedBytes(program, builder.arrays, grid.block), estimate),
    estimate,
    grid,
    program,
    writes,
  };
}

/** The stages of whole-array results that a stage comes from, in their order. */
function neededStages(stages: readonly Stage[], groups: readonly Group[], last: Stage): number[] {
  const needed = new Set<Group>();
  const visit = (stage: Stage): void => {
    for (const array of arraysRead(stage)) {
      const group = groups.find(({ from, to }) =>
        stages.slice(from, to).some((s) => arraysWritten(s).has(array)),
      );
      if (!group || needed.has(group)) continue;
      needed.add(group);
      for (const each of stages.slice(group.from, group.to)) visit(each);
    }
  };
  visit(last);
  return [...stages.keys()].filter((i) => [...needed].some(({ from, to }) => i >= from && i < to));
}

function arraysRead(stage: Stage): Set<string> {
  const read = new Set<string>();
  for (const program of [
    "program" in stage ? stage.program : undefined,
    "imageProgram" in stage ? stage.imageProgram : undefined,
  ])
    for (const node of program?.nodes ?? []) if (node.kind === "read") read.add(node.array);
  if (stage.kind === "label") read.add(stage.mask);
  if (stage.kind === "tally" && "limits" in stage.counting && "arrays" in stage.counting.limits)
    for (const array of stage.counting.limits.arrays) read.add(array);
  return read;
}

function arraysWritten(stage: Stage): Set<string> {
  const written = new Set<string>();
  if ("writes" in stage) for (const write of stage.writes ?? []) written.add(write.array);
  if ("array" in stage && stage.array !== undefined) written.add(stage.array);
  if (stage.kind === "reduce")
    for (const other of stage.others ?? []) if (other.array !== undefined) written.add(other.array);
  return written;
}
