import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sizeOf } from "../../shared/block/block.ts";
import { gridShape, regularChunks } from "../../shared/block/chunk-grid.ts";
import { cellAt } from "../../shared/block/grid-order.ts";
import { regionOf } from "../../shared/block/region.ts";
import { projectTask, projectTasks } from "../../shared/plan/projection.ts";
import type { KernelStep, Program } from "../../shared/plan/schema.ts";

const axis = fc.record({
  n: fc.integer({ min: 1, max: 60 }),
  task: fc.integer({ min: 1, max: 12 }),
  lazy: fc.integer({ min: 1, max: 12 }),
  other: fc.integer({ min: 1, max: 12 }),
  halo: fc.nat({ max: 3 }),
});

function step(shape: number[], input: number, lazy: number[] | undefined, halo: number[]): KernelStep {
  return {
    kind: "kernel",
    step: "rescale",
    kernel: "rescaleIntensity",
    args: {},
    inputs: [input],
    shape,
    dtype: "float32",
    halo: halo.map((h): [number, number] => [h, h]),
    boundary: shape.map(() => "reflect" as const),
    ...(lazy ? { blocks: regularChunks(shape, lazy) } : {}),
  };
}

describe("projectTasks", () => {
  it("bounds every task, where lazy chunks and tasks fit together and where they don't", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(axis, { minLength: 1, maxLength: 2 }), fc.boolean(), async (axes, second) => {
        const shape = axes.map((a) => a.n);
        const grid = { shape, block: axes.map((a) => Math.min(a.n, a.task)) };
        const halo = axes.map((a) => a.halo);
        const lazy = axes.map((a) => a.lazy);
        const program: Program = {
          nodes: [
            { kind: "read", array: "in", shape, dtype: "uint16" },
            step(shape, 0, lazy, halo),
            step(shape, 1, second ? axes.map((a) => a.other) : undefined, halo),
          ],
        };
        const chunkShapes = () => shape.map(() => 5);
        const all = await projectTasks(grid, program, [], chunkShapes, chunkShapes);
        const cells = gridShape(shape, grid.block);
        let most = 0;
        for (let task = 0; task < sizeOf(cells); task++) {
          const start = cellAt(task, cells).map((c, i) => c * grid.block[i]!);
          const region = regionOf(
            start,
            start.map((s, i) => Math.min(s + grid.block[i]!, shape[i]!)),
          );
          most = Math.max(most, (await projectTask(region, program, [], chunkShapes, chunkShapes)).peak);
        }
        expect(all.heap).toBeGreaterThanOrEqual(most);
      }),
      { numRuns: 300 },
    );
  });
});
