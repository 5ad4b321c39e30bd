import { gridShape, regularShape } from "../block/chunk-grid.ts";
import { cachedBytes } from "./cache.ts";
import { totalHalo } from "./halo.ts";
import { lcmWithin } from "./lcm.ts";
import { partialReads } from "./partial-reads.ts";
import type { TaskProjection } from "./projection.ts";
import { type ChunkShapes, projectTasks } from "./projection.ts";
import type { PlanArray, Program, Write } from "./schema.ts";
import { withTraffic } from "./traffic.ts";

/** What a task may hold in kernel memory before the planner stops making tasks larger, bytes. */
export const COMFORTABLE_TASK = 168 * 2 ** 20;

export interface BlockRequest {
  readonly shape: readonly number[];
  /** Object (chunk or shard) shape of each written level, and its factor relative to the first level. */
  readonly objects: readonly { readonly shape: readonly number[]; readonly factor: readonly number[] }[];
  readonly program: Program;
  readonly writes: readonly Write[];
  readonly chunkShapes: ChunkShapes;
  readonly objectShapes: ChunkShapes;
  /** What the program reads, to know how much of a chunk a task takes. */
  readonly arrays: { readonly [id: string]: PlanArray };
  /** Per axis, the elements at a block's ends that cost extra besides its halo: the faces that labels are joined at. */
  readonly faces?: readonly number[];
  /** No task may need more kernel memory than this. */
  readonly limit: number;
  readonly workers: number;
}

export interface ChosenBlock {
  readonly block: number[];
  /** Its bytes are those that are decoded; `bytesTaken` are those of the regions that the tasks take. */
  readonly projection: TaskProjection & { readonly bytesTaken: number };
  /** False where this, the smallest box there is, needs more than the limit. */
  readonly fits: boolean;
}

/** How much larger a task may get that is large already, to save halo. */
const MORE_OF_LARGE = 1.5;
/** Decoded bytes for each byte taken, up to which chunks that are taken in parts are left alone. */
const TOLERATED = 1.5;
/** A larger block must save this part of what is decoded without a cache. */
const WORTH_GROWING = 0.95;
/** How many times the work of whole lazy chunks smaller boxes may do. */
const REPEATED = 2;
/** Kernel memory that tasks may take to read chunks whole, where the budget has it. */
export const LARGE_TASK = 4 * COMFORTABLE_TASK;

/**
 * Chooses the box that one task computes: whole output objects on every level it writes, lazy chunks whole where a
 * kernel depends on them, and neighbours merged while that saves halo, or chunks read in parts, and memory allows.
 */
export async function chooseBlock(request: BlockRequest): Promise<ChosenBlock> {
  const { shape, program } = request;
  const project = (block: readonly number[]) =>
    projectTasks(
      { shape: [...shape], block: [...block] },
      program,
      request.writes,
      request.chunkShapes,
      request.objectShapes,
    );

  const unit = shape.map((n, axis) =>
    request.objects.reduce(
      (size, object) => lcmWithin(size, object.shape[axis]! * object.factor[axis]!, n),
      1,
    ),
  );
  const aligned = alignToLazyChunks(unit, shape, program);
  let block = aligned;
  let projection = await project(block);
  if (
    projection.heap > Math.min(request.limit, 4 * COMFORTABLE_TASK) &&
    aligned.some((n, i) => n !== unit[i])
  ) {
    const smaller = await project(unit);
    // Lazy chunks that each object computes anew cost more than the memory of computing them once.
    const isDearer = smaller.nanoseconds > REPEATED * projection.nanoseconds;
    if (!isDearer || projection.heap > request.limit) {
      block = unit;
      projection = smaller;
    }
  }
  const measured = (of: readonly number[], projected: TaskProjection) =>
    withTraffic(projected, { shape: [...shape], block: [...of] }, program, request.arrays, request.workers);
  if (projection.heap > request.limit)
    return { block, projection: { ...projection, bytesTaken: projection.bytesRead }, fits: false };

  const halo = totalHalo(program, shape.length).map(
    ([before, after], axis) => before + after + (request.faces?.[axis] ?? 0),
  );
  // Where the smallest task is large, a little more of it saves as much halo as with small ones.
  const comfortable = Math.min(request.limit, Math.max(COMFORTABLE_TASK, MORE_OF_LARGE * projection.heap));
  const rejected = new Set<number>();
  for (;;) {
    const axis = worstAxis(block, shape, halo, rejected);
    if (axis < 0) break;
    const grown = block.slice();
    grown[axis] = Math.min(block[axis]! * 2, shape[axis]!);
    const tasks = gridShape(shape, grown).reduce((a, b) => a * b, 1);
    const next = tasks < 2 * request.workers ? undefined : await project(grown);
    if (!next || next.heap > comfortable) rejected.add(axis);
    else {
      block = grown;
      projection = next;
    }
  }

  let best = await measured(block, projection);
  const most = Math.min(request.limit, LARGE_TASK);
  // Where there are halos, blocks were grown for them already.
  while (halo.every((n) => n === 0) && best.bytesRead > TOLERATED * best.bytesTaken) {
    const grown = await wholerReads(block, request);
    const next = grown && (await project(grown));
    if (!next || next.heap > most) break;
    const decoded = await measured(grown, next);
    block = grown;
    best = decoded;
  }
  if (halo.every((n) => n === 0)) {
    const whole = await wholeChunks(block, best.heap, request, project);
    if (whole)
      return { block: whole.block, projection: await measured(whole.block, whole.projection), fits: true };
  }
  return { block, projection: best, fits: true };
}

