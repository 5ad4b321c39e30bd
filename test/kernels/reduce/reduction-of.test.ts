import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Block, sizeOf, stridesOf } from "../../../shared/block/block.ts";
import { allocate, bytesOf, type DType, isFloat } from "../../../shared/block/dtype.ts";
import { Heap } from "../../../shared/kernels/heap.ts";
import { REDUCTION_NAMES, type ReductionName } from "../../../shared/kernels/reduce/reduction.ts";
import { reductionOf } from "../../../shared/kernels/reduce/reduction-of.ts";
import { referenceReduction } from "../../../shared/kernels/reduce/reference.ts";
import { kernelModule } from "../../../shared/kernels/wasm/module.ts";
import { anyBlock, anyDType, bitsOf, seeded, someAxes } from "./arrays.ts";

const heap = new Heap(kernelModule());

function reduceWhole(
  name: ReductionName,
  block: Block,
  axes: readonly number[],
  ddof = 0,
  own: Heap = heap,
): Block {
  return reduceIn(own, name, block, axes, ddof);
}

function reduceIn(
  heap: Heap,
  name: ReductionName,
  block: Block,
  axes: readonly number[],
  ddof: number,
): Block {
  const reduction = reductionOf([name]);
  const input = heap.copyIn(block);
  const shape = block.shape.filter((_, axis) => !axes.includes(axis));
  const state = reduction.init(heap, block.dtype, shape);
  reduction.accumulate(heap, state, input, axes);
  const out = reduction.finish(heap, state, name, ddof);
  const copy = { dtype: out.dtype, shape: out.shape, data: out.data.slice() };
  heap.free(out);
  heap.free(input);
  reduction.free(heap, state);
  return copy;
}

/** The part of a block from `start` to `stop` along one axis. */
function slice(block: Block, axis: number, start: number, stop: number): Block {
  const shape = block.shape.map((n, i) => (i === axis ? stop - start : n));
  const data = allocate(block.dtype, sizeOf(shape));
  const from = stridesOf(block.shape);
  const strides = stridesOf(shape);
  for (let i = 0; i < data.length; i++) {
    let at = start * from[axis]!;
    for (const [a, n] of shape.entries()) at += (Math.floor(i / strides[a]!) % n) * from[a]!;
    data[i] = block.data[at]!;
  }
  return { dtype: block.dtype, shape, data };
}

/** One axis, or all: what arg-reductions take. */
function oneOrAll(shape: readonly number[]): fc.Arbitrary<number[]> {
  const axes = shape.map((_, axis) => axis);
  return fc.constantFrom(axes, ...axes.map((axis) => [axis]));
}

const floats = fc.constantFrom<DType>("float16", "float32", "float64");

