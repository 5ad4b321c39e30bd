import fc from "fast-check";
import { describe, test } from "vitest";
import { DTYPES } from "../../../shared/block/dtype.ts";
import type { Kernel } from "../../../shared/kernels/kernel.ts";
import { blocks, expectReference, shapes } from "../../support/kernels.ts";

/** A kernel, a random choice of its arguments that suits an array of that rank, and the least rank that it takes. */
export type KernelCase = readonly [Kernel, (rank: number) => fc.Arbitrary<object>, minRank?: number];

/** Over random shapes, dtypes and arguments, each kernel gives its reference's bits. */
export function describeEqual(cases: readonly KernelCase[], most = 300): void {
  describe.each(cases.map(([kernel, args, minRank = 0]) => [kernel.name, kernel, args, minRank] as const))(
    "%s in WASM equals its reference bit for bit",
    (_name, kernel, args, minRank) => {
      test.each(DTYPES)("%s", (dtype) => {
        const given = blocks(dtype, shapes(most, minRank)).chain((block) =>
          fc.tuple(fc.constant(block), args(block.shape.length)),
        );
        fc.assert(
          fc.property(given, ([block, own]) => expectReference(kernel, own, [block])),
          { numRuns: 15 },
        );
      });
    },
  );
}
