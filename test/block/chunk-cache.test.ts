import { expect, it } from "vitest";
import { type Block, newBlock } from "../../shared/block/block.ts";
import type { BorderWidths } from "../../shared/block/borders.ts";
import { ChunkCache } from "../../shared/block/chunk-cache.ts";
import type { ChunkedSource } from "../../shared/block/chunked-source.ts";

/** Chunks that are larger than what is left to the garbage collector. */
const SIDE = 400;

function setUp(wholeChunks: number) {
  const loaded: { i: number; block: Block }[] = [];
  const source: ChunkedSource = {
    label: "ramp",
    shape: [SIDE, SIDE * 10],
    dtype: "uint8",
    chunkShape: [SIDE, SIDE],
    fillValue: 0,
    async readChunk([, i]) {
      const block = newBlock("uint8", [SIDE, SIDE]);
      (block.data as Uint8Array).fill(i!);
      loaded.push({ i: i!, block });
      return block;
    },
  };
  const cache = new ChunkCache({ wholeBytes: wholeChunks * SIDE * SIDE, borderBytes: 1e6 });
  const read = async (i: number, shape: readonly number[], turn?: number, widths?: BorderWidths) => {
    let value: number | bigint | undefined;
    await cache.read({
      source,
      coords: [0, i],
      need: { start: [0, 0], shape },
      widths,
      turn,
      load: () => source.readChunk([0, i]),
      use: ({ block }) => {
        value = block?.data.at(-1);
      },
    });
    expect(value).toBe(i);
  };
  const held = () => loaded.filter(({ block }) => block.data.length > 0).map(({ i }) => i);
  return { cache, read, held, order: () => loaded.map(({ i }) => i) };
}

const PART = [SIDE, 8];
const WIDTHS: BorderWidths = [
  [0, 0],
  [8, 8],
];

it("gives up the chunk that is needed last, and its memory at once", async () => {
  const { read, held, order } = setUp(2);
  await read(1, PART, 1);
  await read(7, PART, 7);
  await read(2, PART, 2);
  expect(held()).toEqual([1, 2]);
  await read(8, PART, 8);
  expect(held()).toEqual([1, 2]);
  await read(2, PART, 2);
  expect(order()).toEqual([1, 7, 2, 8]);
});

it("keeps the borders of a chunk that goes, and of one that a task took whole", async () => {
  const { read, held, order, cache } = setUp(1);
  await read(1, PART, 1, WIDTHS);
  await read(1, [SIDE, SIDE], 1, WIDTHS);
  expect(held()).toEqual([]);
  expect(cache.bytes).toBe(2 * 8 * SIDE);
  await read(5, PART, 5, WIDTHS);
  await read(3, PART, 3, WIDTHS);
  await read(1, PART, 1, WIDTHS);
  await read(5, PART, 5, WIDTHS);
  expect(held()).toEqual([3]);
  expect(order()).toEqual([1, 5, 3]);
});

it("holds nothing once it is cleared", async () => {
  const { read, held, cache } = setUp(4);
  for (const i of [1, 2, 3]) await read(i, PART, i, WIDTHS);
  cache.clear();
  expect(held()).toEqual([]);
  expect(cache.bytes).toBe(0);
});
