import { describe, expect, it } from "vitest";
import type { Block } from "../../../shared/block/block.ts";
import { allocate } from "../../../shared/block/dtype.ts";
import { Heap } from "../../../shared/kernels/heap.ts";
import { reducedAxes } from "../../../shared/kernels/reduce/axes.ts";
import type { ReductionName } from "../../../shared/kernels/reduce/reduction.ts";
import { reductionOf } from "../../../shared/kernels/reduce/reduction-of.ts";
import { kernelModule } from "../../../shared/kernels/wasm/module.ts";
import { goldenBlock } from "../../support/golden.ts";
import { expectGolden, reduceCases } from "./golden-cases.ts";

const heap = new Heap(kernelModule());

function reduce(name: ReductionName, block: Block, axes: readonly number[], ddof: number): Block {
  const reduction = reductionOf([name]);
  const shape = block.shape.filter((_, axis) => !axes.includes(axis));
  const state = reduction.init(heap, block.dtype, shape);
  reduction.accumulate(heap, state, heap.copyIn(block), axes);
  return reduction.finish(heap, state, name, ddof);
}

describe("numpy's and dask's reductions", () => {
  it.each(reduceCases(/^(red|nan_prop)_|^nan(sum|mean|max|min)$/))("$id", (golden) => {
    const { op, params, inputs } = golden;
    const block = goldenBlock(inputs[0]!);
    const axes = reducedAxes(params["axis"] as number | number[] | null, block.shape.length);
    expectGolden(reduce(op as ReductionName, block, axes, Number(params["ddof"] ?? 0)), golden);
  });
});

describe("dask.array.coarsen, as a reduction over the second of each pair of axes", () => {
  it.each(reduceCases(/^coarsen_/))("$id", (golden) => {
    const { params, inputs } = golden;
    const block = goldenBlock(inputs[0]!);
    const factors = block.shape.map((_, axis) => (params["axes"] as { [axis: string]: number })[axis] ?? 1);
    const cut = trim(block, factors);
    const shape = cut.shape.flatMap((size, axis) => [size / factors[axis]!, factors[axis]!]);
    const axes = shape.map((_, axis) => axis).filter((axis) => axis % 2 === 1);
    const got = reduce(params["reduction"] as ReductionName, { ...cut, shape }, axes, 0);
    expect(got.shape).toEqual(golden.shape);
    expectGolden(got, golden);
  });

  /** The block without what is beyond a multiple of the factors. */
  function trim(block: Block, factors: readonly number[]): Block {
    const shape = block.shape.map((size, axis) => size - (size % factors[axis]!));
    const [, height, width] = block.shape as [number, number, number];
    const [depth, rows, columns] = shape as [number, number, number];
    const data = allocate(block.dtype, depth * rows * columns);
    for (let i = 0; i < data.length; i++) {
      const z = Math.floor(i / (rows * columns));
      const y = Math.floor(i / columns) % rows;
      data[i] = block.data[(z * height + y) * width + (i % columns)]!;
    }
    return { dtype: block.dtype, shape, data };
  }
});
