import type { Boundary } from "../../block/boundary.ts";
import { LamellaError } from "../../errors.ts";
import { axisOf } from "../axis-of.ts";
import { boundaryPerAxis, depthPerAxis, type HaloOptions } from "../halo.ts";
import type { ArrayNode, BlockInput } from "../nodes.ts";
import { blockNode, moduleOf, noHalo, type OwnKernel, type OwnOptions, stepOfOwn } from "./block-node.ts";
import { grownBlocks } from "./grown-blocks.ts";

/** How far an own kernel looks: without it the planner gives it the lazy array's own chunks. */
export type OwnExtent = "block" | "pointwise" | "depth";

export interface MapOwnOptions extends OwnOptions {
  /** Sizes of the result's chunks per axis: a number for all blocks of the axis, or a list with one each. */
  readonly chunks?: readonly (number | readonly number[])[];
  /** Axes that the result hasn't, by index or name: the function gets them whole. */
  readonly dropAxis?: number | string | readonly (number | string)[];
  /** Positions of new axes in the result, of length 1 unless `chunks` says otherwise. */
  readonly newAxis?: number | readonly number[];
  /**
   * "pointwise": each element of the result depends on the elements at its place alone; "depth" (mapOverlap): on those within the
   * depth; "block" (the default): on the whole block, so that the chunks matter.
   */
  readonly extent?: OwnExtent;
}

export interface MapOverlapOwnOptions extends Omit<MapOwnOptions, "dropAxis" | "newAxis">, HaloOptions {
  /** Cut the neighbourhood off again; false keeps it, so that chunks grow by it. */
  readonly trim?: boolean;
}

/**
 * An own kernel on the blocks of one array or several, which broadcast from the last axis on. Equals dask.array.map_blocks: axes that
 * are dropped are handed over whole.
 */
export function mapBlocksOwn(
  inputs: readonly ArrayNode[],
  kernel: OwnKernel,
  options: MapOwnOptions = {},
): ArrayNode {
  const step = stepOfOwn(kernel, options.step, "function");
  if (options.extent === "depth") {
    throw new LamellaError("INVALID_ARGUMENT", `step ${step}: extent "depth" is for mapOverlap`, {
      hint: "Use pointwise, or mapOverlap with a depth.",
    });
  }
  return mapOwn(
    "mapBlocks",
    inputs.map((node) => ({ node, ...noHalo(node) })),
    kernel,
    step,
    options,
    true,
  );
}

/** An own kernel on blocks extended by their neighbourhood. Equals dask.array.map_overlap; several arrays get the same depth. */
export function mapOverlapOwn(
  inputs: readonly ArrayNode[],
  kernel: OwnKernel,
  options: MapOverlapOwnOptions,
): ArrayNode {
  const step = stepOfOwn(kernel, options.step, "function");
  const widest = inputs.reduce((a, b) => (b.shape.length > a.shape.length ? b : a));
  const depth = depthPerAxis(options.depth, widest);
  const boundary = boundaryPerAxis(options.boundary ?? "none", widest);
  const extended = inputs.map((node) => {
    const lead = widest.shape.length - node.shape.length;
    // An axis of 1 that meets a longer one is the same everywhere.
    const broadcast = node.shape.map((n, axis) => n === 1 && widest.shape[lead + axis] !== 1);
    return {
      node,
      depth: node.shape.map((_, axis) => (broadcast[axis] ? ([0, 0] as const) : depth[lead + axis]!)),
      boundary: node.shape.map((_, axis): Boundary => (broadcast[axis] ? "none" : boundary[lead + axis]!)),
    };
  });
  return mapOwn("mapOverlap", extended, kernel, step, options, options.trim ?? true);
}

