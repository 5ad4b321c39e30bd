import type { Axis } from "../block/axes.ts";
import type { DType } from "../block/dtype.ts";
import { LamellaError } from "../errors.ts";
import { namesIn } from "../kernels/expr/typing.ts";
import { type ExprArgs, typeExprArgs } from "../kernels/region/expr.ts";
import { blocksByLabel, type LabelledAxis } from "./blocks/unify.ts";
import { castTo } from "./cast.ts";
import type { ArrayNode } from "./nodes.ts";
import { opNode } from "./op-node.ts";
import { transpose } from "./view.ts";

export interface ExpressionOptions {
  /** Cast the result to this dtype; without it numpy's promotion says. */
  readonly dtype?: DType;
  /** A name for messages and the plan. */
  readonly step?: string;
}

/** What a name in an expression may stand for. */
export type ExpressionValue = ArrayNode | number | bigint;

/**
 * An expression over elements of arrays and numbers, by name: `expression("(a - dark) / b", { a, b, dark: 100 })`. Values
 * and dtypes are numpy's. Arrays broadcast from the last axes on; one of fewer axes that are named is aligned by their names.
 * Throws INVALID_EXPRESSION with the place in the text, SHAPE_MISMATCH naming two arrays.
 */
export function expression(
  expr: string,
  values: { readonly [name: string]: ExpressionValue },
  options: ExpressionOptions = {},
): ArrayNode {
  const arrays = Object.entries(values).filter(
    (entry): entry is [string, ArrayNode] => typeof entry[1] === "object",
  );
  const rank = Math.max(0, ...arrays.map(([, node]) => node.shape.length));
  const widest = arrays.find(([, node]) => node.shape.length === rank)?.[1];
  const alignments = new Map(arrays.map(([name, node]) => [name, alignedAxes(node, widest!)]));
  return alignedExpression(expr, values, alignments, options);
}

/**
 * The same for arrays that meet by index notation, as in dask.array.blockwise: `indexedExpression("x * m", { x: [series, "tij"],
 * m: [mask, "ij"] }, "tij")`. Every letter is one of the result's.
 */
export function indexedExpression(
  expr: string,
  values: { readonly [name: string]: readonly [node: ArrayNode, index: string] },
  out: string,
  options: ExpressionOptions = {},
): ArrayNode {
  const step = options.step ?? "expr";
  checkIndex(out, "the index of the result", step);
  const ordered: { [name: string]: ArrayNode } = {};
  const alignments = new Map<string, readonly number[]>();
  for (const [name, [node, index]] of Object.entries(values)) {
    checkIndex(index, `the index of ${name}`, step);
    if (index.length !== node.shape.length) {
      throw new LamellaError(
        "INVALID_ARGUMENT",
        `step ${step}: index "${index}" has ${index.length} letters, and ${name} ${node.shape.length} axes`,
        { hint: "Give one letter for each axis." },
      );
    }
    const axes = [...index].map((letter) => out.indexOf(letter));
    const contracted = index[axes.indexOf(-1)];
    if (contracted !== undefined) {
      throw new LamellaError(
        "INVALID_ARGUMENT",
        `step ${step}: letter ${contracted} of ${name} is not in "${out}"`,
        {
          hint: "An expression keeps all axes: reduce that one in a step before or after, or use tensordot.",
        },
      );
    }
    const order = axes.map((_, i) => i).sort((a, b) => axes[a]! - axes[b]!);
    const moved = order.some((axis, i) => axis !== i);
    ordered[name] = moved ? transpose(node, order, node.step) : node;
    alignments.set(
      name,
      order.map((i) => axes[i]!),
    );
  }
  const without = [...out].find((_, axis) => ![...alignments.values()].some((axes) => axes.includes(axis)));
  if (without !== undefined) {
    throw new LamellaError(
      "INVALID_ARGUMENT",
      `step ${step}: letter ${without} of the result is no input's`,
      { hint: "Every letter of the result must stand in the index of an input." },
    );
  }
  return alignedExpression(expr, ordered, alignments, options);
}

function checkIndex(index: string, what: string, step: string): void {
  if (/^[A-Za-z]*$/.test(index) && new Set(index).size === index.length) return;
  throw new LamellaError("INVALID_ARGUMENT", `step ${step}: ${what} is "${index}", not letters that differ`, {
    hint: 'Write it as "tij".',
  });
}

/** The same with the result's axis of each axis of each array said. */
function alignedExpression(
  expr: string,
  values: { readonly [name: string]: ExpressionValue },
  alignments: ReadonlyMap<string, readonly number[]>,
  options: ExpressionOptions = {},
): ArrayNode {
  const step = options.step ?? "expr";
  return inStep(step, () => {
    const numbers = numbersOf(values, step);
    const given = Object.keys(values).filter((name) => typeof values[name] === "object");
    const plain = { expr, ...(numbers ? { numbers } : {}) };
    const dtypes = given.map((name) => (values[name] as ArrayNode).dtype);
    const { dtype, inputs: names } = typeExprArgs({ ...plain, names: given }, dtypes);
    checkAllUsed(Object.keys(values), namesIn(expr), step);
    const inputs = names.map((name) => values[name] as ArrayNode);
    const base: ExprArgs = { ...plain, names };
    const axes = names.map((name) => alignments.get(name)!);
    const rank = Math.max(...axes.flat().map((axis) => axis + 1), 0);
    const trailing = axes.every((of) => of.every((axis, i) => axis === rank - of.length + i));
    const node = opNode({
      name: "expr",
      op: "expr",
      args: (trailing ? base : { ...base, axes }) as never,
      inputs,
      ...joined(inputs, axes, rank, step),
      dtype,
      step,
    });
    return options.dtype === undefined ? node : castTo(node, options.dtype, step);
  });
}

