import { describe } from "../array/describe.ts";
import type { MeasureNode } from "../array/measure.ts";
import { type ArrayNode, inputsOf, topological } from "../array/nodes.ts";
import type { PublishedKernels } from "../kernels/own/published.ts";
import { LAMELLA_VERSION } from "../version.ts";
import { type Budget, DASHBOARD_RESERVE, defaultBudget } from "./budget.ts";
import { type Economy, PlanBuilder } from "./builder.ts";
import { compileImage, declareImage, isPlain, outputObject } from "./compile-image.ts";
import { compileMeasure } from "./compile-measure.ts";
import { storeIntermediate } from "./compile-node.ts";
import { checkDistinct } from "./distinct-outputs.ts";
import type { ImageRequest, OutputRequest } from "./outputs.ts";
import { hashOf } from "./plan-hash.ts";
import { withResidue } from "./residue.ts";
import { PLAN_VERSION, type Plan, type PlanImage, type PlanOutput, parsePlan } from "./schema.ts";
import { sharedSteps } from "./shared-steps.ts";

export interface CompileOptions {
  readonly budget?: Partial<Budget>;
  readonly overwrite?: boolean;
  /** What else must not have changed of inputs, as `pinInputs` lists it. */
  readonly pins?: ReadonlyMap<string, string>;
  /** The kernels that a stack's deployers have published, where steps may name them. */
  readonly published?: PublishedKernels;
  /** A dashboard is shown by the process that runs the plan. */
  readonly isShown?: boolean;
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
  const builder = new PlanBuilder(
    budget,
    options.economy,
    options.pins,
    options.isShown ? DASHBOARD_RESERVE : 0,
  );
  const order = topological(outputs.flatMap(storedNodes));
  builder.nodes = order;
  const numbers = numbered(order);
  const images = outputs
    .flatMap((output) => output.images.map((image) => ({ output, image })))
    .sort((a, b) => numbers.get(a.image.node)! - numbers.get(b.image.node)!);

  await builder.bundle(order, options.published);
  const results = images.map(({ image }) => image.node);
  for await (const shared of sharedSteps(builder, order, results)) await storeIntermediate(builder, shared);
  const planned = new Map<ImageRequest, PlanImage>();
  builder.outputOf = (node, object) => {
    const found = images.find(({ image }) => image.node === node && isPlain(image) && !planned.has(image));
    if (!found) return undefined;
    const { output, image } = found;
    if (outputObject(image).join() !== object.join()) return undefined;
    const declared = declareImage(builder, output, image);
    planned.set(image, declared.planned);
    return declared.target.ids[0]!;
  };
  for (const { output, image } of images) {
    if (!planned.has(image)) planned.set(image, await compileImage(builder, output, image));
  }

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
      ...(output.plate ? { plate: JSON.parse(JSON.stringify(output.plate)) } : {}),
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

export function storedNodes(output: OutputRequest): ArrayNode[] {
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

/** The plan of what a builder has gathered. Throws OVER_MEMORY where a stage is over the budget. */
export function finish(
  builder: PlanBuilder,
  order: readonly ArrayNode[],
  stored: readonly unknown[],
  outputs: Record<string, PlanOutput>,
  options: CompileOptions,
): Plan {
  const { beside } = builder;
  for (const [i, stage] of builder.stages.entries()) {
    const known = withResidue(stage, builder.arrays);
    builder.stages[i] = beside > 0 ? { ...known, memory: { ...known.memory, beside } } : known;
  }
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
