import { LamellaError } from "../../errors.ts";
import { axisOf } from "../axis-of.ts";
import type { ArrayNode } from "../nodes.ts";
import { transpose } from "../view.ts";
import type { AxisName, GufuncOptions } from "./gufunc.ts";
import type { Signature } from "./gufunc-signature.ts";

export interface Places {
  /** Per input the axes of its core dimensions, in order. */
  readonly inputs: readonly (readonly AxisName[] | undefined)[];
  readonly outputs: readonly (readonly AxisName[] | undefined)[];
  /** With keepdims: where the reduced axes go again. */
  readonly kept: readonly number[];
}

/** Checks where core dimensions are said to be. */
export function placesOf(
  { inputs, outputs }: Signature,
  arrays: readonly ArrayNode[],
  { axes, axis, keepdims }: Pick<GufuncOptions, "axes" | "axis" | "keepdims">,
  step: string,
): Places {
  if (axes !== undefined && axis !== undefined) {
    throw new LamellaError("INVALID_ARGUMENT", `step ${step}: give axis or axes, not both`, {
      hint: "axis is short for axes where every input has one core dimension.",
    });
  }
  if (
    keepdims &&
    (outputs.some((dims) => dims.length > 0) || inputs.some((dims) => dims.join() !== inputs[0]!.join()))
  ) {
    throw new LamellaError(
      "INVALID_ARGUMENT",
      `step ${step}: keepdims needs inputs of the same core dimensions, and outputs of none`,
      {
        hint: "Leave keepdims out, or write the dimensions into the signature.",
      },
    );
  }
  if (
    axis !== undefined &&
    (inputs.some((dims) => dims.length !== 1) || outputs.some((dims) => dims.length > 1))
  ) {
    throw new LamellaError(
      "INVALID_ARGUMENT",
      `step ${step}: axis is for inputs of one core dimension each, and outputs of one or none`,
      {
        hint: "Use axes.",
      },
    );
  }
  const lists = axes?.map((entry) => [entry].flat() as AxisName[]);
  if (lists && lists.length !== inputs.length && lists.length !== inputs.length + outputs.length) {
    throw new LamellaError(
      "INVALID_ARGUMENT",
      `step ${step}: axes has ${lists.length} entries for ${inputs.length} inputs and ${outputs.length} outputs`,
      { hint: "Give one list for each input, then one for each output." },
    );
  }
  const of = (i: number, dims: readonly string[]): readonly AxisName[] | undefined => {
    const list = axis !== undefined ? [axis] : lists?.[i];
    if (list === undefined) return undefined;
    if (list.length === dims.length) return list;
    throw new LamellaError(
      "INVALID_ARGUMENT",
      `step ${step}: axes[${i}] has ${list.length} entries for ${dims.length} core dimensions`,
      { hint: "List an axis for each core dimension of the signature." },
    );
  };
  const placed = inputs.map((dims, i) => of(i, dims));
  const rank = arrays[0]?.shape.length ?? 0;
  const kept = keepdims
    ? inputs[0]!.map((_, k) => {
        const given = placed[0]?.[k];
        return given === undefined ? rank - inputs[0]!.length + k : axisOf(given, arrays[0]!.axes, step);
      })
    : [];
  const back = axis === undefined ? undefined : placeInOutputs(axis, arrays, step);
  return {
    inputs: placed,
    outputs: outputs.map((dims, i) => {
      if (back !== undefined) return dims.length === 1 ? [back] : undefined;
      return lists && inputs.length + i < lists.length ? of(inputs.length + i, dims) : undefined;
    }),
    kept,
  };
}

/** `axis` of an output: the same index, or that of the name in the input of most axes, of which outputs have as many. */
function placeInOutputs(axis: AxisName, arrays: readonly ArrayNode[], step: string): number {
  if (typeof axis === "number") return axis;
  const widest = arrays.reduce((a, b) => (b.shape.length > a.shape.length ? b : a));
  return axisOf(axis, widest.axes, step);
}

/** The array with its core dimensions last, in the signature's order. */
export function coreLast(input: ArrayNode, places: readonly AxisName[] | undefined, step: string): ArrayNode {
  if (!places) return input;
  const core = places.map((axis) => axisOf(axis, input.axes, step));
  if (new Set(core).size !== core.length) {
    throw new LamellaError(
      "INVALID_ARGUMENT",
      `step ${step}: axes [${places.join(", ")}] name an axis twice`,
      { hint: "Give each core dimension an axis of its own." },
    );
  }
  const order = [...input.shape.keys()].filter((axis) => !core.includes(axis)).concat(core);
  return order.every((axis, i) => axis === i) ? input : transpose(input, order, input.step);
}

/** An output with its core dimensions where `axes` wants them, or the reduced ones again with length 1. */
export function coreBack(
  node: ArrayNode,
  count: number,
  places: readonly AxisName[] | undefined,
  keepdims: boolean,
  kept: readonly number[],
  step: string,
): ArrayNode {
  if (keepdims) return keptAxes(node, kept);
  if (!places) return node;
  const rank = node.shape.length;
  const wanted = places.map((axis) => {
    const at = typeof axis === "number" ? (axis < 0 ? axis + rank : axis) : Number.NaN;
    if (Number.isInteger(at) && at >= 0 && at < rank) return at;
    throw new LamellaError(
      "INVALID_ARGUMENT",
      `step ${step}: ${String(axis)} is not one of the ${rank} axes of the output`,
      {
        hint: "Give output axes by index.",
      },
    );
  });
  const order = new Array<number>(rank).fill(-1);
  for (const [k, at] of wanted.entries()) order[at] = rank - count + k;
  let next = 0;
  for (let axis = 0; axis < rank; axis++) if (order[axis] === -1) order[axis] = next++;
  return transpose(node, order, node.step);
}

function keptAxes(node: ArrayNode, kept: readonly number[]): ArrayNode {
  const rank = node.shape.length + kept.length;
  let at = 0;
  const sources = Array.from({ length: rank }, (_, axis) => (kept.includes(axis) ? -1 : at++));
  return Object.freeze({
    kind: "view",
    input: node,
    sources,
    starts: sources.map(() => 0),
    steps: sources.map(() => 1),
    fixed: [],
    shape: sources.map((source) => (source < 0 ? 1 : node.shape[source]!)),
    chunks: sources.map((source) => (source < 0 ? [1] : node.chunks[source]!)),
    dtype: node.dtype,
    axes: sources.map((source, i) =>
      source < 0 ? { name: `core_${i}`, scale: 1, translation: 0 } : node.axes[source]!,
    ),
    ...(node.channels ? { channels: node.channels } : {}),
    step: node.step,
  });
}

/** Core axes in one block, so that a function gets them whole. */
export function wholeCore(node: ArrayNode, loop: number): ArrayNode {
  if (node.chunks.every((blocks, axis) => axis < loop || blocks.length <= 1)) return node;
  return Object.freeze({
    kind: "rechunk",
    input: node,
    shape: node.shape,
    chunks: node.chunks.map((blocks, axis) => (axis < loop ? blocks : [node.shape[axis]!])),
    dtype: node.dtype,
    axes: node.axes,
    ...(node.channels ? { channels: node.channels } : {}),
    step: node.step,
  });
}
