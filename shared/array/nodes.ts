import type { Axis, Channel } from "../block/axes.ts";
import type { Boundary } from "../block/boundary.ts";
import type { Chunks } from "../block/chunk-grid.ts";
import type { DType } from "../block/dtype.ts";
import type { Json } from "../errors.ts";
import type { ResolvedArgs } from "../kernels/kernel.ts";
import type { ModuleKernel } from "../kernels/own/own-kernel.ts";
import type { Cumulation, ReductionName } from "../kernels/reduce/index.ts";
import type { PercentileMethod, ThresholdName } from "../kernels/tally/index.ts";
import type { ComponentsNode } from "./components.ts";
import type { MeasureNode } from "./measure.ts";
import type { RareLabelsNode } from "./rare-labels.ts";

/** What every node of the lazy graph knows of its result without computing it. */
export interface ArrayFacts {
  readonly shape: readonly number[];
  readonly chunks: Chunks;
  readonly dtype: DType;
  readonly axes: readonly Axis[];
  readonly channels?: readonly Channel[];
  /** The step's name in the pipeline file, or the operation's. For messages and the plan. */
  readonly step: string;
}

/** An array that exists: in a Zarr or N5 store, in an HDF5 file, or in an image file. */
export interface SourceNode extends ArrayFacts {
  readonly kind: "source";
  readonly source: SourceRef;
  readonly fingerprints: { readonly [uri: string]: string };
}

export type SourceRef =
  | { readonly kind: "zarr"; readonly uri: string; readonly path: string; readonly image?: ImageRef }
  | { readonly kind: "n5" | "hdf5"; readonly uri: string; readonly path: string }
  | { readonly kind: "image"; readonly uri: string; readonly series: number; readonly level: number };

/** The OME-Zarr image that a Zarr array is a level of: where labels go, and how many levels they need. */
export interface ImageRef {
  readonly path: string;
  readonly zarrFormat: 2 | 3;
  readonly levelShapes: readonly (readonly number[])[];
}

/** A kernel on blocks: `mapBlocks` (no halo) or `mapOverlap`. */
export interface KernelNode extends ArrayFacts {
  readonly kind: "kernel";
  /** Always stored under the run's folder: what reads it needs so much of it that computing it in place never pays. */
  readonly stored?: true;
  readonly op: "mapBlocks" | "mapOverlap";
  readonly kernel: string;
  readonly args: ResolvedArgs;
  readonly inputs: readonly ArrayNode[];
  /** 0-d arrays whose values arguments take: `{ $scalar: 0 }` in `args` stands for the first of them. */
  readonly scalars: readonly ArrayNode[];
  readonly depth: readonly (readonly [number, number])[];
  readonly boundary: readonly Boundary[];
}

/** An operation that knows, for any box of its result, the boxes of its inputs (kernels/region/). Independent of chunks. */
export interface OpNode extends ArrayFacts {
  readonly kind: "op";
  /** What the user called it: for provenance. */
  readonly name: string;
  readonly op: string;
  readonly args: ResolvedArgs;
  readonly inputs: readonly ArrayNode[];
}

/** One array that a function of blocks takes, with the letter (a number here) that each of its axes goes by. */
export interface BlockInput {
  readonly node: ArrayNode;
  readonly labels: readonly number[];
  /** Halo per axis. */
  readonly depth: readonly (readonly [number, number])[];
  readonly boundary: readonly Boundary[];
}

/** A value that a function of blocks takes as it is. */
export interface LiteralInput {
  readonly literal: Json;
}

/**
 * A function of blocks, the user's own, or none (blocks pass with their halo). Axes go by labels as in index notation: blocks
 * with the same position on each label of the result meet; labels that the result hasn't are contracted.
 */
export interface BlockwiseNode extends ArrayFacts {
  readonly kind: "blockwise";
  readonly op: "mapBlocks" | "mapOverlap" | "blockwise" | "applyGufunc" | "overlap";
  readonly call?: ModuleKernel;
  readonly args: { readonly [name: string]: Json };
  /** 0-d arrays that `{ $scalar: 0 }`, ... in `args` stand for. */
  readonly scalars: readonly ArrayNode[];
  readonly inputs: readonly (BlockInput | LiteralInput)[];
  /** Label of each axis of the result. */
  readonly out: readonly number[];
  /** Block sizes by label, as the inputs have them; of an axis that only the result has, the result's. */
  readonly labelBlocks: readonly (readonly number[])[];
  /** Contracted axes: whole (true), or as nested lists of blocks. */
  readonly concatenate: boolean;
  /** Cut the halo off the result. */
  readonly trim: boolean;
  /** The result depends on its elements and, within their depth, their neighbours alone: any box will do for a block. */
  readonly anyBlock: boolean;
  /** Which of several results. */
  readonly output?: { readonly index: number; readonly count: number };
  /** Bytes that the function takes for itself, in input blocks. */
  readonly scratch: number;
}

