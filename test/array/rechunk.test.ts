import { describe, expect, it } from "vitest";
import type { ChunkArgument } from "../../shared/array/chunk-argument.ts";
import type { ArrayNode } from "../../shared/array/nodes.ts";
import { rechunk } from "../../shared/array/rechunk.ts";
import { regularChunks } from "../../shared/block/chunk-grid.ts";

/** A source of which rechunking sees shape, chunks, axes and dtype alone. */
function source(shape: readonly number[], chunkShape: readonly number[], names: string): ArrayNode {
  return {
    kind: "source",
    shape,
    chunks: regularChunks(shape, chunkShape),
    dtype: "uint16",
    axes: [...names].map((name) => ({ name, scale: 1, translation: 0 })),
    step: "image",
  } as unknown as ArrayNode;
}

const image = source([10, 65, 70], [5, 65, 40], "zyx");

describe("rechunk takes chunks as dask.array does", () => {
  it.each<[ChunkArgument, number[][]]>([
    [
      [5, -1, 40],
      [[5, 5], [65], [40, 30]],
    ],
    [32, [[10], [32, 32, 1], [32, 32, 6]]],
    [-1, [[10], [65], [70]]],
    [
      [50, 60],
      [new Array(10).fill(1), [50, 15], [60, 10]],
    ],
    [
      { y: 40 },
      [
        [5, 5],
        [40, 25],
        [40, 30],
      ],
    ],
    [{ 0: -1, "-1": [30, 40] }, [[10], [65], [30, 40]]],
    [
      [[1, 9], 65, [10, 20, 40]],
      [[1, 9], [65], [10, 20, 40]],
    ],
    ["auto", [[10], [65], [70]]],
    [
      ["auto", 65, 10],
      [[10], [65], new Array(7).fill(10)],
    ],
  ])("%j", (argument, chunks) => {
    expect(rechunk(image, argument).chunks).toEqual(chunks);
  });

  it("takes axes of any number of chunks", () => {
    const long = source([300_000, 8], [1, 8], "ty");
    expect(rechunk(long, { y: "auto" }).chunks[0]).toHaveLength(300_000);
  });

  it("cuts the longest axes for chunks of 16 MiB at most", () => {
    const large = source([100, 4096, 4096], [1, 4096, 4096], "zyx");
    const sizes = (argument: ChunkArgument) => rechunk(large, argument).chunks.map((blocks) => blocks[0]!);
    for (const argument of ["auto", [1, "auto", "auto"], ["auto", -1, 64]] as ChunkArgument[]) {
      const bytes = sizes(argument).reduce((a, b) => a * b, 2);
      expect(bytes).toBeLessThanOrEqual(2 ** 24);
      expect(bytes).toBeGreaterThan(2 ** 22);
    }
    expect(sizes(["auto", -1, -1])).toEqual([1, 4096, 4096]);
    expect(sizes([1, "auto", "auto"])).toEqual([1, 2048, 4096]);
  });

  it.each<[ChunkArgument, RegExp]>([
    [[1, 1, 1, 1], /4 entries; the array has 3 axes/],
    [[0, 1, 1], /chunk size 0/],
    [[[5, 6], 1, 1], /\[5, 6\] of axis 0 .* 10 elements/],
    [[[], 1, 1], /of axis 0/],
    [[[10, 0], 1, 1], /of axis 0/],
    [{ t: 1 }, /"t" is not an axis/],
  ])("turns %j down", (argument, message) => {
    expect(() => rechunk(image, argument)).toThrow(
      expect.objectContaining({ code: "INVALID_ARGUMENT", message: expect.stringMatching(message) }),
    );
  });
});
