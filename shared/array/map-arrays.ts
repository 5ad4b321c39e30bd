import type { DType } from "../block/dtype.ts";
import { type Json, LamellaError } from "../errors.ts";
import type { KernelCall } from "../kernels/kernel-call.ts";
import type { OwnKernel } from "./blocks/block-node.ts";
import { type BlockwiseOptions, blockwise as blockwiseNode } from "./blocks/blockwise.ts";
import { type GufuncOptions, applyGufunc as gufuncNodes } from "./blocks/gufunc.ts";
import type { MapOverlapOwnOptions, MapOwnOptions } from "./blocks/map-own.ts";
import { LazyArray } from "./lazy-array.ts";
import type { MapBlocksOptions, MapOverlapOptions } from "./map.ts";
import { mapBlocksAny, mapOverlapAny } from "./map-any.ts";
import type { ArrayNode } from "./nodes.ts";

/** A kernel on the blocks of one array or several: dask.array.map_blocks. Built-in kernels take one. */
export function mapBlocks(
  kernel: KernelCall | OwnKernel,
  arrays: readonly LazyArray[],
  options: MapBlocksOptions & MapOwnOptions = {},
): LazyArray {
  return new LazyArray(mapBlocksAny(nodesOf(arrays), kernel, options));
}

/** A kernel on blocks extended by their neighbourhood, of one array or several: dask.array.map_overlap. */
export function mapOverlap(
  kernel: KernelCall | OwnKernel,
  arrays: readonly LazyArray[],
  options: MapOverlapOptions & MapOverlapOwnOptions,
): LazyArray {
  return new LazyArray(mapOverlapAny(nodesOf(arrays), kernel, options));
}

/**
 * A function on blocks that meet by index notation: dask.array.blockwise. Arguments are arrays with a letter for each axis, or values:
 * `blockwise(mask, "tij", [[series, "tij"], [nuclei, "ij"], { literal: 2 }])`.
 */
export function blockwise<E extends DType = DType>(
  kernel: OwnKernel,
  out: string,
  args: readonly (readonly [LazyArray, string] | { readonly literal: Json })[],
  options: BlockwiseOptions & { readonly dtype?: E } = {},
): LazyArray<E> {
  const inputs = args.map((argument) => {
    if (Array.isArray(argument) && argument[0] instanceof LazyArray)
      return [argument[0].node, argument[1]] as const;
    if (!Array.isArray(argument) && Object.hasOwn(Object(argument), "literal"))
      return argument as { literal: Json };
    throw new LamellaError(
      "INVALID_ARGUMENT",
      "blockwise takes pairs of an array and its letters, and literals",
      {
        hint: 'For example [[series, "tij"], [mask, "ij"], { literal: 2 }].',
      },
    );
  });
  return new LazyArray<E>(blockwiseNode(kernel, out, inputs, options));
}

/** A function with a signature of core dimensions, such as "(i,j),(j)->(i)": dask.array.apply_gufunc. An array for each output. */
export function applyGufunc(
  kernel: OwnKernel,
  signature: string,
  arrays: readonly LazyArray[],
  options: GufuncOptions = {},
): LazyArray[] {
  return gufuncNodes(kernel, signature, nodesOf(arrays), options).map((node) => new LazyArray(node));
}

function nodesOf(arrays: readonly LazyArray[]): ArrayNode[] {
  if (arrays.length === 0)
    throw new LamellaError("INVALID_ARGUMENT", "no array was given", { hint: "Give at least one array." });
  return arrays.map(({ node }) => node);
}
