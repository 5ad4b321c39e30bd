import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Block } from "../../shared/block/block.ts";
import { expr, type LazyArray, type Plan, where } from "../../shared/index.ts";
import { castReference } from "../../shared/kernels/cast.ts";
import { expressionReference } from "../../shared/kernels/expr/reference.ts";
import { typeExpression } from "../../shared/kernels/expr/typing.ts";
import type { OpStep, Program } from "../../shared/plan/schema.ts";
import { expectSame } from "../support/kernels.ts";
import { asBlock, lazyOf, randomBlock } from "../support/lazy.ts";

const SHAPE = [5, 6];
const blocks = {
  a: randomBlock("uint16", SHAPE, 1),
  b: randomBlock("uint16", SHAPE, 2),
  f: randomBlock("float32", SHAPE, 3),
  row: randomBlock("float32", [1, 6], 4),
};
let folder: string;
let a: LazyArray, b: LazyArray, f: LazyArray, row: LazyArray;
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "lamella-fuse-"));
  [a, b, f, row] = (await Promise.all(
    Object.values(blocks).map((block) =>
      lazyOf(
        folder,
        block,
        block.shape.map((n) => Math.min(n, 4)),
      ),
    ),
  )) as [LazyArray, LazyArray, LazyArray, LazyArray];
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** One expression by itself. */
function of(
  text: string,
  inputs: { readonly [name: string]: Block },
  shape: readonly number[] = SHAPE,
): Block {
  const typed = typeExpression(
    text,
    Object.fromEntries(Object.entries(inputs).map(([name, { dtype }]) => [name, { dtype }])),
  );
  return expressionReference(
    typed,
    typed.inputs.map((name) => inputs[name]!),
    shape,
  );
}

async function programOf(array: LazyArray): Promise<Program> {
  const plan = (await array.plan()) as Plan;
  const stage = plan.stages.find((one) => "program" in one);
  return (stage as unknown as { program: Program }).program;
}

/** Computes it; expects as many nodes besides those that read, and the text of the last. */
async function expectFused(array: LazyArray, want: Block, steps: number, text?: string): Promise<void> {
  const { nodes } = await programOf(array);
  expect(nodes.filter(({ kind }) => kind !== "read")).toHaveLength(steps);
  if (text !== undefined) expect((nodes.at(-1) as OpStep).args["expr"]).toBe(text);
  expectSame(asBlock(await array.compute({ workers: 1 })), want);
}

test("a chain of methods and casts is one expression", async () => {
  const { a: x, b: y } = blocks;
  const difference = of("x - y", { x: castReference(x, "float32"), y });
  const want = castReference(of("x / y", { x: difference, y: of("x + 0.5", { x: y }) }), "uint8");
  const array = a.astype("float32").subtract(b).divide(b.add(0.5)).astype("uint8");
  expect(want.dtype).toBe("uint8");
  await expectFused(array, want, 1, "uint8(((float32(x_2) - x) / (x + 0.5)))");
});

test("names that mean different arrays stay apart, and numbers go in", async () => {
  const inner = expr("b * k - pi", { b: f, k: -2 });
  const outer = expr("where(b > k, x, b)", { x: inner, b, k: 3.5 });
  const x = of("b * -2 - pi", { b: blocks.f });
  await expectFused(outer, of("where(b > 3.5, x, b)", { b: blocks.b, x }), 1);
});

test("what is used twice is computed once", async () => {
  const shared = f.exp();
  const x = of("exp(x)", { x: blocks.f });
  await expectFused(shared.multiply(shared.add(1)), of("x * (x + 1)", { x }), 2);
});

test("what is repeated by broadcasting is computed once", async () => {
  const x = of("exp(x)", { x: blocks.row }, [1, 6]);
  await expectFused(f.multiply(row.exp()), of("f * x", { f: blocks.f, x }), 2);
  const narrow = of("f - row", { f: blocks.f, row: blocks.row });
  await expectFused(f.subtract(row).abs(), of("abs(x)", { x: narrow }), 1, "abs((x - y))");
});

test("each operation keeps its dtype", async () => {
  const sum = of("a + b", blocks);
  await expectFused(where(a.add(b).greater(a), f, 0), of("where(s > a, f, 0)", { s: sum, ...blocks }), 1);
  const squared = castReference(of("a * 300.5", blocks), "uint8");
  await expectFused(a.multiply(300.5).astype("uint8").add(1), of("x + 1", { x: squared }), 1);
});

test("chains too long for one expression are several", async () => {
  let chain = f;
  let want: Block = blocks.f;
  for (let i = 0; i < 80; i++) {
    chain = chain.add(1);
    want = of("x + 1", { x: want });
  }
  await expectFused(chain, want, 2);
});
