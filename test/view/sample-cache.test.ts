import { expect, test } from "vitest";
import { type Block, newBlock } from "../../shared/block/block.ts";
import { ChunkCache } from "../../shared/block/chunk-cache.ts";
import { chunkRegion } from "../../shared/block/chunk-grid.ts";
import type { ChunkedSource } from "../../shared/block/chunked-source.ts";
import { SampleCache } from "../../shared/view/sample-cache.ts";
import { readPlane, zoomsOf } from "../../shared/view/zooms.ts";

const SHAPE = [1, 2, 6, 1100, 2300];
const at = (c: number, z: number, y: number, x: number): number =>
  (c * 7 + z * 131 + y * 17 + x * 3) % 60_000;

/** A source of one level; chunks at its end are cut, or whole as formats with tiles give them. */
class Counted implements ChunkedSource {
  readonly label = "made";
  readonly shape = SHAPE;
  readonly dtype = "uint16";
  readonly chunkShape = [1, 1, 4, 170, 210];
  readonly fillValue = 9;
  readonly #isWhole: boolean;
  reads = 0;

  constructor(isWhole: boolean) {
    this.#isWhole = isWhole;
  }

  async readChunk(coords: readonly number[]): Promise<Block | undefined> {
    this.reads++;
    if (coords[3] === 1 && coords[4] === 1) return undefined;
    const { start, shape } = chunkRegion(SHAPE, this.chunkShape, coords);
    const block = newBlock("uint16", this.#isWhole ? this.chunkShape : shape);
    const [, , depth, height, width] = block.shape as [number, number, number, number, number];
    for (let i = 0; i < block.data.length; i++) {
      const [x, y, z] = [i % width, Math.floor(i / width) % height, Math.floor(i / width / height) % depth];
      block.data[i] = at(start[1]!, start[2]! + z, start[3]! + y, start[4]! + x);
    }
    return block;
  }
}

test.each([false, true])(
  "picks each zoom's pixels, and decodes a chunk once for its planes and near zooms (whole chunks: %s)",
  async (isWhole) => {
    const source = new Counted(isWhole);
    const levels = [{ source, path: "0" }];
    const zooms = zoomsOf(levels);
    // So small that no decoded chunk stays.
    const caches = {
      chunks: new ChunkCache({ wholeBytes: 0, borderBytes: 0 }),
      samples: new SampleCache(2 ** 24),
    };
    const look = async (k: number, c: number, z: number): Promise<void> => {
      const { height, width } = zooms[k]!;
      const box = { t: 0, c, z, y: 3, x: 5, height: height - 3, width: width - 5 };
      const plane = await readPlane(levels, k, box, caches);
      expect(plane.shape).toEqual([height - 3, width - 5]);
      const wanted = plane.data.slice();
      for (let i = 0; i < wanted.length; i++) {
        const y = Math.floor(((3 + Math.floor(i / (width - 5)) + 0.5) * SHAPE[3]!) / height);
        const x = Math.floor(((5 + (i % (width - 5)) + 0.5) * SHAPE[4]!) / width);
        wanted[i] = Math.floor(y / 170) === 1 && Math.floor(x / 210) === 1 ? 9 : at(c, z, y, x);
      }
      expect(plane.data).toEqual(wanted);
    };
    expect(zooms.length).toBe(4);
    await look(3, 1, 1);
    const { reads } = source;
    expect(reads).toBe(7 * 11);
    for (const [k, z] of [
      [3, 0],
      [3, 3],
      [2, 1],
      [1, 2],
    ] as const)
      await look(k, 1, z);
    expect(source.reads).toBe(reads);
    await look(2, 0, 1);
    await look(2, 1, 5);
    expect(source.reads).toBe(3 * reads);
  },
);

test("keeps no more than it may", async () => {
  const source = new Counted(false);
  const levels = [{ source, path: "0" }];
  const samples = new SampleCache(100_000);
  const caches = { chunks: new ChunkCache({ wholeBytes: 0, borderBytes: 0 }), samples };
  const { height, width } = zoomsOf(levels)[1]!;
  await readPlane(levels, 1, { t: 0, c: 0, z: 0, y: 0, x: 0, height, width }, caches);
  expect(samples.bytes).toBeGreaterThan(0);
  expect(samples.bytes).toBeLessThanOrEqual(100_000);
});
