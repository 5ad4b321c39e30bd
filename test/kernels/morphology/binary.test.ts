import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { newBlock } from "../../../shared/block/block.ts";
import { DTYPES } from "../../../shared/block/dtype.ts";
import {
  binaryClosingKernel,
  binaryDilationKernel,
  binaryErosionKernel,
  binaryOpeningKernel,
} from "../../../shared/kernels/morphology/binary.ts";
import { square } from "../../../shared/kernels/morphology/footprint.ts";
import { goldenBlock, goldenCases } from "../../support/golden.ts";
import {
  blocks,
  expectReference,
  expectSame,
  imageAxes,
  resolveArgs,
  runKernel,
  shapes,
} from "../../support/kernels.ts";

const KERNELS = {
  binary_erosion: binaryErosionKernel,
  binary_dilation: binaryDilationKernel,
  binary_opening: binaryOpeningKernel,
  binary_closing: binaryClosingKernel,
};

describe.each(Object.entries(KERNELS))("golden values of scipy.ndimage.%s", (op, kernel) => {
  for (const golden of goldenCases(op)) {
    test(golden.id, () => {
      const { structure, iterations, border_value: borderValue } = golden.params;
      const element = structure === "3x3 full" ? { structure: square(3) } : { connectivity: 1 };
      const got = runKernel(kernel, { ...element, iterations, borderValue }, [
        goldenBlock(golden.inputs[0]!),
      ]);
      expectSame(got, goldenBlock(golden.expected));
    });
  }
});

describe("the WASM kernels equal the reference bit for bit", () => {
  for (const dtype of DTYPES) {
    test(dtype, () => {
      fc.assert(
        fc.property(
          blocks(dtype, shapes(300, 1)),
          fc.constantFrom<object>({}, { size: 2 }, { footprint: [1, 1, 0, 1] }, { structure: [0, 0, 1] }),
          fc.integer({ min: 1, max: 3 }),
          fc.constantFrom(0, 1),
          fc.constantFrom(...Object.values(KERNELS)),
          (block, element, iterations, borderValue, kernel) => {
            expectReference(kernel, { ...element, iterations, borderValue }, [block]);
          },
        ),
        { numRuns: 40 },
      );
    });
  }

  test("without axes", () => {
    for (const kernel of Object.values(KERNELS)) expectReference(kernel, {}, [newBlock("bool", [])]);
  });
});

test("asymmetric elements, origins and iterations as in scipy", () => {
  const block = newBlock("bool", [12]);
  (block.data as Uint8Array).set([1, 1, 0, 1, 0, 1, 1, 0, 1, 0, 0, 1]);
  const structure = [1, 1, 0, 1];
  const of = (op: keyof typeof KERNELS, args: object) =>
    [...runKernel(KERNELS[op], { structure, ...args }, [block]).data].join("");
  expect(of("binary_erosion", { iterations: 1, borderValue: 0, origin: 0 })).toBe("001000010000");
  expect(of("binary_erosion", { iterations: 1, borderValue: 1, origin: 1 })).toBe("110100001000");
  expect(of("binary_erosion", { iterations: 2, borderValue: 0, origin: 1 })).toBe("000000000000");
  expect(of("binary_erosion", { iterations: 2, borderValue: 1, origin: 0 })).toBe("010000000000");
  expect(of("binary_erosion", { iterations: 3, borderValue: 0, origin: 0 })).toBe("000000000000");
  expect(of("binary_dilation", { iterations: 1, borderValue: 0, origin: 0 })).toBe("111111110110");
  expect(of("binary_dilation", { iterations: 1, borderValue: 1, origin: 1 })).toBe("111111101111");
  expect(of("binary_dilation", { iterations: 2, borderValue: 0, origin: 1 })).toBe("111111111101");
  expect(of("binary_dilation", { iterations: 2, borderValue: 1, origin: 0 })).toBe("111111111111");
  expect(of("binary_dilation", { iterations: 3, borderValue: 0, origin: 0 })).toBe("111111111111");
  expect(of("binary_opening", { iterations: 1, borderValue: 0, origin: 0 })).toBe("110101101000");
  expect(of("binary_opening", { iterations: 1, borderValue: 1, origin: 1 })).toBe("110101101111");
  expect(of("binary_opening", { iterations: 2, borderValue: 0, origin: 1 })).toBe("000000000000");
  expect(of("binary_opening", { iterations: 2, borderValue: 1, origin: 0 })).toBe("110100001111");
  expect(of("binary_opening", { iterations: 3, borderValue: 0, origin: 0 })).toBe("000000000000");
  expect(of("binary_closing", { iterations: 1, borderValue: 0, origin: 0 })).toBe("001111101000");
  expect(of("binary_closing", { iterations: 1, borderValue: 1, origin: 1 })).toBe("111111101001");
  expect(of("binary_closing", { iterations: 2, borderValue: 0, origin: 1 })).toBe("000000111101");
  expect(of("binary_closing", { iterations: 2, borderValue: 1, origin: 0 })).toBe("111111111111");
  expect(of("binary_closing", { iterations: 3, borderValue: 0, origin: 0 })).toBe("000000111000");
});

test("the default element is of space, and the reach grows with the iterations", () => {
  const block = newBlock("bool", [1, 2, 5, 5]);
  const args = resolveArgs(
    binaryOpeningKernel,
    { connectivity: 2, iterations: 2 },
    [block],
    imageAxes("tcyx"),
  );
  expect(args).toMatchObject({ window: { shape: [1, 1, 3, 3], before: [0, 0, 1, 1] }, iterations: 2 });
  expect(binaryOpeningKernel.extent(args, 4, ["bool"])).toEqual({
    kind: "reach",
    reach: [
      [0, 0],
      [0, 0],
      [4, 4],
      [4, 4],
    ],
  });
});

test.each([
  [{ connectivity: 1, size: 3 }, "connectivity and size"],
  [{ structure: [1], footprint: [1] }, "structure and footprint"],
  [{ connectivity: 4 }, "connectivity is 4"],
  [{ iterations: 0 }, "iterations"],
  [{ borderValue: 2 }, "borderValue"],
])("%j is refused", (args, text) => {
  expect(() => resolveArgs(binaryErosionKernel, args, [newBlock("bool", [3, 3])])).toThrow(
    expect.objectContaining({ code: "INVALID_ARGS", message: expect.stringContaining(text) }),
  );
});
