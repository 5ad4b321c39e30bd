import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Block, newBlock } from "../../shared/block/block.ts";
import type { DType } from "../../shared/block/dtype.ts";
import { measureComponents, paintComponents } from "../../shared/kernels/components.ts";
import { labelBlock, labelKernel, MASK_DTYPES, relabel } from "../../shared/kernels/label.ts";
import { goldenBlock, goldenCases } from "../support/golden.ts";
import {
  blocks,
  expectReference,
  expectSame,
  imageAxes,
  resolveArgs,
  runKernel,
  shapes,
  testHeap,
} from "../support/kernels.ts";

/** Masks of any density: a threshold on arbitrary bytes. */
function masks(dtype: DType = "bool", shape = shapes(1500)): fc.Arbitrary<Block> {
  return fc.tuple(blocks("uint8", shape), fc.constantFrom(40, 100, 180)).map(([noise, cut]) => {
    const mask = newBlock(dtype, noise.shape);
    const data = mask.data as { [i: number]: number | bigint };
    const one = dtype.endsWith("64") ? (x: number) => BigInt(x) << 40n : Number;
    for (let i = 0; i < mask.data.length; i++)
      data[i] =
        ((Math.imul(i + 7, 2654435761) >>> 9) ^ (noise.data[i] as number)) % 256 < cut
          ? one(1 + (i % 100))
          : one(0);
    if (dtype === "bool") for (let i = 0; i < mask.data.length; i++) data[i] = data[i] ? 1 : 0;
    return mask;
  });
}

describe("golden values of scipy.ndimage.label", () => {
  for (const golden of goldenCases("label")) {
    test(golden.id, () => {
      const { connectivity, count } = golden.params;
      const got = runKernel(labelKernel, { connectivity }, [goldenBlock(golden.inputs[0]!)]);
      const expected = goldenBlock(golden.expected);
      expect(Math.max(...(got.data as Uint32Array))).toBe(count);
      // Not only the same partition: the same numbers.
      expectSame(got, {
        dtype: "uint32",
        shape: expected.shape,
        data: Uint32Array.from(expected.data as Int32Array),
      });
    });
  }
});

describe("the WASM kernel equals the reference", () => {
  for (const dtype of MASK_DTYPES) {
    test(dtype, () => {
      fc.assert(
        fc.property(masks(dtype), fc.integer({ min: 1, max: 5 }), (mask, most) => {
          const connectivity = Math.max(1, Math.min(most, mask.shape.length));
          expectReference(labelKernel, { connectivity }, [mask]);
        }),
        { numRuns: 40 },
      );
    });
  }

  test.each(["tczyx", "tzyxc", "yxc", "cyx", "tc", "xt", "zctyx"])(
    "with axes %s, time and channels apart",
    (names) => {
      const axes = imageAxes(names);
      const shape = fc.array(fc.integer({ min: 1, max: 9 }), {
        minLength: names.length,
        maxLength: names.length,
      });
      const spatial = axes.filter((axis) => axis.type === "space").length;
      fc.assert(
        fc.property(
          masks("bool", shape),
          fc.integer({ min: 1, max: Math.max(1, spatial) }),
          (mask, connectivity) => {
            expectReference(labelKernel, { connectivity }, [mask], axes);
          },
        ),
        { numRuns: 40 },
      );
    },
  );

  test("rows around the word's width, full and alternating", () => {
    for (const n of [1, 63, 64, 65, 127, 128, 129, 200]) {
      for (const pattern of [
        () => 1,
        (i: number) => i & 1,
        (i: number) => (i + 1) & 1,
        (i: number) => (i % n === n - 1 ? 1 : 0),
      ]) {
        const mask = newBlock("bool", [5, n]);
        for (let i = 0; i < mask.data.length; i++) mask.data[i] = pattern(i);
        for (const connectivity of [1, 2]) expectReference(labelKernel, { connectivity }, [mask]);
      }
    }
  });
});

