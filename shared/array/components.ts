import { isFloat } from "../block/dtype.ts";
import { LamellaError } from "../errors.ts";
import { hysteresisLevelsKernel } from "../kernels/hysteresis-levels.ts";
import { callKernel } from "../kernels/kernel-call.ts";
import { type Neighbourhood, resolveNeighbourhood } from "../kernels/neighbourhood.ts";
import { mapBlocks } from "./map.ts";
import type { ArrayFacts, ArrayNode } from "./nodes.ts";
import { removeRareLabels } from "./rare-labels.ts";

/** Which components are kept: those of so many elements, those that touch the array's border, those with an element of 2 or more. */
export type KeepRule =
  | { readonly rule: "minSize"; readonly size: number }
  | { readonly rule: "border" }
  | { readonly rule: "strong" };

/** Whole components of a mask kept or not, as a mask; joined across chunks. */
export interface ComponentsNode extends ArrayFacts {
  readonly kind: "components";
  readonly op: "removeSmall" | "removeSmallHoles" | "fillHoles" | "hysteresis" | "canny";
  readonly input: ArrayNode;
  readonly connectivity: number;
  readonly connected: readonly boolean[];
  /** Components of what is 0 rather than of what isn't; those that are not kept are filled. */
  readonly background: boolean;
  readonly keep: KeepRule;
}

export interface ConnectivityOptions {
  /** How many axes neighbours may differ in: 1 (faces, the default) up to the number of spatial axes. */
  readonly connectivity?: number;
  readonly step?: string;
}

export interface SizeOptions extends ConnectivityOptions {
  /** What has fewer elements goes. */
  readonly minSize?: number;
  /** What has this many elements or fewer goes: scikit-image's newer name. Either this or `minSize`. */
  readonly maxSize?: number;
}

export interface HysteresisOptions extends ConnectivityOptions {
  /** Elements above this count where they hang together with one above `high`. */
  readonly low: number;
  readonly high: number;
}

/**
 * A bool mask without its small components, counted over the whole array, whatever the chunks; of an integer label image,
 * without the labels that occur rarely. Equals skimage.morphology.remove_small_objects. Where axes are typed, each time and
 * channel of a mask is a picture of its own.
 */
export function removeSmall(input: ArrayNode, options: SizeOptions): ArrayNode {
  const step = options.step ?? "removeSmall";
  const size = leastSize(options, step);
  if (input.dtype === "bool")
    return componentsOf(input, "removeSmall", options, false, { rule: "minSize", size });
  if (options.connectivity !== undefined) {
    throw new LamellaError(
      "INVALID_ARGUMENT",
      `step ${step}: connectivity is for masks; the labels of ${input.dtype} say themselves what belongs together`,
      { hint: "Leave connectivity out, or cast to bool first." },
    );
  }
  refuseFloats(input, step);
  return removeRareLabels(input, size, step);
}

/** A mask whose small holes are filled: components of what is 0. Equals skimage.morphology.remove_small_holes. */
export function removeSmallHoles(input: ArrayNode, options: SizeOptions): ArrayNode {
  const size = leastSize(options, options.step ?? "removeSmallHoles");
  return componentsOf(input, "removeSmallHoles", options, true, { rule: "minSize", size });
}

/**
 * A mask whose holes are filled: what is 0 and not joined to the array's border. Equals scipy.ndimage.binary_fill_holes;
 * where axes are typed, of each time and channel by itself, and a single plane has no border in front and behind.
 */
export function fillHoles(input: ArrayNode, options: ConnectivityOptions = {}): ArrayNode {
  const whole = neighbourhoodOf(options.connectivity, input, options.step ?? "fillHoles");
  const typed = input.axes.some((axis) => axis.type !== undefined);
  const flat = whole.connected.map((connected, axis) => connected && !(typed && input.shape[axis] === 1));
  const neighbourhood = flat.includes(true) ? { ...whole, connected: flat } : whole;
  return componentsOf(input, "fillHoles", options, true, { rule: "border" }, neighbourhood);
}

/**
 * Components of what is above `low` that hold an element above `high`, as a mask. Equals
 * skimage.filters.apply_hysteresis_threshold; as there, a `low` above `high` counts as `high`.
 */
export function hysteresis(input: ArrayNode, options: HysteresisOptions): ArrayNode {
  const { low, high, step = "hysteresis" } = options;
  const call = callKernel(hysteresisLevelsKernel, { low, high });
  const levels = mapBlocks(input, call, { step: `${step}.levels` });
  return strongComponents(levels, { ...options, step });
}

/** Of uint8 levels: components of what isn't 0 that hold a 2. */
function strongComponents(levels: ArrayNode, options: ConnectivityOptions): ArrayNode {
  return componentsOf(levels, "hysteresis", options, false, { rule: "strong" });
}

/** The node; the neighbourhood is that of `options` where none is given. */
export function componentsOf(
  input: ArrayNode,
  op: ComponentsNode["op"],
  options: ConnectivityOptions,
  background: boolean,
  keep: KeepRule,
  neighbourhood?: Neighbourhood,
): ArrayNode {
  const step = options.step ?? op;
  refuseFloats(input, step);
  const { connectivity, connected } = neighbourhood ?? neighbourhoodOf(options.connectivity, input, step);
  const node: ComponentsNode = Object.freeze({
    kind: "components",
    op,
    input,
    connectivity,
    connected,
    background,
    keep,
    shape: input.shape,
    chunks: input.chunks,
    dtype: "bool",
    axes: input.axes,
    ...(input.channels ? { channels: input.channels } : {}),
    step,
  });
  return node;
}

/** The neighbourhood on an array's axes: z, y and x where axes are typed. Throws INVALID_ARGUMENT. */
export function neighbourhoodOf(connectivity: number | undefined, { axes }: ArrayNode, step: string) {
  const wanted = connectivity ?? 1;
  const { connected } = resolveNeighbourhood(1, axes);
  const most = Math.max(1, connected.filter(Boolean).length);
  if (Number.isInteger(wanted) && wanted >= 1 && wanted <= most) return { connectivity: wanted, connected };
  throw new LamellaError(
    "INVALID_ARGUMENT",
    `step ${step}: connectivity ${wanted} is not between 1 and ${most}`,
    { hint: "1 joins elements by their faces, 2 by edges too, 3 by corners too." },
  );
}

function leastSize({ minSize, maxSize }: SizeOptions, step: string): number {
  const given = minSize ?? maxSize;
  if (given === undefined || (minSize !== undefined && maxSize !== undefined)) {
    throw new LamellaError("INVALID_ARGUMENT", `step ${step} takes either minSize or maxSize`, {
      hint: "minSize: 50 removes what is under 50, and so does maxSize: 49.",
    });
  }
  if (!Number.isSafeInteger(given) || given < 0) {
    throw new LamellaError("INVALID_ARGUMENT", `step ${step}: ${given} is not a number of elements`, {
      hint: "Give a whole number.",
    });
  }
  return minSize ?? given + 1;
}

function refuseFloats({ dtype }: ArrayNode, step: string): void {
  if (!isFloat(dtype)) return;
  throw new LamellaError("UNSUPPORTED_DTYPE", `step ${step} does not take ${dtype}`, {
    hint: "Threshold first, or cast to bool.",
    details: { step, dtype },
  });
}
