import { expressionError } from "./error.ts";

export type Token =
  | { readonly kind: "integer"; readonly value: bigint; readonly at: number }
  | { readonly kind: "float"; readonly value: number; readonly at: number }
  | { readonly kind: "name"; readonly text: string; readonly at: number }
  | { readonly kind: "sign"; readonly text: string; readonly at: number }
  | { readonly kind: "end"; readonly text: ""; readonly at: number };

/** Longest text that is looked at: expressions come from files that anyone may have written. */
export const MAX_LENGTH = 4096;

const SPACE = /\s+/uy;
const FLOAT = /(?:\d+\.\d*|\.\d+)(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+/uy;
const INTEGER = /0[xX][\da-fA-F]+|\d+/uy;
const NAME = /[\p{L}_][\p{L}\p{N}_]*/uy;
const SIGN = /\*\*|\/\/|<=|>=|==|!=|[-+*/%<>()&|^~,]/uy;

/** An expression's text as tokens. Throws INVALID_EXPRESSION with the place. */
export function tokenize(text: string): Token[] {
  if (text.length > MAX_LENGTH) {
    throw expressionError(
      text.slice(0, 30),
      0,
      `the expression has ${text.length} characters, at most ${MAX_LENGTH} are read`,
      "Make several steps of it.",
    );
  }
  const tokens: Token[] = [];
  let at = 0;
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    return pattern.exec(text)?.[0];
  };
  while (at < text.length) {
    const space = take(SPACE);
    if (space) {
      at += space.length;
      continue;
    }
    const [token, length] = next(text, at, take);
    tokens.push(token);
    at += length;
  }
  tokens.push({ kind: "end", text: "", at });
  return tokens;
}

function next(
  text: string,
  at: number,
  take: (pattern: RegExp) => string | undefined,
): [token: Token, length: number] {
  const float = take(FLOAT);
  if (float) return [{ kind: "float", value: Number(float), at }, separate(text, at, float)];
  const integer = take(INTEGER);
  if (integer) return [{ kind: "integer", value: BigInt(integer), at }, separate(text, at, integer)];
  const name = take(NAME);
  if (name) return [{ kind: "name", text: name, at }, name.length];
  const sign = take(SIGN);
  if (sign) return [{ kind: "sign", text: sign, at }, sign.length];
  const found = String.fromCodePoint(text.codePointAt(at)!);
  throw expressionError(text, at, `${JSON.stringify(found)} is not part of the language`, HINTS[found]);
}

const HINTS: { readonly [character: string]: string } = {
  "=": "Compare with ==.",
  "!": "Write not, or != to compare.",
  "[": "Take elements with a slice step before.",
  ".": "Functions are written without a module: sqrt(x).",
};

/** 2x is a slip, not 2 and x. */
function separate(text: string, at: number, number: string): number {
  NAME.lastIndex = at + number.length;
  if (NAME.test(text)) {
    throw expressionError(text, at, `${number} runs into a name`, "Write * between a number and a name.");
  }
  return number.length;
}
