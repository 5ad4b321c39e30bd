import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sizeOf } from "../../shared/block/block.ts";
import { cellAt, indexOfCell } from "../../shared/block/grid-order.ts";

describe("cellAt and indexOfCell", () => {
  it("number every cell of any grid once", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 4 }), (grid) => {
        const seen = new Set<string>();
        for (let i = 0; i < sizeOf(grid); i++) {
          const cell = cellAt(i, grid);
          expect(cell.every((c, axis) => c >= 0 && c < grid[axis]!)).toBe(true);
          expect(indexOfCell(cell, grid)).toBe(i);
          seen.add(cell.join());
        }
        expect(seen.size).toBe(sizeOf(grid));
      }),
    );
  });

  it("answer for grids far too large for a table", () => {
    const grid = [1000, 1, 70_000, 131_072];
    for (const i of [0, 1, 12_345_678_901, sizeOf(grid) - 1])
      expect(indexOfCell(cellAt(i, grid), grid)).toBe(i);
  });

  it("are Morton order on a cube of a power of two", () => {
    const cells = Array.from({ length: 8 }, (_, i) => cellAt(i, [4, 4]).join(""));
    expect(cells).toEqual(["00", "01", "10", "11", "02", "03", "12", "13"]);
  });
});
