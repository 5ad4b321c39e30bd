import { setTimeout } from "node:timers/promises";
import type { BorderWidths } from "../block/borders.ts";
import { ChunkCache } from "../block/chunk-cache.ts";
import type { ChunkedSource } from "../block/chunked-source.ts";
import { dropKeptPages, noteCollected, pageBytes } from "../block/pages.ts";
import type { ReadContext, RegionCount } from "../block/read-region.ts";
import { SharedChunks, type SharedChunksMemory } from "../block/shared-chunks.ts";
import { LamellaError } from "../errors.ts";
import { Heap } from "../kernels/heap.ts";
import { bundleKey, loadKernel } from "../kernels/own/load.ts";
import type { OwnFunction } from "../kernels/own/own-kernel.ts";
import { kernelModule } from "../kernels/wasm/module.ts";
import { BORDERS_PER_WORKER, GARBAGE_PER_WORKER, WHOLE_CHUNKS_PER_WORKER } from "../plan/budget.ts";
import { RUN_FOLDER } from "../plan/builder.ts";
import { bordersByArray, haloByArray } from "../plan/halo.ts";
import type { Plan, StoredArray } from "../plan/schema.ts";
import { turnOfChunks } from "../plan/turns.ts";
import { CountingStore, newTransferCount, type TransferCount } from "../storage/counting.ts";
import { overlay } from "../storage/overlay.ts";
import type { ObjectStore } from "../storage/store.ts";
import { openStore } from "../storage/uri.ts";
import { openZarrArray } from "../zarr/read.ts";
import { arrayMetadataObjects } from "../zarr/write.ts";
import { forgetHdf5, openInput } from "./open-input.ts";
import { reclaim, reclaimWhenWorth } from "./reclaim.ts";

/** Between two looks at the process's memory. */
const TIDY_MS = 5;
/** What many tiny tasks may leave on V8's heap, which otherwise grows to several times of what is alive. */
const HEAP_GARBAGE = 40 * 2 ** 20;
/** A run's folder in the place where runs are kept. */
const RUN = /\/runs\/[^/]+$/;
const NO_BORDERS: BorderWidths = [];
/** Nothing that a user wrote says this. */
const BROKEN_PLAN = "The plan was changed, or made by another Lamella: compile the pipeline again.";

/**
 * What one worker (a thread here, a function environment on AWS) keeps between tasks of a run: opened arrays, stores,
 * decoded chunks, and the heap, which is dropped between stages because WASM memory never shrinks.
 */
export class WorkerSession {
  readonly plan: Plan;
  /** The run's folder. */
  readonly folder: ObjectStore;
  readonly cache: ChunkCache;
  readonly count: TransferCount = newTransferCount();
  readonly regions: RegionCount = { decodedBytes: 0, takenBytes: 0 };
  signal: AbortSignal | undefined;
  /** What tasks of a stage keep for those that come after them. */
  readonly kept = new Map<string, unknown>();
  #heap: Heap | undefined;
  #tidied = 0;
  /** What was alive on V8's heap after the last collection. */
  #heapLive = 0;
  #stage = -1;
  #task = 0;
  #widths: Map<string, BorderWidths> | undefined;
  #shared: SharedChunks | undefined;
  #done = 0;
  readonly #sources = new Map<string, Promise<ChunkedSource>>();
  readonly #kernels = new Map<string, Promise<OwnFunction>>();
  readonly #stores = new Map<string, Promise<ObjectStore>>();
  readonly #isOnDemand: boolean;
  readonly #wrap: (store: ObjectStore) => ObjectStore;

