import type { DType } from "../../block/dtype.ts";
import { isBigInt } from "../../block/dtype.ts";

/** Computed in float64 by the kernel module, rounded to the node's dtype. */
export type MathName =
  | "exp"
  | "exp2"
  | "expm1"
  | "log"
  | "log2"
  | "log10"
  | "log1p"
  | "sin"
  | "cos"
  | "tan"
  | "tanh"
  | "arctan2"
  | "hypot";

export type UnaryName = "neg" | "abs" | "sqrt" | "floor" | "ceil" | "trunc" | "rint" | "not";
export type BinaryName =
  | "add"
  | "sub"
  | "mul"
  | "div"
  | "floorDivide"
  | "remainder"
  | "power"
  | "min"
  | "max"
  | "and"
  | "or"
  | "xor";
export type CompareName = "lt" | "le" | "gt" | "ge" | "eq" | "ne";

/**
 * One operation of a typed expression. Operands of an operation have one dtype (of `select`: those that are chosen
 * from), so that nothing is converted but by `cast`. Plain data; `args` are ids of earlier nodes.
 */
export interface ExprNode {
  readonly id: number;
  readonly op: "input" | "const" | "cast" | "select" | UnaryName | BinaryName | CompareName | MathName;
  readonly dtype: DType;
  readonly args: readonly number[];
  /** Of `input`: which one. */
  readonly input?: number;
  /** Of `const`: representable in the dtype; a BigInt for 64-bit integers; 0 or 1 for bool. */
  readonly value?: number | bigint;
}

/** Collects nodes, each once: what is written twice is computed once. Arguments come before what uses them. */
export class ExprGraph {
  readonly nodes: ExprNode[] = [];
  readonly #known = new Map<string, ExprNode>();

  add(op: ExprNode["op"], dtype: DType, args: readonly ExprNode[]): ExprNode {
    return this.#node({ op, dtype, args: args.map((arg) => arg.id) }, "");
  }

  input(index: number, dtype: DType): ExprNode {
    return this.#node({ op: "input", dtype, args: [], input: index }, String(index));
  }

  constant(dtype: DType, value: number | bigint): ExprNode {
    const exact = isBigInt(dtype) ? BigInt(value) : Number(value);
    return this.#node(
      { op: "const", dtype, args: [], value: exact },
      Object.is(exact, -0) ? "-0" : String(exact),
    );
  }

  cast(node: ExprNode, dtype: DType): ExprNode {
    return node.dtype === dtype ? node : this.add("cast", dtype, [node]);
  }

  #node(node: Omit<ExprNode, "id">, detail: string): ExprNode {
    const key = `${node.op} ${node.dtype} ${node.args.join()} ${detail}`;
    let known = this.#known.get(key);
    if (!known) {
      known = { id: this.nodes.length, ...node };
      this.nodes.push(known);
      this.#known.set(key, known);
    }
    return known;
  }
}
