import type { ArrayNode } from "../array/nodes.ts";
import type { Axis } from "../block/axes.ts";
import { sizeOf } from "../block/block.ts";
import { gridShape, largestBlock } from "../block/chunk-grid.ts";
import { itemSize } from "../block/dtype.ts";
import { LamellaError } from "../errors.ts";
import { AWS_FACTS } from "./aws-facts.ts";

/** What chunks are to be good for. A kernel is a neighbourhood: elements before and after, per axis. */
export type Use =
  | { readonly kind: "spatial" | "temporal" | "planes" | "viewing" }
  | { readonly kind: "kernel"; readonly reach: readonly (readonly [number, number])[] };

export interface AdviseOptions {
  /** Elements per axis of the largest thing that is looked for. */
  readonly feature?: readonly number[];
  /** Shards that the array has now. */
  readonly shards?: readonly number[];
}

/** One way of cutting an array, with what it means for a task that takes one chunk. */
export interface Layout {
  readonly chunks: readonly number[];
  readonly shards?: readonly number[];
  /** Decoded bytes of a chunk. */
  readonly chunkBytes: number;
  /** Decoded bytes that all tasks take with their halos. */
  readonly bytes: number;
  /** Tasks, one a chunk. */
  readonly tasks: number;
  /** Objects of the store: shards, or chunks. */
  readonly objects: number;
  /** Elements that all tasks take with their halos, over those of the array. */
  readonly halo: number;
  /** Requests that read everything once, chunk by chunk with its halo, and dollars for them and for writing as much, on S3. */
  readonly requests: number;
  readonly usd: number;
  /** What the rules of the field say against it; empty where nothing does. */
  readonly against: readonly string[];
}

export interface Advice {
  readonly now: Layout;
  /** From the smallest chunks to the largest. */
  readonly alternatives: readonly Layout[];
  /** Of `alternatives`. */
  readonly best: number;
  /** Why these, a sentence each. */
  readonly reasons: readonly string[];
}

const MB = 1e6;
/** What a task should hold: less and the time between tasks shows, more and memory does. */
const LEAST_BYTES = 10 * MB;
const MOST_BYTES = 1000 * MB;
const TARGETS = [16 * 2 ** 20, 64 * 2 ** 20, 256 * 2 ** 20];
/** Viewers fetch squares of this size. */
const TILES = [256, 512, 1024];
/** Objects of a store: large enough to be few. */
const SHARD_BYTES = 128 * 2 ** 20;
/** Halos that cost no more than this are cheap. */
const CHEAP_HALO = 1.25;
/** How many times a chunk should be as long as what is looked for in it. */
const FEATURES = 3;

/** Chunk and shard shapes for a use, each with what it costs. Throws INVALID_ARGUMENT for a use that the array has no axes for. */
export function advise(array: ArrayNode, use: Use, options: AdviseOptions = {}): Advice {
  const context: Context = { array, use, feature: options.feature ?? array.shape.map(() => 0) };
  const shapes = distinct(candidates(context));
  const alternatives = shapes.map((chunks) => layoutOf(context, chunks, shardsOf(context, chunks)));
  return {
    now: layoutOf(context, largestBlock(array.chunks), options.shards),
    alternatives,
    best: bestOf(alternatives, use),
    reasons: reasonsOf(context),
  };
}

interface Context {
  readonly array: ArrayNode;
  readonly use: Use;
  readonly feature: readonly number[];
}

function candidates({ array, use, feature }: Context): number[][] {
  const { shape, axes } = array;
  const bytes = itemSize(array.dtype);
  const space = placesOf(axes, "space");
  const plane = space.slice(-2);
  const ones = shape.map(() => 1);
  const grow = (start: readonly number[], turns: readonly number[], target: number): number[] =>
    grown(start, shape, turns, target / bytes);
  switch (use.kind) {
    case "viewing":
      return TILES.map((tile) =>
        ones.map((one, axis) => (plane.includes(axis) ? Math.min(tile, shape[axis]!) : one)),
      );
    case "planes":
      return TARGETS.map((target) => grow(ones, plane, target));
    case "temporal": {
      const time = axes.findIndex(({ type }) => type === "time");
      if (time < 0) {
        throw new LamellaError("INVALID_ARGUMENT", "the array has no time axis to lay chunks along", {
          hint: `Its axes are ${axes.map(({ name }) => name).join(", ")}: advise for spatial, planes, viewing or a kernel.`,
        });
      }
      return TARGETS.map((target) => grow(grow(ones, [time], target), plane, target));
    }
    case "spatial":
    case "kernel": {
      const reach = use.kind === "kernel" ? use.reach : ones.map(() => [0, 0] as const);
      // Halos along an axis cost least where chunks are long there: begin with what is looked at, and what is looked for.
      const start = ones.map((one, axis) => {
        const least = Math.max(FEATURES * feature[axis]!, 2 * (reach[axis]![0] + reach[axis]![1]), one);
        return Math.min(shape[axis]!, 2 ** Math.ceil(Math.log2(least)));
      });
      const looked = space.filter((axis) => reach[axis]![0] + reach[axis]![1] > 0);
      return TARGETS.map((target) => {
        const first = looked.length > 0 ? grow(start, looked, target) : start;
        return grow(first, space, target);
      });
    }
  }
}

