import { describe, expect, it } from "vitest";
import { type DownsampleMethod, downsample } from "../../../shared/kernels/downsample/downsample.ts";
import { Heap, type HeapBlock } from "../../../shared/kernels/heap.ts";
import { kernelModule } from "../../../shared/kernels/wasm/module.ts";
import { goldenBlock } from "../../support/golden.ts";
import { expectGolden, reduceCases } from "../reduce/golden-cases.ts";

const heap = new Heap(kernelModule());

describe("pyramid levels, each from the one before", () => {
  it.each(reduceCases(/^pyr_/))("$id", (golden) => {
    const { op, params, inputs } = golden;
    let block: HeapBlock = heap.copyIn(goldenBlock(inputs[0]!));
    for (let level = 0; level < Number(params["level"]); level++) {
      block = downsample(heap, block, params["factor"] as number[], op.slice(8) as DownsampleMethod);
    }
    expect(block.shape).toEqual(golden.shape);
    // the reference allows 1 for other roundings; half to even is what it was made with, so nothing is allowed here
    expectGolden(block, { ...golden, atol: 0 });
  });
});

it.each(reduceCases(/^coarsen_m(ax|in)$/))("dask.array.coarsen: $id", (golden) => {
  const method = golden.params["reduction"] as DownsampleMethod;
  expectGolden(downsample(heap, heap.copyIn(goldenBlock(golden.inputs[0]!)), [2, 2, 2], method), golden);
});
