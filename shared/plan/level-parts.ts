import { sizeOf } from "../block/block.ts";
import { chunkRegion, chunksMeeting } from "../block/chunk-grid.ts";
import { itemSize } from "../block/dtype.ts";
import type { Region } from "../block/region.ts";
import { objectShape } from "./builder.ts";
import { lcmWithin } from "./lcm.ts";
import { isPointwise } from "./pointwise.ts";
import type { MapStage, PlanArray, Write } from "./schema.ts";

/** Parts that a task is at at once: while one is read or written, another is computed. */
export const PARTS_AT_ONCE = 2;
/** Parts aren't made smaller than this, bytes: each waits for its chunks. */
const LEAST_PART = 8 * 2 ** 20;
/** A task is cut where its parts at work are at most this share of it. */
const WORTH_CUTTING = 0.5;

/**
 * The box that a task computes, writes and shrinks at a time where it makes levels of a pyramid: it need not hold more of the resolution
 * that they are made of than that, and of the next level what its chunks are made of. Undefined where a task is one box: its chunks would be
 * decoded several times, or it is small. Follows from the plan, so that planner and workers agree.
 */
export function levelPart(
  { grid, program, writes }: Pick<MapStage, "grid" | "program" | "writes">,
  arrays: { readonly [id: string]: PlanArray },
  least = LEAST_PART,
): number[] | undefined {
  const { block } = grid;
  const [first] = writes;
  const shrunk = writes.find((write) => write.factors);
  if (!first || !shrunk || !isPointwise(program)) return undefined;
  const units: (readonly number[])[] = [shrunk.factors!];
  if (shrunk !== first) {
    const array = arrays[first.array]!;
    if (array.role !== "input") units.push(objectShape(array.spec));
  }
  for (const node of program.nodes) {
    if (node.kind !== "read" || node.shape.length === 0) continue;
    const array = arrays[node.array]!;
    if (array.role !== "input") units.push(array.spec.chunkShape);
    else if (array.source.kind === "zarr") units.push(array.chunkShape);
    else return undefined;
  }
  if (units.some((unit) => unit.length !== block.length)) return undefined;
  const part = block.map((most, axis) => units.reduce((n, unit) => lcmWithin(n, unit[axis]!, most), 1));
  // Parts that don't fill a task would begin within chunks in the next.
  const fills = part.every((n, axis) => block[axis]! % n === 0 || block[axis]! >= grid.shape[axis]!);
  if (!fills) return undefined;
  const item = itemSize(program.nodes.at(-1)!.dtype);
  for (let axis = block.length - 1; axis >= 0; axis--) {
    while (sizeOf(part) * item < least && block[axis]! % (2 * part[axis]!) === 0) part[axis]! *= 2;
  }
  return PARTS_AT_ONCE * sizeOf(part) <= WORTH_CUTTING * sizeOf(block) ? part : undefined;
}

/** A region in such boxes, the last ones cut, in C order. */
export function partsOfRegion(region: Region, part: readonly number[]): Region[] {
  const origin = { start: region.start.map(() => 0), shape: region.shape };
  return [...chunksMeeting(origin, part)].map((coords) => {
    const { start, shape } = chunkRegion(region.shape, part, coords);
    return { start: start.map((s, axis) => s + region.start[axis]!), shape };
  });
}

/** Writes of a stage in parts: of the result as it is, how the next level shrinks from it, and those that follow from that level. */
export interface Shrinking {
  readonly direct: Write | undefined;
  readonly shrunk: { readonly factors: readonly number[]; readonly method: NonNullable<Write["method"]> };
  /** That level itself first. */
  readonly rest: readonly Write[];
}

export function shrinking(writes: readonly Write[]): Shrinking {
  const at = writes.findIndex((write) => write.factors);
  const { array, factors, method = "mean" } = writes[at]!;
  return {
    direct: at === 0 ? undefined : writes[0],
    shrunk: { factors: factors!, method },
    rest: [{ array }, ...writes.slice(at + 1)],
  };
}