  constructor(
    plan: Plan,
    folder: ObjectStore,
    options: {
      signal?: AbortSignal | undefined;
      cacheBytes?: number;
      /** Tasks of all stages come as they are asked for: what is kept for a stage's next tasks stays for those of others. */
      isOnDemand?: boolean;
      /** What tasks see of each store. */
      wrap?: (store: ObjectStore) => ObjectStore;
    } = {},
  ) {
    this.plan = plan;
    this.#wrap = options.wrap ?? ((store) => store);
    this.folder = new CountingStore(this.#wrap(folder), this.count);
    this.cache = new ChunkCache({
      wholeBytes: options.cacheBytes ?? WHOLE_CHUNKS_PER_WORKER,
      borderBytes: BORDERS_PER_WORKER,
    });
    this.signal = options.signal;
    this.#isOnDemand = options.isOnDemand ?? false;
  }

  get heap(): Heap {
    this.#heap ??= new Heap(kernelModule());
    return this.#heap;
  }

  enterTask(stage: number, task: number): void {
    this.enterStage(stage);
    this.#task = task;
  }

  /** Tells the session which stage comes next: another one than before means a new heap and an empty cache. */
  enterStage(stage: number): void {
    if (stage === this.#stage) return;
    this.#stage = stage;
    this.kept.clear();
    if (this.#isOnDemand) return;
    this.#heap = undefined;
    this.#widths = undefined;
    this.cache.clear();
    this.#forgetHdf5();
    dropKeptPages();
  }

  /** The HDF5 library's memory doesn't shrink either. */
  #forgetHdf5(): void {
    const opened = this.#hdf5Sources();
    for (const name of opened) this.#sources.delete(name);
    if (opened.length > 0) forgetHdf5(this.count);
  }

  #hdf5Sources(): string[] {
    return [...this.#sources.keys()].filter((name) => {
      const array = this.plan.arrays[name];
      return array?.role === "input" && array.source.kind === "hdf5";
    });
  }

