import { createHash } from "node:crypto";
import type { MeasureNode } from "../array/measure.ts";
import { type ArrayNode, describe, inputsOf, topological } from "../array/nodes.ts";
import { largestBlock } from "../block/chunk-grid.ts";
import { LamellaError } from "../errors.ts";
import { kernelModuleDigest } from "../kernels/wasm/module.ts";
import { joinKey } from "../storage/key.ts";
import { LAMELLA_VERSION } from "../version.ts";
import type { ArraySpec } from "../zarr/spec.ts";
import { type Budget, defaultBudget } from "./budget.ts";
import { type Economy, hasOwnStages, intermediateArray, PlanBuilder } from "./builder.ts";
import { compileCumulate } from "./compile-cumulate.ts";
import { compileLabel } from "./compile-label.ts";
import { compileMap, type StoredLevels } from "./compile-map.ts";
import { compileMeasure } from "./compile-measure.ts";
import { compileRareLabels } from "./compile-rare-labels.ts";
import { compileReduce } from "./compile-reduce.ts";
import { compileTally } from "./compile-tally.ts";
import { chooseCut } from "./economy.ts";
import {
  DEFAULT_CODEC,
  type ImageRequest,
  type OutputRequest,
  outputChunks,
  outputLevels,
  outputShards,
} from "./outputs.ts";
import type { PyramidLevel, PyramidMethod } from "./pyramid.ts";
import {
  PLAN_VERSION,
  type Plan,
  type PlanImage,
  type PlanOutput,
  parsePlan,
  type StoredArray,
} from "./schema.ts";
import { sharedSteps } from "./shared-steps.ts";

export interface CompileOptions {
  readonly budget?: Partial<Budget>;
  readonly overwrite?: boolean;
  /** For tests, which compare what is fused with what is stored on the way. */
  readonly economy?: Economy;
}

/**
 * Compiles outputs to a plan: the graph is cut into stages, each within the memory budget, and every choice is recorded.
 * Reads nothing. Throws OVER_MEMORY where a stage can't be made small enough.
 */
export async function compile(
  outputs: readonly OutputRequest[],
  options: CompileOptions = {},
): Promise<Plan> {
  const budget = { ...defaultBudget(), ...options.budget };
  const builder = new PlanBuilder(budget, options.economy);
  const order = topological(outputs.flatMap(storedNodes));
  builder.nodes = order;
  const numbers = numbered(order);
  const images = outputs
    .flatMap((output) => output.images.map((image) => ({ output, image })))
    .sort((a, b) => numbers.get(a.image.node)! - numbers.get(b.image.node)!);

  await builder.bundle(order);
  const results = images.map(({ image }) => image.node);
  for await (const shared of sharedSteps(builder, order, results)) await storeIntermediate(builder, shared);
  const planned = new Map<ImageRequest, PlanImage>();
  for (const { output, image } of images) planned.set(image, await compileImage(builder, output, image));

  const planOutputs: Record<string, PlanOutput> = {};
  for (const output of outputs) {
    const { table } = output;
    planOutputs[output.name] = {
      uri: output.uri,
      shown: output.shown,
      root: output.root,
      zarrFormat: output.images[0]?.options.ngff === "0.4" ? 2 : 3,
      layout: output.layout,
      images: output.images.map((image) => planned.get(image)!),
      ...(table
        ? { table: { key: table.key, file: await compileTable(builder, table.node, table.format) } }
        : {}),
      ...(output.omeXml === undefined ? {} : { omeXml: output.omeXml }),
    };
  }
  checkDistinct(planOutputs);
  const stored = outputs.map((output) => [
    output.name,
    ...storedNodes(output).map((node) => numbers.get(node)!),
  ]);
  return finish(builder, order, stored, planOutputs, options);
}

/** Compiles a node to a plan without outputs: the result is the named array in the run's folder. */
export async function compileResult(
  node: ArrayNode,
  options: CompileOptions = {},
): Promise<{ plan: Plan; array: string }> {
  const builder = new PlanBuilder({ ...defaultBudget(), ...options.budget }, options.economy);
  builder.nodes = topological([node]);
  await builder.bundle(builder.nodes);
  for (const pending of builder.pending(node)) await storeIntermediate(builder, pending);
  const array = await storeIntermediate(builder, node, { copySources: true });
  return { plan: finish(builder, topological([node]), [], {}, options), array };
}

