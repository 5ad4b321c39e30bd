import { expressionError } from "./error.ts";
import type { Syntax } from "./syntax.ts";
import { type Token, tokenize } from "./tokens.ts";

/** Bounds on what is parsed: nothing deeper or larger reaches the compiler. */
export const MAX_DEPTH = 64;
export const MAX_NODES = 512;

/** Python's precedence of what stands between two operands; ** is apart, for it binds to the right. */
const PRECEDENCE: { readonly [op: string]: number } = {
  or: 1,
  and: 2,
  "<": 4,
  "<=": 4,
  ">": 4,
  ">=": 4,
  "==": 4,
  "!=": 4,
  "|": 5,
  "^": 6,
  "&": 7,
  "+": 8,
  "-": 8,
  "*": 9,
  "/": 9,
  "//": 9,
  "%": 9,
};
const NOT = 3;
const COMPARE = 4;
const UNARY = 10;

/** Parses an expression by Python's grammar: its precedence, chained comparisons, ** to the right. */
export function parseExpression(text: string): Syntax {
  return new Parser(text).parse();
}

class Parser {
  readonly #text: string;
  readonly #tokens: readonly Token[];
  /** What stands in parentheses of its own. */
  readonly #enclosed = new Set<Syntax>();
  #position = 0;
  #depth = 0;
  #nodes = 0;

  constructor(text: string) {
    this.#text = text;
    this.#tokens = tokenize(text);
  }

  parse(): Syntax {
    if (this.#tokens.length === 1) throw expressionError(this.#text, 0, "the expression is empty");
    const whole = this.#operand(0);
    if (this.#position < this.#tokens.length - 1) throw this.#unexpected("an operator");
    return whole;
  }

  get #token(): Token {
    return this.#tokens[this.#position]!;
  }

  /** The operator at hand, of a name (and, or, not) or a sign. */
  get #operator(): string | undefined {
    const token = this.#token;
    return token.kind === "sign" || token.kind === "name" ? token.text : undefined;
  }

  #operand(weakest: number): Syntax {
    if (++this.#depth > MAX_DEPTH) {
      throw expressionError(
        this.#text,
        this.#token.at,
        `the expression nests more than ${MAX_DEPTH} deep`,
        "Make several steps of it.",
      );
    }
    let left = this.#prefix(weakest);
    let compared: Syntax | undefined;
    for (;;) {
      const op = this.#operator;
      const precedence =
        op === undefined ? undefined : Object.hasOwn(PRECEDENCE, op) ? PRECEDENCE[op]! : undefined;
      if (op === undefined || precedence === undefined || precedence < weakest) break;
      const { at } = this.#token;
      this.#position++;
      const right = this.#operand(precedence + 1);
      if (precedence !== COMPARE) {
        left = this.#made({ kind: "binary", op: op as "+", left, right, at });
        compared = undefined;
        continue;
      }
      if (compared) this.#refuseBits(compared);
      // a < b < c is (a < b) and (b < c)
      const comparison = this.#made({ kind: "binary", op: op as "<", left: compared ?? left, right, at });
      left = compared ? this.#made({ kind: "binary", op: "and", left, right: comparison, at }) : comparison;
      compared = right;
    }
    this.#depth--;
    return left;
  }

  #prefix(weakest: number): Syntax {
    const token = this.#token;
    const op = this.#operator;
    if (op === "not" && weakest <= NOT) {
      this.#position++;
      return this.#made({ kind: "unary", op, operand: this.#operand(NOT), at: token.at });
    }
    if (token.kind === "sign" && (op === "-" || op === "+" || op === "~")) {
      this.#position++;
      return this.#made({ kind: "unary", op, operand: this.#operand(UNARY), at: token.at });
    }
    const base = this.#atom();
    if (this.#operator !== "**") return base;
    const { at } = this.#token;
    this.#position++;
    return this.#made({ kind: "binary", op: "**", left: base, right: this.#operand(UNARY), at });
  }

  #atom(): Syntax {
    const token = this.#token;
    this.#position++;
    switch (token.kind) {
      case "integer":
      case "float":
        return this.#made(token);
      case "name":
        if (token.text === "and" || token.text === "or" || token.text === "not") break;
        if (this.#operator === "(") return this.#call(token.text, token.at);
        return this.#made({ kind: "name", name: token.text, at: token.at });
      case "sign":
        if (token.text === "(") {
          const inner = this.#operand(0);
          this.#expect(")");
          this.#enclosed.add(inner);
          return inner;
        }
    }
    this.#position--;
    throw this.#unexpected("a number, a name or a parenthesis");
  }

  #call(name: string, at: number): Syntax {
    this.#expect("(");
    const args: Syntax[] = [];
    while (this.#operator !== ")") {
      args.push(this.#operand(0));
      if (this.#operator !== ")") this.#expect(",");
    }
    this.#expect(")");
    return this.#made({ kind: "call", name, args, at });
  }

  #expect(sign: string): void {
    if (this.#operator !== sign) throw this.#unexpected(sign === ")" ? ") or an operator" : sign);
    this.#position++;
  }

  #unexpected(wanted: string): Error {
    const token = this.#token;
    const found =
      token.kind === "end" ? "the expression ends" : `${"value" in token ? token.value : token.text} stands`;
    return expressionError(this.#text, token.at, `${found} where ${wanted} is expected`);
  }

  /** a > 5 & b < 3 is a > (5 & b) < 3 in Python, where numpy then refuses the chain: it is never what was meant. */
  #refuseBits(between: Syntax): void {
    if (between.kind !== "binary" || this.#enclosed.has(between)) return;
    if (between.op !== "&" && between.op !== "|" && between.op !== "^") return;
    throw expressionError(
      this.#text,
      between.at,
      `${between.op} binds before the comparisons beside it`,
      `Put the comparisons in parentheses: (a > 1) ${between.op} (b > 2).`,
    );
  }

  #made(node: Syntax): Syntax {
    if (++this.#nodes > MAX_NODES) {
      throw expressionError(
        this.#text,
        node.at,
        `the expression has more than ${MAX_NODES} parts`,
        "Make several steps of it.",
      );
    }
    return node;
  }
}