/** numpy's astype, by the casting rules of the interface: floats saturate into integers, integers wrap. */
export interface CastNode extends ArrayFacts {
  readonly kind: "cast";
  readonly input: ArrayNode;
}

/** A tree reduction over some axes. */
export interface ReduceNode extends ArrayFacts {
  readonly kind: "reduce";
  readonly operation: ReductionName;
  readonly input: ArrayNode;
  /** Reduced axes of the input, ascending. */
  readonly reducedAxes: readonly number[];
  readonly keepdims: boolean;
  readonly ddof: number;
  readonly splitEvery: number;
}

/** Running sums or products along an axis. */
export interface CumulateNode extends ArrayFacts {
  readonly kind: "cumulate";
  readonly operation: Cumulation;
  readonly input: ArrayNode;
  readonly axis: number;
}

/** What the counts of a whole array's elements tell: 0-d, or a short list. */
export interface TallyNode extends ArrayFacts {
  readonly kind: "tally";
  readonly input: ArrayNode;
  readonly measure: Measure;
  /** 0-d arrays that the bins range between, where they are the data's own. */
  readonly limits?: readonly [low: ArrayNode, high: ArrayNode];
}

export type Measure =
  | {
      readonly kind: "histogram" | "edges";
      readonly bins: number;
      readonly range?: readonly [low: number, high: number];
    }
  | { readonly kind: "percentile"; readonly q: readonly number[]; readonly method: PercentileMethod }
  | { readonly kind: "threshold"; readonly name: ThresholdName; readonly bins: number };

/** Connected components of the whole array, joined across chunks. */
export interface LabelNode extends ArrayFacts {
  readonly kind: "label";
  readonly input: ArrayNode;
  readonly connectivity: number;
  readonly connected: readonly boolean[];
}

/** The same values in other chunks. */
export interface RechunkNode extends ArrayFacts {
  readonly kind: "rechunk";
  readonly input: ArrayNode;
}

/** Elements picked and axes reordered: slicing, transpose, flip. Output axis i is axis sources[i] at starts[i] + k * steps[i]. */
export interface ViewNode extends ArrayFacts {
  readonly kind: "view";
  readonly input: ArrayNode;
  /** Input axis of each axis; -1 for a new axis of length 1. */
  readonly sources: readonly number[];
  readonly starts: readonly number[];
  readonly steps: readonly number[];
  /** Input axes that are dropped, each with the element that stays. */
  readonly fixed: readonly (readonly [axis: number, index: number])[];
}

/** Arrays joined along an axis. */
export interface ConcatenateNode extends ArrayFacts {
  readonly kind: "concatenate";
  readonly inputs: readonly ArrayNode[];
  readonly axis: number;
}

export type ArrayNode =
  | BlockwiseNode
  | OpNode
  | ConcatenateNode
  | ViewNode
  | SourceNode
  | KernelNode
  | CastNode
  | ReduceNode
  | TallyNode
  | CumulateNode
  | LabelNode
  | ComponentsNode
  | MeasureNode
  | RareLabelsNode
  | RechunkNode;

/** The arrays that a node is computed from. */
export function inputsOf(node: ArrayNode): readonly ArrayNode[] {
  switch (node.kind) {
    case "source":
      return [];
    case "kernel":
      return [...node.inputs, ...node.scalars];
    case "blockwise":
      return [...node.inputs.flatMap((input) => ("node" in input ? [input.node] : [])), ...node.scalars];
    case "op":
    case "concatenate":
      return node.inputs;
    case "tally":
      return [node.input, ...(node.limits ?? [])];
    case "measure":
      return node.image ? [node.labels, node.image] : [node.labels];
    default:
      return [node.input];
  }
}

/** Nodes in an order in which inputs come before what uses them, each once. */
export function topological(roots: readonly ArrayNode[]): ArrayNode[] {
  const order: ArrayNode[] = [];
  const seen = new Set<ArrayNode>();
  const visit = (node: ArrayNode): void => {
    if (seen.has(node)) return;
    seen.add(node);
    for (const input of inputsOf(node)) visit(input);
    order.push(node);
  };
  for (const root of roots) visit(root);
  return order;
}
