import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it, test } from "vitest";
import type { Block } from "../../shared/block/block.ts";
import type { Boundary } from "../../shared/block/boundary.ts";
import type { DType } from "../../shared/block/dtype.ts";
import type { LazyArray, Plan } from "../../shared/index.ts";
import { callKernel, type KernelCall } from "../../shared/kernels/kernel-call.ts";
import { allKernels, kernelNamed } from "../../shared/kernels/registry.ts";
import { expectSame, resolveArgs } from "../support/kernels.ts";
import { asBlock, lazyOf, randomBlock } from "../support/lazy.ts";
import { overlapReference } from "../support/overlap.ts";
import { Draw, MORE, seeds, telling } from "./draw.ts";
import { KERNEL_ARGS, SAFE_DTYPES } from "./kernel-args.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "lamella-overlap-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const BOUNDARIES: readonly Boundary[] = ["reflect", "mirror", "wrap", "nearest", "none", { constant: 5 }];
const kernels = allKernels().filter(({ inputs }) => inputs === 1);

it("knows arguments for every kernel", () => {
  expect(kernels.map(({ name }) => name).filter((name) => !(name in KERNEL_ARGS))).toEqual([]);
});

/** A call on a block of this dtype, or undefined where the kernel doesn't take such a block. */
function callOn(draw: Draw, name: string, block: Block): KernelCall | undefined {
  const kernel = kernelNamed(name);
  const args = KERNEL_ARGS[name]!(draw, block.shape.length);
  try {
    const call = callKernel(kernel, args);
    resolveArgs(kernel, call.args, [block]);
    return call;
  } catch {
    return undefined;
  }
}

/** A depth that covers how far the call looks, and more at random. */
function depthOf(draw: Draw, call: KernelCall, block: Block): (readonly [number, number])[] {
  const kernel = kernelNamed(call.kernel);
  const rank = block.shape.length;
  const extent = kernel.extent(resolveArgs(kernel, call.args, [block]), rank, [block.dtype]);
  const reach = extent.kind === "reach" ? extent.reach : draw.list(rank, () => [0, 0] as const);
  return reach.map(([before, after]) => [before + draw.int(0, 2), after + draw.int(0, 2)]);
}

/**
 * Whether the chunks may matter: to a kernel that sees its whole block, or that wraps around the ends of a block where nothing lies
 * beyond the array.
 */
function mayDependOnChunks(call: KernelCall, block: Block, boundary: readonly Boundary[]): boolean {
  const kernel = kernelNamed(call.kernel);
  const args = resolveArgs(kernel, call.args, [block]);
  const { kind } = kernel.extent(args, block.shape.length, [block.dtype]);
  return kind === "wholeBlock" || (call.args["mode"] === "wrap" && boundary.includes("none"));
}

async function isWarnedOf(array: LazyArray): Promise<boolean> {
  const { warnings } = (await array.plan()) as Plan;
  return warnings.some(({ code }) => code === "CHUNK_DEPENDENT");
}

describe("mapOverlap equals the kernel on the padded whole; where the kernel sees blocks, on each padded block", () => {
  test.each(kernels.map(({ name }) => name))("%s", async (name) => {
    const { accepts } = kernelNamed(name);
    const dtypes = accepts.filter((dtype) => SAFE_DTYPES[name]?.test(dtype) ?? true);
    await fc.assert(
      fc.asyncProperty(seeds, async (seed) => {
        const draw = new Draw(seed);
        const block = randomBlock(draw.pick(dtypes), draw.shape(1, draw.chance(20) ? 5 : 3, 300), seed);
        const call = callOn(draw, name, block);
        if (!call) return;
        const depth = depthOf(draw, call, block);
        const boundary = draw.list(block.shape.length, () => draw.pick(BOUNDARIES));
        const chunks = draw.chunks(block.shape);
        const array = await lazyOf(folder, block, chunks);
        const mapped = array.mapOverlap(call, { depth, boundary });
        const warned = await isWarnedOf(mapped);
        if (!mayDependOnChunks(call, block, boundary)) expect(warned).toBe(false);
        const seen = warned ? array.chunks : block.shape.map((n) => [n]);
        const want = overlapReference(block, call, seen, depth, boundary);
        await telling(
          () => ({ call, depth, boundary, chunks, shape: block.shape, dtype: block.dtype }),
          async () => expectSame(asBlock(await mapped.compute({ workers: 1 })), want),
        );
      }),
      { numRuns: 5 * MORE },
    );
  });
});

describe("chains of overlaps", () => {
  it("extend each step's result by its own boundary", async () => {
    await fc.assert(
      fc.asyncProperty(seeds, async (seed) => {
        const draw = new Draw(seed);
        const dtype = draw.pick<DType>(["uint8", "int16", "float32", "float64"]);
        let want = randomBlock(dtype, draw.shape(1, 3, 300), seed);
        const [stored, lazy] = [draw.chunks(want.shape), draw.chunks(want.shape)];
        let array = (await lazyOf(folder, want, stored)).rechunk(lazy);
        const steps: object[] = [];
        for (let step = draw.int(2, 3); step > 0; step--) {
          const name = draw.pick(["gaussian", "median", "sobel", "erosion", "binaryClosing", "laplace"]);
          const call = callOn(draw, name, want);
          if (!call) continue;
          const depth = depthOf(draw, call, want);
          const boundary = draw.list(want.shape.length, () => draw.pick(BOUNDARIES));
          if (mayDependOnChunks(call, want, boundary)) continue;
          const whole = want.shape.map((n) => [n]);
          want = overlapReference(want, call, whole, depth, boundary);
          steps.push({ call, depth, boundary });
          array = array.mapOverlap(call, { depth, boundary });
        }
        await telling(
          () => ({ steps, stored, lazy, shape: want.shape, dtype }),
          async () => expectSame(asBlock(await array.compute({ workers: 1 })), want),
        );
      }),
      { numRuns: 40 * MORE },
    );
  });
});

describe("even windows, which look further to one side, in chunks of one", () => {
  it.each(["erosion", "greyOpening", "greyClosing", "median"])(
    "%s mirrors at the array's ends",
    async (name) => {
      const block = randomBlock("uint8", [5], 3);
      for (const mode of ["mirror", "reflect"]) {
        const call = callKernel(kernelNamed(name), { size: [2], mode });
        const want = overlapReference(block, call, [[5]], [[2, 2]], ["none"]);
        const got = (await lazyOf(folder, block, [1])).mapOverlap(call, { depth: 2 });
        expectSame(asBlock(await got.compute({ workers: 1 })), want);
      }
    },
  );
});
