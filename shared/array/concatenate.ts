import type { Axis, Channel } from "../block/axes.ts";
import { requireCountable, requireFewBlocks } from "../block/limits.ts";
import { promote } from "../block/promote.ts";
import { LamellaError } from "../errors.ts";
import { coordinatesOf, freeName, withoutCoordinates } from "./axis-facts.ts";
import { axisOf } from "./axis-of.ts";
import { castTo } from "./cast.ts";
import type { ArrayNode, ConcatenateNode } from "./nodes.ts";
import { slice } from "./view.ts";

/**
 * Joins arrays along an axis that they have; their other axes are equal. Dtypes are promoted as numpy does. Equals
 * dask.array.concatenate. Along a channel axis the channels' names are joined too. Throws SHAPE_MISMATCH, and INVALID_ARGUMENT
 * where the result is too large.
 */
export function concatenate(
  inputs: readonly ArrayNode[],
  axis: number | string = 0,
  step = "concatenate",
): ArrayNode {
  const first = inputs[0];
  if (!first)
    throw new LamellaError("INVALID_ARGUMENT", `step ${step}: there is nothing to join`, {
      hint: "Give at least one array.",
    });
  const at = axisOf(axis, first.axes, step);
  for (const input of inputs) {
    const fits =
      input.shape.length === first.shape.length &&
      input.shape.every((n, i) => i === at || n === first.shape[i]);
    if (fits) continue;
    throw new LamellaError(
      "SHAPE_MISMATCH",
      `step ${step}: ${input.step} is [${input.shape.join(", ")}], ${first.step} is [${first.shape.join(", ")}]; they may differ along axis ${at} only`,
      { hint: "Slice them to the same size first." },
    );
  }
  const shape = first.shape.map((n, i) =>
    i === at ? inputs.reduce((sum, input) => sum + input.shape[i]!, 0) : n,
  );
  requireCountable(shape, step);
  requireFewBlocks(
    inputs.reduce((sum, input) => sum + input.chunks[at]!.length, 0),
    `step ${step}: the joined array`,
  );
  const dtype = inputs.map((input) => input.dtype).reduce(promote);
  const parts = inputs.map((input) => castTo(input, dtype, step));
  const channels = channelsOf(inputs, at);
  const node: ConcatenateNode = Object.freeze({
    kind: "concatenate",
    inputs: parts,
    axis: at,
    shape,
    chunks: first.chunks.map((blocks, i) =>
      i === at ? inputs.flatMap((input) => [...input.chunks[i]!]) : blocks,
    ),
    dtype,
    axes: first.axes.map((axis, i) => (i === at ? joinedAxis(inputs, at) : axis)),
    ...(channels ? { channels } : {}),
    step,
  });
  return node;
}

/** The first array's axis; with coordinates one by one where each array has them. */
function joinedAxis(inputs: readonly ArrayNode[], at: number): Axis {
  const axis = withoutCoordinates(inputs[0]!.axes[at]!);
  const parts = inputs.map((input) => coordinatesOf(input.axes[at]!, input.shape[at]!));
  return parts.every((part) => part !== undefined) ? { ...axis, coordinates: parts.flat() } : axis;
}

/**
 * Joins arrays of one shape along a new axis. Equals dask.array.stack. Where axes are typed and have no channel yet, the
 * new axis is the channel; its names are those of the arrays' own channels where each has one of another name, else of their steps.
 */
export function stack(inputs: readonly ArrayNode[], axis = 0, step = "stack"): ArrayNode {
  const first = inputs[0];
  if (!first)
    throw new LamellaError("INVALID_ARGUMENT", `step ${step}: there is nothing to join`, {
      hint: "Give at least one array.",
    });
  const rank = first.shape.length + 1;
  const at = axis < 0 ? axis + rank : axis;
  if (!Number.isInteger(at) || at < 0 || at >= rank) {
    throw new LamellaError(
      "INVALID_ARGUMENT",
      `step ${step}: axis ${axis} is not one of the ${rank} axes of the result`,
      { hint: "The result has the new axis too: axes count from 0, or from the end by negative numbers." },
    );
  }
  const typed = first.axes.some((a) => a.type !== undefined);
  const asChannel = typed && !first.axes.some((a) => a.type === "channel");
  const labels = new Set(
    inputs.map(({ channels }) => (channels?.length === 1 ? channels[0]!.label : undefined)),
  );
  const named = labels.size === inputs.length && !labels.has(undefined);
  const index = [...Array.from({ length: at }, () => ({})), null];
  const parts = inputs.map((input) => {
    const widened = slice(input, index, input.step);
    const axes = widened.axes.map((a, i) =>
      i !== at
        ? a
        : asChannel
          ? { ...a, name: "c", type: "channel" as const }
          : { ...a, name: freeName("stack", first.axes) },
    );
    if (!asChannel) return Object.freeze({ ...widened, axes }) as ArrayNode;
    const { channels: _, ...rest } = widened;
    return Object.freeze({
      ...rest,
      axes,
      channels: [named ? input.channels![0]! : { label: input.step }],
    }) as ArrayNode;
  });
  return concatenate(parts, at, step);
}

function channelsOf(inputs: readonly ArrayNode[], axis: number): readonly Channel[] | undefined {
  const first = inputs[0]!;
  if (first.axes[axis]?.type !== "channel") return first.channels;
  if (inputs.every((input) => !input.channels)) return undefined;
  return inputs.flatMap((input) =>
    Array.from(
      { length: input.shape[axis]! },
      (_, i) => input.channels?.[i] ?? { label: `${input.step} ${i}` },
    ),
  );
}
