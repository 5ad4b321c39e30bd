import type { ArrayNode } from "../../array/nodes.ts";
import { buildSteps } from "../../pipeline/build.ts";
import { imageOutput } from "../../pipeline/output.ts";
import { parsePipeline } from "../../pipeline/parse.ts";
import type { Pipeline } from "../../pipeline/schema.ts";
import { servedRequests } from "../../pipeline/served-steps.ts";
import type { ServedImage } from "../../plan/compile-served.ts";
import type { OutputRequest } from "../../plan/outputs.ts";
import type { StoredArray } from "../../plan/schema.ts";
import type { Mount } from "../http/server.ts";
import { imageMount } from "../on-demand/image-mount.ts";
import { type ServedPipeline, type ServeOptions, servePipeline } from "../on-demand/served-pipeline.ts";
import type { InputLevel } from "./input-levels.ts";
import type { PreviewStep } from "./protocol.ts";
import { scaledSteps } from "./scaled-steps.ts";

/** A pipeline with certain values, its steps served at every level that can be looked at. */
export interface Revision {
  readonly id: string;
  readonly pipeline: Pipeline;
  readonly nodes: ReadonlyMap<string, ArrayNode>;
  readonly steps: readonly PreviewStep[];
  /** By the name of the step's folder. */
  readonly mounts: ReadonlyMap<string, Mount>;
  close(): Promise<void>;
}

export interface RevisionSource {
  readonly document: unknown;
  readonly base: string;
  readonly where: string;
  readonly inputs: ReadonlyMap<string, ArrayNode>;
  readonly levels: readonly InputLevel[];
}

export interface LevelProgress {
  readonly step: string;
  readonly level: number;
  readonly done: number;
  readonly tasks: number;
}

const LABEL_OPS = new Set(["label", "expandLabels", "watershed", "peakLocalMax"]);

/** Builds and compiles a pipeline at all levels. Throws what compiling does: values that a kernel refuses, OVER_MEMORY. */
export async function makeRevision(
  id: string,
  source: RevisionSource,
  options: Omit<ServeOptions, "onProgress"> & { readonly onProgress: (progress: LevelProgress) => void },
): Promise<Revision> {
  const { base, where, inputs } = source;
  const pipeline = parsePipeline(source.document, {}, where);
  const nodes = buildSteps(pipeline, inputs, base, where);
  const full = new Map(
    [...servedRequests(pipeline, nodes, base, where)].map(([name, r]) => [name, oneLevel(r)]),
  );
  const coarse = source.levels.map((level) =>
    scaledSteps(pipeline, nodes, level.nodes, level.factors, base, where),
  );
  const requests = [...full].flatMap(([name, request]) => [
    { ...request, name: levelName(name, 0) },
    ...coarserRequests(name, request, coarse),
  ]);
  const served = await servePipeline(requests, {
    ...options,
    onProgress: ({ stage, step, done, tasks }) =>
      options.onProgress({
        step: stepOf(step, nodes),
        level: levelOfStage(served, stage),
        done,
        tasks,
      }),
  });
  const steps: PreviewStep[] = [];
  const mounts = new Map<string, Mount>();
  for (const [index, [name, request]] of [...full].entries()) {
    const image = joined(served, name, source.levels);
    const folder = `${index}-${name.replace(/[^\w.-]+/g, "-")}.zarr`;
    if (request.images[0]!.kind !== "array") mounts.set(folder, imageMount(served, image));
    steps.push(describe(source, pipeline, nodes, served, image, `rev/${id}/${folder}`, coarse));
  }
  return { id, pipeline, nodes, steps, mounts, close: () => served.close() };
}

function levelName(name: string, level: number): string {
  return `${level} ${name}`;
}

function oneLevel(request: OutputRequest): OutputRequest {
  const { parentLevels: _, ...image } = request.images[0]!;
  const { pyramid: __, shards: ___, ...options } = image.options;
  return { ...request, images: [{ ...image, options }] };
}

