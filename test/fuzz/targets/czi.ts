import { zstdCompressSync } from "node:zlib";
import { openImage } from "../../../shared/formats/open-image.ts";
import { MemoryStore } from "../../../shared/storage/memory.ts";
import { type MadeSubblock, makeCzi } from "../../support/make-czi.ts";
import { damageBytes } from "../damage.ts";
import { type FuzzTarget, readSeries } from "../target.ts";

/** Small mosaics, with scenes, levels and zstd. */
export const czi: FuzzTarget = {
  name: "CZI",
  share: 1,
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
    const files = {
      mosaic: makeCzi({
        metadata: "<Scaling><Items><Distance Id='X'><Value>1e-7</Value></Distance></Items></Scaling>",
        subblocks: [
          tile({ at: { C: 0, M: 0 } }),
          tile({ at: { C: 0, M: 1 }, x: 6 }),
          tile({ at: { C: 0 }, width: 16, height: 8, stored: [8, 4], data: grey.subarray(0, 32) }),
        ],
      }),
      zstd: makeCzi({ subblocks: [tile({ at: { Z: 0, S: 0 }, compression: 5, data: zstd })] }),
    };
    return Object.entries(files).map(([name, bytes]) => ({
      name,
      bytes,
      damage: damageBytes,
      async read(damaged) {
        const store = new MemoryStore();
        await store.put("image.czi", damaged);
        const file = await openImage({ store, key: "image.czi", uri: "memory://image.czi" });
        await readSeries({ ...file, series: file.series.filter(({ unreadable }) => !unreadable) });
      },
    }));
  },
};
