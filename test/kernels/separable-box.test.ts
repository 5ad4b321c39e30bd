import fc from "fast-check";
import { expect, test } from "vitest";
import { type Block, newBlock, sizeOf } from "../../shared/block/block.ts";
import { type AxisMap, axisMap, type Boundary, readBox } from "../../shared/block/boundary.ts";
import { copyBox } from "../../shared/block/copy.ts";
import type { DType } from "../../shared/block/dtype.ts";
import { gather } from "../../shared/block/extend.ts";
import { castBlock, castRun } from "../../shared/kernels/cast.ts";
import { FILTER_MODES } from "../../shared/kernels/filters/mode.ts";
import { uniformKernel } from "../../shared/kernels/filters/uniform.ts";
import { gaussianKernel } from "../../shared/kernels/gaussian.ts";
import type { HeapBlock } from "../../shared/kernels/heap.ts";
import type { Kernel, KernelBox } from "../../shared/kernels/kernel.ts";
import { bytesEqual, resolveArgs, testHeap } from "../support/kernels.ts";

interface Case {
  readonly kernel: Kernel;
  readonly args: { readonly [name: string]: unknown };
  readonly whole: Block;
  readonly start: readonly number[];
  readonly stop: readonly number[];
  readonly depth: number;
  readonly boundary: Boundary;
  readonly cast: boolean;
}

/** A region that a task computes of an array, long rows and tails of all lengths among them. */
const cases: fc.Arbitrary<Case> = fc
  .record({
    shape: fc.oneof(
      fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 4 }),
      fc.tuple(
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 1, max: 90 }),
      ),
      fc.tuple(fc.constant(2), fc.integer({ min: 1100, max: 2300 })),
    ),
    dtype: fc.constantFrom<DType>("uint8", "uint16", "float32", "int64"),
    sigma: fc.array(fc.constantFrom(0, 0.5, 1, 2.2), { minLength: 1, maxLength: 3 }),
    order: fc.constantFrom(0, 0, 1),
    size: fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 3 }),
    isUniform: fc.boolean(),
    mode: fc.constantFrom(...FILTER_MODES),
    depth: fc.integer({ min: 0, max: 9 }),
    boundary: fc.constantFrom<Boundary>("reflect", "mirror", "nearest", "wrap", "none", { constant: 3 }),
    cuts: fc.array(fc.tuple(fc.nat(), fc.nat()), { minLength: 4, maxLength: 4 }),
    seed: fc.integer({ min: 1, max: 1e6 }),
    cast: fc.boolean(),
  })
  .map(({ shape, dtype, sigma, order, size, isUniform, mode, depth, boundary, cuts, seed, cast }) => {
    const start = shape.map((n, axis) => cuts[axis]![0] % n);
    const stop = shape.map((n, axis) => start[axis]! + 1 + (cuts[axis]![1] % (n - start[axis]!)));
    const args = isUniform
      ? { size: size.slice(0, shape.length), mode }
      : { sigma: sigma.slice(0, shape.length), order, mode };
    const kernel = isUniform ? uniformKernel : gaussianKernel;
    return {
      kernel: kernel as unknown as Kernel,
      args,
      whole: noise(dtype, shape, seed),
      start,
      stop,
      depth,
      boundary,
      cast,
    };
  });

function noise(dtype: DType, shape: readonly number[], seed: number): Block {
  const block = newBlock(dtype, shape);
  let state = seed;
  for (let i = 0; i < sizeOf(shape); i++) {
    state = (state * 48_271) % 2_147_483_647;
    const value = dtype === "uint8" ? state % 256 : state % 60_000;
    (block.data as { [i: number]: number | bigint })[i] = dtype === "int64" ? BigInt(value) : value;
  }
  return block;
}

/** Extends, runs the kernel, cuts. */
function stepByStep(kernel: Kernel, args: never, inner: HeapBlock, box: KernelBox): HeapBlock {
  const heap = testHeap();
  const extended = heap.alloc(
    inner.dtype,
    box.maps.map((m) => m.stop - m.start),
  );
  gather(inner, extended, box.maps);
  const computed = kernel.run(heap, [extended], args);
  const cut = heap.alloc(computed.dtype, box.shape);
  copyBox(
    computed,
    box.from,
    cut,
    box.shape.map(() => 0),
    box.shape,
  );
  heap.free(extended);
  heap.free(computed);
  return cut;
}

test("a box is the same to the bit as extending, filtering and cutting, and keeps to its scratch", () => {
  const heap = testHeap();
  let boxed = 0;
  fc.assert(
    fc.property(cases, ({ kernel, args, whole, start, stop, depth, boundary, cast }) => {
      const maps: AxisMap[] = start.map((s, axis) =>
        axisMap(s - depth, stop[axis]! + depth, whole.shape[axis]!, boundary),
      );
      const from = start.map((s, axis) => s - maps[axis]!.start);
      const box: KernelBox = { maps, from, shape: start.map((s, axis) => stop[axis]! - s) };
      const resolved = resolveArgs(kernel, args, [whole]) as never;
      if (!kernel.boxed!.fits(resolved, box)) return;
      boxed++;
      const before = heap.live;
      const read = readBox(maps);
      const inner = heap.alloc(whole.dtype, read.shape);
      copyBox(
        whole,
        read.start,
        inner,
        read.shape.map(() => 0),
        read.shape,
      );
      const cut = stepByStep(kernel, resolved, inner, box);
      const expected = cast ? castBlock(heap, cut, "uint16") : cut;
      const next = cast
        ? {
            dtype: "uint16" as const,
            apply: (_: unknown, ...run: [number, number, number]) =>
              castRun(heap, cut.dtype, "uint16", ...run),
          }
        : undefined;
      heap.resetPeak();
      const live = heap.live;
      const result = kernel.boxed!.run(heap, inner, resolved, box, next);
      const scratch = heap.peak - heap.live;
      expect(heap.live - live).toBeGreaterThan(0);
      expect(scratch).toBeLessThanOrEqual(
        Math.ceil(kernel.boxed!.scratchBytes(box.shape, whole.dtype, resolved, cast) / 64) * 64,
      );
      expect(result.dtype).toBe(expected.dtype);
      expect(result.shape).toEqual(box.shape);
      expect(bytesEqual(result, expected)).toBe(true);
      for (const block of new Set([inner, cut, expected, result])) heap.free(block);
      expect(heap.live).toBe(before);
    }),
    { numRuns: 400 },
  );
  // Most of what is drawn can be boxed: otherwise nothing was compared.
  expect(boxed).toBeGreaterThan(100);
});

test("a box whose axis wraps is extended, even where what is read of it begins before it ends", () => {
  const args = resolveArgs(gaussianKernel as unknown as Kernel, { sigma: 0.5 }, [
    newBlock("float32", [10]),
  ]) as never;
  // A task at the end of ten elements, with a depth of half of them: 3 ... 9, 0 ... 4.
  const fits = (boundary: Boundary) => {
    const map = axisMap(8 - 5, 10 + 5, 10, boundary);
    return gaussianKernel.boxed!.fits(args, { maps: [map], from: [5], shape: [2] });
  };
  expect(fits("wrap")).toBe(false);
  expect(fits("reflect")).toBe(true);
  expect(fits("mirror")).toBe(true);
});
