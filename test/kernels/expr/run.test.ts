import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Block, newBlock, sizeOf } from "../../../shared/block/block.ts";
import { bytesOf, DTYPES, type DType } from "../../../shared/block/dtype.ts";
import { isLamellaError } from "../../../shared/errors.ts";
import { expressionReference } from "../../../shared/kernels/expr/reference.ts";
import { runExpression, scratchOf } from "../../../shared/kernels/expr/run.ts";
import { type TypedExpression, typeExpression } from "../../../shared/kernels/expr/typing.ts";
import { blocks, expectSame, testHeap } from "../../support/kernels.ts";

const NAMES = ["a", "b", "c"];

const texts: fc.Arbitrary<string> = fc.letrec<{ whole: string; leaf: string }>((tie) => ({
  leaf: fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...NAMES) },
    { weight: 2, arbitrary: fc.integer({ min: -3, max: 130 }).map((n) => (n < 0 ? `(${n})` : `${n}`)) },
    { weight: 1, arbitrary: fc.constantFrom("0.5", "2.0", "1e3", "inf", "nan", "true", "pi") },
  ),
  whole: fc.oneof(
    { maxDepth: 4, depthSize: "small" },
    tie("leaf"),
    fc
      .tuple(
        tie("whole"),
        fc.constantFrom(..."+ - * / // % ** < <= > >= == != and or & | ^".split(" ")),
        tie("whole"),
      )
      .map(([a, op, b]) => `(${a} ${op} ${b})`),
    fc.tuple(fc.constantFrom("-", "not ", "~", "+"), tie("whole")).map(([op, a]) => `(${op}${a})`),
    fc
      .tuple(
        fc.constantFrom(
          ..."abs sqrt exp log sin tanh floor ceil trunc round sign isnan isinf isfinite".split(" "),
          ...DTYPES,
        ),
        tie("whole"),
      )
      .map(([name, a]) => `${name}(${a})`),
    fc
      .tuple(fc.constantFrom("min", "max", "hypot", "power"), tie("whole"), tie("whole"))
      .map(([name, a, b]) => `${name}(${a}, ${b})`),
    fc
      .tuple(fc.constantFrom("where", "clip"), tie("whole"), tie("whole"), tie("whole"))
      .map(([name, a, b, c]) => `${name}(${a}, ${b}, ${c})`),
  ),
})).whole;

/** A shape, and shapes that broadcast to it together. */
const shapes = fc
  .array(fc.oneof({ weight: 8, arbitrary: fc.integer({ min: 1, max: 24 }) }, fc.constantFrom(0, 1, 100)), {
    maxLength: 4,
  })
  .filter((shape) => sizeOf(shape) <= 4000)
  .chain((shape) => {
    const narrowed = fc
      .tuple(
        fc.array(fc.boolean(), { minLength: shape.length, maxLength: shape.length }),
        fc.nat(shape.length),
      )
      .map(([ones, from]) => shape.map((n, axis) => (ones[axis] ? 1 : n)).slice(from));
    return fc.tuple(
      fc.constant(shape),
      fc.tuple(...NAMES.map(() => fc.oneof({ weight: 2, arbitrary: fc.constant(shape) }, narrowed))),
    );
  });

function typedOrSkipped(text: string, dtypes: readonly DType[]): TypedExpression {
  try {
    return typeExpression(text, Object.fromEntries(NAMES.map((name, i) => [name, { dtype: dtypes[i]! }])));
  } catch (error) {
    if (!isLamellaError(error) || error.code !== "INVALID_EXPRESSION") throw error;
    fc.pre(false);
    throw error;
  }
}