function numbered(order: readonly ArrayNode[]): Map<ArrayNode, number> {
  return new Map(order.map((node, i) => [node, i]));
}

function storedNodes(output: OutputRequest): ArrayNode[] {
  return [...output.images.map((image) => image.node), ...(output.table ? [output.table.node] : [])];
}

/** Compiles a table to a plan without outputs: the result is that file in the run's folder, of serialised columns. */
export async function compileColumns(
  node: MeasureNode,
  options: CompileOptions = {},
): Promise<{ plan: Plan; file: string }> {
  const builder = new PlanBuilder({ ...defaultBudget(), ...options.budget }, options.economy);
  await builder.bundle(topological([node]));
  const file = await compileTable(builder, node, "columns");
  return { plan: finish(builder, topological([node]), [], {}, options), file };
}

async function compileTable(
  builder: PlanBuilder,
  node: MeasureNode,
  format: "csv" | "parquet" | "columns",
): Promise<string> {
  for (const pending of builder.pending(node)) await storeIntermediate(builder, pending);
  return compileMeasure(builder, node, format);
}

function finish(
  builder: PlanBuilder,
  order: readonly ArrayNode[],
  stored: readonly unknown[],
  outputs: Record<string, PlanOutput>,
  options: CompileOptions,
): Plan {
  builder.checkMemory();
  const operations = order.map(describe);
  // Names may be used twice: what is computed from what, and stored where, is said by number.
  const numbers = numbered(order);
  const graph = { inputs: order.map((node) => inputsOf(node).map((input) => numbers.get(input)!)), stored };
  const draft = {
    version: PLAN_VERSION,
    lamella: LAMELLA_VERSION,
    operations,
    arrays: builder.arrays,
    kernels: builder.kernels,
    stages: builder.stages,
    outputs,
    warnings: builder.warnings,
    decisions: builder.decisions,
    overwrite: options.overwrite ?? false,
    budget: builder.budget,
  };
  return parsePlan(
    JSON.parse(JSON.stringify({ ...draft, hash: hashOf(operations, graph, builder, outputs) })),
  );
}

async function compileImage(
  builder: PlanBuilder,
  output: OutputRequest,
  image: ImageRequest,
): Promise<PlanImage> {
  for (const pending of builder.pending(image.node)) await storeIntermediate(builder, pending);
  const levels = outputLevels(image);
  const method = pyramidMethod(image);
  const chunks = outputChunks(image.node, image.options);
  const shards = outputShards(image.node, image.options, chunks);
  const zarrFormat = image.options.ngff === "0.4" ? 2 : 3;
  const paths =
    image.kind === "array"
      ? arrayPaths(levels.length, image.path)
      : levels.map((_, i) => joinKey(image.path, String(i)));
  const ids = levels.map((level, i) => {
    const spec: ArraySpec = {
      zarrFormat,
      shape: level.shape,
      dtype: image.node.dtype,
      chunkShape: chunks.map((n, axis) => Math.max(1, Math.min(n, level.shape[axis]!))),
      ...(shards === undefined ? {} : { shardShape: shardFor(shards, chunks, level) }),
      codec: image.options.codec ?? DEFAULT_CODEC,
      fillValue: 0,
      ...(image.kind === "array" && image.metadata.axes.every((a) => /^dim_\d+$/.test(a.name))
        ? {}
        : { dimensionNames: image.metadata.axes.map((a) => a.name) }),
    };
    const id = builder.arrayName(levels.length === 1 ? output.name : `${output.name}.${i}`);
    return builder.addArray(id, {
      role: "output",
      uri: output.uri,
      path: paths[i]!,
      spec: JSON.parse(JSON.stringify(spec)) as never,
    });
  });
  const target: StoredLevels = { ids, levels, method };
  const firstStage = builder.stages.length;
  const statisticsAxis = image.windows
    ? image.node.axes.findIndex((axis) => axis.type === "channel")
    : undefined;
  await storeNode(builder, image.node, target, statisticsAxis);
  const measured = builder.stages.findIndex(
    (s, i) => i >= firstStage && "statisticsAxis" in s && s.statisticsAxis !== undefined,
  );
  return {
    kind: image.kind,
    path: image.path,
    levels: paths.map((path, i) => ({
      array: ids[i]!,
      path: relative(path, image.path),
      factors: cumulative(levels, i),
    })),
    metadata: JSON.parse(JSON.stringify(image.metadata)) as PlanImage["metadata"],
    ...(levels.length > 1 ? { method } : {}),
    ...(measured < 0 ? {} : { statisticsStage: measured }),
  };
}

