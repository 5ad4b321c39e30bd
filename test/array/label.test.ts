import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Block, newBlock, sizeOf } from "../../shared/block/block.ts";
import { componentsReference } from "../../shared/kernels/runs.ts";
import { expectSame, imageAxes } from "../support/kernels.ts";
import { asBlock, lazyOf, randomMask } from "../support/lazy.ts";
import { coordinates } from "../support/pad.ts";

let folder = "";
beforeAll(async () => {
  folder = await fs.mkdtemp(path.join(os.tmpdir(), "lamella-label-"));
});
afterAll(() => fs.rm(folder, { recursive: true, force: true }));

/** scipy.ndimage.label by flooding, from the first element of each component in C order. */
function labelReference(mask: Block, connectivity: number, connected: readonly boolean[]): Block {
  const out = newBlock("uint32", mask.shape);
  const strides = mask.shape.map((_, axis) => sizeOf(mask.shape.slice(axis + 1)));
  const steps = [...coordinates(mask.shape.map(() => 3))]
    .map((c) => c.map((n) => n - 1))
    .filter((c) => c.every((n, axis) => n === 0 || connected[axis]))
    .filter((c) => c.filter((n) => n !== 0).length <= connectivity);
  let count = 0;
  for (const seed of coordinates(mask.shape)) {
    const index = (c: readonly number[]) => c.reduce((sum, n, axis) => sum + n * strides[axis]!, 0);
    if (!mask.data[index(seed)] || out.data[index(seed)]) continue;
    count++;
    const stack = [seed];
    out.data[index(seed)] = count;
    for (let cell = stack.pop(); cell; cell = stack.pop()) {
      for (const step of steps) {
        const next = cell.map((n, axis) => n + step[axis]!);
        if (next.some((n, axis) => n < 0 || n >= mask.shape[axis]!)) continue;
        const i = index(next);
        if (!mask.data[i] || out.data[i]) continue;
        out.data[i] = count;
        stack.push(next);
      }
    }
  }
  return out;
}

const shape = fc.array(fc.integer({ min: 1, max: 16 }), { minLength: 1, maxLength: 4 }).map((dims) => {
  const cut = [...dims];
  while (sizeOf(cut) > 700) cut[cut.indexOf(Math.max(...cut))]! = Math.ceil(Math.max(...cut) / 2);
  return cut;
});
const chunking = fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 5, maxLength: 5 });
const within = (chunks: readonly number[], dims: readonly number[]) =>
  dims.map((n, axis) => Math.min(n, chunks[axis]!));

describe("label of the whole array", () => {
  it("equals labels of the whole in one block, for any mask, chunks and connectivity", async () => {
    await fc.assert(
      fc.asyncProperty(
        shape,
        fc.constantFrom(0.15, 0.3, 0.5, 0.62, 0.8, 1),
        fc.nat({ max: 3 }),
        fc.tuple(chunking, chunking),
        fc.constantFrom("uint32", "uint64" as const),
        fc.nat({ max: 1e6 }),
        async (dims, share, wanted, [stored, lazy], dtype, seed) => {
          const connectivity = 1 + (wanted % dims.length);
          const mask = randomMask(dims, share, seed);
          const want = labelReference(
            mask,
            connectivity,
            dims.map(() => true),
          );
          const input = await lazyOf(folder, mask, within(stored, dims));
          const labels = input.rechunk(within(lazy, dims)).label({ connectivity, dtype });
          const got = asBlock(await labels.compute({ workers: 2 }));
          expectSame({ ...got, dtype: "uint32", data: Uint32Array.from(got.data, Number) }, want);
          expect(got.dtype).toBe(dtype);
        },
      ),
      { numRuns: 25 },
    );
  });

  it("leaves time points and channels apart, and numbers on through them", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom("tcyx", "czyx", "tyx", "tczyx"),
        fc.nat({ max: 2 }),
        chunking,
        fc.nat({ max: 1e6 }),
        async (names, wanted, chunks, seed) => {
          const axes = imageAxes(names);
          const dims = [...names].map((name) => (name === "t" ? 2 : name === "c" ? 3 : name === "z" ? 4 : 6));
          const connected = axes.map((axis) => axis.type === "space");
          const connectivity = 1 + (wanted % connected.filter(Boolean).length);
          const mask = randomMask(dims, 0.45, seed);
          const input = await lazyOf(folder, mask, within(chunks, dims), { axes });
          const want = labelReference(mask, connectivity, connected);
          expectSame(asBlock(await input.label({ connectivity }).compute()), want);
        },
      ),
      { numRuns: 15 },
    );
  });

  it("agrees with the kernels' reference, so that both are scipy's", () => {
    const mask = randomMask([7, 8, 9], 0.4, 5);
    for (const connectivity of [1, 2, 3]) {
      const connected = [true, true, true];
      expect([...componentsReference(mask, { connectivity, connected })]).toEqual([
        ...labelReference(mask, connectivity, connected).data,
      ]);
    }
  });

  it("takes integers, computed masks, and arrays of no elements", async () => {
    const mask = randomMask([9, 9], 0.5, 2);
    const integers: Block = {
      dtype: "int16",
      shape: [9, 9],
      data: Int16Array.from(mask.data as Uint8Array, (v) => -3 * v),
    };
    const want = labelReference(mask, 2, [true, true]);
    const input = await lazyOf(folder, integers, [4, 2]);
    expectSame(asBlock(await input.label({ connectivity: 2 }).compute()), want);
    expectSame(asBlock(await input.astype("bool").label({ connectivity: 2 }).compute()), want);
    for (const dims of [[0, 3], []]) {
      const empty = await lazyOf(
        folder,
        randomMask(dims, 1, 1),
        dims.map(() => 1),
      );
      expect([...(await empty.label().compute()).data]).toEqual(dims.length ? [] : [1]);
    }
  });

  it("joins a component that winds through many blocks into one", async () => {
    const spiral = newBlock("bool", [40, 40]);
    for (let y = 0; y < 40; y += 2) {
      for (let x = 0; x < 40; x++) spiral.data[y * 40 + x] = 1;
      if (y + 2 < 40) spiral.data[(y + 1) * 40 + ((y / 2) % 2 ? 0 : 39)] = 1;
    }
    const { data } = await (await lazyOf(folder, spiral, [3, 7])).label().compute();
    expect(new Set(data as Uint32Array)).toEqual(new Set([0, 1]));
  });

  it("refuses floats, connectivities that there aren't, and other dtypes", async () => {
    const input = await lazyOf(folder, randomMask([4, 4, 4], 0.5, 1), [2, 2, 2]);
    expect(() => input.astype("float32").label()).toThrow(
      expect.objectContaining({ code: "UNSUPPORTED_DTYPE" }),
    );
    for (const connectivity of [0, 4, 1.5]) {
      expect(() => input.label({ connectivity })).toThrow(
        expect.objectContaining({ code: "INVALID_ARGUMENT" }),
      );
    }
    expect(() => input.label({ dtype: "uint8" as "uint32" })).toThrow(
      expect.objectContaining({ code: "UNSUPPORTED_DTYPE" }),
    );
  });
});
