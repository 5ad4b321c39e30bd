import type { Axis } from "../block/axes.ts";
import type { Boundary } from "../block/boundary.ts";
import type { DType } from "../block/dtype.ts";
import { LamellaError } from "../errors.ts";
import { type KernelCall, parseArgs } from "../kernels/kernel-call.ts";
import { kernelNamed } from "../kernels/registry.ts";
import { restoreScalars, standIns, takeScalars } from "../kernels/scalars.ts";
import { overlap } from "./blocks/overlap.ts";
import { castTo } from "./cast.ts";
import { boundaryPerAxis, depthPerAxis, type HaloOptions } from "./halo.ts";
import { resolveLengths } from "./lengths.ts";
import type { ArrayNode, KernelNode } from "./nodes.ts";

export interface MapBlocksOptions {
  /** Cast the result to this dtype; without it the kernel says. */
  readonly dtype?: DType;
  /** A name for messages and the plan; default: the kernel's. */
  readonly step?: string;
  /** How many of the last axes the kernel is for; along the others each position is by itself. Default: those that are spatial. */
  readonly core?: number;
}

export interface MapOverlapOptions extends MapBlocksOptions, HaloOptions {
  /** Cut the neighbourhood off again; false keeps it, so that chunks grow by it. */
  readonly trim?: boolean;
}

/** A kernel on each chunk by itself. Equals dask.array.map_blocks for kernels that keep the shape. */
export function mapBlocks(input: ArrayNode, call: KernelCall, options: MapBlocksOptions = {}): ArrayNode {
  const none: readonly [number, number] = [0, 0];
  const depth = input.shape.map(() => none);
  const boundary = input.shape.map((): Boundary => "none");
  return apply("mapBlocks", input, call, depth, boundary, options);
}

/**
 * A kernel on each chunk extended by its neighbourhood, trimmed afterwards. Equals dask.array.map_overlap, for any
 * depth: beyond the neighbouring chunk, beyond the array, asymmetric.
 */
export function mapOverlap(input: ArrayNode, call: KernelCall, options: MapOverlapOptions): ArrayNode {
  const depth = depthPerAxis(options.depth, input);
  const boundary = boundaryPerAxis(options.boundary ?? "none", input);
  if (options.trim === false) {
    const { depth: _, boundary: __, trim: ___, ...rest } = options;
    return mapBlocks(
      overlap(input, { depth: options.depth, boundary: options.boundary ?? "none" }),
      call,
      rest,
    );
  }
  return apply("mapOverlap", input, call, depth, boundary, options);
}

function apply(
  op: KernelNode["op"],
  input: ArrayNode,
  call: KernelCall,
  depth: readonly (readonly [number, number])[],
  boundary: readonly Boundary[],
  options: MapBlocksOptions,
): ArrayNode {
  const kernel = kernelNamed(call.kernel);
  const step = options.step ?? call.kernel;
  if (kernel.inputs !== 1) {
    throw new LamellaError(
      "INVALID_ARGUMENT",
      `step ${step}: kernel ${kernel.name} takes ${kernel.inputs} arrays, one was given`,
      { hint: `Give ${kernel.inputs} of one shape, in: [a, b].` },
    );
  }
  if (!kernel.accepts.includes(input.dtype)) {
    throw new LamellaError(
      "UNSUPPORTED_DTYPE",
      `step ${step}: kernel ${kernel.name} does not take ${input.dtype}`,
      {
        hint: `It takes ${kernel.accepts.join(", ")}: cast the input with dtype on the step before.`,
        details: { step, kernel: kernel.name, dtype: input.dtype },
      },
    );
  }
  const axes = coreAxes(input, options.core);
  const context = { axes, inputs: [input.dtype] };
  // A pipeline file's arguments hold its 0-d steps; a call from TypeScript has set them apart already.
  const taken = call.scalars ? { args: call.args, scalars: call.scalars } : takeScalars(kernel, call.args);
  const given = standIns(taken.args);
  const args = restoreScalars(
    kernel.resolve(parseArgs(kernel, resolveLengths(given, kernel.lengths, axes)), context),
    taken.scalars.length,
  );
  const dtype = kernel.outputDType([input.dtype], args);
  const node: KernelNode = Object.freeze({
    kind: "kernel",
    op,
    kernel: kernel.name,
    args,
    inputs: [input],
    scalars: taken.scalars.map(({ node }) => node as ArrayNode),
    depth,
    boundary,
    shape: input.shape,
    chunks: input.chunks,
    dtype,
    axes: input.axes,
    ...(input.channels ? { channels: input.channels } : {}),
    step,
  });
  return options.dtype === undefined ? node : castTo(node, options.dtype, step);
}

/** The axes as a kernel is told of them: with `core`, the last ones as space and the others as none. */
function coreAxes(input: ArrayNode, core: number | undefined): readonly Axis[] {
  if (core === undefined) return input.axes;
  return input.axes.map((axis, i) => ({ ...axis, type: i < input.axes.length - core ? "time" : "space" }));
}