test("labels do not cross from one time point to the next", () => {
  const mask = newBlock("bool", [2, 1, 1, 2, 2]);
  (mask.data as Uint8Array).fill(1);
  expect([...runKernel(labelKernel, {}, [mask], imageAxes("tczyx")).data]).toEqual([1, 1, 1, 1, 2, 2, 2, 2]);
});

test("a connectivity that the axes don't have is refused", () => {
  const mask = newBlock("bool", [2, 3, 4]);
  expect(() => resolveArgs(labelKernel, { connectivity: 3 }, [mask], imageAxes("cyx"))).toThrow(
    expect.objectContaining({ code: "INVALID_ARGS", message: expect.stringContaining("2 connected axes") }),
  );
  expect(() => resolveArgs(labelKernel, { connectivity: 0 }, [mask])).toThrow(
    expect.objectContaining({ code: "INVALID_ARGS" }),
  );
});

test("labelBlock says where each label begins, and relabel maps them", () => {
  fc.assert(
    fc.property(masks(), (mask) => {
      const heap = testHeap();
      const input = heap.copyIn(mask);
      const connected = mask.shape.map(() => true);
      const { labels, count, firsts } = labelBlock(heap, input, 1, connected);
      const want = labelKernel.reference([mask], { connectivity: 1, connected });
      expectSame({ ...labels, data: labels.data.slice() }, want);
      expect(firsts).toHaveLength(count);
      for (let i = 0; i < count; i++) expect(firsts[i]).toBe((want.data as Uint32Array).indexOf(i + 1));
      for (const dtype of ["uint32", "uint64"] as const) {
        const mapping = heap.alloc(dtype, [count + 1]);
        const table = mapping.data as { [i: number]: number | bigint };
        for (let i = 0; i <= count; i++) table[i] = dtype === "uint64" ? BigInt(i) * 2n ** 33n : i * 3;
        const mapped = relabel(heap, heap.copyIn(labels), mapping);
        expect(mapped.dtype).toBe(dtype);
        for (let i = 0; i < want.data.length; i++) expect(mapped.data[i]).toBe(table[want.data[i] as number]);
        heap.free(mapping);
        heap.free(mapped);
      }
      for (const block of [input, labels]) heap.free(block);
      expect(heap.live).toBe(0);
    }),
    { numRuns: 60 },
  );
});

// the tables of runs hold 16-bit positions for rows under 65,536 elements, 32-bit ones beyond
test.each([65_535, 65_536, 70_001])("rows of %i elements", (n) => {
  const heap = testHeap();
  const shape = [3, n];
  const data = Uint8Array.from({ length: 3 * n }, (_, i) => Number((i * 2_654_435_761) % 2 ** 32 < 2 ** 31));
  data[n - 1] = 1;
  data[2 * n - 1] = 1;
  const mask = { dtype: "bool", shape, data } as const;
  const args = { connectivity: 1, connected: [true, true] };
  const input = heap.copyIn(mask);
  const labels = labelKernel.run(heap, [input], args);
  expectSame({ ...labels, data: labels.data.slice() }, labelKernel.reference([mask], args));
  const { labels: found, count, traits } = measureComponents(heap, input, args, { kind: "size" });
  expect(traits!.reduce((a, b) => a + b, 0)).toBe(data.reduce((a, b) => a + b, 0));
  const kept = Uint8Array.from({ length: count }, (_, i) => i % 2);
  const painted = paintComponents(heap, input, args, kept, false);
  const want = (labels.data as Uint32Array).map((label) => Number(label !== 0 && label % 2 === 0));
  expect(Buffer.compare(painted.data as Uint8Array, Uint8Array.from(want))).toBe(0);
  const { firsts } = labelBlock(heap, input, 1, [true, true]);
  expect(firsts[count - 1]).toBe((labels.data as Uint32Array).indexOf(count));
  heap.free(found);
});
