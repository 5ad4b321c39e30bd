import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { CODECS, ownSide } from "../../bench/codecs/sides.ts";
import { codecs, wrongWith } from "../../bench/codecs.ts";
import { testHeap } from "../support/kernels.ts";
import { randomBlock } from "../support/lazy.ts";

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "lamella-bench-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it("measures every codec on each kind of data, and says why nothing is beside it", async () => {
  const options = { size: "small", runs: 1, workers: 1, folder, log: () => {} } as const;
  const result = await codecs({ ...options, python: path.join(folder, "no-python") });
  expect(result.rows).toHaveLength(3 * Object.keys(CODECS).length);
  for (const { own, bytes } of result.rows) {
    expect(own.encodedBytes).toBeLessThan(bytes);
    expect(own.encodeSeconds).toBeGreaterThan(0);
    expect(own.decodeSeconds).toBeGreaterThan(0);
  }
  expect(result.skipped).toContain("no-python");
  expect(result.failures).toEqual([]);
});

it("tells who doesn't give back what the other encoded", async () => {
  const heap = testHeap();
  const block = heap.copyIn(randomBlock("uint16", [4, 8, 8], 1));
  const own = ownSide("blosc zstd 1, shuffle", block, heap);
  expect(await wrongWith(block, own, own)).toEqual([]);
  const careless = {
    ...own,
    decode: async (encoded: Uint8Array) => {
      const decoded = await own.decode(encoded);
      decoded.data[3] = Number(decoded.data[3]) ^ 1;
      return decoded;
    },
  };
  const wrong = await wrongWith(block, own, careless);
  expect(wrong).toHaveLength(1);
  expect(wrong[0]).toContain("numcodecs decodes Lamella's: 1 of 256 elements differ, element 3");
  heap.free(block);
});