  /**
   * As `enterStage`, and waits until the memory of the stage before is given back: V8 frees a WASM memory in its
   * own time, after a second collection.
   */
  async releaseFor(stage: number): Promise<void> {
    const held = this.#heap?.memory.buffer.byteLength ?? 0;
    const cached = this.cache.bytes;
    // at most: tables of objects, states and encoded chunks that the stage's last tasks let go
    const { buffers = 0, garbage = 0 } = this.plan.stages[this.#stage]?.memory ?? {};
    const hadLibrary = stage !== this.#stage && this.#hdf5Sources().length > 0;
    this.enterStage(stage);
    reclaimWhenWorth(held + cached + buffers + garbage);
    if (held < GARBAGE_PER_WORKER / 2 && !hadLibrary) return;
    await setTimeout(10);
    reclaim();
    await setTimeout(10);
  }

  /** Called between tasks: gives back buffers that nothing holds any more, once there are enough of them. */
  tidy(): void {
    // Asking costs as much as a tiny task; many of them leave little in that time.
    const now = performance.now();
    if (now - this.#tidied < TIDY_MS) return;
    this.#tidied = now;
    const { arrayBuffers, heapUsed } = process.memoryUsage();
    const unheld = arrayBuffers + pageBytes().lent - this.cache.bytes;
    if (unheld <= GARBAGE_PER_WORKER && heapUsed <= this.#heapLive + HEAP_GARBAGE) return;
    reclaim();
    this.#heapLive = process.memoryUsage().heapUsed;
    noteCollected(this.cache.bytes);
  }

  /** Forgets the heap after an error: blocks of the failed task may still be allocated in it. */
  dropHeap(): void {
    this.#heap = undefined;
  }

  /** How far the tasks of the stage at work reach into chunks of an array that others own. */
  #borderWidths(array: string): BorderWidths | undefined {
    // Nobody knows which tasks will come: whole chunks are kept.
    if (this.#isOnDemand) return undefined;
    const stage = this.plan.stages[this.#stage];
    if (stage?.kind === "label") return NO_BORDERS;
    if (!stage?.program) return undefined;
    this.#widths ??=
      stage.kind === "measure" && stage.imageProgram
        ? onlyOnce(haloByArray(stage.program), haloByArray(stage.imageProgram))
        : "grid" in stage
          ? bordersByArray(stage.program, stage.grid)
          : haloByArray(stage.program);
    return this.#widths.get(array);
  }

  /** How a reader of an array's chunks keeps them for later tasks: its own, or the other workers'. */
  keeping(array: string, source: ChunkedSource): Pick<ReadContext, "widths" | "turnOf" | "shared"> {
    const widths = this.#borderWidths(array);
    const stage = this.plan.stages[this.#stage];
    if (!widths || !stage || !("grid" in stage)) return { widths };
    const shared = this.#shared?.has(array) ? this.#shared : undefined;
    const task = this.#task;
    const turnOf = turnOfChunks(stage.grid, source, shared ? 0 : task);
    if (!shared || !turnOf) return { widths, turnOf };
    return {
      widths,
      turnOf,
      shared: (request) =>
        shared.read(array, { ...request, widths, turn: request.turn!, turnOf, done: this.#done }),
    };
  }

  /** The chunks that workers share in the stage that comes next. The stage's tasks before `done` have ended. */
  share(memory: SharedChunksMemory | undefined, done = 0): void {
    this.#done = done;
    if (memory?.whole.table === this.#shared?.memory.whole.table) return;
    this.#shared = memory && new SharedChunks(memory);
  }

  /** Chunks that were wanted and there, and that weren't, since the beginning. */
  get looks(): { readonly hits: number; readonly misses: number } {
    const { hits, misses } = this.cache;
    return { hits: hits + (this.#shared?.hits ?? 0), misses: misses + (this.#shared?.misses ?? 0) };
  }

  /** An own kernel of the plan, from the run's folder, or from beside the runs where it is published. Throws CHUNK_MISSING, and as `loadKernel`. */
  ownKernel(sha256: string, exportName: string): Promise<OwnFunction> {
    const key = `${sha256}#${exportName}`;
    let kernel = this.#kernels.get(key);
    if (!kernel) {
      kernel = this.#loadKernel(sha256, exportName);
      this.#kernels.set(key, kernel);
      kernel.catch(() => this.#kernels.delete(key));
    }
    return kernel;
  }

  async #loadKernel(sha256: string, exportName: string): Promise<OwnFunction> {
    const published = this.plan.kernels[sha256]?.published === true;
    const place = published ? await this.store(this.folder.uri.replace(RUN, "")) : this.folder;
    const code = await place.get(bundleKey(sha256));
    if (code) return loadKernel(code, sha256, exportName);
    throw new LamellaError("CHUNK_MISSING", `${place.uri} lost ${bundleKey(sha256)}`, {
      hint: published ? "Publish it again, then resume the run." : "Start a new run.",
    });
  }

  store(uri: string): Promise<ObjectStore> {
    if (uri === RUN_FOLDER) return Promise.resolve(this.folder);
    let store = this.#stores.get(uri);
    if (!store) {
      store = openStore(uri).then((opened) => new CountingStore(this.#wrap(opened), this.count));
      this.#stores.set(uri, store);
    }
    return store;
  }

  stored(array: string): StoredArray {
    const found = this.plan.arrays[array];
    if (!found || found.role === "input")
      throw new LamellaError("PLAN_INVALID", `array ${array} of the plan is not one it writes`, {
        hint: BROKEN_PLAN,
      });
    return found;
  }

  source(array: string): Promise<ChunkedSource> {
    let source = this.#sources.get(array);
    if (!source) {
      source = this.#open(array);
      this.#sources.set(array, source);
      source.catch(() => this.#sources.delete(array));
    }
    return source;
  }

  async #open(name: string): Promise<ChunkedSource> {
    const array = this.plan.arrays[name];
    if (!array)
      throw new LamellaError("PLAN_INVALID", `the plan has no array ${name}`, { hint: BROKEN_PLAN });
    if (array.role === "input") return openInput(array, (uri) => this.store(uri), this.count);
    // The documents of an array are written when the run ends: until then its readers get them from the plan.
    const store = overlay(await this.store(array.uri), documents(array));
    return openZarrArray(store, array.path);
  }
}

/** Of arrays that both of two programs read nobody knows which chunks are done with. */
function onlyOnce(a: Map<string, BorderWidths>, b: Map<string, BorderWidths>): Map<string, BorderWidths> {
  return new Map([...a, ...b].filter(([array]) => !(a.has(array) && b.has(array))));
}

function documents(array: StoredArray): Map<string, Uint8Array> {
  const prefix = array.path === "" ? "" : `${array.path}/`;
  return new Map(arrayMetadataObjects(array.spec).map(({ key, bytes }) => [prefix + key, bytes]));
}