/**
 * A larger block that takes chunks whole, where it needs no more memory than a smaller one with the chunks that are kept for
 * the tasks after it: then nothing is kept, looked up and cut.
 */
async function wholeChunks(
  from: readonly number[],
  heap: number,
  request: BlockRequest,
  project: (block: readonly number[]) => Promise<TaskProjection>,
): Promise<{ readonly block: number[]; readonly projection: TaskProjection } | undefined> {
  const { program, arrays, shape, workers } = request;
  const kept = cachedBytes(program, arrays, from);
  if (kept === 0) return undefined;
  let block: number[] | undefined;
  for (let next = await wholerReads(from, request); next; next = await wholerReads(next, request))
    block = next;
  // Else a chunk still belongs to several tasks.
  if (!block || cachedBytes(program, arrays, block) > 0) return undefined;
  if (gridShape(shape, block).reduce((a, b) => a * b, 1) < 2 * workers) return undefined;
  const projection = await project(block);
  const most = Math.min(request.limit, heap + kept);
  return projection.heap <= most ? { block, projection } : undefined;
}

/** The block doubled along that axis where fewest chunks are then taken in parts; undefined where that is of no use. */
async function wholerReads(block: readonly number[], request: BlockRequest): Promise<number[] | undefined> {
  const { shape, program, arrays } = request;
  let least = WORTH_GROWING * (await partialReads({ shape: [...shape], block: [...block] }, program, arrays));
  let found: number[] | undefined;
  for (const axis of shape.keys()) {
    if (block[axis]! >= shape[axis]!) continue;
    const grown = block.map((n, i) => (i === axis ? Math.min(2 * n, shape[axis]!) : n));
    if (gridShape(shape, grown).reduce((a, b) => a * b, 1) < request.workers) continue;
    const share = await partialReads({ shape: [...shape], block: grown }, program, arrays);
    if (share >= least) continue;
    least = share;
    found = grown;
  }
  return found;
}

/** The axis on which the halo weighs most against the block, if it weighs enough to be worth more memory. */
export function worstAxis(
  block: readonly number[],
  shape: readonly number[],
  halo: readonly number[],
  rejected: ReadonlySet<number>,
): number {
  let worst = -1;
  let weight = 0.1;
  for (let axis = 0; axis < block.length; axis++) {
    if (rejected.has(axis) || block[axis]! >= shape[axis]!) continue;
    const share = halo[axis]! / block[axis]!;
    if (share > weight) {
      weight = share;
      worst = axis;
    }
  }
  return worst;
}

function alignToLazyChunks(unit: readonly number[], shape: readonly number[], program: Program): number[] {
  let aligned = unit.slice();
  for (const node of program.nodes) {
    const blocks =
      node.kind === "kernel" || (node.kind === "blockwise" && !node.anyBlock) ? node.blocks : undefined;
    if (!blocks || blocks.length !== shape.length) continue;
    const lazy = regularShape(blocks);
    if (lazy) aligned = aligned.map((n, axis) => lcmWithin(n, Math.max(1, lazy[axis]!), shape[axis]!));
  }
  return aligned;
}
