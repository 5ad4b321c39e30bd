import { expect, test } from "vitest";
import { type Block, newBlock } from "../../../shared/block/block.ts";
import { Heap } from "../../../shared/kernels/heap.ts";
import { reductionOf } from "../../../shared/kernels/reduce/index.ts";
import { referenceReduction } from "../../../shared/kernels/reduce/reference.ts";
import { kernelModule } from "../../../shared/kernels/wasm/module.ts";
import { bitsOf, seeded } from "./arrays.ts";

const NAMES = ["sum", "mean", "var", "std", "min", "max"] as const;

const random = seeded(11);
const unit = (): number => random() / 2 ** 32;
const ofBits = (): number => {
  const value = new Float32Array(Uint32Array.of(random()).buffer)[0]!;
  return Number.isFinite(value) ? value : -1.25;
};

/** What the elements of a column are drawn from. */
const KINDS: { readonly [kind: string]: () => number } = {
  "counts, zeros of both signs": () => (unit() < 0.3 ? (unit() < 0.5 ? 0 : -0) : Math.floor(1000 * unit())),
  "none above zero, few zeros negative": () => (unit() < 0.002 ? -0 : unit() < 0.5 ? 0 : -unit()),
  "none below zero, few zeros negative": () => (unit() < 0.002 ? -0 : unit() < 0.5 ? 0 : unit()),
  "thirds of either sign": () => (2 * unit() - 1) / 3,
  "magnitudes of forty digits": ofBits,
  "ordinary ones, a few tiny": () => (unit() < 0.02 ? 1e-42 * unit() : unit()),
  "subnormals alone": () => 1e-40 * (unit() - 0.5),
  "the largest there are": () => (unit() < 0.5 ? 3.4e38 : -3.3e38),
  "a few that aren't finite": () =>
    unit() < 0.01 ? [Number.NaN, Infinity, -Infinity][random() % 3]! : unit() - 0.5,
};

function drawn(kind: string, rows: number, columns: number, dtype: "float32" | "float64" = "float32"): Block {
  const block = newBlock(dtype, [rows, columns]);
  for (let i = 0; i < block.data.length; i++) block.data[i] = KINDS[kind]!();
  return block;
}

test.each(Object.keys(KINDS))("statistics of columns of float32 are exact: %s", (kind) => {
  const heap = new Heap(kernelModule());
  for (const [rows, columns] of [
    [4, 131],
    [3, 40],
    [19, 257],
    [6, 1100],
  ] as const) {
    const block = drawn(kind, rows, columns);
    const reduction = reductionOf(NAMES);
    const state = reduction.init(heap, "float32", [columns]);
    // in two parts, as chunks come: what the second meets isn't zero
    const half = rows * columns - columns * Math.floor(rows / 2);
    for (const data of [block.data.subarray(0, half), block.data.subarray(half)]) {
      const part = { dtype: "float32", shape: [data.length / columns, columns], data } as Block;
      reduction.accumulate(heap, state, heap.copyIn(part), [0]);
    }
    for (const name of NAMES) {
      const got = reduction.finish(heap, state, name);
      expect(bitsOf(got), `${name} of ${rows} x ${columns}`).toEqual(
        bitsOf(referenceReduction(name, block, [0])),
      );
    }
  }
});

test("sums of more rows than are gathered at once are exact", () => {
  const heap = new Heap(kernelModule());
  const block = drawn("thirds of either sign", 32_770, 3);
  const reduction = reductionOf(["sum", "var"]);
  const state = reduction.init(heap, "float32", [3]);
  reduction.accumulate(heap, state, heap.copyIn(block), [0]);
  for (const name of ["sum", "var"] as const)
    expect(bitsOf(reduction.finish(heap, state, name))).toEqual(bitsOf(referenceReduction(name, block, [0])));
});

test.each(Object.keys(KINDS))("extremes of columns are those of numpy, zeros by their sign: %s", (kind) => {
  const heap = new Heap(kernelModule());
  for (const dtype of ["float32", "float64"] as const) {
    const block = drawn(kind, 6, 2100, dtype);
    const reduction = reductionOf(["min", "max"]);
    const state = reduction.init(heap, dtype, [2100]);
    // A row after the other: what was taken before is met by the next.
    for (let row = 0; row < 6; row++) {
      const data = block.data.subarray(row * 2100, (row + 1) * 2100);
      reduction.accumulate(heap, state, heap.copyIn({ dtype, shape: [1, 2100], data } as Block), [0]);
    }
    for (const name of ["min", "max"] as const)
      expect(bitsOf(reduction.finish(heap, state, name)), `${name} of ${dtype}`).toEqual(
        bitsOf(referenceReduction(name, block, [0])),
      );
  }
});
