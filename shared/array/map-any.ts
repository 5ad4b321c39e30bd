import { LamellaError } from "../errors.ts";
import type { KernelCall } from "../kernels/kernel-call.ts";
import type { OwnKernel } from "./blocks/block-node.ts";
import {
  type MapOverlapOwnOptions,
  type MapOwnOptions,
  mapBlocksOwn,
  mapOverlapOwn,
} from "./blocks/map-own.ts";
import { type MapBlocksOptions, type MapOverlapOptions, mapBlocks, mapOverlap } from "./map.ts";
import type { ArrayNode } from "./nodes.ts";

/** A built-in or an own kernel on blocks. Throws INVALID_ARGUMENT for options that the kernel would ignore. */
export function mapBlocksAny(
  nodes: readonly ArrayNode[],
  kernel: KernelCall | OwnKernel,
  options: MapBlocksOptions & MapOwnOptions,
): ArrayNode {
  if (isBuiltIn(kernel)) return mapBlocks(only(kernel, nodes, options), kernel, options);
  return mapBlocksOwn(nodes, kernel, options);
}

/** A built-in or an own kernel on blocks with their neighbourhood. */
export function mapOverlapAny(
  nodes: readonly ArrayNode[],
  kernel: KernelCall | OwnKernel,
  options: MapOverlapOptions & MapOverlapOwnOptions,
): ArrayNode {
  if (isBuiltIn(kernel)) return mapOverlap(only(kernel, nodes, options), kernel, options);
  return mapOverlapOwn(nodes, kernel, options);
}

function isBuiltIn(kernel: KernelCall | OwnKernel): kernel is KernelCall {
  return typeof kernel === "object" && "kernel" in kernel;
}

/** What a built-in kernel takes: one array, and none of the options of own kernels. */
function only(kernel: KernelCall, nodes: readonly ArrayNode[], options: object): ArrayNode {
  const step = (options as { step?: string }).step ?? kernel.kernel;
  const own = ["args", "chunks", "dropAxis", "newAxis", "extent", "scratch"].find((name) => name in options);
  if (own !== undefined) {
    throw new LamellaError(
      "INVALID_ARGUMENT",
      `step ${step}: ${own} is for own kernels; ${kernel.kernel} is built in`,
      {
        hint: `Leave ${own} out.`,
      },
    );
  }
  if (nodes.length === 1) return nodes[0]!;
  throw new LamellaError(
    "INVALID_ARGUMENT",
    `step ${step}: kernel ${kernel.kernel} takes one array, ${nodes.length} were given`,
    { hint: "Use an own kernel or an expression for several arrays." },
  );
}
