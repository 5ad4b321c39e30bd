import { readFileSync } from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Block, newBlock } from "../../shared/block/block.ts";
import { DTYPES, isBigInt, isFloat } from "../../shared/block/dtype.ts";
import { watershedKernel } from "../../shared/kernels/watershed.ts";
import { expectReference, runKernel } from "../support/kernels.ts";
import { randomBlock, randomMask } from "../support/lazy.ts";

interface WatershedCase {
  readonly shape: number[];
  readonly connectivity: number;
  readonly image: number[];
  readonly markers: number[];
  readonly mask?: number[];
  readonly labels: number[];
}
const golden = JSON.parse(
  readFileSync(path.resolve(import.meta.dirname, "../golden/data/objects.json"), "utf8"),
) as { watershed: WatershedCase[] };

describe("golden values of skimage.segmentation.watershed, many of equal value", () => {
  test.each(golden.watershed.map((each, i) => [i, each] as const))("case %i", (_, each) => {
    const { shape, connectivity } = each;
    const inputs: Block[] = [
      { dtype: "int16", shape, data: Int16Array.from(each.image) },
      { dtype: "int32", shape, data: Int32Array.from(each.markers) },
      ...(each.mask ? [{ dtype: "bool" as const, shape, data: Uint8Array.from(each.mask) }] : []),
    ];
    expect([...runKernel(watershedKernel, { connectivity }, inputs).data]).toEqual(each.labels);
  });
});

describe("the WASM kernel equals the reference", () => {
  test("for any image, markers, mask and connectivity", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 6 }), { maxLength: 4 }),
        fc.constantFrom(...DTYPES),
        fc.constantFrom(...DTYPES.filter((dtype) => !isFloat(dtype))),
        fc.constantFrom(...DTYPES, undefined),
        fc.nat({ max: 3 }),
        fc.nat({ max: 1e6 }),
        (shape, imageType, markerType, maskType, wanted, seed) => {
          const image = randomBlock(imageType, shape, seed);
          const where = randomMask(shape, 0.1, seed + 1);
          const markers = newBlock(markerType, shape);
          for (let i = 0; i < markers.data.length; i++) {
            const label = where.data[i] ? (markerType === "bool" ? 1 : 1 + (i % 90)) : 0;
            markers.data[i] = (isBigInt(markerType) ? BigInt(label) : label) as never;
          }
          const mask = maskType && randomBlock(maskType, shape, seed + 2);
          const connectivity = 1 + (wanted % Math.max(1, shape.length));
          expectReference(
            watershedKernel,
            { connectivity },
            mask ? [image, markers, mask] : [image, markers],
          );
        },
      ),
      { numRuns: 60 },
    );
  });
});
