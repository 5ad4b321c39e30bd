import type { Block } from "../block/block.ts";
import { sizeOf } from "../block/block.ts";
import { ChunkCache } from "../block/chunk-cache.ts";
import { chunkRegion, chunksMeeting, gridShape } from "../block/chunk-grid.ts";
import type { ChunkedSource } from "../block/chunked-source.ts";
import { itemSize } from "../block/dtype.ts";
import { READ_AHEAD } from "../block/read-region.ts";
import { intersect } from "../block/region.ts";
import { BORDERS_PER_WORKER, WHOLE_CHUNKS_PER_WORKER } from "./budget.ts";
import { bordersByArray } from "./halo.ts";
import { DECODE_NANOSECONDS, readsOfTask, type TaskProjection } from "./projection.ts";
import type { PlanArray, Program, TaskGrid } from "./schema.ts";
import { taskRegion } from "./task-region.ts";
import { turnOfChunks } from "./turns.ts";

/** What tasks take of the chunks that they look at, and what of it is decoded: chunks whole, those that a worker's cache still has left out. */
export interface Traffic {
  /** Bytes. */
  readonly taken: number;
  readonly decoded: number;
  /** Chunks. */
  readonly looked: number;
  readonly fetched: number;
  /** Whether these are all the tasks of a stage; else they stand for the others. */
  readonly all: boolean;
}

/** Looks at chunks that are followed in one stretch of a stage's tasks; a sample stays exact enough, and takes milliseconds. */
const LOOKS = 2_500;
/** Looks after which even a single task is left. */
const MOST_LOOKS = 2 * LOOKS;
/** Stretches of tasks that stand for a stage of more. */
const STRETCHES = 2;
/** The first part of a stretch fills the cache, and isn't counted. */
const WARM_UP = 0.3;

type Arrays = { readonly [id: string]: PlanArray };

/**
 * A projection with what its tasks really read: chunks are decoded whole, however little of them is taken, and a worker has
 * some of them still. `bytesTaken` are the bytes of the regions alone.
 */
export async function withTraffic(
  projection: TaskProjection,
  grid: TaskGrid,
  program: Program,
  arrays: Arrays,
  workers: number,
): Promise<TaskProjection & { readonly bytesTaken: number }> {
  const bytesTaken = projection.bytesRead;
  if (bytesTaken === 0) return { ...projection, bytesTaken };
  const { taken, decoded, looked, fetched, all } = await readTraffic(grid, program, arrays, workers);
  const bytesRead = all || taken === 0 ? decoded : Math.round((bytesTaken * decoded) / taken);
  return {
    ...projection,
    bytesTaken,
    bytesRead,
    objectsRead: all || looked === 0 ? fetched : Math.round((projection.objectsRead * fetched) / looked),
    nanoseconds: projection.nanoseconds + (bytesRead - bytesTaken) * DECODE_NANOSECONDS,
  };
}

/**
 * Follows tasks in their order through a cache as a worker has it, with blocks that have sizes only. All tasks where they
 * are few, else some stretches of them.
 */
async function readTraffic(
  grid: TaskGrid,
  program: Program,
  arrays: Arrays,
  workers: number,
): Promise<Traffic> {
  const tasks = gridShape(grid.shape, grid.block).reduce((a, b) => a * b, 1);
  const sum = { taken: 0, decoded: 0, looked: 0, fetched: 0 };
  const shares = Math.min(workers, tasks);
  let all = shares <= STRETCHES;
  for (let share = 0; share < Math.min(shares, STRETCHES); share++) {
    const from = Math.floor((share * tasks) / shares);
    const to = Math.floor(((share + 1) * tasks) / shares);
    const whole = await follow(grid, program, arrays, from, to, sum);
    all &&= whole;
  }
  return { ...sum, all };
}

interface Sum {
  taken: number;
  decoded: number;
  looked: number;
  fetched: number;
}

/** Follows the tasks [from, to), or as many of them as take enough looks, and adds up; true where these are all of them. */
async function follow(
  grid: TaskGrid,
  program: Program,
  arrays: Arrays,
  from: number,
  to: number,
  sum: Sum,
): Promise<boolean> {
  const widths = bordersByArray(program, grid);
  const sources = new Map<string, ChunkedSource>();
  const cache = new ChunkCache(
    { wholeBytes: WHOLE_CHUNKS_PER_WORKER, borderBytes: BORDERS_PER_WORKER },
    (block, _, shape) => ghost(block, shape),
  );
  const perTask: Sum[] = [];
  let looks = 0;
  for (let task = from; task < to && looks < LOOKS; task++) {
    const one = { taken: 0, decoded: 0, looked: 0, fetched: 0 };
    perTask.push(one);
    for (const { array, region } of await readsOfTask(taskRegion(grid, task), program)) {
      const { shape, chunkShape, dtype } = layoutOf(arrays[array]!);
      if (sizeOf(region.shape) === 0) continue;
      const item = itemSize(dtype);
      const source = sources.get(array) ?? sourceLike(array, shape, chunkShape, dtype);
      sources.set(array, source);
      const turnOf = widths.get(array) && turnOfChunks(grid, source, task);
      const wanted = region.shape.length === 0 ? [[]].values() : chunksMeeting(region, chunkShape);
      const look = async (coords: readonly number[]): Promise<void> => {
        const box = chunkRegion(shape, chunkShape, coords);
        const part = intersect(region, box);
        one.taken += sizeOf(part.shape) * item;
        one.looked++;
        looks++;
        await cache.read({
          source,
          coords,
          need: { start: part.start.map((s, i) => s - box.start[i]!), shape: part.shape },
          widths: widths.get(array),
          turn: turnOf?.(box.start),
          load: async () => {
            const bytes = sizeOf(box.shape) * item;
            one.decoded += bytes;
            one.fetched++;
            return { dtype, shape: box.shape, data: { byteLength: bytes } as Block["data"] };
          },
          use() {},
        });
      };
      const lane = async (): Promise<void> => {
        for (const coords of wanted) {
          await look(coords);
          if (looks >= MOST_LOOKS) return;
        }
      };
      // One iterator for all lanes, as a reader's: what is asked for at once can't be evicted in between.
      await Promise.all(Array.from({ length: READ_AHEAD }, lane));
    }
  }
  // A share that was followed to its end began with an empty cache, as it will.
  const whole = from + perTask.length === to && looks < LOOKS;
  const cold = whole ? 0 : Math.floor(perTask.length * WARM_UP);
  for (const one of perTask.slice(cold)) {
    sum.taken += one.taken;
    sum.decoded += one.decoded;
    sum.looked += one.looked;
    sum.fetched += one.fetched;
  }
  return whole;
}

function ghost(block: Block, shape: readonly number[]): Block {
  const byteLength = sizeOf(shape) * itemSize(block.dtype);
  return { dtype: block.dtype, shape, data: { byteLength } as Block["data"] };
}

function sourceLike(
  label: string,
  shape: readonly number[],
  chunkShape: readonly number[],
  dtype: Block["dtype"],
): ChunkedSource {
  return { label, shape, chunkShape, dtype, fillValue: 0, readChunk: async () => undefined };
}

/** Shape, dtype and chunks of an array that a plan reads. */
export function layoutOf(array: PlanArray): Pick<ChunkedSource, "shape" | "dtype" | "chunkShape"> {
  return array.role === "input" ? array : array.spec;
}