/** Of the levels from the first coarser one on as many as the step has without a gap, in chunks as large as the full resolution's. */
function coarserRequests(
  name: string,
  full: OutputRequest,
  coarse: readonly ReadonlyMap<string, ArrayNode>[],
): OutputRequest[] {
  const image = full.images[0]!;
  if (image.kind === "array") return [];
  const requests: OutputRequest[] = [];
  for (const [i, nodes] of coarse.entries()) {
    const node = nodes.get(name);
    if (!node) break;
    const own = imageOutput(name, node, "", { pyramid: {} });
    const options = { ...image.options, ...(image.options.chunks ? {} : { chunks: chunksOf(image.node) }) };
    requests.push({
      ...own,
      name: levelName(name, i + 1),
      images: [{ ...own.images[0]!, kind: image.kind, options }],
    });
  }
  return requests;
}

function chunksOf({ chunks }: ArrayNode): number[] {
  return chunks.map((blocks) => blocks.reduce((a, b) => Math.max(a, b), 1));
}

/** The levels of a step, each compiled for itself, as one image. */
function joined({ served }: ServedPipeline, name: string, levels: readonly InputLevel[]): ServedImage {
  const images: ServedImage[] = [];
  for (let level = 0; ; level++) {
    const image = served.images.get(levelName(name, level));
    if (!image) break;
    images.push(image);
  }
  const { planned } = images[0]!;
  const axes = planned.metadata.axes;
  return {
    name,
    planned: {
      ...planned,
      levels: images.map((image, level) => ({
        array: image.levels[0]!.array,
        path: planned.kind === "array" ? "" : String(level),
        factors: axes.map((axis) =>
          Math.max(1, Math.round(level === 0 ? 1 : (levels[level - 1]!.factors.get(axis.name) ?? 1))),
        ),
      })),
      ...(images.length > 1 ? { method: planned.kind === "labels" ? "mode" : "mean" } : {}),
    },
    levels: images.map((image) => image.levels[0]!),
  };
}

function levelOfStage({ served }: ServedPipeline, stage: number): number {
  for (const [name, { levels }] of served.images)
    if (levels[0]!.needs.includes(stage)) return Number(name.split(" ")[0]);
  return 0;
}

/** The step that a stage is for: the stages of one have its name with what they do, or a number, behind it. */
function stepOf(stage: string, nodes: ReadonlyMap<string, ArrayNode>): string {
  const names = [...nodes.keys()].filter((name) => stage === name || /^[.-]/.test(stage.slice(name.length)));
  const found = names.filter((name) => stage.startsWith(name)).sort((a, b) => b.length - a.length);
  return found[0] ?? stage;
}

function describe(
  { levels: inputLevels }: RevisionSource,
  pipeline: Pipeline,
  nodes: ReadonlyMap<string, ArrayNode>,
  { served }: ServedPipeline,
  { name, planned, levels }: ServedImage,
  zarr: string,
  coarse: readonly ReadonlyMap<string, ArrayNode>[],
): PreviewStep {
  const step = pipeline.steps?.[name] as { op?: string; kernel?: string; in?: string | string[] } | undefined;
  const isInput = name in pipeline.inputs;
  const node = nodes.get(name)!;
  const specs = levels.map(({ array }) => (served.plan.arrays[array] as StoredArray).spec);
  return {
    name,
    kind: isInput ? "input" : "step",
    ...(step?.op === undefined ? {} : { op: step.op }),
    ...(step?.kernel === undefined ? {} : { kernel: step.kernel }),
    reads: [step?.in ?? []].flat(),
    isOutput: Object.entries(pipeline.outputs).some(([output, { step: of }]) => (of ?? output) === name),
    isLabels: planned.kind === "labels" || LABEL_OPS.has(step?.op ?? ""),
    ...(planned.kind === "array" ? {} : { zarr }),
    shape: node.shape,
    dtype: node.dtype,
    axes: planned.metadata.axes.map((axis) => axis.name),
    levels: specs.map(({ shape }, level) => ({
      path: String(level),
      shape,
      approximate: level > 0 && !(isInput && inputLevels[level - 1]!.own.has(name)) && coarse.length > 0,
    })),
    needsWhole: [...new Set(levels[0]!.needs.map((stage) => stepOf(served.plan.stages[stage]!.name, nodes)))],
  };
}
