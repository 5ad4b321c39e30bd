import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it, test } from "vitest";
import { type Block, newBlock, sizeOf } from "../../shared/block/block.ts";
import type { LazyArray } from "../../shared/index.ts";
import { componentsReference } from "../../shared/kernels/runs.ts";
import { goldenBlock } from "../support/golden.ts";
import { expectSame, imageAxes } from "../support/kernels.ts";
import { asBlock, lazyOf, randomMask } from "../support/lazy.ts";
import { coordinates } from "../support/pad.ts";

let folder = "";
beforeAll(async () => {
  folder = await fs.mkdtemp(path.join(os.tmpdir(), "lamella-components-"));
});
afterAll(() => fs.rm(folder, { recursive: true, force: true }));

/** Where `keep` holds of an element's component; `keep` gets the component's elements as coordinates and values. */
function selected(
  of: Block,
  connectivity: number,
  connected: readonly boolean[],
  keep: (cells: readonly (readonly number[])[], values: readonly number[]) => boolean,
): Block {
  const labels = componentsReference(of, { connectivity, connected });
  const cells: number[][][] = [];
  const values: number[][] = [];
  [...coordinates(of.shape)].forEach((cell, i) => {
    const label = labels[i]!;
    cells[label] = [...(cells[label] ?? []), [...cell]];
    values[label] = [...(values[label] ?? []), Number(of.data[i])];
  });
  const kept = cells.map((list, label) => label > 0 && keep(list, values[label]!));
  return {
    dtype: "bool",
    shape: of.shape,
    data: Uint8Array.from(labels, (label) => Number(kept[label] ?? false)),
  };
}

function inverse(mask: Block): Block {
  return {
    dtype: "bool",
    shape: mask.shape,
    data: Uint8Array.from(mask.data as Uint8Array, (v) => Number(!v)),
  };
}

const shape = fc.array(fc.integer({ min: 1, max: 14 }), { minLength: 1, maxLength: 4 }).map((dims) => {
  const cut = [...dims];
  while (sizeOf(cut) > 500) cut[cut.indexOf(Math.max(...cut))]! = Math.ceil(Math.max(...cut) / 2);
  return cut;
});
const chunking = fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 5, maxLength: 5 });
const within = (chunks: readonly number[], dims: readonly number[]) =>
  dims.map((n, axis) => Math.min(n, chunks[axis]!));

/** Random masks in random chunks, with a connectivity that they have. */
function anyMask(
  check: (mask: Block, input: LazyArray, connectivity: number, connected: boolean[]) => Promise<void>,
) {
  const property = fc.asyncProperty(
    shape,
    fc.constantFrom(0.2, 0.45, 0.6, 0.85),
    fc.nat({ max: 3 }),
    chunking,
    fc.nat({ max: 1e6 }),
    async (dims, share, wanted, chunks, seed) => {
      const mask = randomMask(dims, share, seed);
      const input = await lazyOf(folder, mask, within(chunks, dims));
      await check(
        mask,
        input,
        1 + (wanted % dims.length),
        dims.map(() => true),
      );
    },
  );
  return fc.assert(property, { numRuns: 8 });
}

describe("equals the components of the whole, for any mask, chunks and connectivity", () => {
  it("removeSmall", () =>
    anyMask(async (mask, input, connectivity, connected) => {
      const want = selected(mask, connectivity, connected, (cells) => cells.length >= 6);
      expectSame(
        asBlock(await input.removeSmall({ minSize: 6, connectivity }).compute({ workers: 2 })),
        want,
      );
      expectSame(asBlock(await input.removeSmall({ maxSize: 5, connectivity }).compute()), want);
    }));

  it("removeSmallHoles", () =>
    anyMask(async (mask, input, connectivity, connected) => {
      const holes = selected(inverse(mask), connectivity, connected, (cells) => cells.length >= 4);
      expectSame(
        asBlock(await input.removeSmallHoles({ minSize: 4, connectivity }).compute()),
        inverse(holes),
      );
    }));

  it("fillHoles", () =>
    anyMask(async (mask, input, connectivity, connected) => {
      const outside = selected(inverse(mask), connectivity, connected, (cells) =>
        cells.some((cell) => cell.some((c, axis) => c === 0 || c === mask.shape[axis]! - 1)),
      );
      expectSame(asBlock(await input.fillHoles({ connectivity }).compute()), inverse(outside));
    }));

  it("hysteresis", () =>
    anyMask(async (mask, _, connectivity, connected) => {
      const values = newBlock("float32", mask.shape);
      const weak = newBlock("uint8", mask.shape);
      for (let i = 0; i < mask.data.length; i++) {
        values.data[i] = mask.data[i] ? 10 + ((i * 7919) % 23) : 3;
        weak.data[i] = mask.data[i] ? (Number(values.data[i]) > 30 ? 2 : 1) : 0;
      }
      const input = await lazyOf(folder, values, within([3, 4, 5, 2], mask.shape));
      const want = selected(weak, connectivity, connected, (_cells, levels) => levels.includes(2));
      expectSame(asBlock(await input.hysteresis({ low: 5, high: 30, connectivity }).compute()), want);
    }));
});

