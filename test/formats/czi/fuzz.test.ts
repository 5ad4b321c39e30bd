import { readFileSync } from "node:fs";
import { zstdCompressSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { sizeOf } from "../../../shared/block/block.ts";
import { isLamellaError } from "../../../shared/errors.ts";
import { openImage } from "../../../shared/formats/open-image.ts";
import { MemoryStore } from "../../../shared/storage/memory.ts";
import { type MadeSubblock, makeCzi } from "../../support/make-czi.ts";
import { generator, mutate, type Weak } from "../../support/mutate.ts";
import { sharedData } from "../../support/shared-data.ts";

/** Mutations in a run; `LAMELLA_FUZZ=10000` for a long one, `LAMELLA_FUZZ_SEED` for another. */
const RUNS = Number(process.env["LAMELLA_FUZZ"] ?? 600);
const SEED = Number(process.env["LAMELLA_FUZZ_SEED"] ?? 1);
const MEMORY = 512 * 2 ** 20;

const FILES = ["czi/aicspylibczi/tiles.czi", "generated_pylibCZIrw/u16_2scenes_zstd1.czi"];

function written(): Uint8Array[] {
  const grey = new Uint8Array(64).map((_, i) => i);
  const tile = (more: Partial<MadeSubblock>): MadeSubblock => ({
    width: 8,
    height: 8,
    pixelType: 0,
    data: grey,
    ...more,
  });
  const zstd = zstdCompressSync(grey);
  return [
    makeCzi({
      metadata: "<Scaling><Items><Distance Id='X'><Value>1e-7</Value></Distance></Items></Scaling>",
      subblocks: [
        tile({ at: { C: 0, M: 0 } }),
        tile({ at: { C: 0, M: 1 }, x: 6 }),
        tile({ at: { C: 0 }, width: 16, height: 8, stored: [8, 4], data: grey.subarray(0, 32) }),
      ],
    }),
    makeCzi({
      subblocks: [
        tile({ at: { Z: 0, S: 0 }, compression: 5, data: zstd }),
        tile({ at: { Z: 1, S: 1 }, compression: 6, data: Buffer.concat([Uint8Array.of(3, 1, 0), zstd]) }),
        tile({
          at: { Z: 0, S: 1 },
          width: 4,
          pixelType: 1,
          compression: 6,
          data: Buffer.concat([Uint8Array.of(3, 1, 1), zstd]),
        }),
      ],
    }),
  ];
}

/** The file header, what it points to, and the begin of each subblock. */
function weakPlaces(bytes: Uint8Array): Weak {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const directory = Number(view.getBigInt64(32 + 52, true));
  const metadata = Number(view.getBigInt64(32 + 60, true));
  const first = Number(view.getBigInt64(directory + 32 + 128 + 6, true));
  return [
    [0, 120],
    [directory, 800],
    [directory + 160, 200],
    [metadata, 400],
    [first, 160],
  ];
}

async function read(bytes: Uint8Array): Promise<string> {
  const store = new MemoryStore();
  await store.put("image.czi", bytes);
  const image = await openImage({ store, key: "image.czi", uri: "memory://image.czi" });
  for (const { source, levels, unreadable } of image.series) {
    if (unreadable) continue;
    for (const level of [source, ...levels]) {
      const grid = level.shape.map((n, axis) => Math.ceil(n / level.chunkShape[axis]!));
      const last = grid.map((n) => n - 1);
      for (const coords of [grid.map(() => 0), last, last.map((n) => n >> 1)]) {
        const block = await level.readChunk(coords);
        if (block && block.data.length !== sizeOf(block.shape)) return "wrong size";
      }
    }
  }
  return "read";
}

describe("damaged CZIs", () => {
  const data = sharedData("data");
  test(`${RUNS} mutations (seed ${SEED}) are read, or refused with a coded error`, async () => {
    const originals = [
      ...written(),
      ...(data ? FILES.map((name) => new Uint8Array(readFileSync(`${data}/${name}`))) : []),
    ];
    const places = originals.map(weakPlaces);
    const random = generator(SEED);
    const before = process.memoryUsage().rss;
    for (let run = 0; run < RUNS; run++) {
      const which = random(originals.length);
      const mutated = mutate(originals[which]!, random, places[which]!);
      let outcome: string;
      try {
        outcome = await read(mutated);
      } catch (error) {
        outcome =
          isLamellaError(error) && error.code !== "INTERNAL" ? "refused" : `${(error as Error).stack}`;
      }
      expect(["read", "refused"], `run ${run}, file ${which}, seed ${SEED}: ${outcome}`).toContain(outcome);
    }
    expect(process.memoryUsage().rss - before).toBeLessThan(MEMORY);
  }, 600_000);
});
