import { sizeOf } from "../block/block.ts";
import { gridShape } from "../block/chunk-grid.ts";
import { workerMemory } from "./budget.ts";
import { bufferBytes, objectShape, type PlanBuilder } from "./builder.ts";
import { cachedBytes, readsOnce } from "./cache.ts";
import { PARTS_AT_ONCE } from "./level-parts.ts";
import type {
  PlanArray,
  Program,
  StageEstimate,
  StageMemory,
  StoredArray,
  TaskGrid,
  Write,
} from "./schema.ts";
import { isRemote, treeBuffers, UNRELEASED } from "./tree-memory.ts";

/** What is known of a stage that computes boxes of a program's result and writes them, and levels. */
export interface MapTask {
  readonly grid: TaskGrid;
  readonly program: Program;
  readonly reads: readonly PlanArray[];
  readonly writes: readonly Write[];
  /** The parts that a task goes by, if it does. */
  readonly part: readonly number[] | undefined;
  readonly heap: number;
}

/** The memory of a worker that carries out such tasks. */
export async function mapMemory(
  builder: PlanBuilder,
  task: MapTask,
  estimate: StageEstimate,
): Promise<StageMemory> {
  const { grid, program, reads, writes } = task;
  const { block } = grid;
  const between = cachedBytes(program, builder.arrays, block);
  const isSole = sizeOf(gridShape(grid.shape, block)) === 1 && (await readsOnce(grid, program));
  const cache = isSole ? 0 : between;
  const fromImages = reads.some((read) => read.role === "input" && read.source.kind === "image");
  // Chunks that nothing is kept of are decoded in kernel memory.
  const inPlace = between === 0 && !fromImages;
  const written = writes.map(({ array }) => (builder.arrays[array] as StoredArray).spec);
  let buffers = bufferBytes(reads, written, { inPlace });
  if (task.part) buffers = partBuffers(builder, task, task.part);
  else if (!fromImages && written.length === 1 && objectsIn(block, objectShape(written[0]!)) === 1)
    buffers = Math.min(buffers, treeBuffers(builder, { reading: { program, block }, writing: written[0]! }));
  const memory = workerMemory(task.heap, buffers, cache, estimate);
  if (!inPlace || Object.values(builder.arrays).some(isRemote)) return memory;
  return { ...memory, garbage: Math.min(memory.garbage, UNRELEASED) };
}

/** Encoded chunks and objects of the parts at work, then the objects of the levels. */
function partBuffers(
  builder: PlanBuilder,
  { reads, writes, grid }: MapTask,
  part: readonly number[],
): number {
  let most = 0;
  for (const array of reads) {
    const { chunkShape } = array.role === "input" ? array : array.spec;
    const chunks = PARTS_AT_ONCE * objectsIn(part, chunkShape);
    most = Math.max(most, bufferBytes([array], [], { chunks, inPlace: true }));
  }
  let box: readonly number[] = part;
  for (const { array, factors } of writes) {
    const { spec } = builder.arrays[array] as StoredArray;
    if (factors) box = (box === part ? grid.block : box).map((n, axis) => Math.ceil(n / factors[axis]!));
    const objects = objectsIn(box, objectShape(spec));
    // Each of the parts may have one on its way while another part's is encoded.
    const flying = factors ? objects : PARTS_AT_ONCE * objects + 1;
    most = Math.max(most, bufferBytes([], [spec], { objects: flying }));
  }
  return most;
}

function objectsIn(box: readonly number[], object: readonly number[]): number {
  return sizeOf(gridShape(box, object));
}