describe("golden values of scipy and scikit-image", () => {
  test.each<[id: string, input: string, chunks: number[], op: (mask: LazyArray) => LazyArray]>([
    ["rso2d_49_c1", "bin2_specks", [31, 40], (mask) => mask.removeSmall({ maxSize: 49 })],
    ["rso2d_49_c2", "bin2_specks", [64, 64], (mask) => mask.removeSmall({ maxSize: 49, connectivity: 2 })],
    ["rso2d_9_c1", "bin2_specks", [17, 130], (mask) => mask.removeSmall({ minSize: 10 })],
    ["rso3d_49_c1", "bin3", [5, 32, 32], (mask) => mask.removeSmall({ maxSize: 49 })],
    ["rso3d_49_c3", "bin3", [3, 17, 64], (mask) => mask.removeSmall({ maxSize: 49, connectivity: 3 })],
    ["rsh2d_20", "bin2", [29, 41], (mask) => mask.removeSmallHoles({ maxSize: 20 })],
    ["fill_holes2d", "bin2", [64, 64], (mask) => mask.fillHoles()],
  ])("%s", async (id, input, chunks, op) => {
    const mask = await lazyOf(folder, goldenBlock(`in/${input}.npy`), chunks);
    const want = goldenBlock(`out/${id}.npy`);
    expectSame(asBlock(await op(mask.astype("bool")).compute()), { ...want, dtype: "bool" });
  });
});

describe("whole images", () => {
  it("takes each time and channel as a picture of its own", async () => {
    const axes = imageAxes("tcyx");
    const mask = randomMask([2, 2, 9, 8], 0.55, 3);
    const connected = [false, false, true, true];
    const input = await lazyOf(folder, mask, [2, 1, 4, 3], { axes });
    const outside = selected(inverse(mask), 1, connected, (cells) =>
      cells.some(([, , y, x]) => y === 0 || y === 8 || x === 0 || x === 7),
    );
    expectSame(asBlock(await input.fillHoles().compute()), inverse(outside));
    const large = selected(mask, 2, connected, (cells) => cells.length >= 5);
    expectSame(asBlock(await input.removeSmall({ minSize: 5, connectivity: 2 }).compute()), large);
  });

  it("fills holes of single planes, which have no border in front and behind where axes are typed", async () => {
    const mask = randomMask([1, 9, 8], 0.6, 5);
    const outside = selected(inverse(mask), 1, [false, true, true], (cells) =>
      cells.some(([, y, x]) => y === 0 || y === 8 || x === 0 || x === 7),
    );
    const image = await lazyOf(folder, mask, [1, 4, 3], { axes: imageAxes("zyx") });
    expectSame(asBlock(await image.fillHoles().compute()), inverse(outside));
    const plain = await lazyOf(folder, mask, [1, 4, 3]);
    expectSame(asBlock(await plain.fillHoles().compute()), mask);
  });

  it("takes computed and integer masks, and arrays of no elements", async () => {
    const mask = randomMask([12, 11], 0.6, 8);
    const wide: Block = {
      dtype: "int16",
      shape: [12, 11],
      data: Int16Array.from(mask.data as Uint8Array, (v) => -300 * v),
    };
    const input = await lazyOf(folder, wide, [5, 4]);
    const outside = selected(inverse(mask), 1, [true, true], (cells) =>
      cells.some(([y, x]) => y === 0 || y === 11 || x === 0 || x === 10),
    );
    expectSame(asBlock(await input.fillHoles().compute()), inverse(outside));
    expectSame(asBlock(await input.astype("bool").fillHoles().compute()), inverse(outside));
    const empty = await lazyOf(folder, randomMask([0, 3], 1, 1), [1, 1]);
    expect((await empty.fillHoles().compute()).data).toHaveLength(0);
    expect((await empty.removeSmall({ minSize: 2 }).compute()).data).toHaveLength(0);
  });

  it("removes labels of integer images that are rare in the whole array", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom("uint8", "int16", "uint32", "int64", "uint64" as const),
        chunking,
        fc.nat({ max: 9 }),
        fc.nat({ max: 1e6 }),
        async (dtype, chunks, minSize, seed) => {
          const shape = [5, 9, 8];
          const labels = newBlock(dtype, shape);
          const noise = randomMask(shape, 0.5, seed);
          for (let i = 0; i < labels.data.length; i++) {
            const label = noise.data[i] ? (Math.imul(i + seed, 2654435761) >>> 20) % 100 : 0;
            labels.data[i] = (dtype.endsWith("64") ? BigInt(label) * (1n << 40n) : label) as never;
          }
          const sizes = new Map<number | bigint, number>();
          for (const label of labels.data) sizes.set(label, (sizes.get(label) ?? 0) + 1);
          const want = newBlock(dtype, shape);
          for (let i = 0; i < labels.data.length; i++)
            if (sizes.get(labels.data[i]!)! >= minSize) want.data[i] = labels.data[i]!;
          const input = await lazyOf(folder, labels, within(chunks, shape));
          const large = input.rechunk(within([4, 3, 5], shape)).removeSmall({ minSize });
          expectSame(asBlock(await large.compute({ workers: 1 + (seed % 2) })), want);
        },
      ),
      { numRuns: 8 },
    );
  });

  it("refuses what has no meaning", async () => {
    const input = await lazyOf(folder, randomMask([4, 4], 0.5, 1), [2, 2]);
    const code = (name: string) => expect.objectContaining({ code: name });
    expect(() => input.removeSmall({})).toThrow(code("INVALID_ARGUMENT"));
    expect(() => input.removeSmall({ minSize: 3, maxSize: 2 })).toThrow(code("INVALID_ARGUMENT"));
    expect(() => input.removeSmall({ minSize: 1.5 })).toThrow(code("INVALID_ARGUMENT"));
    expect(() => input.fillHoles({ connectivity: 3 })).toThrow(code("INVALID_ARGUMENT"));
    expect(() => input.astype("float32").fillHoles()).toThrow(code("UNSUPPORTED_DTYPE"));
  });
});
