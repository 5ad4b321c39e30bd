import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sizeOf } from "../../shared/block/block.ts";
import { gridShape, regularChunks } from "../../shared/block/chunk-grid.ts";
import { cellAt } from "../../shared/block/grid-order.ts";
import { regionOf } from "../../shared/block/region.ts";
import { projectTask, projectTasks } from "../../shared/plan/projection.ts";
import type { KernelStep, Program, TaskGrid } from "../../shared/plan/schema.ts";

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
        await expectBound(grid, program);
      }),
      { numRuns: 300 },
    );
  });

  it("bounds every task of a view of lazy chunks, sliced and transposed", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(axis, { minLength: 2, maxLength: 2 }),
        fc.constantFrom(-3, -1, 1, 2, 5),
        fc.boolean(),
        async (axes, stride, transposed) => {
          const shape = axes.map((a) => a.n);
          const seen = [Math.ceil(shape[0]! / Math.abs(stride)), shape[1]!];
          const order = transposed ? [1, 0] : [0, 1];
          const view: Program["nodes"][number] = {
            kind: "view",
            step: "slice",
            input: 1,
            shape: order.map((source) => seen[source]!),
            dtype: "float32",
            sources: order,
            starts: order.map((source) => (source === 0 && stride < 0 ? shape[0]! - 1 : 0)),
            steps: order.map((source) => (source === 0 ? stride : 1)),
            fixed: [],
            inputRank: 2,
          };
          const read = { kind: "read", array: "in", shape, dtype: "uint16" } as const;
          const below = step(
            shape,
            0,
            axes.map((a) => a.lazy),
            axes.map((a) => a.halo),
          );
          const grid = { shape: view.shape, block: view.shape.map((n, i) => Math.min(n, axes[i]!.task)) };
          await expectBound(grid, { nodes: [read, below, view] });
        },
      ),
      { numRuns: 300 },
    );
  });
});

async function expectBound(grid: TaskGrid, program: Program): Promise<void> {
  const { shape, block } = grid;
  const chunkShapes = () => shape.map(() => 5);
  const all = await projectTasks(grid, program, [], chunkShapes, chunkShapes);
  const cells = gridShape(shape, block);
  let most = 0;
  for (let task = 0; task < sizeOf(cells); task++) {
    const start = cellAt(task, cells).map((c, i) => c * block[i]!);
    const region = regionOf(
      start,
      start.map((s, i) => Math.min(s + block[i]!, shape[i]!)),
    );
    most = Math.max(most, (await projectTask(region, program, [], chunkShapes, chunkShapes)).peak);
  }
  expect(all.heap).toBeGreaterThanOrEqual(most);
}
