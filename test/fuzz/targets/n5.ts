import { gzipSync } from "node:zlib";
import { openN5Array } from "../../../shared/formats/n5/open.ts";
import { storeOf } from "../../support/zarr-store.ts";
import { type FuzzTarget, readSome } from "../target.ts";
import { seedsOf } from "./zarr.ts";

/** Attributes and a block of small N5 datasets. */
export const n5: FuzzTarget = {
  name: "N5",
  share: 1,
  async seeds() {
    const header = Buffer.from([0, 0, 0, 2, 0, 0, 0, 6, 0, 0, 0, 5]);
    const raw = Buffer.alloc(60, 3);
    const attributes = { dimensions: [6, 5], blockSize: [6, 5], dataType: "uint16" };
    const seeds = [];
    for (const [compression, block] of [
      [{ type: "raw" }, raw],
      [{ type: "gzip", level: -1 }, gzipSync(raw)],
    ] as const) {
      const store = await storeOf({
        "attributes.json": { ...attributes, compression },
        "0/0": new Uint8Array(Buffer.concat([header, block])),
      });
      seeds.push(
        ...(await seedsOf(`N5 ${compression.type}`, store, async (other) =>
          readSome(await openN5Array(other, "")),
        )),
      );
    }
    return seeds;
  },
};
