import { sizeOf, stridesOf } from "../../block/block.ts";
import type { Region } from "../../block/region.ts";
import type { InputBox, RegionFacts, RegionOp } from "./region-op.ts";
import { groupAxes, type Interval, type Piece, piecesOf } from "./reshape-pieces.ts";

/**
 * The same elements, in C order, under another shape. Axes are matched in groups of equal size; within a group a box of
 * the result is a set of runs in C order, and each is read as the boxes that hold just it. Equals numpy.reshape.
 */
export const reshapeOp: RegionOp = {
  name: "reshape",
  boxes: (_args, region, facts) => plan(region, facts).boxes,
  scratchBytes: () => 0,
  costPerElement: () => 1.5,
  run(heap, _args, region, blocks, _boxes, facts) {
    const target = heap.alloc(facts.dtype, region.shape);
    const { groups, picks } = plan(region, facts);
    const dst = target.data as Uint8Array;
    // The target with one axis a group, and the runs of each group's elements along it.
    const sizes = groups.map(({ runs }) => runs.reduce((n, [from, to]) => n + to - from, 0));
    const strides = stridesOf(sizes);
    for (const [i, pick] of picks.entries()) {
      const src = blocks[i]!.data as Uint8Array;
      const inner = stridesOf(pick.map(({ start, stop }) => stop - start));
      const parts = pick.map((piece, g) => overlaps(groups[g]!.runs, piece));
      copyParts(dst, src, parts, strides, inner);
    }
    return target;
  },
};

/** A run of a group's elements that a piece holds: where it begins in the piece, where in the target, how long it is. */
interface Part {
  readonly from: number;
  readonly to: number;
  readonly length: number;
}

function overlaps(runs: readonly Interval[], piece: Piece): Part[] {
  const parts: Part[] = [];
  let at = 0;
  for (const [start, stop] of runs) {
    const low = Math.max(start, piece.start);
    const high = Math.min(stop, piece.stop);
    if (low < high) parts.push({ from: low - piece.start, to: at + low - start, length: high - low });
    at += stop - start;
  }
  return parts;
}

function copyParts(
  dst: Uint8Array,
  src: Uint8Array,
  parts: readonly (readonly Part[])[],
  to: readonly number[],
  from: readonly number[],
): void {
  const last = parts.length - 1;
  const walk = (group: number, s: number, t: number): void => {
    if (group > last) {
      dst[t] = src[s]!;
      return;
    }
    for (const part of parts[group]!) {
      const [a, b] = [s + part.from * from[group]!, t + part.to * to[group]!];
      if (group === last) dst.set(src.subarray(a, a + part.length), b);
      else for (let i = 0; i < part.length; i++) walk(group + 1, a + i * from[group]!, b + i * to[group]!);
    }
  };
  walk(0, 0, 0);
}

interface ReshapePlan {
  readonly groups: readonly { readonly runs: readonly Interval[] }[];
  /** For each box, the piece of each group that it holds. */
  readonly picks: readonly (readonly Piece[])[];
  readonly boxes: InputBox[];
}

function plan(region: Region, { shape, inputs }: RegionFacts): ReshapePlan {
  if (sizeOf(region.shape) === 0 || sizeOf(shape) === 0) return { groups: [], picks: [], boxes: [] };
  const source = inputs[0]!.shape;
  const groups = groupAxes(source, shape).map(({ from, to }) => ({
    ...piecesOf(
      from.map((axis) => source[axis]!),
      to.map((axis) => shape[axis]!),
      to.map((axis) => region.start[axis]!),
      to.map((axis) => region.shape[axis]!),
    ),
  }));
  let picks: Piece[][] = [[]];
  for (const { pieces } of groups) picks = picks.flatMap((pick) => pieces.map((piece) => [...pick, piece]));
  const boxes = picks.map((pick) => ({
    start: pick.flatMap((piece) => piece.box.start),
    shape: pick.flatMap((piece) => piece.box.shape),
    input: 0,
  }));
  return { groups, picks, boxes };
}
