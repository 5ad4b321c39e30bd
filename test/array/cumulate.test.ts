import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Block, newBlock, sizeOf, stridesOf } from "../../shared/block/block.ts";
import { DTYPES, isFloat } from "../../shared/block/dtype.ts";
import { type Cumulation, cumulatedDType, totalOf } from "../../shared/kernels/reduce/index.ts";
import { referenceReduction } from "../../shared/kernels/reduce/reference.ts";
import type { Plan } from "../../shared/plan/schema.ts";
import { expectGolden, reduceCases } from "../kernels/reduce/golden-cases.ts";
import { goldenBlock } from "../support/golden.ts";
import { expectSame } from "../support/kernels.ts";
import { asBlock, lazyOf, randomBlock } from "../support/lazy.ts";

let folder = "";
beforeAll(async () => {
  folder = await fs.mkdtemp(path.join(os.tmpdir(), "lamella-cumulate-"));
});
afterAll(() => fs.rm(folder, { recursive: true, force: true }));

const shape = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 5 }).map((dims) => {
  const cut = [...dims];
  while (sizeOf(cut) > 150) cut[cut.indexOf(Math.max(...cut))]! = Math.ceil(Math.max(...cut) / 2);
  return cut;
});
const chunking = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 5, maxLength: 5 });

/** Every element by itself: the reduction of all up to it along the axis. */
function expected(name: Cumulation, block: Block, axis: number): Block {
  const out = newBlock(cumulatedDType(block.dtype), block.shape);
  const strides = stridesOf(block.shape);
  for (let i = 0; i < out.data.length; i++) {
    const place = Math.floor(i / strides[axis]!) % block.shape[axis]!;
    const line = newBlock(block.dtype, [place + 1]);
    for (let k = 0; k <= place; k++) line.data[k] = block.data[i - (place - k) * strides[axis]!]! as never;
    out.data[i] = referenceReduction(totalOf(name), line, [0]).data[0]! as never;
  }
  return out;
}

describe("running sums and products", () => {
  it.each(reduceCases(/^cumsum_/))("$id", async (golden) => {
    const image = await lazyOf(folder, goldenBlock(golden.inputs[0]!), [...golden.chunks]);
    expectGolden(asBlock(await image.cumsum({ axis: 0 }).compute()), golden);
  });

  it("equal a plain loop, whatever the chunks", async () => {
    await fc.assert(
      fc.asyncProperty(
        shape,
        fc.constantFrom(...DTYPES),
        fc.constantFrom<Cumulation>("cumsum", "cumsum", "cumprod"),
        fc.nat({ max: 4 }),
        fc.tuple(chunking, chunking),
        fc.nat({ max: 1e6 }),
        async (dims, dtype, name, pick, [stored, lazy], seed) => {
          const axis = pick % dims.length;
          const block = randomBlock(dtype, dims, seed);
          if (isFloat(dtype) && seed % 4 === 0 && block.data.length > 3) block.data[3] = Number.NaN as never;
          const within = (chunks: readonly number[]) =>
            dims.map((n, i) => Math.max(1, Math.min(n, chunks[i]!)));
          const image = (await lazyOf(folder, block, within(stored))).rechunk(within(lazy));
          const got = asBlock(await image[name]({ axis }).compute({ workers: 1 + (seed % 2) }));
          const want = expected(name, block, axis);
          if (name === "cumsum" || !isFloat(dtype)) return expectSame(got, want);
          // products of floats in another order: the last digits may differ
          for (let i = 0; i < want.data.length; i++) {
            const [a, b] = [Number(got.data[i]), Number(want.data[i])];
            const digits = dtype === "float16" ? 2e-3 : dtype === "float32" ? 2e-7 : 1e-12;
            if (!Object.is(a, b)) expect(Math.abs(a / b - 1)).toBeLessThan(digits);
          }
        },
      ),
      { numRuns: 30 },
    );
  });

  it("cut wide states into slices", async () => {
    const block = randomBlock("float64", [4, 330, 340], 3);
    const image = await lazyOf(folder, block, [2, 330, 340]);
    const running = image.cumsum({ axis: 0 });
    const { stages } = (await running.plan()) as Plan;
    expect(stages.map((stage) => stage.kind === "cumulate" && stage.slice[2]! < 340)).toEqual([
      true,
      true,
      true,
    ]);
    const got = await running.compute();
    for (const i of [0, 5, 330 * 340 + 7, 2 * 330 * 340 + 112_000, got.data.length - 1]) {
      const plane = 330 * 340;
      const line = Float64Array.from({ length: Math.floor(i / plane) + 1 }, (_, k) =>
        Number(block.data[(i % plane) + k * plane]),
      );
      const want = referenceReduction("sum", { dtype: "float64", shape: [line.length], data: line }, [0]);
      expect(got.data[i]).toBe(want.data[0]);
    }
  });

  it("need an axis, but of one-dimensional arrays", async () => {
    const image = await lazyOf(folder, randomBlock("uint8", [4, 5], 1), [2, 3]);
    expect(() => image.cumsum()).toThrow(expect.objectContaining({ code: "INVALID_ARGUMENT" }));
    expect(() => image.cumsum({ axis: 2 })).toThrow(expect.objectContaining({ code: "INVALID_ARGUMENT" }));
    const line = image.slice("0").cumprod();
    expect([line.dtype, line.shape]).toEqual(["uint64", [5]]);
    expect(image.astype("float16").cumsum({ axis: -1 }).dtype).toBe("float16");
  });
});
