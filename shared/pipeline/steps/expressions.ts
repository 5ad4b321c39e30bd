import * as z from "zod";
import { castTo } from "../../array/cast.ts";
import { type Element, elementwiseStep } from "../../array/elementwise.ts";
import { type ExpressionValue, expression, indexedExpression } from "../../array/expression.ts";
import type { ArrayNode } from "../../array/nodes.ts";
import { type Json, LamellaError } from "../../errors.ts";
import { common } from "../common-schemas.ts";

/** The expression of a mapBlocks or blockwise step. */
export const exprKey = z
  .string()
  .describe('on elements: "where(a > 0, (a - dark) / b, 0)", the names being steps and args')
  .exactOptional();

/** Where an expression has no place: what comes with it looks at more than one element. */
export const noExpr = z
  .never({ error: "an expression looks at one element at a time: use mapBlocks or blockwise" })
  .exactOptional();

const operand = z.union([z.string(), z.number(), z.boolean()], {
  error: "expected an input, an earlier step or a number",
});

export const whereSchema = z.strictObject({
  op: z.literal("where"),
  in: z.string().describe("the condition: an input or an earlier step"),
  x: operand.describe("where it is not 0: an input, a step or a number"),
  y: operand.describe("elsewhere"),
  dtype: common.dtype,
});

interface ExprContext {
  readonly name: string;
  readonly inputs: readonly ArrayNode[];
  nodeOf(name: string): ArrayNode;
}

/** Keys that say how blocks are handed over. */
const BLOCK_KEYS = ["kernel", "module", "chunks", "dropAxis", "newAxis", "extent", "scratch"];
const INDEX_KEYS = ["kernel", "module", "newAxes", "adjustChunks", "concatenate", "scratch"];

/** A mapBlocks step with `expr`: its inputs and args by name. */
export function mapExpression(
  step: {
    readonly in: string | readonly string[];
    readonly expr: string;
    readonly args?: unknown;
    readonly dtype?: string | undefined;
  },
  { name, inputs }: ExprContext,
): ArrayNode {
  refuse(step, BLOCK_KEYS, name);
  const values = new Map<string, ExpressionValue>();
  for (const [i, from] of [step.in].flat().entries()) values.set(from as string, inputs[i]!);
  for (const [arg, value] of Object.entries((step.args ?? {}) as { [name: string]: unknown })) {
    if (values.has(arg)) {
      throw new LamellaError("INVALID_PIPELINE", `step ${name}: ${arg} is an argument and an input`, {
        hint: "Rename one of them.",
      });
    }
    values.set(arg, argument(value, arg, name));
  }
  return cast(expression(step.expr, Object.fromEntries(values), { step: name }), step.dtype, name);
}

/** A blockwise step with `expr`: arrays meet where they have the same letter. */
export function indexExpression(
  step: {
    readonly out: string;
    readonly expr: string;
    readonly args: readonly unknown[];
    readonly dtype?: string | undefined;
  },
  { name, nodeOf }: ExprContext,
): ArrayNode {
  refuse(step, INDEX_KEYS, name);
  const values = new Map<string, readonly [ArrayNode, string]>();
  for (const given of step.args) {
    if (!Array.isArray(given)) {
      throw new LamellaError("INVALID_PIPELINE", `step ${name}: ${JSON.stringify(given)} has no name`, {
        hint: "Write numbers into the expression itself.",
      });
    }
    const [from, index] = given as [string, string];
    if (values.has(from)) {
      throw new LamellaError("INVALID_PIPELINE", `step ${name}: ${from} is given twice`, {
        hint: "Give it another name by a step in between, such as a transpose.",
      });
    }
    values.set(from, [nodeOf(from), index]);
  }
  return cast(
    indexedExpression(step.expr, Object.fromEntries(values), step.out, { step: name }),
    step.dtype,
    name,
  );
}

export function buildWhere(step: z.infer<typeof whereSchema>, context: ExprContext): ArrayNode {
  const [x, y] = [step.x, step.y].map(
    (value): Element => (typeof value === "string" ? { node: context.nodeOf(value) } : value),
  );
  const node = elementwiseStep("where(x, y, z)", [{ node: context.inputs[0]! }, x!, y!], {
    step: context.name,
  });
  return cast(node, step.dtype, context.name);
}

function argument(value: unknown, arg: string, step: string): ExpressionValue {
  if (typeof value === "number") return value;
  if (typeof value === "boolean") return BigInt(value);
  if (typeof value === "object" && value !== null && "node" in value) return value.node as ArrayNode;
  const shown = JSON.stringify(value as Json);
  throw new LamellaError("INVALID_PIPELINE", `step ${step}: argument ${arg} is ${shown}, not a number`, {
    hint: `Expressions take numbers, and { step: name } for the array of another step.`,
  });
}

function refuse(step: object, keys: readonly string[], name: string): void {
  const given = keys.find((key) => key in step);
  if (given === undefined) return;
  const isFunction = given === "kernel" || given === "module";
  throw new LamellaError(
    "INVALID_PIPELINE",
    isFunction ? `step ${name} has expr and ${given}` : `step ${name}: ${given} makes no sense with expr`,
    {
      hint: isFunction ? "Give one of them." : "An expression keeps the axes, and doesn't depend on chunks.",
    },
  );
}

function cast(node: ArrayNode, dtype: string | undefined, name: string): ArrayNode {
  return dtype === undefined ? node : castTo(node, dtype, name);
}