/** Doubles the shortest of some axes until there are so many elements, or none is left to be longer. */
function grown(
  start: readonly number[],
  shape: readonly number[],
  turns: readonly number[],
  elements: number,
): number[] {
  const chunks = [...start];
  for (;;) {
    const left = turns.filter((axis) => chunks[axis]! < shape[axis]!);
    if (left.length === 0) return chunks;
    const shortest = left.reduce((a, b) => (chunks[b]! <= chunks[a]! ? b : a));
    const longer = Math.min(shape[shortest]!, 2 * chunks[shortest]!);
    if ((sizeOf(chunks) / chunks[shortest]!) * longer > elements) return chunks;
    chunks[shortest] = longer;
  }
}

/** Where axes of a type are; on plain arrays, whose axes have none, all are spatial. */
function placesOf(axes: readonly Axis[], type: "space"): number[] {
  const places = axes.flatMap((axis, i) => ((axis.type ?? "space") === type ? [i] : []));
  return places.length > 0 ? places : axes.map((_, i) => i);
}

function distinct(shapes: readonly number[][]): number[][] {
  return [...new Map(shapes.map((chunks) => [chunks.join(), chunks])).values()].sort(
    (a, b) => sizeOf(a) - sizeOf(b),
  );
}

/** Of small chunks an object holds many: as many along each spatial axis, up to a size that is quickly read whole. */
function shardsOf({ array, use }: Context, chunks: readonly number[]): number[] | undefined {
  if (use.kind !== "viewing") return undefined;
  const shards = [...chunks];
  const bytes = itemSize(array.dtype);
  const space = placesOf(array.axes, "space");
  for (;;) {
    const left = space.filter((axis) => shards[axis]! < array.shape[axis]!);
    if (left.length === 0) break;
    const shortest = left.reduce((a, b) => (shards[b]! <= shards[a]! ? b : a));
    if (2 * sizeOf(shards) * bytes > SHARD_BYTES) break;
    shards[shortest] = 2 * shards[shortest]!;
  }
  return shards.some((n, axis) => n !== chunks[axis]) ? shards : undefined;
}

function layoutOf(
  context: Context,
  chunks: readonly number[],
  shards: readonly number[] | undefined,
): Layout {
  const { array, use } = context;
  const { shape } = array;
  const reach = use.kind === "kernel" ? use.reach : shape.map(() => [0, 0] as const);
  let halo = 1;
  let requests = 1;
  for (const [axis, n] of shape.entries()) {
    const length = Math.max(1, chunks[axis]!);
    let taken = 0;
    let met = 0;
    for (let start = 0; start < n; start += length) {
      const from = Math.max(0, start - reach[axis]![0]);
      const to = Math.min(n, Math.min(n, start + length) + reach[axis]![1]);
      taken += to - from;
      met += Math.ceil(to / length) - Math.floor(from / length);
    }
    if (n > 0) halo *= taken / n;
    requests *= met;
  }
  const tasks = product(gridShape(shape, chunks));
  const objects = shards ? product(gridShape(shape, shards)) : tasks;
  const { usdPer1000Gets, usdPer1000Puts } = AWS_FACTS.s3;
  return {
    chunks,
    ...(shards ? { shards } : {}),
    chunkBytes: sizeOf(chunks) * itemSize(array.dtype),
    bytes: Math.round(sizeOf(shape) * itemSize(array.dtype) * halo),
    tasks,
    objects,
    halo,
    requests,
    usd: (requests * usdPer1000Gets + objects * usdPer1000Puts) / 1000,
    against: objections(context, chunks, halo),
  };
}

