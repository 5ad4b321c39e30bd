import fc from "fast-check";
import { expect } from "vitest";
import type { Axis } from "../../shared/block/axes.ts";
import { type Block, newBlock, sizeOf } from "../../shared/block/block.ts";
import { bytesOf, type DType, integerRange, isBigInt, isFloat } from "../../shared/block/dtype.ts";
import { Heap } from "../../shared/kernels/heap.ts";
import type { Kernel, ResolvedArgs } from "../../shared/kernels/kernel.ts";
import { parseArgs } from "../../shared/kernels/kernel-call.ts";
import { kernelModule } from "../../shared/kernels/wasm/module.ts";

let shared: Heap | undefined;

/** One heap for all tests of a file; every test leaves it empty. */
export function testHeap(): Heap {
  shared ??= new Heap(kernelModule());
  return shared;
}

/** The axes of a plain array. */
export function plainAxes(rank: number): Axis[] {
  return Array.from({ length: rank }, (_, i) => ({ name: `dim_${i}`, scale: 1, translation: 0 }));
}

/** Axes of an image, e.g. "tczyx". */
export function imageAxes(names: string): Axis[] {
  const typeOf = (name: string) =>
    (name === "t" ? "time" : name === "c" ? "channel" : "space") as "time" | "channel" | "space";
  return [...names].map((name) => ({ name, type: typeOf(name), scale: 1, translation: 0 }));
}

export function resolveArgs(
  kernel: Kernel,
  args: unknown,
  inputs: readonly Block[],
  axes?: readonly Axis[],
): ResolvedArgs {
  return kernel.resolve(parseArgs(kernel, args), {
    axes: axes ?? plainAxes(inputs[0]!.shape.length),
    inputs: inputs.map((input) => input.dtype),
  });
}

/**
 * Runs a kernel in WASM on copies of the inputs, and gives an ordinary copy of the result. Checks what every kernel
 * promises: dtype and shape, inputs left alone, declared scratch not exceeded, nothing leaked.
 */
export function runKernel(
  kernel: Kernel,
  args: unknown,
  inputs: readonly Block[],
  axes?: readonly Axis[],
): Block {
  const heap = testHeap();
  const resolved = resolveArgs(kernel, args, inputs, axes);
  // Dirty memory, so that a result that depends on it shows.
  const dirt = heap.allocBytes(1 << 16);
  new Uint8Array(heap.memory.buffer, dirt, 1 << 16).fill(0xa5);
  heap.freeBytes(dirt);
  const blocks = inputs.map((input) => heap.copyIn(input));
  heap.resetPeak();
  const before = heap.live;
  const result = kernel.run(heap, blocks, resolved);
  const dtypes = inputs.map((input) => input.dtype);
  const resultBytes = heap.live - before;
  const scratch = heap.peak - before - resultBytes;
  expect(scratch).toBeLessThanOrEqual(roundUp(kernel.scratchBytes(inputs[0]!.shape, dtypes, resolved)));
  expect(resultBytes).toBe(Math.max(64, roundUp(result.data.byteLength)));
  expect(result.dtype).toBe(kernel.outputDType(dtypes, resolved));
  expect(result.shape).toEqual(inputs[0]!.shape);
  for (const [i, block] of blocks.entries()) expect(bytesEqual(block, inputs[i]!)).toBe(true);
  const copy = newBlock(result.dtype, result.shape);
  bytesOf(copy.data).set(bytesOf(result.data));
  for (const block of [...blocks, result]) heap.free(block);
  expect(heap.live).toBe(
    before - blocks.reduce((sum, block) => sum + Math.max(64, roundUp(block.data.byteLength)), 0),
  );
  return copy;
}

/** The WASM result is, bit for bit, the reference's. */
export function expectReference(
  kernel: Kernel,
  args: unknown,
  inputs: readonly Block[],
  axes?: readonly Axis[],
): void {
  const got = runKernel(kernel, args, inputs, axes);
  const want = kernel.reference(inputs, resolveArgs(kernel, args, inputs, axes));
  expectSame(got, want);
}

/** Same dtype, shape and values; NaN equals NaN, 0 differs from -0. */
export function expectSame(got: Block, want: Block): void {
  expect(got.dtype).toBe(want.dtype);
  expect(got.shape).toEqual(want.shape);
  for (let i = 0; i < want.data.length; i++) {
    if (!Object.is(got.data[i], want.data[i])) {
      expect.fail(
        `element ${i} of ${JSON.stringify(want.shape)} ${want.dtype}: ${got.data[i]}, not ${want.data[i]}`,
      );
    }
  }
}

export function bytesEqual(a: Block, b: Block): boolean {
  return Buffer.compare(bytesOf(a.data), bytesOf(b.data)) === 0;
}

function roundUp(bytes: number): number {
  return Math.ceil(bytes / 64) * 64;
}

/** Shapes of 0 to 5 axes, sizes 0 and 1 among them, of at most `most` elements. */
export function shapes(most = 2000, minRank = 0): fc.Arbitrary<number[]> {
  const size = fc.oneof(
    { weight: 6, arbitrary: fc.integer({ min: 1, max: 40 }) },
    { weight: 1, arbitrary: fc.constant(1) },
    { weight: 1, arbitrary: fc.constant(0) },
  );
  return fc.array(size, { minLength: minRank, maxLength: 5 }).map((shape) => {
    const cut = [...shape];
    while (sizeOf(cut) > most) cut[cut.indexOf(Math.max(...cut))]! = Math.ceil(Math.max(...cut) / 2);
    return cut;
  });
}

/** Elements of a dtype: small values, limits, and for floats special ones. */
export function elements(dtype: DType, special = true): fc.Arbitrary<number | bigint> {
  if (dtype === "bool") return fc.constantFrom(0, 1);
  if (isFloat(dtype)) {
    const ordinary = fc.double({ min: -1000, max: 1000, noNaN: true });
    const limits = [
      0,
      -0,
      1e-7,
      6e-8,
      -6.1e-5,
      65504,
      65519.9,
      65520,
      3e9,
      -3e9,
      1e19,
      3.5e38,
      1e-40,
      NaN,
      Infinity,
      -Infinity,
    ];
    return special
      ? fc.oneof({ weight: 4, arbitrary: ordinary }, { weight: 1, arbitrary: fc.constantFrom(...limits) })
      : ordinary;
  }
  const [min, max] = integerRange(dtype);
  const value = fc.oneof(
    { weight: 3, arbitrary: fc.bigInt({ min: min < 0n ? -100n : 0n, max: 100n }) },
    { weight: 1, arbitrary: fc.bigInt({ min, max }) },
    { weight: 1, arbitrary: fc.constantFrom(min, max, max - 1n, max / 2n) },
  );
  return isBigInt(dtype) ? value : value.map(Number);
}

/** Blocks of a dtype. */
export function blocks(
  dtype: DType,
  shape: fc.Arbitrary<number[]> = shapes(),
  special = true,
): fc.Arbitrary<Block> {
  const pool = fc.array(elements(dtype, special), { minLength: 1, maxLength: 64 });
  return fc.tuple(shape, pool, fc.integer({ min: 1, max: 2 ** 31 - 1 })).map(([dims, values, seed]) => {
    const block = newBlock(dtype, dims);
    const data = block.data as { [i: number]: number | bigint };
    let state = seed;
    for (let i = 0; i < block.data.length; i++) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      data[i] = values[(state >>> 8) % values.length]!;
    }
    return block;
  });
}
