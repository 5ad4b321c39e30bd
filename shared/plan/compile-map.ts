import type { ArrayNode } from "../array/nodes.ts";
import { gridShape } from "../block/chunk-grid.ts";
import type { ArraySpec } from "../zarr/spec.ts";
import { COMFORTABLE_TASK, chooseBlock } from "./blocks.ts";
import { bufferBytes, objectCount, objectShape, type PlanBuilder, specBytes } from "./builder.ts";
import { levelPart } from "./level-parts.ts";
import { mapMemory } from "./map-memory.ts";
import { projectTasks } from "./projection.ts";
import type { PyramidLevel, PyramidMethod } from "./pyramid.ts";
import type { MapStage, PlanArray, Program, Write } from "./schema.ts";

export interface StoredLevels {
  /** Array ids, the full resolution first. */
  readonly ids: readonly string[];
  readonly levels: readonly PyramidLevel[];
  readonly method: PyramidMethod;
}

/**
 * Stages that compute a node and store it with its pyramid: the first computes the node and as many levels as a task
 * holds in memory, each further one reads the last level written and makes the next ones from one read.
 */
export async function compileMap(
  builder: PlanBuilder,
  node: ArrayNode,
  target: StoredLevels,
  statisticsAxis: number | undefined,
  name: string = node.step,
): Promise<void> {
  const first = await emitPass(builder, {
    name,
    program: builder.program(node),
    target,
    from: 0,
    statisticsAxis,
  });
  builder.markStored(node, target.ids[0]!);
  await compilePyramid(builder, node.step, target, first);
}

/** Pyramid stages from level `from` (stored already) on; the first may measure the range of that level's values. */
export async function compilePyramid(
  builder: PlanBuilder,
  step: string,
  target: StoredLevels,
  from: number,
  statisticsAxis?: number,
): Promise<void> {
  let last = from;
  while (last < target.ids.length - 1) {
    const id = target.ids[last]!;
    const { shape, dtype } = specOf(builder.arrays[id]!);
    last = await emitPass(builder, {
      name: `${step}.pyramid`,
      program: { nodes: [{ kind: "read", array: id, shape: [...shape], dtype }] },
      target,
      from: last,
      statisticsAxis: last === from ? statisticsAxis : undefined,
    });
  }
}

/** What is to be known of an array that levels are made of: it may be one that the plan only reads. */
function specOf(array: PlanArray): ArraySpec {
  if (array.role !== "input") return array.spec;
  const { shape, dtype, chunkShape } = array;
  return { zarrFormat: 3, shape, dtype, chunkShape, codec: { name: "none" }, fillValue: 0 };
}

interface Pass {
  readonly name: string;
  readonly program: Program;
  readonly target: StoredLevels;
  readonly from: number;
  readonly statisticsAxis: number | undefined;
}

/** Adds one stage that writes level `from` (unless it is what is read) and levels after it; returns the last level written. */
async function emitPass(builder: PlanBuilder, pass: Pass): Promise<number> {
  const { target, program, from } = pass;
  const specs = target.ids.map((id) => specOf(builder.arrays[id]!));
  const isPyramid =
    program.nodes.length === 1 &&
    program.nodes[0]!.kind === "read" &&
    program.nodes[0]!.array === target.ids[from];
  const reads = program.nodes.flatMap((n) => (n.kind === "read" ? [builder.arrays[n.array]!] : []));

  const least = isPyramid ? from + 1 : from;
  for (let last = target.ids.length - 1; ; last--) {
    const written = specs.slice(least, last + 1);
    const writes = writesOf(target, from, last, isPyramid);
    const buffers = bufferBytes(reads, written);
    const chosen = await chooseBlock({
      shape: specs[from]!.shape,
      objects: objectsOf(target, specs, from, last, isPyramid),
      program,
      writes,
      chunkShapes: builder.chunkShapes,
      objectShapes: builder.objectShapes,
      arrays: builder.arrays,
      limit: passLimit(builder, last > least) - buffers,
      workers: builder.budget.workers,
    });
    if (!chosen.fits && last > least) continue;
    const grid = { shape: [...specs[from]!.shape], block: chosen.block };
    const part = levelPart({ grid, program, writes }, builder.arrays);
    const heap = part
      ? (await projectTasks(grid, program, writes, builder.chunkShapes, builder.objectShapes, part)).heap
      : chosen.projection.heap;
    builder.requireMemory(pass.name, heap, buffers);
    const estimate = {
      bytesRead: chosen.projection.bytesRead,
      bytesTaken: chosen.projection.bytesTaken,
      bytesInput: reads.reduce((n, r) => n + specBytes(r.role === "input" ? r : r.spec), 0),
      bytesWritten: written.reduce((n, spec) => n + specBytes(spec), 0),
      objectsRead: chosen.projection.objectsRead,
      objectsWritten: written.reduce((n, spec) => n + objectCount(spec), 0),
      cpuSeconds: chosen.projection.nanoseconds / 1e9,
    };
    const fromImages = reads.map((r) => r.role === "input" && r.source.kind === "image");
    const stage: MapStage = {
      kind: kindOf(program, fromImages, isPyramid),
      name: builder.stageName(pass.name),
      tasks: gridShape(grid.shape, grid.block).reduce((a, b) => a * b, 1),
      memory: await mapMemory(builder, { grid, program, reads, writes, part, heap }, estimate),
      estimate,
      grid,
      program,
      writes,
      ...(pass.statisticsAxis === undefined ? {} : { statisticsAxis: pass.statisticsAxis }),
    };
    builder.stages.push(stage);
    return last;
  }
}

/** A pass that could write fewer levels stays comfortable; one that can't may use the whole limit. */
function passLimit(builder: PlanBuilder, couldBeSmaller: boolean): number {
  return couldBeSmaller ? Math.min(builder.limit, 2 * COMFORTABLE_TASK) : builder.limit;
}

function writesOf(target: StoredLevels, from: number, last: number, isPyramid: boolean): Write[] {
  const writes: Write[] = [];
  if (!isPyramid) writes.push({ array: target.ids[from]! });
  for (let level = from + 1; level <= last; level++) {
    writes.push({
      array: target.ids[level]!,
      factors: [...target.levels[level]!.factors],
      method: target.method,
    });
  }
  return writes;
}

function objectsOf(
  target: StoredLevels,
  specs: readonly ArraySpec[],
  from: number,
  last: number,
  isPyramid: boolean,
) {
  const objects: { shape: readonly number[]; factor: readonly number[] }[] = [];
  let factor: readonly number[] = specs[from]!.shape.map(() => 1);
  for (let level = from; level <= last; level++) {
    if (level > from) factor = factor.map((f, axis) => f * target.levels[level]!.factors[axis]!);
    if (level > from || !isPyramid) {
      const shape = objectShape(specs[level]!);
      // An object that spans its level's axis must come from the whole axis, odd rows at the end included.
      const whole = shape.map((n, axis) => (n >= specs[level]!.shape[axis]! ? Number.MAX_SAFE_INTEGER : n));
      objects.push({ shape: whole, factor });
    }
  }
  return objects;
}

function kindOf(program: Program, fromImages: readonly boolean[], isPyramid: boolean): MapStage["kind"] {
  if (isPyramid) return "pyramid";
  if (program.nodes.length > 1) return "map";
  return fromImages[0] ? "convert" : "rechunk";
}