function product(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => a * b, 1);
}

function objections({ array, use, feature }: Context, chunks: readonly number[], halo: number): string[] {
  const { shape, axes } = array;
  const bytes = sizeOf(chunks) * itemSize(array.dtype);
  const whole = chunks.every((n, axis) => n >= shape[axis]!);
  const found: string[] = [];
  if (use.kind === "viewing") {
    const plane = placesOf(axes, "space").slice(-2);
    const [y, x] = plane.map((axis) => chunks[axis]!);
    if (x !== undefined && y !== x && !plane.every((axis) => chunks[axis]! >= shape[axis]!))
      found.push("no squares");
    if (chunks.some((n, axis) => !plane.includes(axis) && n > 1)) found.push("several planes in a chunk");
    if (bytes > 4 * MB) found.push("long to fetch");
    return found;
  }
  if (bytes < LEAST_BYTES && !whole) found.push("small for computing");
  if (bytes > MOST_BYTES) found.push("large for memory");
  if (halo > 2) found.push("halos cost more than the chunks");
  if (feature.some((n, axis) => n > 0 && chunks[axis]! < Math.min(shape[axis]!, FEATURES * n)))
    found.push(`shorter than ${FEATURES} features`);
  if (
    use.kind === "planes" &&
    placesOf(axes, "space")
      .slice(0, -2)
      .some((axis) => chunks[axis]! > 3)
  )
    found.push("many planes in a chunk");
  if (use.kind === "temporal") {
    const time = axes.findIndex(({ type }) => type === "time");
    if (time >= 0 && chunks[time]! < shape[time]!) found.push("cut along time");
  }
  return found;
}

/** The smallest that nothing speaks against and whose halos are cheap; else the one with the fewest objections, the larger. */
function bestOf(layouts: readonly Layout[], use: Use): number {
  const good = layouts.flatMap(({ against }, i) => (against.length === 0 ? [i] : []));
  const cheap = good.filter((i) => layouts[i]!.halo <= CHEAP_HALO);
  // Viewers wait for each chunk; what computes waits between tasks.
  if (use.kind === "viewing" && good.length > 0) return good.at(-1)!;
  if (use.kind === "kernel" && cheap.length > 0) return cheap[0]!;
  if (use.kind === "kernel" && good.length > 0) return good.at(-1)!;
  const roomy = good.filter((i) => layouts[i]!.chunkBytes <= TARGETS[1]!);
  if (roomy.length > 0) return roomy.at(-1)!;
  if (good.length > 0) return good[0]!;
  return layouts.reduce(
    (best, { against }, i) => (against.length <= layouts[best]!.against.length ? i : best),
    0,
  );
}

function reasonsOf({ array, use, feature }: Context): string[] {
  const reasons: string[] = [];
  const names = (axes: readonly number[]) => axes.map((axis) => array.axes[axis]!.name).join(", ");
  const space = placesOf(array.axes, "space");
  switch (use.kind) {
    case "viewing":
      reasons.push(
        "Viewers fetch single planes in squares: powers of two, one plane a chunk; shards keep the objects few.",
      );
      break;
    case "planes":
      reasons.push(
        `Work on single planes wants chunks that are long along ${names(space.slice(-2))} and thin along the rest.`,
      );
      break;
    case "temporal":
      reasons.push("Time series want each place's whole time in one chunk, and small squares in space.");
      break;
    case "spatial":
      reasons.push(
        `Work in space wants compact chunks along ${names(space)}: the surface through which neighbours look is smallest.`,
      );
      break;
    case "kernel": {
      const looked = use.reach.flatMap(([before, after], axis) =>
        before + after > 0 ? [`${array.axes[axis]!.name} ${before} and ${after}`] : [],
      );
      reasons.push(
        looked.length === 0
          ? "The kernel looks at each element by itself: any chunks do."
          : `The kernel looks this many elements before and after: ${looked.join(", ")}. Longer chunks along these axes have cheaper halos.`,
      );
    }
  }
  if (use.kind !== "viewing") reasons.push("A task should take more than 100 ms and hold 10 MB to 1 GB.");
  if (feature.some((n) => n > 0))
    reasons.push(`Chunks are at least ${FEATURES} times as long as the largest feature.`);
  return reasons;
}
