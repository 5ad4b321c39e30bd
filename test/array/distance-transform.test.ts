import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { distanceTransformEdtKernel } from "../../shared/kernels/distance/distance-transform-edt.ts";
import { expandLabelsKernel } from "../../shared/kernels/distance/expand-labels.ts";
import { countMismatches, goldenBlock, goldenCases } from "../support/golden.ts";
import { expectSame, imageAxes, resolveArgs } from "../support/kernels.ts";
import { asBlock, lazyOf, randomBlock, randomMask } from "../support/lazy.ts";

let folder = "";
beforeAll(async () => {
  folder = await fs.mkdtemp(path.join(os.tmpdir(), "lamella-distance-"));
});
afterAll(() => fs.rm(folder, { recursive: true, force: true }));

const shape = fc.array(fc.integer({ min: 1, max: 14 }), { minLength: 1, maxLength: 3 });
const chunking = fc.array(fc.integer({ min: 1, max: 14 }), { minLength: 3, maxLength: 3 });
const within = (chunks: readonly number[], dims: readonly number[]) =>
  dims.map((n, axis) => Math.min(n, chunks[axis]!));

describe("distanceTransform", () => {
  it.each([
    [0, 0],
    [5, Number.POSITIVE_INFINITY],
  ])("of a single number without axes is its own: %d", async (value, distance) => {
    const input = await lazyOf(folder, { dtype: "float32", shape: [], data: Float32Array.of(value) }, []);
    const { dtype, data } = asBlock(await input.distanceTransform().compute());
    expect([dtype, ...data]).toEqual(["float64", distance]);
  });

  it("is the kernel on the whole array, whatever the chunks", async () => {
    await fc.assert(
      fc.asyncProperty(
        shape,
        chunking,
        fc.nat(1e6),
        fc.constantFrom(1, 0.5),
        async (dims, chunks, seed, sampling) => {
          const mask = randomMask(dims, 0.9, seed);
          const input = await lazyOf(folder, mask, within(chunks, dims));
          const result = input.distanceTransform({ sampling });
          expect(result.chunkShape).toEqual(input.chunkShape);
          const args = resolveArgs(distanceTransformEdtKernel, { sampling }, [mask]);
          expectSame(asBlock(await result.compute()), distanceTransformEdtKernel.reference([mask], args));
        },
      ),
      { numRuns: 12 },
    );
  });

  it("gives scipy's values in chunks, without a warning", async () => {
    const golden = goldenCases("distance_transform_edt")[0]!;
    const input = await lazyOf(folder, goldenBlock(golden.inputs[0]!), [64, 50]);
    const result = input.distanceTransform();
    expect(await result.plan()).toMatchObject({ warnings: [] });
    const got = asBlock(await result.compute());
    expect(countMismatches(got, goldenBlock(golden.expected), golden.atol, golden.rtol)).toBe(0);
  });

  it("keeps time and channels apart", async () => {
    const mask = randomMask([2, 9, 8], 0.8, 3);
    const axes = imageAxes("tyx");
    const input = await lazyOf(folder, mask, [1, 4, 3], { axes });
    const args = resolveArgs(distanceTransformEdtKernel, {}, [mask], axes);
    expectSame(
      asBlock(await input.distanceTransform().compute()),
      distanceTransformEdtKernel.reference([mask], args),
    );
  });
});

describe("expandLabels", () => {
  it("is the kernel on the whole array, whatever the chunks", async () => {
    await fc.assert(
      fc.asyncProperty(
        shape,
        chunking,
        fc.nat(1e6),
        fc.constantFrom(1, 2.5, 6),
        async (dims, chunks, seed, distance) => {
          const labels = randomBlock("uint16", dims, seed);
          const kept = randomMask(dims, 0.1, seed + 1);
          for (let i = 0; i < labels.data.length; i++) if (!kept.data[i]) labels.data[i] = 0;
          const input = await lazyOf(folder, labels, within(chunks, dims));
          const args = resolveArgs(expandLabelsKernel, { distance }, [labels]);
          const got = asBlock(await input.expandLabels({ distance }).compute());
          expectSame(got, expandLabelsKernel.reference([labels], args));
        },
      ),
      { numRuns: 12 },
    );
  });

  it("refuses what has no labels", async () => {
    const input = await lazyOf(folder, randomBlock("float32", [4, 4], 1), [4, 4]);
    expect(() => input.expandLabels()).toThrow(expect.objectContaining({ code: "UNSUPPORTED_DTYPE" }));
    expect(() => input.astype("uint8").expandLabels({ distance: -1 })).toThrow(
      expect.objectContaining({ code: "INVALID_ARGS" }),
    );
  });
});
