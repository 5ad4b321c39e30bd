import { zipSync } from "fflate";
import { MemoryStore } from "../../../shared/storage/memory.ts";
import { ZipStore } from "../../../shared/storage/zip/store.ts";
import { openZarrArray } from "../../../shared/zarr/read.ts";
import { arrayMetadataObjects, chunkKey, encodeChunk } from "../../../shared/zarr/write.ts";
import { SPEC } from "../../support/zarr-store.ts";
import { damageBytes } from "../damage.ts";
import { type FuzzTarget, readSome } from "../target.ts";

/** A small array in an archive, stored and deflated. */
export const zip: FuzzTarget = {
  name: "zip",
  share: 1,
  async seeds() {
    const members: { [name: string]: Uint8Array } = {};
    for (const { key, bytes } of arrayMetadataObjects(SPEC)) members[key] = bytes;
    const data = Uint16Array.from({ length: 20 }, (_, i) => i);
    members[chunkKey(SPEC, [0, 0])] = encodeChunk(SPEC, { dtype: "uint16", shape: [4, 5], data })!;
    return ([0, 6] as const).map((level) => ({
      name: level === 0 ? "stored" : "deflated",
      bytes: zipSync(members, { level }),
      damage: damageBytes,
      async read(damaged) {
        const parent = new MemoryStore();
        await parent.put("a.zip", damaged);
        const store = new ZipStore(parent, "a.zip", "memory://a.zip");
        await store.listDirectory("");
        await readSome(await openZarrArray(store));
      },
    }));
  },
};
