import { castTo } from "../array/cast.ts";
import { concatenate, stack } from "../array/concatenate.ts";
import type { ArrayNode } from "../array/nodes.ts";
import { fromTiff, fromZarr } from "../array/open.ts";
import { type PadWidth, pad } from "../array/pad.ts";
import { rechunk } from "../array/rechunk.ts";
import { flip, transpose } from "../array/view.ts";
import { LamellaError } from "../errors.ts";
import { hintOfNames } from "../nearest-name.ts";
import type { OutputRequest } from "../plan/outputs.ts";
import { formatUri, parseUri } from "../storage/uri.ts";
import { inPlace } from "./in-place.ts";
import { labelsOutput, ownOutput } from "./output.ts";
import type { Pipeline, PipelineInput, Step } from "./schema.ts";
import { arrangeStep, isArrangeStep } from "./steps/arrange.ts";
import { type BlockStep, blockSchemas, buildBlockStep, type StepContext } from "./steps/blocks.ts";
import { buildWhere } from "./steps/expressions.ts";
import { isObjectStep, type ObjectStep, objectStep } from "./steps/objects.ts";
import { isResampleStep, resampleStep } from "./steps/resample.ts";
import { sliceStep } from "./steps/select.ts";
import { isWholeArrayStep, wholeArrayStep } from "./steps/whole-array.ts";

/** Opens the inputs of a pipeline: reads their metadata only. `base` is the folder that relative paths start from. */
export async function openInputs(pipeline: Pipeline, base: string): Promise<Map<string, ArrayNode>> {
  const nodes = new Map<string, ArrayNode>();
  for (const [name, input] of Object.entries(pipeline.inputs))
    nodes.set(name, await openInput(name, input, base));
  return nodes;
}

/** The lazy arrays of a pipeline's steps, by name, after those of its inputs. Reads nothing. */
export function buildSteps(
  pipeline: Pipeline,
  inputs: ReadonlyMap<string, ArrayNode>,
  base: string,
  where: string,
): Map<string, ArrayNode> {
  const nodes = new Map(inputs);
  for (const [name, step] of Object.entries(pipeline.steps ?? {})) {
    if (nodes.has(name))
      throw new LamellaError("INVALID_PIPELINE", `${where}: ${name} is an input and a step`, {
        hint: "Rename one of them.",
      });
    const nodeOf = (key: string) => (from: string) => {
      const node = find(nodes, from, `steps.${name}.${key}`, where, pipeline);
      if (node.kind !== "measure") return node;
      throw new LamellaError("INVALID_PIPELINE", `${where}: steps.${name}.${key} names the table "${from}"`, {
        hint: "Steps take arrays; a table can only be an output.",
      });
    };
    const of = "in" in step ? [step.in].flat().map(nodeOf("in")) : [];
    const filled = "args" in step ? { ...step, args: withSteps(step.args, nodeOf("args")) } : step;
    const context = { name, inputs: of, nodeOf: nodeOf("args"), base };
    const built = inPlace(where, `step ${name}`, () =>
      isObjectStep(step)
        ? [objectStep(name, step, of[0]!, (key, from) => nodeOf(key)(from))]
        : buildStep(filled as Exclude<Step, ObjectStep>, context),
    );
    if (built.length === 1) nodes.set(name, built[0]!);
    else for (const [i, node] of built.entries()) nodes.set(`${name}.${i}`, node);
  }
  return nodes;
}

/**
 * Builds the lazy arrays of a checked pipeline and says what is to be stored. Reads the inputs' metadata only.
 * `base` is the folder that relative paths start from.
 */
export async function buildPipeline(
  pipeline: Pipeline,
  base: string,
  where: string,
): Promise<OutputRequest[]> {
  return outputRequests(
    pipeline,
    buildSteps(pipeline, await openInputs(pipeline, base), base, where),
    base,
    where,
  );
}

/** What a pipeline stores, of the arrays of its inputs and steps. */
export function outputRequests(
  pipeline: Pipeline,
  nodes: ReadonlyMap<string, ArrayNode>,
  base: string,
  where: string,
): OutputRequest[] {
  const outputs = Object.entries(pipeline.outputs);
  if (outputs.length === 0) {
    throw new LamellaError("INVALID_PIPELINE", `${where} has no outputs`, {
      hint: 'Add e.g. outputs: { result: { zarr: "result.zarr" } }.',
    });
  }
  const requests = new Map<string, OutputRequest>();
  // Labels of another output need that output's place first.
  const later = outputs.filter(([, output]) => output.labelsOf !== undefined);
  for (const [name, output] of [...outputs.filter(([, o]) => o.labelsOf === undefined), ...later]) {
    const node = find(nodes, output.step ?? name, `outputs.${name}`, where, pipeline);
    if (output.labelsOf === undefined || node.kind === "measure") {
      requests.set(
        name,
        inPlace(where, `output ${name}`, () => ownOutput(name, node, output, base)),
      );
    } else {
      const labelled = [nodes.get(output.labelsOf), requests.get(output.labelsOf)] as const;
      requests.set(
        name,
        inPlace(where, `output ${name}`, () => labelsOutput(name, node, output, ...labelled, where)),
      );
    }
  }
  return outputs.map(([name]) => requests.get(name)!);
}

