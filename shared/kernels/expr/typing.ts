import { type DType, isUnsigned } from "../../block/dtype.ts";
import { nearestName } from "../../nearest-name.ts";
import { arithmetic, bitwise, compare, truth } from "./arithmetic.ts";
import { expressionError } from "./error.ts";
import { CONSTANTS, FUNCTION_NAMES, functionNamed } from "./functions.ts";
import { ExprGraph, type ExprNode } from "./graph.ts";
import { convert, isPlain, type Operand, resultType } from "./operands.ts";
import { parseExpression } from "./parse.ts";
import type { Plain } from "./plain-numbers.ts";
import type { ArithmeticOp, BitwiseOp, CompareOp, Syntax } from "./syntax.ts";

/** What a name in an expression stands for: an array, or a plain number. */
export type ExprName = { readonly dtype: DType } | Plain;

/** An expression with a dtype for everything in it. Plain data. */
export interface TypedExpression {
  readonly nodes: readonly ExprNode[];
  /** The node that is the result: the last of those that matter. */
  readonly result: number;
  readonly dtype: DType;
  /** The arrays, by name; node `input`s count in this order, which is that of their first mention. */
  readonly inputs: readonly string[];
  /** Where unsigned integers are subtracted, which wraps below zero. */
  readonly wraps: readonly UnsignedWrap[];
}

export interface UnsignedWrap {
  readonly at: number;
  readonly dtype: DType;
}

/** Parses and types an expression over named arrays and numbers. Throws INVALID_EXPRESSION with the place. */
export function typeExpression(text: string, names: { readonly [name: string]: ExprName }): TypedExpression {
  return new Typing(text, names).typed(parseExpression(text));
}

/** The names that an expression mentions and does not call, in order. */
export function namesIn(text: string): string[] {
  const names = new Set<string>();
  const visit = (node: Syntax): void => {
    if (node.kind === "name") names.add(node.name);
    else if (node.kind === "call") node.args.forEach(visit);
    else if (node.kind === "unary") visit(node.operand);
    else if (node.kind === "binary") for (const side of [node.left, node.right]) visit(side);
  };
  visit(parseExpression(text));
  return [...names];
}

class Typing {
  readonly #text: string;
  readonly #names: { readonly [name: string]: ExprName };
  readonly #graph = new ExprGraph();
  readonly #inputs: string[] = [];
  readonly #wraps: UnsignedWrap[] = [];

  constructor(text: string, names: { readonly [name: string]: ExprName }) {
    this.#text = text;
    this.#names = names;
  }

  typed(syntax: Syntax): TypedExpression {
    const whole = this.#visit(syntax);
    if (this.#inputs.length === 0) {
      throw expressionError(this.#text, 0, "the expression names no array", this.#known());
    }
    const result = isPlain(whole) ? convert(this.#graph, whole, resultType([whole])) : whole;
    return {
      nodes: this.#graph.nodes,
      result: result.id,
      dtype: result.dtype,
      inputs: this.#inputs,
      wraps: this.#wraps,
    };
  }

  #visit(node: Syntax): Operand {
    switch (node.kind) {
      case "integer":
      case "float":
        return node.value;
      case "name":
        return this.#name(node.name, node.at);
      case "call":
        return this.#call(node);
      case "unary": {
        const operand = this.#visit(node.operand);
        return this.#at(node.at, () => this.#unary(node.op, operand));
      }
      case "binary": {
        const [left, right] = [this.#visit(node.left), this.#visit(node.right)];
        return this.#at(node.at, () => this.#binary(node.op, left, right, node.at));
      }
    }
  }

  #name(name: string, at: number): Operand {
    const known = Object.hasOwn(this.#names, name) ? this.#names[name] : undefined;
    if (typeof known === "object") {
      if (!this.#inputs.includes(name)) this.#inputs.push(name);
      return this.#graph.input(this.#inputs.indexOf(name), known.dtype);
    }
    if (known !== undefined) return known;
    const constant = CONSTANTS.get(name);
    if (constant !== undefined) return constant;
    if (/^(true|false)$/i.test(name)) return this.#graph.constant("bool", /^t/i.test(name) ? 1 : 0);
    const hint = functionNamed(name) ? `${name} is a function: write ${name}(...).` : this.#known(name);
    throw expressionError(this.#text, at, `"${name}" is neither an array nor an argument`, hint);
  }

  #call(node: Extract<Syntax, { kind: "call" }>): Operand {
    const known = functionNamed(node.name);
    if (!known) {
      const near = nearestName(node.name, FUNCTION_NAMES);
      const hint = near ? `Did you mean ${near}?` : `Functions are ${FUNCTION_NAMES.join(", ")}.`;
      throw expressionError(this.#text, node.at, `there is no function "${node.name}"`, hint);
    }
    if (node.args.length < known.min || node.args.length > known.max) {
      const wanted = known.min === known.max ? `${known.min}` : `${known.min} to ${known.max}`;
      const problem = `${node.name} takes ${wanted} arguments, ${node.args.length} are given`;
      throw expressionError(this.#text, node.at, problem);
    }
    const args = node.args.map((arg) => this.#visit(arg));
    return this.#at(node.at, () => known.build(this.#graph, args));
  }

  #unary(op: "-" | "+" | "~" | "not", x: Operand): Operand {
    if (op === "not") return this.#graph.add("not", "bool", [truth(this.#graph, x)]);
    if (isPlain(x)) {
      if (op !== "~") return op === "-" ? -x : x;
      if (typeof x === "number") throw new TypeError("~ takes bools and integers");
      return ~x;
    }
    if (op === "~") {
      if (x.dtype.startsWith("float")) throw new TypeError(`~ takes bools and integers, not ${x.dtype}`);
      return this.#graph.add("not", x.dtype, [x]);
    }
    if (x.dtype === "bool") throw new TypeError(`${op} is not defined for bool: write not`);
    return op === "-" ? this.#graph.add("neg", x.dtype, [x]) : x;
  }

  #binary(op: Extract<Syntax, { kind: "binary" }>["op"], a: Operand, b: Operand, at: number): Operand {
    switch (op) {
      case "and":
      case "or":
        return this.#graph.add(op, "bool", [truth(this.#graph, a), truth(this.#graph, b)]);
      case "&":
      case "|":
      case "^":
        return bitwise(this.#graph, op satisfies BitwiseOp, a, b);
      case "<":
      case "<=":
      case ">":
      case ">=":
      case "==":
      case "!=":
        return compare(this.#graph, op satisfies CompareOp, a, b);
      default: {
        const result = arithmetic(this.#graph, op satisfies ArithmeticOp, a, b);
        if (op === "-" && !isPlain(result) && isUnsigned(result.dtype)) {
          this.#wraps.push({ at, dtype: result.dtype });
        }
        return result;
      }
    }
  }

  /** What numpy would raise, with the place. */
  #at(at: number, build: () => Operand): Operand {
    try {
      return build();
    } catch (error) {
      if (error instanceof RangeError) {
        const hint =
          "A plain number takes the dtype of the arrays beside it: cast them first, as in int32(x).";
        throw expressionError(this.#text, at, error.message, hint);
      }
      if (error instanceof TypeError) throw expressionError(this.#text, at, error.message);
      throw error;
    }
  }

  #known(name?: string): string {
    const names = Object.keys(this.#names);
    const near = name === undefined ? undefined : nearestName(name, names);
    if (near) return `Did you mean ${near}?`;
    return names.length > 0 ? `Names here are ${names.join(", ")}.` : "No names are known here.";
  }
}
