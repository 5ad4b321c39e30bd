import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { newBlock, sizeOf } from "../../shared/block/block.ts";
import { copyBox } from "../../shared/block/copy.ts";
import { expectSame } from "../support/kernels.ts";
import { coordinates, at as elementAt } from "../support/pad.ts";

const axis = fc.record({
  box: fc.integer({ min: 0, max: 5 }),
  from: fc.nat({ max: 3 }),
  to: fc.nat({ max: 3 }),
  sourceMore: fc.nat({ max: 2 }),
  targetMore: fc.nat({ max: 2 }),
});

describe("copyBox", () => {
  it("copies the box and leaves the rest, for ranks 0 to 5", () => {
    fc.assert(
      fc.property(
        fc.array(axis, { maxLength: 5 }),
        fc.constantFrom("uint16", "int64" as const),
        (axes, dtype) => {
          const value = (i: number) => (dtype === "int64" ? BigInt(i) : i) as never;
          const source = newBlock(
            dtype,
            axes.map((a) => a.from + a.box + a.sourceMore),
          );
          for (let i = 0; i < source.data.length; i++) source.data[i] = value(i + 1);
          const target = newBlock(
            dtype,
            axes.map((a) => a.to + a.box + a.targetMore),
          );
          const want = newBlock(dtype, target.shape);
          let i = 0;
          for (const coords of coordinates(target.shape)) {
            const inside = coords.every((c, k) => c >= axes[k]!.to && c < axes[k]!.to + axes[k]!.box);
            const there = coords.map((c, k) => c - axes[k]!.to + axes[k]!.from);
            want.data[i++] = (inside ? elementAt(source, there) : value(0)) as never;
          }
          copyBox(
            source,
            axes.map((a) => a.from),
            target,
            axes.map((a) => a.to),
            axes.map((a) => a.box),
          );
          expect(target.data.length).toBe(sizeOf(target.shape));
          expectSame(target, want);
        },
      ),
      { numRuns: 300 },
    );
  });
});
