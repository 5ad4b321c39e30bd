import type { ArrayNode } from "../../array/nodes.ts";
import { isLamellaError } from "../../errors.ts";
import { buildSteps } from "../../pipeline/build.ts";
import type { Pipeline, Step } from "../../pipeline/schema.ts";
import { recordOf } from "./controls.ts";

type Factors = ReadonlyMap<string, number>;

/** Lengths in elements; sides of windows, which are odd mostly; numbers of elements of objects. */
const LENGTHS = new Set([
  "sigma",
  "lowSigma",
  "highSigma",
  "radius",
  "distance",
  "minDistance",
  "iterations",
]);
const WINDOWS = new Set(["size", "kernelSize", "blockSize"]);
const COUNTS = new Set(["minSize", "maxSize", "areaThreshold"]);
const WHOLE = new Set(["iterations", "minDistance"]);
/** Footprints that go by their radius. */
const SHAPES = new Set(["disk", "ball", "diamond", "octahedron"]);

/** What means something else on a coarser image, in ways that nothing here knows of. */
const UNSCALED = new Set(["roll", "take", "diff", "cumsum", "cumprod", "sum", "prod"]);

/**
 * The steps of a pipeline on coarser inputs: lengths of elements are divided by what an element covers more, per axis where they can
 * be, numbers of elements by all axes together. Physical lengths need nothing. Left out are steps for which that makes no sense
 * (positions, own modules, sums), and those that come from them.
 * `full` has the full resolution's arrays: a coarser one that isn't as much smaller isn't what it should be.
 */
export function scaledSteps(
  pipeline: Pipeline,
  full: ReadonlyMap<string, ArrayNode>,
  inputs: ReadonlyMap<string, ArrayNode>,
  factors: Factors,
  base: string,
  where: string,
): Map<string, ArrayNode> {
  let nodes = new Map(inputs);
  for (const [name, step] of Object.entries(pipeline.steps ?? {})) {
    if (UNSCALED.has(step.op) || "module" in step) continue;
    for (const scaled of candidates(step, full, factors)) {
      try {
        const built = buildSteps({ ...pipeline, steps: { [name]: scaled } }, nodes, base, where);
        const added = [...built].filter(([each]) => !nodes.has(each));
        if (!added.every(([each, node]) => isScaled(full.get(each), node, factors))) break;
        nodes = built;
        break;
      } catch (error) {
        // It takes no list per axis, or comes from a step that is left out.
        if (!isLamellaError(error)) throw error;
      }
    }
  }
  return nodes;
}

/** The step with its lengths per axis, and where it won't have that with one for all. */
function candidates(step: Step, full: ReadonlyMap<string, ArrayNode>, factors: Factors): Step[] {
  const [from] = "in" in step ? [step.in].flat() : [];
  const axes = from === undefined ? [] : (full.get(from)?.axes ?? []);
  const scaled = axes.map(({ name }) => factors.get(name) ?? 1);
  if (scaled.every((factor) => factor === 1)) return [step];
  const isTyped = axes.some(({ type }) => type !== undefined);
  const spatial = axes.map(({ type }) => !isTyped || type === "space");
  const most = Math.max(...scaled);
  const cells = scaled.reduce((a, b) => a * b, 1);
  const scale = (perAxis: boolean): Step => {
    const entry = { ...(step as unknown as { [key: string]: unknown }) };
    const numbers = (name: string, value: unknown): unknown => {
      if (COUNTS.has(name) && typeof value === "number") return Math.max(1, Math.round(value / cells));
      if (name === "footprint") return scaledFootprint(value, most);
      const one = LENGTHS.has(name)
        ? (n: number, factor: number) => (WHOLE.has(name) ? Math.max(1, Math.round(n / factor)) : n / factor)
        : WINDOWS.has(name)
          ? (n: number, factor: number) => Math.max(1, 2 * Math.round((n / factor - 1) / 2) + 1)
          : name === "depth"
            ? (n: number, factor: number) => Math.ceil(n / factor)
            : undefined;
      return one
        ? scaledLengths(
            value,
            one,
            axes.map(({ name: axis }) => axis),
            scaled,
            spatial,
            most,
            perAxis,
          )
        : value;
    };
    for (const [name, value] of Object.entries(entry)) entry[name] = numbers(name, value);
    if ("args" in entry && !Array.isArray(entry["args"]))
      entry["args"] = Object.fromEntries(
        Object.entries(recordOf(entry["args"])).map(([name, value]) => [name, numbers(name, value)]),
      );
    return entry as unknown as Step;
  };
  return [scale(true), scale(false)];
}

function scaledLengths(
  value: unknown,
  one: (n: number, factor: number) => number,
  names: readonly string[],
  factors: readonly number[],
  spatial: readonly boolean[],
  most: number,
  perAxis: boolean,
): unknown {
  if (typeof value === "number") {
    if (!perAxis || value === 0) return one(value, most);
    return Object.fromEntries(
      names.flatMap((name, i) => (spatial[i] ? [[name, one(value, factors[i]!)] as const] : [])),
    );
  }
  const each = (part: unknown, factor: number): unknown =>
    typeof part === "number"
      ? one(part, factor)
      : Array.isArray(part)
        ? part.map((n) => each(n, factor))
        : part;
  if (Array.isArray(value))
    return value.map((part, i) => each(part, factors[factors.length - value.length + i] ?? 1));
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([axis, part]) => {
        const i = /^\d+$/.test(axis) ? Number(axis) : names.indexOf(axis);
        return [axis, each(part, factors[i] ?? 1)];
      }),
    );
  }
  return value;
}

function scaledFootprint(value: unknown, factor: number): unknown {
  const smaller = (radius: number) => Math.max(1, Math.round(radius / factor));
  if (typeof value === "string") {
    const [, shape, radius] = /^(\w+)\((\d+)\)$/.exec(value) ?? [];
    return shape !== undefined && SHAPES.has(shape) ? `${shape}(${smaller(Number(radius))})` : value;
  }
  return Object.entries(recordOf(value)).length === 1
    ? Object.fromEntries(
        Object.entries(recordOf(value)).map(([shape, radius]) => [
          shape,
          SHAPES.has(shape) && typeof radius === "number" ? smaller(radius) : radius,
        ]),
      )
    : value;
}

function isScaled(full: ArrayNode | undefined, node: ArrayNode, factors: Factors): boolean {
  if (!full || full.shape.length !== node.shape.length || full.dtype !== node.dtype) return false;
  return full.axes.every(({ name }, i) => {
    const expected = full.shape[i]! / (factors.get(name) ?? 1);
    return Math.abs(node.shape[i]! - Math.max(1, expected)) <= 1;
  });
}
