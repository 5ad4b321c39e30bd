import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Block, sizeOf } from "../../shared/block/block.ts";
import { DTYPES } from "../../shared/block/dtype.ts";
import type { DownsampleMethod } from "../../shared/kernels/downsample/index.ts";
import { referenceDownsample } from "../../shared/kernels/downsample/reference.ts";
import { FileStore } from "../../shared/storage/file.ts";
import { openZarrArray } from "../../shared/zarr/read.ts";
import { expectSame } from "../support/kernels.ts";
import { randomBlock, randomMask, storeBlock } from "../support/lazy.ts";
import { readArray } from "../support/read-array.ts";
import { planOf, run } from "../support/run.ts";

let folder = "";
let count = 0;
beforeAll(async () => {
  folder = await fs.mkdtemp(path.join(os.tmpdir(), "lamella-pyramid-"));
});
afterAll(() => fs.rm(folder, { recursive: true, force: true }));

const METHODS = ["mean", "mode", "nearest", "max", "min", "median"] as const;

/** A level of a pyramid from the one before: what is left of a last window is dropped, no axis goes below 1. */
function nextLevel(block: Block, factors: readonly number[], method: DownsampleMethod): Block {
  const fitting = factors.map((f, axis) => Math.min(f, Math.max(1, block.shape[axis]!)));
  return referenceDownsample(block, fitting, method);
}

async function levelOf(store: FileStore, level: number, group = ""): Promise<Block> {
  const array = await openZarrArray(store, `${group}${level}`);
  return { dtype: array.dtype, shape: array.shape, data: await readArray(array) };
}

const shape = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 2, maxLength: 5 }).map((dims) => {
  const cut = [...dims];
  while (sizeOf(cut) > 3000) cut[cut.indexOf(Math.max(...cut))]! = Math.ceil(Math.max(...cut) / 2);
  return cut;
});
const chunking = fc.array(fc.integer({ min: 2, max: 20 }), { minLength: 5, maxLength: 5 });
const within = (chunks: readonly number[], dims: readonly number[]) =>
  dims.map((n, axis) => Math.max(Math.ceil(n / 5), Math.min(n, chunks[axis]!)));

describe("a pyramid", () => {
  it("has each level made from the whole level before, whatever sizes, chunks, shards and factors", async () => {
    await fc.assert(
      fc.asyncProperty(
        shape,
        fc.constantFrom(...DTYPES),
        fc.constantFrom(...METHODS),
        fc.tuple(chunking, chunking),
        fc.record({
          levels: fc.integer({ min: 2, max: 5 }),
          factors: fc.option(fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 5 }), {
            nil: undefined,
          }),
          shards: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }),
          ngff: fc.constantFrom("0.4", "0.5"),
        }),
        async (dims, dtype, method, [stored, out], options) => {
          const base = path.join(folder, String(count++));
          const block = randomBlock(dtype, dims, count);
          await storeBlock(path.join(base, "in.zarr"), block, within(stored, dims));
          const chunks = within(out, dims);
          const factors = options.factors?.slice(-dims.length);
          const shards =
            options.ngff === "0.5" && options.shards !== undefined
              ? { shards: chunks.map((n) => n * options.shards!) }
              : {};
          const plan = await planOf(
            {
              version: 1,
              inputs: { image: { zarr: "in.zarr" } },
              outputs: {
                copy: {
                  step: "image",
                  zarr: "out.zarr",
                  chunks,
                  ngff: options.ngff,
                  ...shards,
                  pyramid: { levels: options.levels, method, ...(factors ? { factors } : {}) },
                },
              },
            },
            base,
          );
          await run(plan, base, { workers: 1 });
          const store = new FileStore(path.join(base, "out.zarr"));
          const perAxis = dims.map((_, axis) => {
            const lead = dims.length - (factors?.length ?? 2);
            return axis < lead ? 1 : (factors?.[axis - lead] ?? 2);
          });
          let want = block;
          expectSame(await levelOf(store, 0), want);
          for (let level = 1; level < plan.outputs["copy"]!.images[0]!.levels.length; level++) {
            want = nextLevel(want, perAxis, method);
            expectSame(await levelOf(store, level), want);
          }
          await fs.rm(base, { recursive: true });
        },
      ),
      { numRuns: 25 },
    );
  });

  it("is the same in one pass and in many", async () => {
    const base = path.join(folder, "passes");
    const block = randomBlock("uint16", [3, 150, 170], 4);
    await storeBlock(path.join(base, "in.zarr"), block, [1, 64, 64]);
    const document = (zarr: string, chunks: number[]) => ({
      version: 1,
      inputs: { image: { zarr: "in.zarr" } },
      outputs: { copy: { step: "image", zarr, chunks, pyramid: { levels: 6 } } },
    });
    for (const [name, chunks] of [
      ["small", [1, 7, 9]],
      ["large", [3, 150, 170]],
    ] as const) {
      await run(await planOf(document(`${name}.zarr`, [...chunks]), base), base, { workers: 1 });
    }
    for (let level = 0; level < 6; level++) {
      const [small, large] = await Promise.all(
        ["small", "large"].map((name) => levelOf(new FileStore(path.join(base, `${name}.zarr`)), level)),
      );
      expectSame(small!, large!);
    }
  });

  it("of labels follows the image they belong to, and takes the most frequent label", async () => {
    const base = path.join(folder, "labels");
    const mask = randomMask([2, 33, 47], 0.7, 3);
    await storeBlock(path.join(base, "in.zarr"), mask, [1, 16, 16]);
    const plan = await planOf(
      {
        version: 1,
        inputs: { image: { zarr: "in.zarr" } },
        steps: { cells: { op: "label", in: "image" } },
        outputs: {
          image: { zarr: "image.zarr", chunks: [1, 20, 20], pyramid: { levels: 4, factors: [2, 2, 2] } },
          cells: { labelsOf: "image", chunks: [2, 8, 8] },
        },
      },
      base,
    );
    await run(plan, base);
    const store = new FileStore(path.join(base, "image.zarr"));
    let want = await levelOf(store, 0, "labels/cells/");
    for (let level = 1; level < 4; level++) {
      const image = await openZarrArray(store, String(level));
      want = nextLevel(want, [2, 2, 2], "mode");
      const labels = await levelOf(store, level, "labels/cells/");
      expect(labels.shape).toEqual(image.shape);
      expectSame(labels, want);
    }
  });
});
