import { LamellaError } from "../errors.ts";
import { type ExpressionOptions, type ExpressionValue, expression } from "./expression.ts";
import type { ArrayNode } from "./nodes.ts";

/** What an elementwise operation takes: an array, or a number that takes the dtype of the arrays it meets. */
export type Element = number | bigint | boolean | { readonly node: ArrayNode };

const OPERANDS = ["x", "y", "z"];

/** An expression over operands x, y, z; numbers become part of its text. The node is named as the operation. */
export function elementwise(name: string, expr: string, ...operands: readonly Element[]): ArrayNode {
  return elementwiseStep(expr, operands, { step: name });
}

export function elementwiseStep(
  expr: string,
  operands: readonly Element[],
  options: ExpressionOptions & { readonly step: string },
): ArrayNode {
  const values: { [name: string]: ExpressionValue } = {};
  let text = expr;
  for (const [i, operand] of operands.entries()) {
    const letter = OPERANDS[i]!;
    if (typeof operand === "object") values[letter] = nodeOf(operand, options.step);
    else text = text.replace(new RegExp(`\\b${letter}\\b`), literal(operand, options.step));
  }
  return expression(text, values, options);
}

function nodeOf(operand: { readonly node: ArrayNode }, name: string): ArrayNode {
  if (operand?.node?.kind !== undefined) return operand.node;
  throw notAnElement(operand, name);
}

function literal(operand: number | bigint | boolean, name: string): string {
  switch (typeof operand) {
    case "boolean":
      return String(operand);
    case "bigint":
      return operand < 0n ? `(${operand})` : String(operand);
    case "number": {
      if (Number.isNaN(operand)) return "nan";
      if (Object.is(operand, -0)) return "(-0.0)";
      const size = Number.isFinite(operand) ? String(Math.abs(operand)) : "inf";
      return operand < 0 ? `(-${size})` : size;
    }
    default:
      throw notAnElement(operand, name);
  }
}

function notAnElement(operand: unknown, name: string): LamellaError {
  return new LamellaError("INVALID_ARGUMENT", `${name} takes arrays and numbers, not ${typeof operand}`, {
    hint: "Give a lazy array, such as fromZarr gives, or a number.",
  });
}
