import type { ArrayNode } from "../array/nodes.ts";
import { largestBlock } from "../block/chunk-grid.ts";
import { hasOwnStages, intermediateArray, type PlanBuilder } from "./builder.ts";
import { compileCumulate } from "./compile-cumulate.ts";
import { compileLabel } from "./compile-label.ts";
import { compileMap, type StoredLevels } from "./compile-map.ts";
import { compileRareLabels } from "./compile-rare-labels.ts";
import { compileReduce } from "./compile-reduce.ts";
import { compileTally } from "./compile-tally.ts";
import { chooseCut } from "./economy.ts";
import type { PyramidLevel } from "./pyramid.ts";
import type { StoredArray } from "./schema.ts";

/** The stages that compute a node and store it, all its pyramid's levels, by the kind of the node. */
export async function storeNode(
  builder: PlanBuilder,
  node: ArrayNode,
  target: StoredLevels,
  statisticsAxis: number | undefined,
): Promise<void> {
  if (builder.isReadable(node) || !hasOwnStages(node)) {
    return storeMapped(builder, node, target, statisticsAxis);
  }
  if (node.kind === "reduce") return compileReduce(builder, node, target, statisticsAxis);
  if (node.kind === "cumulate") return compileCumulate(builder, node, target);
  if (node.kind === "tally") return compileTally(builder, node, target);
  if (node.kind === "rareLabels") return compileRareLabels(builder, node, target);
  // Labelling reads its mask twice: compute it once.
  let mask = builder.read(node.input);
  if (mask === undefined) mask = await storeIntermediate(builder, node.input);
  return compileLabel(builder, node, mask, target);
}

/** Computes a chain and stores its result; a step of it is stored first where that is cheaper. */
async function storeMapped(
  builder: PlanBuilder,
  node: ArrayNode,
  target: StoredLevels,
  statisticsAxis: number | undefined,
): Promise<void> {
  const { spec } = builder.arrays[target.ids[0]!] as StoredArray;
  const cut = await chooseCut(builder, node, spec);
  if (cut === undefined) return compileMap(builder, node, target, statisticsAxis);
  if (cut.node !== node) {
    await storeIntermediate(builder, cut.node, { chunkShape: cut.chunkShape });
    return storeMapped(builder, node, target, statisticsAxis);
  }
  const source = builder.isReadable(node) ? builder.read(node) : undefined;
  builder.readFrom(node, await storeBetween(builder, node, cut.chunkShape));
  await compileMap(builder, node, target, statisticsAxis);
  builder.readFrom(node, source ?? target.ids[0]!);
}

/** The first of two passes: a node in chunks between those that it comes in and those that are wanted. */
async function storeBetween(
  builder: PlanBuilder,
  node: ArrayNode,
  chunkShape: readonly number[],
): Promise<string> {
  const id = builder.arrayName(`${node.step}.between`);
  builder.addArray(id, intermediateArray(id, node, chunkShape));
  const level: PyramidLevel = { shape: node.shape, factors: node.shape.map(() => 1) };
  await compileMap(
    builder,
    node,
    { ids: [id], levels: [level], method: "mean" },
    undefined,
    `${node.step}.between`,
  );
  return id;
}

/** Stores a node under the run's folder, for later stages to read. */
export async function storeIntermediate(
  builder: PlanBuilder,
  node: ArrayNode,
  options: { readonly copySources?: boolean; readonly chunkShape?: readonly number[] } = {},
): Promise<string> {
  const known = options.copySources ? undefined : builder.read(node);
  if (known !== undefined) return known;
  const id = builder.arrayName(node.step);
  const chunkShape = options.chunkShape ?? largestBlock(node.chunks);
  builder.addArray(id, intermediateArray(id, node, chunkShape));
  const level: PyramidLevel = { shape: node.shape, factors: node.shape.map(() => 1) };
  await storeNode(builder, node, { ids: [id], levels: [level], method: "mean" }, undefined);
  return id;
}
