import { zstdCompressSync } from "node:zlib";
import { openImage } from "../../../shared/formats/open-image.ts";
import { MemoryStore } from "../../../shared/storage/memory.ts";
import { type MadeSubblock, makeCzi } from "../../support/make-czi.ts";
import { mutate, type Weak } from "../../support/mutate.ts";
import { type FuzzTarget, readSeries } from "../target.ts";

/** Small mosaics, with scenes, levels, colours and every compression. */
export const czi: FuzzTarget = {
  name: "CZI",
  share: 2,
  async seeds() {
    const grey = new Uint8Array(64).map((_, i) => i);
    const zstd = new Uint8Array(zstdCompressSync(grey));
    const tile = (more: Partial<MadeSubblock>): MadeSubblock => ({
      width: 8,
      height: 8,
      pixelType: 0,
      data: grey,
      ...more,
    });
    const packed = (...head: number[]) => Buffer.concat([Uint8Array.from(head), zstd]);
    const files = {
      mosaic: makeCzi({
        metadata: "<Scaling><Items><Distance Id='X'><Value>1e-7</Value></Distance></Items></Scaling>",
        subblocks: [
          tile({ at: { C: 0, M: 0 } }),
          tile({ at: { C: 0, M: 1 }, x: 6 }),
          tile({ at: { C: 0 }, width: 16, height: 8, stored: [8, 4], data: grey.subarray(0, 32) }),
        ],
      }),
      zstd: makeCzi({
        subblocks: [
          tile({ at: { Z: 0, S: 0 }, compression: 5, data: zstd }),
          tile({ at: { Z: 1, S: 1 }, compression: 6, data: packed(3, 1, 0) }),
          tile({ at: { Z: 0, S: 1 }, width: 4, pixelType: 1, compression: 6, data: packed(3, 1, 1) }),
        ],
      }),
      others: makeCzi({
        subblocks: [
          tile({ width: 4, height: 5, pixelType: 3 }),
          tile({ at: { C: 1 }, compression: 2, data: Uint8Array.of(128, 0, 64, 80, 56, 36, 22, 13, 7) }),
          tile({ at: { C: 2 }, compression: 1, data: Uint8Array.of(0xff, 0xd8, 0xff, 0xdb, 0, 67, 0) }),
        ],
      }),
    };
    return Object.entries(files).map(([name, bytes]) => ({
      name,
      bytes,
      damage: (sound, random) => mutate(sound, random, weakPlaces(sound)),
      async read(damaged) {
        const store = new MemoryStore();
        await store.put("image.czi", damaged);
        const file = await openImage({ store, key: "image.czi", uri: "memory://image.czi" });
        await readSeries({ ...file, series: file.series.filter(({ unreadable }) => !unreadable) });
      },
    }));
  },
};

/** The file header, what it points to, and the begin of the first subblock. */
function weakPlaces(bytes: Uint8Array): Weak {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const position = (at: number): number => Number(view.getBigInt64(at, true));
  const directory = position(32 + 52);
  return [
    [0, 120],
    [directory, 600],
    [directory + 160, 200],
    [position(32 + 60), 400],
    [position(directory + 32 + 128 + 6), 400],
  ];
}
