import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { sizeOf } from "../../../shared/block/block.ts";
import { isLamellaError } from "../../../shared/errors.ts";
import { openImage } from "../../../shared/formats/open-image.ts";
import { MemorySink } from "../../../shared/formats/tiff/sink.ts";
import { writeOmeTiff } from "../../../shared/formats/tiff/write.ts";
import { MemoryStore } from "../../../shared/storage/memory.ts";
import { sharedData } from "../../support/shared-data.ts";

/** Mutations in a run; `LAMELLA_FUZZ=10000` for a long one, `LAMELLA_FUZZ_SEED` for another. */
const RUNS = Number(process.env["LAMELLA_FUZZ"] ?? 300);
const SEED = Number(process.env["LAMELLA_FUZZ_SEED"] ?? 1);
const MEMORY = 512 * 2 ** 20;

/** Small files whose damage reaches every part of the reader. */
const FILES = [
  "tiff/pillow/hopper.tif",
  "tiff/pillow/tiff_strip_ycbcr_jpeg_2x2_sampling.tif",
  "tiff/image-tiff/images/predictor-3-rgb-f32.tif",
  "tiff/image-tiff/libtiffpic/depth/flower-rgb-contig-12.tif",
  "tiff/exampletiffs/shapes_lzw_tiled_planar.tif",
  "tiff/exampletiffs/shapes_zstd.tif",
  "tiff/exampletiffs/coffee.tif",
  "tiff/galaxy-image-analysis/split_image__zcyx.tiff",
  "tiff/libtiff/tiff_with_subifd_chain.tif",
  "generated_bioformats/mcz_int8_lzw_tiled_subifd3.ome.tif",
];

async function written(): Promise<Uint8Array[]> {
  const files: Uint8Array[] = [];
  for (const [compression, bigTiff] of [
    ["deflate", false],
    ["zstd", true],
    ["none", false],
  ] as const) {
    const sink = new MemorySink();
    await writeOmeTiff(
      sink,
      {
        name: compression,
        shape: [1, 2, 2, 70, 60],
        dtype: "uint16",
        tile: [32, 32],
        compression,
        bigTiff,
        predictor: compression !== "none",
        levels: [[35, 30]],
      },
      ({ rows, columns }) => new Uint16Array(rows * columns).map((_, i) => i * 7),
    );
    files.push(sink.bytes);
  }
  return files;
}

function generator(seed: number): (below: number) => number {
  let state = seed | 0;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let n = Math.imul(state ^ (state >>> 15), 1 | state);
    n = (n + Math.imul(n ^ (n >>> 7), 61 | n)) ^ n;
    return Math.floor((((n ^ (n >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

const EXTREMES = [0, 1, 2, 0x7f, 0xff, 0x7fff, 0xffff, 0x7fffffff, 0xffffffff];

/** Cuts, flips, extreme numbers and moved pieces, most of them where directories are. */
function mutate(bytes: Uint8Array, random: (below: number) => number): Uint8Array {
  let out = bytes.slice();
  const near = random(2) === 0 ? Math.min(out.length, 600) : out.length;
  const place = (): number => (random(2) === 0 ? random(near) : Math.max(0, out.length - 1 - random(near)));
  for (let i = random(4) + 1; i > 0; i--) {
    const at = place();
    const view = new DataView(out.buffer, out.byteOffset, out.byteLength);
    switch (random(6)) {
      case 0:
        out[at] = out[at]! ^ (1 << random(8));
        break;
      case 1:
        out[at] = random(256);
        break;
      case 2:
        if (at + 4 <= out.length) view.setUint32(at, EXTREMES[random(EXTREMES.length)]!, random(2) === 0);
        break;
      case 3:
        if (at + 2 <= out.length)
          view.setUint16(at, EXTREMES[random(EXTREMES.length)]! & 0xffff, random(2) === 0);
        break;
      case 4:
        out.copyWithin(at, place(), place());
        break;
      default:
        if (random(4) === 0) out = out.slice(0, Math.max(1, at));
    }
  }
  return out;
}

async function read(bytes: Uint8Array): Promise<string> {
  const store = new MemoryStore();
  await store.put("image.tif", bytes);
  const image = await openImage({ store, key: "image.tif", uri: "memory://image.tif" });
  for (const { source, levels } of image.series) {
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

describe("damaged TIFFs", () => {
  const data = sharedData("data");
  test(`${RUNS} mutations (seed ${SEED}) are read, or refused with a coded error`, async () => {
    const originals = [
      ...(await written()),
      ...(data ? FILES.map((name) => new Uint8Array(readFileSync(`${data}/${name}`))) : []),
    ];
    const random = generator(SEED);
    const before = process.memoryUsage().rss;
    for (let run = 0; run < RUNS; run++) {
      const which = random(originals.length);
      const mutated = mutate(originals[which]!, random);
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
