import { type AxisMap, axisMap, readBox } from "../block/boundary.ts";
import { blocksMeeting } from "../block/chunk-grid.ts";
import { type Region, regionOf, sameRegion, stopOf } from "../block/region.ts";
import type { RegionFacts } from "../kernels/region/region-op.ts";
import { regionOpNamed } from "../kernels/region/registry.ts";
import { blockCalls } from "./blockwise-needs.ts";
import type { ConcatenateStep, KernelStep, OpStep, Program, ProgramNode, ViewStep } from "./schema.ts";

/** A box of an earlier node of the program. */
export interface Need {
  readonly input: number;
  readonly region: Region;
}

const POINT: Region = { start: [], shape: [] };

/** What a box of a node's result is computed from, in the order in which it is computed. */
export function needsOf(program: Program, node: ProgramNode, region: Region): Need[] {
  switch (node.kind) {
    case "read":
      return [];
    case "cast":
      return [{ input: node.input, region }];
    case "view":
      return [{ input: node.input, region: viewedBox(node, region) }];
    case "concatenate":
      return joinedParts(node, region).map(({ input, part }) => ({ input, region: part }));
    case "blockwise": {
      const scalars = (node.scalars ?? []).map((input) => ({ input, region: POINT }));
      const parts = blockCalls(program, node, region).flatMap((call) => call.parts);
      return [...scalars, ...parts.flatMap((part) => (part ? [{ input: part.node, region: part.box }] : []))];
    }
    case "op": {
      const boxes = regionOpNamed(node.op).boxes(node.args, region, factsOf(program, node));
      return boxes.map(({ input, start, shape }, i) => ({
        input: node.inputs[input ?? i]!,
        region: { start, shape },
      }));
    }
    case "kernel": {
      const box = kernelBox(node, region);
      const scalars = (node.scalars ?? []).map((input) => ({ input, region: POINT }));
      if (!box) return scalars;
      return [...scalars, ...node.inputs.map((input) => ({ input, region: box }))];
    }
  }
}

/** The shapes and dtypes that a region operation goes by. */
export function factsOf(program: Program, node: OpStep): RegionFacts {
  return { shape: node.shape, dtype: node.dtype, inputs: node.inputs.map((input) => program.nodes[input]!) };
}

export interface JoinedPart {
  readonly input: number;
  /** The part of the input. */
  readonly part: Region;
  /** Where along the joined axis it begins in the region. */
  readonly at: number;
}

/** The parts of a region that each joined array has. */
export function joinedParts(node: ConcatenateStep, region: Region): JoinedPart[] {
  const { axis } = node;
  const from = region.start[axis]!;
  const to = from + region.shape[axis]!;
  return node.inputs.flatMap((input, i) => {
    const offset = node.offsets[i]!;
    const low = Math.max(from, offset);
    const high = Math.min(to, node.offsets[i + 1] ?? node.shape[axis]!);
    if (low >= high) return [];
    const part: Region = {
      start: region.start.map((s, k) => (k === axis ? low - offset : s)),
      shape: region.shape.map((n, k) => (k === axis ? high - low : n)),
    };
    return [{ input, part, at: low - from }];
  });
}

/** The box of a view's input that holds every element picked. */
export function viewedBox(node: ViewStep, region: Region): Region {
  const start = new Array<number>(node.inputRank).fill(0);
  const stop = new Array<number>(node.inputRank).fill(1);
  for (const [axis, index] of node.fixed) {
    start[axis] = index;
    stop[axis] = index + 1;
  }
  for (const [axis, source] of node.sources.entries()) {
    if (source < 0) continue;
    const first = node.starts[axis]! + region.start[axis]! * node.steps[axis]!;
    const last = first + (region.shape[axis]! - 1) * node.steps[axis]!;
    start[source] = region.shape[axis] === 0 ? 0 : Math.min(first, last);
    stop[source] = region.shape[axis] === 0 ? 0 : Math.max(first, last) + 1;
  }
  return regionOf(start, stop);
}

/** What a region needs of a step's inputs: per axis the mapped interval, and the box of the array that holds it. */
export function reachOf(
  step: KernelStep,
  region: Region,
): { readonly maps: AxisMap[]; readonly inner: Region } {
  const stop = stopOf(region);
  const maps = region.start.map((start, axis) => {
    const [before, after] = step.halo[axis]!;
    return axisMap(start - before, stop[axis]! + after, step.shape[axis]!, step.boundary[axis]!);
  });
  const inner = readBox(maps);
  return { maps, inner };
}

/** The lazy chunks that a kernel which depends on its block is run on to give a region; undefined where it is run on the region itself. */
export function lazyBlocks(step: KernelStep, region: Region): Region[] | undefined {
  if (!step.blocks) return undefined;
  const blocks = [...blocksMeeting(region, step.blocks)];
  return blocks.length === 1 && sameRegion(blocks[0]!, region) ? undefined : blocks;
}

/** The box of a kernel's inputs that a region is computed from; undefined where it is empty. */
export function kernelBox(step: KernelStep, region: Region): Region | undefined {
  const blocks = lazyBlocks(step, region);
  if (!blocks) return reachOf(step, region).inner;
  return blocks.length === 0 ? undefined : boundingBox(blocks.map((block) => reachOf(step, block).inner));
}

function boundingBox(regions: readonly Region[]): Region {
  const start = [...regions[0]!.start];
  const stop = start.map(() => Number.NEGATIVE_INFINITY);
  for (const region of regions) {
    for (const [axis, from] of region.start.entries()) {
      start[axis] = Math.min(start[axis]!, from);
      stop[axis] = Math.max(stop[axis]!, from + region.shape[axis]!);
    }
  }
  return regionOf(start, stop);
}

/** The nodes that a step of a program reads. */
export function inputsOfStep(node: ProgramNode): readonly number[] {
  switch (node.kind) {
    case "read":
      return [];
    case "blockwise":
      return [
        ...node.inputs.flatMap((input) => ("node" in input ? [input.node] : [])),
        ...(node.scalars ?? []),
      ];
    case "kernel":
      return [...node.inputs, ...(node.scalars ?? [])];
    case "op":
    case "concatenate":
      return node.inputs;
    default:
      return [node.input];
  }
}