/** Runs on dirty memory; checks that inputs stay, nothing leaks and scratch is as declared. */
function run(typed: TypedExpression, inputs: readonly Block[], shape: readonly number[]): Block {
  const heap = testHeap();
  const dirt = heap.allocBytes(1 << 18);
  new Uint8Array(heap.memory.buffer, dirt, 1 << 18).fill(0xa5);
  heap.freeBytes(dirt);
  const copies = inputs.map((input) => heap.copyIn(input));
  heap.resetPeak();
  const before = heap.live;
  const result = runExpression(heap, typed, copies, shape);
  expect(heap.peak - heap.live).toBeLessThanOrEqual(scratchOf(typed, shape));
  expect(heap.live - before).toBe(Math.max(64, Math.ceil(result.data.byteLength / 64) * 64));
  for (const [i, copy] of copies.entries()) {
    expect(Buffer.compare(bytesOf(copy.data), bytesOf(inputs[i]!.data))).toBe(0);
  }
  const copy = newBlock(result.dtype, shape);
  bytesOf(copy.data).set(bytesOf(result.data));
  for (const block of [...copies, result]) heap.free(block);
  return copy;
}

test("compiled expressions equal the reference, bit for bit", () => {
  const dtype = fc.constantFrom(...DTYPES);
  const world = fc
    .tuple(texts, fc.tuple(dtype, dtype, dtype), shapes)
    .chain(([text, dtypes, [shape, narrowed]]) =>
      fc.tuple(
        fc.constant({ text, dtypes, shape }),
        fc.tuple(...dtypes.map((one, i) => blocks(one, fc.constant(narrowed[i]!)))),
      ),
    );
  fc.assert(
    fc.property(world, ([{ text, dtypes, shape }, all]) => {
      const typed = typedOrSkipped(text, dtypes);
      const inputs = typed.inputs.map((name) => all[NAMES.indexOf(name)]!);
      expectSame(run(typed, inputs, shape), expressionReference(typed, inputs, shape));
    }),
    { numRuns: 200 },
  );
});

describe("every operation in every dtype", () => {
  const operations = [
    ..."+ - * / // % ** < <= > >= == != & | ^ and or".split(" ").map((op) => `a ${op} b`),
    ...["min(a, b)", "max(a, b)", "where(a, b, a)", "where(a < b, a, b)", "-a", "abs(a)", "not a", "~a"],
    ...[
      "sqrt(a)",
      "floor(a)",
      "ceil(a)",
      "trunc(a)",
      "round(a)",
      "sign(a)",
      "isnan(a)",
      "isfinite(a)",
      "exp(a)",
    ],
    ...DTYPES.map((dtype) => `${dtype}(a)`),
  ];
  test.each(operations)("%s", (text) => {
    for (const dtype of DTYPES) {
      let typed: TypedExpression;
      try {
        typed = typeExpression(text, { a: { dtype }, b: { dtype } });
      } catch (error) {
        expect(error).toMatchObject({ code: "INVALID_EXPRESSION" });
        continue;
      }
      const [a, b] = fc.sample(
        fc.tuple(blocks(dtype, fc.constant([3, 47])), blocks(dtype, fc.constant([47]))),
        {
          numRuns: 1,
          seed: 7,
        },
      )[0]!;
      const inputs = typed.inputs.map((name) => (name === "a" ? a : b));
      expectSame(run(typed, inputs, [3, 47]), expressionReference(typed, inputs, [3, 47]));
    }
  });
});

test("long rows in several calls, short ones in strips", () => {
  const [long, one, narrow] = fc.sample(
    fc.tuple(
      blocks("uint16", fc.constant([150_003])),
      blocks("float32", fc.constant([])),
      blocks("uint16", fc.constant([40_001, 1])),
    ),
    { numRuns: 1, seed: 3 },
  )[0]!;
  const names = { a: { dtype: "uint16" }, b: { dtype: "float32" } } as const;
  const scaled = typeExpression("(a - 7) * b", names);
  expectSame(run(scaled, [long, one], [150_003]), expressionReference(scaled, [long, one], [150_003]));
  const pixel: Block = { dtype: "float32", shape: [3], data: Float32Array.of(1, 2.5, -3) };
  expectSame(
    run(scaled, [narrow, pixel], [40_001, 3]),
    expressionReference(scaled, [narrow, pixel], [40_001, 3]),
  );
});
