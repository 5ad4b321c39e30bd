import { chunksMeeting, gridShape } from "../../block/chunk-grid.ts";
import { indexOfCell } from "../../block/grid-order.ts";
import type { ServedImage, ServedPlan } from "../../plan/compile-served.ts";
import type { MapStage, StoredArray } from "../../plan/schema.ts";
import { taskRegion } from "../../plan/task-region.ts";
import { joinKey } from "../../storage/key.ts";
import { chunkKey, objectShapeOf } from "../../zarr/write.ts";
import { ObjectCache } from "./object-cache.ts";
import { SharedWork } from "./shared-work.ts";
import type { PlanTasks } from "./task-pool.ts";
import type { WholeResults } from "./whole-results.ts";

/**
 * Makes the objects (chunks, or shards) of served images when they are asked for: each once however many ask for it at a time, and
 * again only when it has fallen out of the cache. An object of a smaller level is made of those of the level before.
 */
export class ChunkFactory {
  readonly #served: ServedPlan;
  readonly #tasks: PlanTasks;
  readonly #whole: WholeResults;
  readonly #cache: ObjectCache;
  readonly #work = new SharedWork<Uint8Array | undefined>();

  constructor(served: ServedPlan, tasks: PlanTasks, whole: WholeResults, cacheBytes: number) {
    this.#served = served;
    this.#tasks = tasks;
    this.#whole = whole;
    this.#cache = new ObjectCache(cacheBytes);
  }

  /** The encoded object of a level at `coords`, which lie within its grid; undefined where it holds the fill value alone. */
  object(
    image: ServedImage,
    level: number,
    coords: readonly number[],
    signal: AbortSignal,
  ): Promise<Uint8Array | undefined> {
    const key = this.#key(image, level, coords);
    if (this.#cache.has(key)) return Promise.resolve(this.#cache.get(key));
    return this.#work.join(key, signal, async (shared) => {
      const bytes = await this.#make(image, level, coords, shared);
      this.#cache.set(key, bytes);
      return bytes;
    });
  }

  /** How many objects a level has along each axis. */
  gridOf(image: ServedImage, level: number): number[] {
    const { spec } = this.#arrayOf(image, level);
    return gridShape(spec.shape, objectShapeOf(spec));
  }

  async #make(
    image: ServedImage,
    level: number,
    coords: readonly number[],
    signal: AbortSignal,
  ): Promise<Uint8Array | undefined> {
    const { stage, needs, isShrunk } = image.levels[level]!;
    await this.#whole.require(needs, signal);
    const { grid } = this.#served.plan.stages[stage] as MapStage;
    const task = indexOfCell(coords, gridShape(grid.shape, grid.block));
    const given = isShrunk ? await this.#before(image, level - 1, taskRegion(grid, task), signal) : [];
    const { written } = await this.#tasks.run({ stage, task, given, isUrgent: isShrunk }, signal);
    return written[0]?.[1];
  }

  /**
   * The objects of a level that a region of it lies in. Smaller levels one after another, so that at most one object's worth of each
   * level waits for the rest; those of the full resolution at once.
   */
  async #before(
    image: ServedImage,
    level: number,
    region: { readonly start: readonly number[]; readonly shape: readonly number[] },
    signal: AbortSignal,
  ): Promise<(readonly [string, Uint8Array | undefined])[]> {
    const all = [...chunksMeeting(region, objectShapeOf(this.#arrayOf(image, level).spec))];
    const get = async (coords: readonly number[]) =>
      [this.#key(image, level, coords), await this.object(image, level, coords, signal)] as const;
    if (!image.levels[level]!.isShrunk) return Promise.all(all.map(get));
    const objects = [];
    for (const coords of all) objects.push(await get(coords));
    return objects;
  }

  #arrayOf(image: ServedImage, level: number): StoredArray {
    return this.#served.plan.arrays[image.levels[level]!.array] as StoredArray;
  }

  #key(image: ServedImage, level: number, coords: readonly number[]): string {
    const { path, spec } = this.#arrayOf(image, level);
    return joinKey(path, chunkKey(spec, coords));
  }
}
