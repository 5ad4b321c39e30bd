/** Arithmetic on two operands, by Python's signs. */
export type ArithmeticOp = "+" | "-" | "*" | "/" | "//" | "%" | "**";
export type BitwiseOp = "&" | "|" | "^";
export type CompareOp = "<" | "<=" | ">" | ">=" | "==" | "!=";

/** What an expression says, before names have dtypes. `at` counts characters from 0. */
export type Syntax =
  | { readonly kind: "integer"; readonly value: bigint; readonly at: number }
  | { readonly kind: "float"; readonly value: number; readonly at: number }
  | { readonly kind: "name"; readonly name: string; readonly at: number }
  | { readonly kind: "call"; readonly name: string; readonly args: readonly Syntax[]; readonly at: number }
  | {
      readonly kind: "unary";
      readonly op: "-" | "+" | "~" | "not";
      readonly operand: Syntax;
      readonly at: number;
    }
  | {
      readonly kind: "binary";
      readonly op: ArithmeticOp | BitwiseOp | CompareOp | "and" | "or";
      readonly left: Syntax;
      readonly right: Syntax;
      readonly at: number;
    };