/** The result's axis of each of an array's: by name where it has fewer axes than the widest and all have names of their own. */
function alignedAxes(node: ArrayNode, widest: ArrayNode): readonly number[] {
  const lead = widest.shape.length - node.shape.length;
  if (lead > 0 && node.axes.every(isNamed)) {
    const found = node.axes.map((axis) => widest.axes.findIndex(({ name }) => name === axis.name));
    if (found.every((at, i) => at > (found[i - 1] ?? -1))) return found;
  }
  return node.shape.map((_, axis) => lead + axis);
}

function isNamed(axis: Axis): boolean {
  return axis.type !== undefined || !/^dim_\d+$/.test(axis.name);
}

/** Shape, chunks, axes and channels of arrays that meet. */
function joined(
  inputs: readonly ArrayNode[],
  alignments: readonly (readonly number[])[],
  rank: number,
  step: string,
): Pick<ArrayNode, "shape" | "chunks" | "axes" | "channels"> {
  const labelled = inputs.flatMap((node, k) =>
    node.shape.map(
      (size, axis): LabelledAxis => ({
        label: alignments[k]![axis]!,
        size,
        blocks: node.chunks[axis]!,
        where: `${node.step}, axis ${node.axes[axis]!.name}`,
      }),
    ),
  );
  const blocks = blocksByLabel(labelled, step);
  const chunks = Array.from({ length: rank }, (_, axis) => blocks.get(axis)!);
  const shape = chunks.map((sizes) => sizes.reduce((sum, n) => sum + n, 0));
  // An axis is described by the first array that has it in full, those of most axes first.
  const order = inputs.map((_, k) => k).sort((a, b) => inputs[b]!.shape.length - inputs[a]!.shape.length);
  const sources = shape.map((size, axis) => {
    const has = (k: number) => alignments[k]!.indexOf(axis);
    const full = order.find((k) => has(k) >= 0 && inputs[k]!.shape[has(k)] === size);
    const k = full ?? order.find((one) => has(one) >= 0)!;
    return { node: inputs[k]!, axis: has(k) };
  });
  const axes = sources.map(({ node, axis }) => node.axes[axis]!);
  const channel = sources.find(({ node, axis }) => node.axes[axis]!.type === "channel")?.node;
  const channels = (channel ?? inputs[order[0]!])?.channels;
  return { shape, chunks, axes, ...(channels ? { channels } : {}) };
}

function numbersOf(
  values: { readonly [name: string]: ExpressionValue },
  step: string,
): { [name: string]: number | string } | undefined {
  const numbers: { [name: string]: number | string } = {};
  for (const [name, value] of Object.entries(values)) {
    if (typeof value === "object") continue;
    if (typeof value === "number" && !Number.isFinite(value)) {
      throw new LamellaError(
        "INVALID_ARGUMENT",
        `step ${step}: ${name} is ${value}, which a plan can't hold`,
        {
          hint: "Write nan or inf in the expression.",
        },
      );
    }
    if (typeof value !== "number" && typeof value !== "bigint") {
      throw new LamellaError("INVALID_ARGUMENT", `step ${step}: ${name} is neither an array nor a number`, {
        hint: "An expression takes arrays, numbers and bigints by name; a boolean is 0 or 1, and text isn't taken.",
      });
    }
    const exact = typeof value === "bigint" || !Number.isInteger(value) || Number.isSafeInteger(value);
    numbers[name] = typeof value === "bigint" || !exact ? String(BigInt(value)) : value;
  }
  return Object.keys(numbers).length > 0 ? numbers : undefined;
}

/** Nothing is given in vain. */
function checkAllUsed(given: readonly string[], mentioned: readonly string[], step: string): void {
  const unused = given.find((name) => !mentioned.includes(name));
  if (unused === undefined) return;
  const cannot = /^[\p{L}_][\p{L}\p{N}_]*$/u.test(unused)
    ? undefined
    : "Names in expressions are letters, digits and _.";
  throw new LamellaError("INVALID_EXPRESSION", `step ${step}: the expression doesn't use "${unused}"`, {
    hint: cannot ?? `It names ${mentioned.join(", ") || "nothing"}: leave ${unused} out.`,
  });
}

/** Faults of the expression say which step it is of. */
function inStep<T>(step: string, build: () => T): T {
  try {
    return build();
  } catch (error) {
    if (!(error instanceof LamellaError) || error.message.startsWith(`step ${step}`)) throw error;
    throw new LamellaError(error.code, `step ${step}: ${error.message}`, {
      ...(error.hint === undefined ? {} : { hint: error.hint }),
      details: { ...error.details, step },
    });
  }
}
