import v8 from "node:v8";
import vm from "node:vm";
import { isMainThread } from "node:worker_threads";
import { LamellaError } from "../errors.ts";

let collect: (() => void) | undefined;
const TRIES = 100;

/**
 * Collects garbage now. Chunk buffers live outside V8's heap, which therefore sees little reason to collect: without
 * this a worker's resident memory drifts far above what its tasks hold, and the projection would be of no use.
 */
export function reclaim(): void {
  collect ??= collector();
  collect();
}

function collector(): () => void {
  // Where whoever started Node asked for it, it is here, and the flag is theirs.
  let { gc } = globalThis as { gc?: () => void };
  if (gc) return gc;
  // Flags are the whole process's: another thread may take this one back before it has shown.
  for (let tries = 0; !gc && tries < TRIES; tries++) {
    v8.setFlagsFromString("--expose-gc");
    gc = vm.runInNewContext("globalThis.gc") as (() => void) | undefined;
  }
  if (!gc) throw new LamellaError("INTERNAL", "V8 doesn't let garbage be collected when asked");
  // What is compiled is kept for the flags of that time: without this, threads that begin later would compile Node's own modules anew.
  // Other threads leave it: they would take it from each other, and those that begin after them are few.
  if (isMainThread) v8.setFlagsFromString("--no-expose-gc");
  return gc;
}

/**
 * Lets V8 weigh buffers outside its heap against what a heap may take in all. By default it collects whenever they grew by
 * 64 MiB: for chunks that are kept, and given back by hand, several times a second and in vain. Another V8 than Node 24's
 * may not know the flag, and says so aloud. To be asked by a thread that has loaded what it needs: the flag is the whole process's, and
 * with any flag set V8 takes no compiled code that was kept without, as that of Node's own modules is. A thread that begins then
 * takes 25 ms longer.
 */
export function weighBuffersWithHeap(): void {
  if (process.versions.v8.startsWith("13."))
    v8.setFlagsFromString("--external-memory-accounted-in-global-limit");
}

/**
 * What either half of the space for new objects may take, bytes, of which there are up to three. V8 would let it grow to 64 MiB on a computer
 * with much memory, in every thread, and sooner or later does: for tables of objects, and for what many small tasks leave.
 */
export const YOUNG_HALF_BYTES = 8 * 2 ** 20;
/** The same for a worker thread, to be given to its constructor. */
export const THREAD_LIMITS = { maxYoungGenerationSizeMb: (3 * YOUNG_HALF_BYTES) / 2 ** 20 };

/**
 * Keeps the space for new objects from growing further once this thread's is that large. The flag is the whole process's: threads whose
 * space is smaller stay where they are. To be asked again after each batch, since a thread that begins may reset it.
 */
export function boundYoungObjects(): void {
  const space = v8.getHeapSpaceStatistics().find(({ space_name }) => space_name === "new_space");
  if (!space || space.space_size < 2 * YOUNG_HALF_BYTES || !process.versions.v8.startsWith("13.")) return;
  v8.setFlagsFromString("--semi-space-growth-factor=1");
}

const WORTH_COLLECTING = 16 * 2 ** 20;
const RUNS_BETWEEN = 16;
let letGo = 0;
let times = 0;

/**
 * Collects once what was let go of since the last time is worth it: in a program with a large heap a collection takes far
 * longer than a small array's computation.
 */
export function reclaimWhenWorth(bytes: number): void {
  letGo += bytes;
  if (letGo < WORTH_COLLECTING && ++times < RUNS_BETWEEN) return;
  letGo = 0;
  times = 0;
  reclaim();
}