async function openInput(name: string, input: PipelineInput, base: string): Promise<ArrayNode> {
  if ("zarr" in input) {
    return fromZarr(uriOf(input.zarr, base), {
      step: name,
      ...(input.component === undefined ? {} : { component: input.component }),
    });
  }
  if ("n5" in input) {
    const { fromN5 } = await import("../array/open-n5.ts");
    return fromN5(uriOf(input.n5, base), {
      step: name,
      ...(input.component === undefined ? {} : { component: input.component }),
    });
  }
  if ("hdf5" in input) {
    const { fromHdf5 } = await import("../array/open-hdf5.ts");
    return fromHdf5(uriOf(input.hdf5, base), {
      step: name,
      ...(input.dataset === undefined ? {} : { dataset: input.dataset }),
    });
  }
  return fromTiff(uriOf("czi" in input ? input.czi : input.tiff, base), {
    step: name,
    ...(input.series === undefined ? {} : { series: input.series }),
    ...(input.level === undefined ? {} : { level: input.level }),
  });
}

/** Arguments in which `{ step: name }` became that step's array: a 0-d one gives the value when the task runs. */
function withSteps(value: unknown, nodeOf: (name: string) => ArrayNode): unknown {
  if (Array.isArray(value)) return value.map((entry) => withSteps(entry, nodeOf));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value);
  const [only] = entries;
  if (only && entries.length === 1 && only[0] === "step" && typeof only[1] === "string")
    return { node: nodeOf(only[1]) };
  return Object.fromEntries(entries.map(([key, entry]) => [key, withSteps(entry, nodeOf)]));
}

function uriOf(text: string, base: string): string {
  return formatUri(parseUri(text, base));
}

function find(
  nodes: ReadonlyMap<string, ArrayNode>,
  name: string,
  place: string,
  where: string,
  pipeline: Pipeline,
): ArrayNode {
  const node = nodes.get(name);
  if (node) return node;
  const later = pipeline.steps && Object.hasOwn(pipeline.steps, name);
  throw new LamellaError(
    "UNKNOWN_STEP",
    `${where}: ${place} names "${name}", which is ${later ? "a later step" : "neither an input nor a step"}`,
    {
      hint: later ? "Steps are built in the order of the file: move it up." : hintOfNames(name, nodes.keys()),
      details: { place, name },
    },
  );
}

/** The arrays that a step gives: one, but for gufuncs with several results, which go by `name.0`, `name.1` and on. */
function buildStep(step: Exclude<Step, ObjectStep>, context: StepContext): readonly ArrayNode[] {
  if (step.op === "where") return [buildWhere(step, context)];
  if (step.op in blockSchemas) return [buildBlockStep(step as BlockStep, context)].flat();
  return [
    buildArrayStep(
      context.name,
      step as Exclude<Step, BlockStep | ObjectStep | { op: "where" }>,
      context.inputs,
    ),
  ];
}

function buildArrayStep(
  name: string,
  step: Exclude<Step, BlockStep | ObjectStep | { op: "where" }>,
  inputs: readonly ArrayNode[],
): ArrayNode {
  const input = inputs[0]!;
  if (isResampleStep(step)) return resampleStep(name, step, input);
  if (isArrangeStep(step)) return cast(arrangeStep(name, step, inputs), step.dtype, name);
  if (isWholeArrayStep(step)) return cast(wholeArrayStep(name, step, input), step.dtype, name);
  switch (step.op) {
    case "stack":
      return cast(stack(inputs, step.axis, name), step.dtype, name);
    case "concatenate":
      return cast(concatenate(inputs, step.axis, name), step.dtype, name);
    case "rechunk":
      return cast(rechunk(input, step.chunks, name), step.dtype, name);
    case "slice":
      return cast(sliceStep(name, step, input), step.dtype, name);
    case "transpose":
      return cast(transpose(input, step.axes, name), step.dtype, name);
    case "flip":
      return cast(flip(input, step.axis, name), step.dtype, name);
    case "pad":
      return cast(
        pad(input, step.padWidth as PadWidth, {
          step: name,
          ...(step.mode === undefined ? {} : { mode: step.mode }),
          ...(step.constantValues === undefined ? {} : { constantValues: step.constantValues }),
        }),
        step.dtype,
        name,
      );
    case "astype":
      return castTo(input, step.dtype, name);
  }
}

function cast(node: ArrayNode, dtype: string | undefined, name: string): ArrayNode {
  return dtype === undefined ? node : castTo(node, dtype, name);
}
