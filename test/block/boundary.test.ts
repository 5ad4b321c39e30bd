import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Block, newBlock, sizeOf } from "../../shared/block/block.ts";
import {
  axisMap,
  type Boundary,
  CONSTANT_INDEX,
  mapIndex,
  parseBoundary,
} from "../../shared/block/boundary.ts";
import { gather } from "../../shared/block/extend.ts";
import { regionOf } from "../../shared/block/region.ts";
import { expectSame, testHeap } from "../support/kernels.ts";
import { boundaries } from "../support/lazy.ts";
import { padReference, regionOfBlock } from "../support/pad.ts";

describe("mapIndex", () => {
  it("extends a b c d as scipy and numpy do", () => {
    const line = (boundary: Boundary) =>
      Array.from({ length: 16 }, (_, i) => "abcd"[mapIndex(i - 6, 4, boundary)] ?? "k").join("");
    expect(line("reflect")).toBe("cddcbaabcddcbaab");
    expect(line("mirror")).toBe("abcdcbabcdcbabcd");
    expect(line("wrap")).toBe("cdabcdabcdabcdab");
    expect(line("nearest")).toBe("aaaaaaabcddddddd");
    expect(line({ constant: 7 })).toBe("kkkkkkabcdkkkkkk");
  });

  it("knows an axis of one element, and one of none", () => {
    for (const boundary of ["reflect", "mirror", "wrap", "nearest"] as const) {
      for (const i of [-5, -1, 0, 1, 7]) expect(mapIndex(i, 1, boundary)).toBe(0);
      expect(mapIndex(-1, 0, boundary)).toBe(CONSTANT_INDEX);
    }
  });

  it("has nothing beyond an end without boundary", () => {
    expect(mapIndex(3, 4, "none")).toBe(3);
    expect(() => mapIndex(4, 4, "none")).toThrow(/without boundary/);
  });
});

describe("parseBoundary", () => {
  it.each([
    ["periodic", "wrap"],
    ["constant", { constant: 0 }],
    [3, { constant: 3 }],
    [{ constant: -1.5 }, { constant: -1.5 }],
    ["mirror", "mirror"],
    [Number.NaN, { constant: "NaN" }],
    [Number.NEGATIVE_INFINITY, { constant: "-Infinity" }],
    [{ constant: "Infinity" }, { constant: "Infinity" }],
  ])("takes %j", (given, meant) => {
    expect(parseBoundary(given)).toEqual(meant);
  });

  it.each(["reflected", null, { constant: "x" }, ["reflect"], undefined, true])("refuses %j", (given) => {
    expect(() => parseBoundary(given)).toThrow(expect.objectContaining({ code: "INVALID_ARGUMENT" }));
  });
});

describe("axisMap and gather", () => {
  it("extend any region of any block as numpy pads it", () => {
    const axis = fc.record({
      n: fc.integer({ min: 1, max: 6 }),
      boundary: boundaries,
      before: fc.integer({ min: 0, max: 9 }),
      after: fc.integer({ min: 0, max: 9 }),
      from: fc.nat({ max: 5 }),
      length: fc.integer({ min: 1, max: 6 }),
    });
    const dtype = fc.constantFrom("uint8", "int64", "float32" as const);
    fc.assert(
      fc.property(fc.array(axis, { minLength: 1, maxLength: 3 }), dtype, (axes, type) => {
        const shape = axes.map((a) => a.n);
        const whole = numbered(type, shape);
        const start = axes.map((a) => Math.min(a.from, a.n - 1));
        const stop = start.map((s, i) => Math.min(axes[i]!.n, s + axes[i]!.length));
        const widths = axes.map((a) => [a.before, a.after] as const);
        const padded = padReference(
          whole,
          widths,
          axes.map((a) => a.boundary),
        );
        // In the padded array the region begins `before` later, and `none` cuts it at the array's ends.
        const cut = axes.map((a, i) =>
          a.boundary === "none"
            ? [Math.max(0, start[i]! - a.before), Math.min(a.n, stop[i]! + a.after)]
            : [start[i]!, stop[i]! + a.before + a.after],
        );
        const want = regionOfBlock(
          padded,
          regionOf(
            cut.map((c) => c[0]!),
            cut.map((c) => c[1]!),
          ),
        );

        const maps = axes.map((a, i) => axisMap(start[i]! - a.before, stop[i]! + a.after, a.n, a.boundary));
        const read = regionOf(
          maps.map((m) => m.readStart),
          maps.map((m) => m.readStop),
        );
        const target = newBlock(
          type,
          maps.map((m) => m.stop - m.start),
        );
        const source = regionOfBlock(whole, read);
        gather(source, target, maps);
        expectSame(target, want);
        const heap = testHeap();
        const [from, to] = [heap.copyIn(source), heap.alloc(type, target.shape)];
        gather(from, to, maps);
        expectSame(to, want);
        heap.free(from);
        heap.free(to);
      }),
      { numRuns: 300 },
    );
  });

  it("reads no more of the array than it needs", () => {
    expect(axisMap(2, 5, 10, "reflect")).toEqual({ start: 2, stop: 5, readStart: 2, readStop: 5 });
    expect(axisMap(-2, 3, 10, "reflect")).toMatchObject({ readStart: 0, readStop: 3 });
    expect(axisMap(-2, 3, 10, "wrap")).toMatchObject({ readStart: 0, readStop: 10 });
    expect(axisMap(-4, -1, 10, "wrap")).toMatchObject({ readStart: 6, readStop: 9 });
    expect(axisMap(-4, -1, 10, { constant: 1 })).toMatchObject({ readStart: 0, readStop: 0 });
    expect(axisMap(-4, 12, 10, "none")).toEqual({ start: 0, stop: 10, readStart: 0, readStop: 10 });
  });

  it.each([
    ["bool", 7, 1],
    ["bool", "NaN", 1],
    ["uint8", 2.9, 2],
    ["uint8", -1, 255],
    ["int64", "NaN", 0n],
    ["int64", -3.5, -3n],
    ["float32", "NaN", Number.NaN],
    ["float32", "-Infinity", Number.NEGATIVE_INFINITY],
  ] as const)("casts the constant to %s: %s is %s", (type, constant, value) => {
    const maps = [axisMap(-1, 2, 1, { constant }), axisMap(-1, 1, 1, { constant })];
    const target = newBlock(type, [3, 2]);
    const source = newBlock(type, [1, 1]);
    gather(source, target, maps);
    expect([...target.data]).toEqual([value, value, value, source.data[0], value, value]);
  });
});

function numbered(dtype: Block["dtype"], shape: readonly number[]): Block {
  const block = newBlock(dtype, shape);
  for (let i = 0; i < sizeOf(shape); i++) block.data[i] = (dtype === "int64" ? BigInt(i) : i % 251) as never;
  return block;
}
