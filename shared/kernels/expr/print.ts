import type { Syntax } from "./syntax.ts";

/** The text of an expression, each operation in parentheses; `nameOf` may put a text in a name's place. */
export function printExpression(node: Syntax, nameOf: (name: string) => string = (name) => name): string {
  const print = (part: Syntax): string => printExpression(part, nameOf);
  switch (node.kind) {
    case "integer":
      return String(node.value);
    case "float":
      return float(node.value);
    case "name":
      return nameOf(node.name);
    case "call":
      return `${node.name}(${node.args.map(print).join(", ")})`;
    case "unary":
      return `(${node.op} ${print(node.operand)})`;
    case "binary":
      return `(${print(node.left)} ${node.op} ${print(node.right)})`;
  }
}

/** A number that reads as a float: 2 would be an int. */
function float(value: number): string {
  if (!Number.isFinite(value)) return "inf";
  const text = String(value);
  return /[.e]/.test(text) ? text : `${text}.0`;
}
