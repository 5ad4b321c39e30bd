import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { DType } from "../../../shared/block/dtype.ts";
import { DTYPES } from "../../../shared/block/dtype.ts";
import { isLamellaError } from "../../../shared/errors.ts";
import { type ExprName, typeExpression } from "../../../shared/kernels/expr/typing.ts";

interface Table {
  readonly operands: readonly string[];
  readonly binary: { readonly [expr: string]: readonly string[] };
  readonly unary: { readonly [expr: string]: string };
}
const table: Table = JSON.parse(
  readFileSync(new URL("../../golden/data/expr-dtypes.json", import.meta.url), "utf8"),
);
/** numpy's one-character codes. */
const CODES = "?bBhHiIqQefd";

function codeOf(expr: string, names: { readonly [name: string]: ExprName }): string {
  try {
    return CODES[DTYPES.indexOf(typeExpression(expr, names).dtype)]!;
  } catch (error) {
    if (isLamellaError(error) && error.code === "INVALID_EXPRESSION") return "!";
    throw error;
  }
}

const dtypes: readonly string[] = DTYPES;

function nameOf(operand: string): ExprName {
  if (dtypes.includes(operand)) return { dtype: operand as DType };
  return /[.e]/.test(operand) ? Number(operand) : BigInt(operand);
}

describe("dtypes are numpy's", () => {
  test.each(Object.entries(table.binary))("%s", (expr, rows) => {
    const got = table.operands.map((a) =>
      table.operands
        .map((b) => {
          if (!dtypes.includes(a) && !dtypes.includes(b)) return " ";
          return codeOf(expr, { a: nameOf(a), b: nameOf(b), c: { dtype: "bool" } });
        })
        .join(""),
    );
    expect(got).toEqual(rows);
  });
  test.each(Object.entries(table.unary))("%s", (expr, row) => {
    expect(DTYPES.map((dtype) => codeOf(expr, { a: { dtype } })).join("")).toBe(row);
  });
});
