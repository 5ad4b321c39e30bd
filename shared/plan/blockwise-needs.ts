import { type AxisMap, axisMap, readBox } from "../block/boundary.ts";
import { offsetsOf } from "../block/chunk-grid.ts";
import { type Region, regionOf } from "../block/region.ts";
import type { BlockwiseStep, Program } from "./schema.ts";

/** A box of one input of a function of blocks. */
export interface BlockPart {
  /** Node of the program. */
  readonly node: number;
  /** The box of the array that is read. */
  readonly box: Region;
  readonly maps: readonly AxisMap[];
  /** The block without its halo, and its position. */
  readonly region: Region;
  readonly index: readonly number[];
}

/** One call of a function of blocks. */
export interface BlockCall {
  /** The block of the result. */
  readonly region: Region;
  readonly index: readonly number[];
  readonly parts: readonly (BlockPart | undefined)[];
  /** What the function gives: with the halo, where that is trimmed; and where the block begins in it. */
  readonly shape: readonly number[];
  readonly at: readonly number[];
}

interface Interval {
  readonly index: number;
  readonly start: number;
  readonly stop: number;
}

/** The calls that give a region of a step's result, in C order of their blocks. */
export function blockCalls(program: Program, step: BlockwiseStep, region: Region): BlockCall[] {
  if (region.shape.some((n) => n === 0)) return [];
  if (step.anyBlock) {
    const intervals = region.start.map((start, axis): Interval => {
      return { index: 0, start, stop: start + region.shape[axis]! };
    });
    return [callOf(program, step, intervals, intervals)];
  }
  const perAxis = step.blocks.map((blocks, axis) => {
    const offsets = offsetsOf(blocks);
    const from = region.start[axis]!;
    const to = from + region.shape[axis]!;
    return blocks.flatMap((size, index): Interval[] => {
      const start = offsets[index]!;
      return start < to && start + size > from ? [{ index, start, stop: start + size }] : [];
    });
  });
  const labelOffsets = step.out.map((label) => offsetsOf(step.labelBlocks[label]!));
  const calls: BlockCall[] = [];
  const at = perAxis.map(() => 0);
  for (;;) {
    const out = at.map((i, axis) => perAxis[axis]![i]!);
    const source = out.map(({ index }, axis): Interval => {
      const start = labelOffsets[axis]![index]!;
      return { index, start, stop: start + step.labelBlocks[step.out[axis]!]![index]! };
    });
    calls.push(callOf(program, step, out, source));
    let axis = at.length - 1;
    for (; axis >= 0; axis--) {
      if (++at[axis]! < perAxis[axis]!.length) break;
      at[axis] = 0;
    }
    if (axis < 0) return calls;
  }
}

/** `out`: the block of the result; `source`: the same on the inputs' axes of the same labels. */
function callOf(
  program: Program,
  step: BlockwiseStep,
  out: readonly Interval[],
  source: readonly Interval[],
): BlockCall {
  const halo = out.map((): [number, number] => [0, 0]);
  const known = new Set<number>();
  const parts = step.inputs.map((input): BlockPart | undefined => {
    if (!("node" in input)) return undefined;
    const { shape } = program.nodes[input.node]!;
    const intervals = input.labels.map((label, axis) => intervalOf(step, source, label, shape[axis]!));
    const maps = intervals.map(({ start, stop }, axis) => {
      const [before, after] = input.depth[axis]!;
      return axisMap(start - before, stop + after, shape[axis]!, input.boundary[axis]!);
    });
    for (const [axis, label] of input.labels.entries()) {
      const to = step.out.indexOf(label);
      const [before, after] = input.depth[axis]!;
      if (to < 0 || known.has(to) || before + after === 0) continue;
      known.add(to);
      halo[to] = [intervals[axis]!.start - maps[axis]!.start, maps[axis]!.stop - intervals[axis]!.stop];
    }
    return {
      node: input.node,
      maps,
      box: readBox(maps),
      region: regionOf(
        intervals.map(({ start }) => start),
        intervals.map(({ stop }) => stop),
      ),
      index: intervals.map(({ index }) => index),
    };
  });
  const region = regionOf(
    out.map(({ start }) => start),
    out.map(({ stop }) => stop),
  );
  const extended = region.shape.map((n, axis) => n + halo[axis]![0] + halo[axis]![1]);
  return {
    region,
    index: out.map(({ index }) => index),
    parts,
    shape: step.trim ? extended : region.shape,
    at: step.trim ? halo.map(([before]) => before) : region.shape.map(() => 0),
  };
}

/** Where along a label an input's axis of `n` elements lies: an axis of 1 meets every block, a contracted one is whole. */
function intervalOf(step: BlockwiseStep, source: readonly Interval[], label: number, n: number): Interval {
  const axis = step.out.indexOf(label);
  const total = step.labelBlocks[label]!.reduce((sum, size) => sum + size, 0);
  if (axis < 0 || (n === 1 && total !== 1)) return { index: 0, start: 0, stop: n };
  return source[axis]!;
}
