import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isLamellaError } from "../../../shared/errors.ts";
import { MAX_DEPTH, MAX_NODES, parseExpression } from "../../../shared/kernels/expr/parse.ts";
import type { Syntax } from "../../../shared/kernels/expr/syntax.ts";
import { MAX_LENGTH } from "../../../shared/kernels/expr/tokens.ts";
import { namesIn, typeExpression } from "../../../shared/kernels/expr/typing.ts";

/** With every operation in parentheses. */
function shown(node: Syntax): string {
  switch (node.kind) {
    case "integer":
    case "float":
      return String(node.value);
    case "name":
      return node.name;
    case "call":
      return `${node.name}(${node.args.map(shown).join(", ")})`;
    case "unary":
      return `(${node.op} ${shown(node.operand)})`;
    case "binary":
      return `(${shown(node.left)} ${node.op} ${shown(node.right)})`;
  }
}

describe("precedence is Python's", () => {
  test.each([
    ["a + b * c - d", "((a + (b * c)) - d)"],
    ["a - b - c", "((a - b) - c)"],
    ["a ** b ** c", "(a ** (b ** c))"],
    ["-a ** 2", "(- (a ** 2))"],
    ["2 ** -a", "(2 ** (- a))"],
    ["-a * b", "((- a) * b)"],
    ["a // b % c / d", "(((a // b) % c) / d)"],
    ["not a == b", "(not (a == b))"],
    ["not a and b or c", "(((not a) and b) or c)"],
    ["a or b and c", "(a or (b and c))"],
    ["a < b < c", "((a < b) and (b < c))"],
    ["a < b == c > d", "(((a < b) and (b == c)) and (c > d))"],
    ["a & b | c ^ d", "((a & b) | (c ^ d))"],
    ["a & b == c", "((a & b) == c)"],
    ["~a + b", "((~ a) + b)"],
    ["(a + b) * c", "((a + b) * c)"],
    ["where(a, b, c,)", "where(a, b, c)"],
    ["1.5e3 + .5 + 2. + 0xFF", "(((1500 + 0.5) + 2) + 255)"],
    [" α1\n+ _b ", "(α1 + _b)"],
  ])("%s", (text, expected) => expect(shown(parseExpression(text))).toBe(expected));
});

describe("a fault says where it is", () => {
  test.each<[string, number, RegExp]>([
    ["", 0, /empty/],
    ["a +", 3, /ends where a number, a name or a parenthesis/],
    ["a b", 2, /b stands where an operator/],
    ["(a", 2, /ends where \) or an operator/],
    ["where(a b)", 8, /b stands where ,/],
    ["2x", 0, /2 runs into a name/],
    ["1e5x", 0, /runs into a name/],
    ["a = b", 2, /"=" is not part of the language/],
    ["a[0]", 1, /"\[" is not/],
    ["np.sqrt(a)", 2, /"." is not/],
    ["a + not b", 4, /not stands where/],
    ["a ? b : c", 2, /"\?" is not/],
    ["\u{1F600}", 0, /"\u{1F600}" is not/u],
    ["f(a)", 0, /no function "f"/],
    ["sqrt(a, a)", 0, /sqrt takes 1 arguments, 2 are given/],
    ["sqrt + a", 0, /"sqrt" is neither/],
    ["constructor(a)", 0, /no function/],
    ["__proto__ + a", 0, /neither an array nor an argument/],
    ["a + 1 // 0", 6, /division by zero/],
    ["a + 2 ** 99999", 6, /too large/],
    ["a + 9 ** 9 ** 9", 6, /too large/],
    ["a + sqrt(-1)", 4, /square root of a negative/],
    ["m - m", 2, /- is not defined for two bools/],
    ["-m", 0, /not defined for bool/],
    ["a * 256", 2, /256 does not fit uint8/],
    ["uint8(300) + a", 0, /300 does not fit uint8/],
    ["f32 & 1", 4, /takes bools and integers/],
    ["a ** -1", 2, /-1 does not fit uint8/],
  ])("%j", (text, at, message) => {
    const names = { a: { dtype: "uint8" }, m: { dtype: "bool" }, f32: { dtype: "float32" } } as const;
    expect(() => typeExpression(text, names)).toThrow(
      expect.objectContaining({
        code: "INVALID_EXPRESSION",
        message: expect.stringMatching(message),
        details: { at },
      }),
    );
  });
});

describe("nothing is too large or too deep", () => {
  test.each([
    ["parentheses", "(".repeat(MAX_DEPTH + 1)],
    ["signs", `${"-".repeat(MAX_DEPTH + 1)}a`],
    ["nots", `${"not ".repeat(MAX_DEPTH + 1)}a`],
    ["powers", `${"a ** ".repeat(MAX_DEPTH + 1)}a`],
    ["calls", `${"abs(".repeat(MAX_DEPTH + 1)}a`],
    ["operands", Array(MAX_NODES).fill("a").join("+")],
    ["comparisons", Array(MAX_NODES).fill("a").join("<")],
    ["text", " ".repeat(MAX_LENGTH + 1)],
    ["products", Array(300).fill("9999999999999999").join("*")],
  ])("%s", (_, text) => {
    expect(() => typeExpression(text, { a: { dtype: "uint8" } })).toThrow(
      expect.objectContaining({ code: "INVALID_EXPRESSION" }),
    );
  });

  test("what is just small enough is compiled", () => {
    const sum = Array(250).fill("a").join("+");
    expect(typeExpression(sum, { a: { dtype: "uint8" } }).dtype).toBe("uint8");
  });
});

test("whatever the text, it is an expression or a coded error", () => {
  const piece = fc.constantFrom(
    ..."a m f 1 2.5 0x 1e 9999999999999999999999 ( ) , + - * / // % ** < <= == != & | ^ ~ and or not where( clip( min( uint8( sqrt( nan true = ! [ ] . ; ' \" \\ \0 $ ${".split(
      " ",
    ),
    "\n",
  );
  const text = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.array(piece, { maxLength: 24 }).map((all) => all.join(" ")),
  );
  const names = { a: { dtype: "uint8" }, m: { dtype: "bool" }, f: { dtype: "float64" } } as const;
  fc.assert(
    fc.property(text, (whole) => {
      try {
        typeExpression(whole, names);
      } catch (error) {
        expect(isLamellaError(error) && error.code).toBe("INVALID_EXPRESSION");
      }
    }),
    { numRuns: 1000 },
  );
});

test("names are told in the order of their first mention", () => {
  expect(namesIn("where(m > 0, b - a, a) + pi")).toEqual(["m", "b", "a", "pi"]);
});

test("bits between comparisons, where numpy refuses the chain, are refused unless in parentheses", () => {
  const names = { a: { dtype: "uint8" } } as const;
  for (const text of ["a > 5 & a < 9", "a < 5 | a > 9", "0 < a < 3 ^ a < 9"]) {
    expect(() => typeExpression(text, names), text).toThrow(
      expect.objectContaining({ code: "INVALID_EXPRESSION", hint: expect.stringContaining("(a > 1)") }),
    );
  }
  for (const text of ["(a > 5) & (a < 9)", "a & 4 == 4", "0 < (a & 7) < 4", "a > 5 and a < 9"]) {
    expect(typeExpression(text, names).dtype, text).toBe("bool");
  }
});