async function storeNode(
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
async function storeIntermediate(
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

function pyramidMethod(image: ImageRequest): PyramidMethod {
  return (
    image.options.pyramid?.method ??
    (image.kind === "labels" || image.node.dtype === "bool" ? "mode" : "mean")
  );
}

function shardFor(shards: readonly number[], chunks: readonly number[], level: PyramidLevel): number[] {
  return shards.map((shard, axis) => {
    const chunk = Math.max(1, Math.min(chunks[axis]!, level.shape[axis]!));
    const most = Math.ceil(Math.max(1, level.shape[axis]!) / chunk) * chunk;
    return Math.max(chunk, Math.min(Math.floor(shard / chunk) * chunk, most));
  });
}

function arrayPaths(levels: number, path: string): string[] {
  return levels === 1 ? [path] : Array.from({ length: levels }, (_, i) => joinKey(path, String(i)));
}

function cumulative(levels: readonly PyramidLevel[], level: number): number[] {
  return levels.slice(0, level + 1).reduce(
    (f, l) => f.map((n, axis) => n * l.factors[axis]!),
    levels[0]!.shape.map(() => 1),
  );
}

function relative(path: string, base: string): string {
  return base === "" ? path : path.slice(base.length + 1);
}

/** No output lies in another: the one would clear the other. But labels lie in their image. */
function checkDistinct(outputs: Record<string, PlanOutput>): void {
  const places = Object.entries(outputs).map(([name, output]) => ({
    name,
    output,
    place: `${output.uri.replace(/\/+$/, "")}/${output.table ? `${output.table.key}/` : output.root === "" ? "" : `${output.root}/`}`,
  }));
  for (const one of places) {
    for (const other of places) {
      if (one === other || !one.place.startsWith(other.place)) continue;
      const labels =
        one.output.layout === "labels" &&
        other.output.layout !== "labels" &&
        one.output.uri === other.output.uri;
      if (labels && one.place !== other.place) continue;
      const same = one.place === other.place;
      throw new LamellaError(
        "INVALID_PIPELINE",
        same
          ? `outputs ${other.name} and ${one.name} both write ${one.output.shown}`
          : `output ${one.name} (${one.output.shown}) lies in output ${other.name} (${other.output.shown})`,
        { hint: "Give each output a place of its own." },
      );
    }
  }
}

/** What makes two plans the same work: operations and how they hang together, stored arrays, kernels, inputs. Not engine, memory, workers or tasks. */
function hashOf(
  operations: readonly unknown[],
  graph: unknown,
  builder: PlanBuilder,
  outputs: unknown,
): string {
  // Which steps are stored on the way depends on memory and workers too.
  const arrays = Object.entries(builder.arrays)
    .filter(([, array]) => array.role !== "intermediate")
    .sort(([a], [b]) => (a < b ? -1 : 1));
  // How many stages there are depends on memory and workers, and so does a stage's number.
  const withoutStages = (key: string, value: unknown) => (key === "statisticsStage" ? undefined : value);
  const own = Object.keys(builder.kernels).sort();
  const work = {
    version: PLAN_VERSION,
    kernels: kernelModuleDigest(),
    ...(own.length > 0 ? { own } : {}),
    operations,
    graph,
    arrays,
    outputs,
  };
  const text = JSON.stringify(work, withoutStages);
  return createHash("sha256").update(text).digest("hex");
}
