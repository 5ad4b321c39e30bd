import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { type Block, newBlock } from "../../../shared/block/block.ts";
import { type DType, isBigInt, isFloat } from "../../../shared/block/dtype.ts";
import { expressionReference } from "../../../shared/kernels/expr/reference.ts";
import { runExpression } from "../../../shared/kernels/expr/run.ts";
import { typeExpression } from "../../../shared/kernels/expr/typing.ts";
import { Heap } from "../../../shared/kernels/heap.ts";
import { kernelModule } from "../../../shared/kernels/wasm/module.ts";

type Plain = number | string;
interface Case {
  readonly expr: string;
  readonly in: { readonly [name: string]: DType };
  readonly dtype: DType;
  readonly compare: "exact" | "close";
  readonly out: readonly Plain[];
}
const golden: {
  readonly inputs: { readonly [name: string]: readonly Plain[] };
  readonly cases: readonly Case[];
} = JSON.parse(readFileSync(new URL("../../golden/data/expr-values.json", import.meta.url), "utf8"));

const heap = new Heap(kernelModule());

function elementOf(dtype: DType, plain: Plain): number | bigint {
  if (isBigInt(dtype)) return BigInt(plain);
  return plain === "nan"
    ? Number.NaN
    : plain === "inf"
      ? Infinity
      : plain === "-inf"
        ? -Infinity
        : Number(plain);
}

function blockOf(dtype: DType, values: readonly Plain[]): Block {
  const block = newBlock(dtype, [values.length]);
  for (const [i, value] of values.entries()) {
    (block.data as { [i: number]: number | bigint })[i] = elementOf(dtype, value);
  }
  return block;
}

/** Relative errors that numpy's own loops and ours stay within, a few units in the last place. */
const TOLERANCE = { float16: 2e-3, float32: 5e-7, float64: 4e-15 } as const;

function expectValues(got: Block, wanted: Block, compare: Case["compare"]): void {
  if (compare === "exact" || !isFloat(got.dtype)) {
    // Zeros are equal whatever their sign.
    expect([...got.data].map((x) => (x === 0 ? 0 : x))).toEqual(
      [...wanted.data].map((x) => (x === 0 ? 0 : x)),
    );
    return;
  }
  const tolerance = TOLERANCE[got.dtype];
  for (const [i, x] of (wanted.data as Float64Array).entries()) {
    const y = Number(got.data[i]);
    const same = Object.is(x, y) || x === y || Math.abs(x - y) <= tolerance * Math.abs(x);
    expect(same, `element ${i}: ${y}, numpy has ${x}`).toBe(true);
  }
}

const byExpr = Map.groupBy(golden.cases, (one) => one.expr);
describe("values are numpy's", () => {
  test.each([...byExpr])("%s", (expr, cases) => {
    for (const { in: dtypes, dtype, compare, out } of cases) {
      const names = Object.keys(dtypes);
      const typed = typeExpression(
        expr,
        Object.fromEntries(names.map((name) => [name, { dtype: dtypes[name]! }])),
      );
      expect(typed.dtype).toBe(dtype);
      const inputs = typed.inputs.map((name) =>
        blockOf(dtypes[name]!, golden.inputs[`${name} ${dtypes[name]}`]!),
      );
      const wanted = blockOf(dtype, out);
      const copies = inputs.map((input) => heap.copyIn(input));
      const got = runExpression(heap, typed, copies, [out.length]);
      try {
        expectValues(got, wanted, compare);
        expectValues(expressionReference(typed, inputs, [out.length]), wanted, compare);
      } catch (error) {
        throw new Error(`${expr} of ${JSON.stringify(dtypes)}`, { cause: error });
      }
      for (const block of [...copies, got]) heap.free(block);
    }
    expect(heap.live).toBe(0);
  });
});