describe("reductions", () => {
  it.each(REDUCTION_NAMES)("%s equals exact arithmetic, rounded once", (name) => {
    const minimum = /min|max/.test(name) ? 1 : 0;
    // the place of the best of NaN alone is refused
    const dtypes = name.startsWith("nanarg") ? anyDType.filter((dtype) => !isFloat(dtype)) : anyDType;
    const cases = anyBlock(dtypes, { minimum }).chain((block) =>
      fc.tuple(fc.constant(block), name.includes("arg") ? oneOrAll(block.shape) : someAxes(block.shape)),
    );
    fc.assert(
      fc.property(cases, fc.integer({ min: -1, max: 3 }), ([block, axes], ddof) => {
        const got = reduceWhole(name, block, axes, ddof);
        const expected = referenceReduction(name, block, axes, ddof);
        expect(got.dtype).toBe(expected.dtype);
        expect(got.shape).toEqual(expected.shape);
        expect(bitsOf(got)).toEqual(bitsOf(expected));
      }),
      { numRuns: 120 },
    );
    expect(heap.live).toBe(0);
  });

  it.each(["nanargmax", "nanargmin"] as const)(
    "%s passes NaN over, or says that there is nothing else",
    (name) => {
      const cases = anyBlock(floats, { minimum: 1 }).chain((block) =>
        fc.tuple(fc.constant(block), oneOrAll(block.shape), fc.integer({ min: 1, max: 4 })),
      );
      fc.assert(
        fc.property(cases, ([block, axes, every]) => {
          for (let i = 0; i < block.data.length; i += every) block.data[i] = Number.NaN as never;
          const expected = referenceReduction(name, block, axes);
          if ((expected.data as BigInt64Array).includes(-1n)) {
            const own = new Heap(kernelModule());
            expect(() => reduceWhole(name, block, axes, 0, own)).toThrow(/all elements of a slice are NaN/);
          } else {
            expect(bitsOf(reduceWhole(name, block, axes))).toEqual(bitsOf(expected));
          }
        }),
        { numRuns: 120 },
      );
    },
  );

  it.each(["sum", "mean", "var"] as const)("%s of finite floats equals exact arithmetic", (name) => {
    const cases = anyBlock(floats, { specials: false }).chain((block) =>
      fc.tuple(fc.constant(block), someAxes(block.shape)),
    );
    fc.assert(
      fc.property(cases, ([block, axes]) => {
        expect(bitsOf(reduceWhole(name, block, axes))).toEqual(bitsOf(referenceReduction(name, block, axes)));
      }),
      { numRuns: 300 },
    );
  });

  it("takes long spans, where floats gather in bins and integers in lanes", () => {
    const random = seeded(7);
    const words = Uint32Array.from({ length: 20_000 }, random);
    for (const dtype of [
      "bool",
      "int8",
      "uint8",
      "int16",
      "uint16",
      "int32",
      "uint32",
      "int64",
      "uint64",
    ] as const) {
      check(dtype, words.buffer, dtype === "bool" ? 20_000 : undefined);
    }
    for (const dtype of ["float16", "float32", "float64"] as const) {
      check(dtype, words.buffer);
      const data = allocate(dtype, 37_003).map((() => random() / 2 ** 20 - 2000) as never);
      check(dtype, data.buffer as ArrayBuffer, data.length);
    }

    function check(dtype: DType, bytes: ArrayBuffer, length?: number): void {
      const data = allocate(dtype, length ?? 80_000 / allocate(dtype, 1).BYTES_PER_ELEMENT);
      bytesOf(data).set(new Uint8Array(bytes, 0, data.byteLength));
      if (dtype === "bool") for (let i = 0; i < data.length; i++) data[i] = (data[i] as number) & 1;
      for (const block of [data, finite(data)].map((d) => ({ dtype, shape: [d.length], data: d }))) {
        for (const name of REDUCTION_NAMES) {
          // in 80,000 elements of random bits some are NaN, never all
          expect(bitsOf(reduceWhole(name, block, [0])), `${name} of ${dtype}`).toEqual(
            bitsOf(referenceReduction(name, block, [0])),
          );
        }
      }
    }

    function finite<T extends Block["data"]>(data: T): T {
      return data.map(((v: number | bigint) =>
        typeof v === "bigint" || Number.isFinite(v) ? v : 3) as never) as T;
    }
  });

  it("doesn't depend on how the block is split, nor on the order of merging, nor on storage between", () => {
    const cases = anyBlock(anyDType, { minimum: 1, minRank: 1 }).chain((block) =>
      fc.tuple(
        fc.constant(block),
        fc.integer({ min: 0, max: block.shape.length - 1 }),
        fc.array(fc.integer({ min: 0, max: 7 }), { maxLength: 3 }),
        fc.infiniteStream(fc.integer({ min: 0, max: 1 << 20 })),
      ),
    );
    fc.assert(
      fc.property(cases, ([block, axis, cuts, dice]) => {
        const reduction = reductionOf([
          "sum",
          "std",
          "min",
          "max",
          "any",
          "all",
          "nanmean",
          "nanstd",
          "nanmax",
        ]);
        const size = block.shape[axis]!;
        const edges = [0, ...cuts.map((cut) => Math.min(cut, size)), size].toSorted((a, b) => a - b);
        const axes = block.shape.map((_, a) => a).filter((a) => a === axis || a % 2 === 0);
        const shape = block.shape.filter((_, a) => !axes.includes(a));
        const gather = (part: Block) => {
          const state = reduction.init(heap, block.dtype, shape);
          const input = heap.copyIn(part);
          reduction.accumulate(heap, state, input, axes);
          heap.free(input);
          return state;
        };
        const whole = gather(block);
        const parts = edges.slice(1).map((stop, i) => gather(slice(block, axis, edges[i]!, stop)));
        while (parts.length > 1) {
          const [from] = parts.splice(dice.next().value % parts.length, 1);
          const at = dice.next().value % parts.length;
          reduction.merge(heap, parts[at]!, from!);
          reduction.free(heap, from!);
          if (dice.next().value % 2) {
            const bytes = reduction.serialize(heap, parts[at]!);
            reduction.free(heap, parts[at]!);
            parts[at] = reduction.deserialize(heap, bytes);
          }
        }
        const merged = parts[0]!;
        expect(merged.count).toBe(whole.count);
        expect(reduction.serialize(heap, merged)).toEqual(reduction.serialize(heap, whole));
        for (const name of reduction.names) {
          const a = reduction.finish(heap, merged, name);
          const b = reduction.finish(heap, whole, name);
          expect(bytesOf(a.data)).toEqual(bytesOf(b.data));
          heap.free(a);
          heap.free(b);
        }
        reduction.free(heap, merged);
        reduction.free(heap, whole);
      }),
      { numRuns: 400 },
    );
    expect(heap.live).toBe(0);
  });

  it("finds the first place whatever the blocks and the order in which they come", () => {
    const cases = anyBlock(anyDType, { minimum: 1, minRank: 1 }).chain((block) =>
      fc.tuple(
        fc.constant(block),
        fc.integer({ min: 0, max: block.shape.length - 1 }),
        fc.array(fc.integer({ min: 0, max: 7 }), { maxLength: 3 }),
        oneOrAll(block.shape),
        fc.constantFrom<ReductionName>("argmax", "argmin"),
      ),
    );
    fc.assert(
      fc.property(cases, ([block, axis, cuts, axes, name]) => {
        fc.pre(axes.includes(axis));
        const reduction = reductionOf([name]);
        const size = block.shape[axis]!;
        const edges = [0, ...cuts.map((cut) => Math.min(cut, size)), size].toSorted((a, b) => a - b);
        const shape = block.shape.filter((_, a) => !axes.includes(a));
        let merged = reduction.init(heap, block.dtype, shape);
        for (const i of [...edges.keys()].slice(1).reverse()) {
          const state = reduction.init(heap, block.dtype, shape);
          const input = heap.copyIn(slice(block, axis, edges[i - 1]!, edges[i]!));
          const start = block.shape.map((_, a) => (a === axis ? edges[i - 1]! : 0));
          reduction.accumulate(heap, state, input, axes, { start, shape: block.shape });
          heap.free(input);
          reduction.merge(heap, merged, state);
          reduction.free(heap, state);
          const bytes = reduction.serialize(heap, merged);
          reduction.free(heap, merged);
          merged = reduction.deserialize(heap, bytes);
        }
        const out = reduction.finish(heap, merged, name);
        expect(bitsOf(out)).toEqual(bitsOf(referenceReduction(name, block, axes)));
        heap.free(out);
        reduction.free(heap, merged);
      }),
      { numRuns: 120 },
    );
    expect(heap.live).toBe(0);
  });

  it("moves carries up in time, and gathers several operations from large blocks as it does each alone", () => {
    const random = seeded(5);
    for (const dtype of ["uint16", "int32", "uint64", "float32", "float64"] as const) {
      const data = allocate(dtype, 6 * 150 * 101);
      for (let i = 0; i < data.length; i++) {
        data[i] = (typeof data[i] === "bigint" ? ~BigInt(random()) : random() * 1e-5 - 20) as never;
      }
      const block = { dtype, shape: [6, 150, 101], data };
      for (const axes of [[0], [1], [0, 2], [0, 1, 2]]) {
        const reduction = reductionOf(["min", "std", "sum", "max"]);
        const input = heap.copyIn(block);
        const shape = block.shape.filter((_, axis) => !axes.includes(axis));
        const state = reduction.init(heap, dtype, shape);
        reduction.accumulate(heap, state, input, axes);
        // as if a thousand million elements had gone before: the carries move before more come
        for (const part of state.parts) part.pending = 2 ** 30;
        const doubled = { ...block, shape: [2, ...block.shape], data: allocate(dtype, 2 * data.length) };
        doubled.data.set(data as never);
        doubled.data.set(data as never, data.length);
        reduction.accumulate(heap, state, input, axes);
        for (const name of reduction.names) {
          const got = reduction.finish(heap, state, name);
          const whole = reduceWhole(name, doubled, [0, ...axes.map((axis) => axis + 1)]);
          expect(bytesOf(got.data), `${name} of ${dtype} over ${axes}`).toEqual(bytesOf(whole.data));
          heap.free(got);
        }
        heap.free(input);
        reduction.free(heap, state);
      }
    }
    expect(heap.live).toBe(0);
  });

  it("gives numpy's dtypes", () => {
    const { outputDType } = reductionOf(REDUCTION_NAMES);
    expect(outputDType("sum", "bool")).toBe("int64");
    expect(outputDType("sum", "int8")).toBe("int64");
    expect(outputDType("sum", "uint8")).toBe("uint64");
    expect(outputDType("sum", "float16")).toBe("float16");
    expect(outputDType("mean", "uint64")).toBe("float64");
    expect(outputDType("std", "float32")).toBe("float32");
    expect(outputDType("max", "int16")).toBe("int16");
    expect(outputDType("prod", "bool")).toBe("int64");
    expect(outputDType("nanprod", "float16")).toBe("float16");
    expect(outputDType("nanmean", "float32")).toBe("float32");
    expect(outputDType("argmax", "float32")).toBe("int64");
    expect(outputDType("any", "float32")).toBe("bool");
  });

  it("sums what doesn't fit a float exactly", () => {
    const block = {
      dtype: "float64" as const,
      shape: [5],
      data: new Float64Array([1e308, 1e308, 1, -1e308, -1e308]),
    };
    expect(reduceWhole("sum", block, [0]).data[0]).toBe(1);
  });

  it("rounds what lies under the smallest float to 0, whatever came before it", () => {
    const data = new Float64Array([1e154, 1e-300, 3, 2e-264, -1e154, -1e-300, 4, 1.7e-191]);
    const got = reduceWhole("var", { dtype: "float64", shape: [2, 4], data }, [0]).data as Float64Array;
    expect([...got]).toEqual([1e154 ** 2, 0, 0.25, 0]);
  });

  it("answers numpy's way where there is nothing", () => {
    const nothing = { dtype: "uint16" as const, shape: [0, 2], data: new Uint16Array(0) };
    expect([...(reduceWhole("sum", nothing, [0]).data as BigUint64Array)]).toEqual([0n, 0n]);
    expect([...(reduceWhole("mean", nothing, [0]).data as Float64Array)]).toEqual([Number.NaN, Number.NaN]);
    expect(() => reduceWhole("max", nothing, [0])).toThrow(/zero-size array to reduction operation maximum/);
    expect(() => reduceWhole("min", nothing, [0, 1])).toThrow(
      expect.objectContaining({ code: "INVALID_ARGUMENT" }),
    );
    expect(reduceWhole("max", nothing, [1]).shape).toEqual([0]);
    expect([...(reduceWhole("prod", nothing, [0]).data as BigUint64Array)]).toEqual([1n, 1n]);
    expect([...reduceWhole("any", nothing, [0]).data]).toEqual([0, 0]);
    expect([...reduceWhole("all", nothing, [0]).data]).toEqual([1, 1]);
    expect(() => reduceWhole("argmin", nothing, [0])).toThrow(/zero-size/);
  });

  it("divides by counts over 2^32", () => {
    const reduction = reductionOf(["mean", "var"]);
    for (const value of [65_535, 7]) {
      const data = new Uint16Array([value, 3, 9]);
      const count = 3 * 2 ** 40;
      const state = reduction.init(heap, "uint16", []);
      const input = heap.copyIn({ dtype: "uint16", shape: [3], data });
      reduction.accumulate(heap, state, input, [0]);
      // doubling forty times stands for 2^40 copies
      for (let i = 0; i < 40; i++)
        reduction.merge(heap, state, reduction.deserialize(heap, reduction.serialize(heap, state)));
      expect(state.count).toBe(count);
      expect(reduction.finish(heap, state, "mean").data[0]).toBe((value + 12) / 3);
      const exact = BigInt(3 * (value * value + 90) - (value + 12) ** 2);
      const [numerator, denominator] = [exact * BigInt(2 ** 40), 9n * BigInt(2 ** 40) - 3n];
      expect(reduction.finish(heap, state, "var", 1).data[0]).toBeCloseTo(
        Number(numerator) / Number(denominator),
        6,
      );
      expect(reduction.finish(heap, state, "var").data[0]).toBe(Number(exact) / 9);
    }
  });

  it("refuses blocks and states that don't fit, and bytes that aren't a state", () => {
    const reduction = reductionOf(["sum"]);
    const state = reduction.init(heap, "uint16", [3]);
    const block = heap.copyIn({ dtype: "uint16", shape: [2, 4], data: new Uint16Array(8) });
    const code = (code: string) => expect.objectContaining({ code });
    expect(() => reduction.accumulate(heap, state, block, [0])).toThrow(code("SHAPE_MISMATCH"));
    expect(() => reduction.merge(heap, state, reduction.init(heap, "int16", [3]))).toThrow(
      code("SHAPE_MISMATCH"),
    );
    const bytes = reduction.serialize(heap, state);
    expect(() => reductionOf(["max"]).deserialize(heap, bytes)).toThrow(code("CHUNK_DECODE"));
    for (let length = 0; length < bytes.length; length++) {
      expect(() => reduction.deserialize(heap, bytes.subarray(0, length))).toThrow(code("CHUNK_DECODE"));
    }
    expect(() => reduction.finish(heap, state, "sum", 0.5)).toThrow(code("INVALID_ARGUMENT"));
  });

  it("keeps partial states small: only the words in use", () => {
    const reduction = reductionOf(["sum"]);
    const state = reduction.init(heap, "float64", [1000]);
    const block = heap.copyIn({
      dtype: "float64",
      shape: [2, 1000],
      data: new Float64Array(2000).fill(1234.5),
    });
    reduction.accumulate(heap, state, block, [0]);
    expect(reduction.serialize(heap, state).length).toBeLessThan(1000 * 8 + 64);
    expect(reduction.stateBytes(1000, "float64")).toBe(1000 * 67 * 8);
  });
});
