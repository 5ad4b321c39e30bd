import { describe, expect, it } from "vitest";
import type { ChunkedSource } from "../../shared/block/chunked-source.ts";
import { taskRegion } from "../../shared/plan/task-region.ts";
import { turnOfChunks } from "../../shared/plan/turns.ts";

const source = (shape: readonly number[], chunkShape: readonly number[]): ChunkedSource => ({
  label: "",
  shape,
  dtype: "uint8",
  chunkShape,
  fillValue: 0,
  readChunk: async () => undefined,
});

describe("turnOfChunks", () => {
  const grid = { shape: [8, 20], block: [8, 4] };

  it("names the task whose box holds the chunk", () => {
    const turnOf = turnOfChunks(grid, source([8, 20], [2, 4]), 0)!;
    for (let task = 0; task < 5; task++) expect(turnOf(taskRegion(grid, task).start)).toBe(task);
  });

  it("is never for chunks of tasks that are done", () => {
    const turnOf = turnOfChunks(grid, source([8, 20], [2, 4]), 3)!;
    expect(turnOf(taskRegion(grid, 2).start)).toBe(Number.POSITIVE_INFINITY);
    expect(turnOf(taskRegion(grid, 3).start)).toBe(3);
  });

  it("is unknown where a chunk belongs to several tasks, or the array isn't the grid's", () => {
    expect(turnOfChunks(grid, source([8, 20], [2, 5]), 0)).toBeUndefined();
    expect(turnOfChunks(grid, source([8, 10], [2, 4]), 0)).toBeUndefined();
    expect(turnOfChunks(grid, source([20], [4]), 0)).toBeUndefined();
  });
});