function mapOwn(
  op: "mapBlocks" | "mapOverlap",
  inputs: readonly Omit<BlockInput, "labels">[],
  kernel: OwnKernel,
  step: string,
  options: MapOwnOptions,
  trim: boolean,
): ArrayNode {
  if (inputs.length === 0)
    throw new LamellaError("INVALID_ARGUMENT", `step ${step}: there is no input`, {
      hint: "Give at least one array.",
    });
  const rank = Math.max(...inputs.map(({ node }) => node.shape.length));
  const widest = inputs.find(({ node }) => node.shape.length === rank)!.node;
  const labelled = inputs.map((input) => ({
    ...input,
    labels: input.node.shape.map((_, axis) => rank - input.node.shape.length + axis),
  }));
  const dropped = [options.dropAxis ?? []]
    .flat()
    .map((axis) => axisOf(axis as number | string, widest.axes, step));
  const out = Array.from({ length: rank }, (_, axis) => axis).filter((axis) => !dropped.includes(axis));
  const added = [options.newAxis ?? []].flat() as number[];
  for (const [i, at] of [...added].sort((a, b) => a - b).entries()) {
    if (!Number.isInteger(at) || at < 0 || at > out.length) {
      throw new LamellaError(
        "INVALID_ARGUMENT",
        `step ${step}: a new axis can't be at ${at} of ${out.length + 1}`,
        {
          hint: "Positions are those of the result, from 0.",
        },
      );
    }
    out.splice(at, 0, rank + i);
  }
  const outBlocks = new Map(added.map((_, i) => [rank + i, [1]] as [number, readonly number[]]));
  if (options.chunks) {
    if (options.chunks.length !== out.length) {
      throw new LamellaError(
        "INVALID_ARGUMENT",
        `step ${step}: chunks has ${options.chunks.length} entries, the result ${out.length} axes`,
        { hint: "Give a size, or a list of sizes, for each axis of the result." },
      );
    }
    const counted = blockNode({ op, kernel: undefined, options: {}, step, inputs: labelled, out, outBlocks });
    for (const [axis, wanted] of options.chunks.entries()) {
      const isNew = out[axis]! >= rank;
      const count = isNew ? 1 : counted.chunks[axis]!.length;
      const sizes = Array.isArray(wanted)
        ? (wanted as readonly number[])
        : new Array<number>(count).fill(wanted as number);
      if (sizes.some((n) => !Number.isInteger(n) || n < 0)) {
        throw new LamellaError(
          "INVALID_ARGUMENT",
          `step ${step}: chunk sizes are whole numbers, not ${JSON.stringify(wanted)}`,
          { hint: "Per axis one size for all chunks, or a list with one for each." },
        );
      }
      outBlocks.set(out[axis]!, sizes);
    }
  }
  const extent = options.extent ?? "block";
  if (!["block", "pointwise", "depth"].includes(extent)) {
    throw new LamellaError("INVALID_ARGUMENT", `step ${step}: extent "${extent}" is not known`, {
      hint: "Use block, pointwise or depth.",
    });
  }
  const reshapes = options.chunks !== undefined || dropped.length > 0 || added.length > 0 || !trim;
  if (extent !== "block" && reshapes) {
    throw new LamellaError(
      "INVALID_ARGUMENT",
      `step ${step}: a kernel whose blocks change their shape depends on its blocks: extent ${extent} can't be`,
      { hint: "Leave extent out." },
    );
  }
  if (!trim) return untrimmed(op, labelled, kernel, step, options, out, outBlocks);
  return blockNode({
    op,
    kernel: moduleOf(kernel),
    options,
    step,
    inputs: labelled,
    out,
    outBlocks,
    anyBlock: extent !== "block",
  });
}

/** Chunks grow by the halo that each block really has. */
function untrimmed(
  op: "mapBlocks" | "mapOverlap",
  inputs: readonly BlockInput[],
  kernel: OwnKernel | undefined,
  step: string,
  options: OwnOptions,
  out: readonly number[],
  given: ReadonlyMap<number, readonly number[]>,
): ArrayNode {
  const plainNode = blockNode({
    op,
    kernel: undefined,
    options: {},
    step,
    inputs,
    out,
    outBlocks: new Map(),
  });
  const outBlocks = new Map(given);
  for (const [axis, label] of out.entries()) {
    if (outBlocks.has(label)) continue;
    const input = inputs.find(
      (i) => i.labels.includes(label) && i.depth[i.labels.indexOf(label)]!.some((n) => n > 0),
    );
    if (!input) continue;
    const at = input.labels.indexOf(label);
    outBlocks.set(label, grownBlocks(plainNode.chunks[axis]!, input.depth[at]!, input.boundary[at]!));
  }
  return blockNode({
    op,
    kernel: kernel && moduleOf(kernel),
    options,
    step,
    inputs,
    out,
    outBlocks,
    trim: false,
  });
}
