import { isImage, readImage } from "../../../shared/formats/ngff/read.ts";
import { MemoryStore } from "../../../shared/storage/memory.ts";
import { openZarrArray, openZarrNode } from "../../../shared/zarr/read.ts";
import type { ArraySpec } from "../../../shared/zarr/spec.ts";
import { groupMetadataObjects } from "../../../shared/zarr/write.ts";
import { sampleBlock } from "../../support/sample-data.ts";
import { putArray, SPEC, storeOf } from "../../support/zarr-store.ts";
import { damageBytes, damageText, oneOf } from "../damage.ts";
import { type FuzzTarget, readSome, type Seed } from "../target.ts";

const ARRAYS: { readonly [name: string]: Partial<ArraySpec> } = {
  "v3 blosc": {},
  "v3 gzip": { codec: { name: "gzip", level: 1 } },
  "v3 zstd": { codec: { name: "zstd", level: 1 }, dtype: "float32" },
  "v3 none": { codec: { name: "none" }, dtype: "int64" },
  "v3 shards": { shardShape: [4, 6], chunkShape: [2, 3], shape: [4, 6] },
  "v2 blosc": { zarrFormat: 2 },
  "v2 gzip": { zarrFormat: 2, codec: { name: "gzip", level: 1 } },
};

/** Each object of some stores by itself: metadata as text, chunks and shards as bytes. */
export const zarr: FuzzTarget = {
  name: "Zarr",
  share: 3,
  async seeds() {
    const seeds: Seed[] = [];
    for (const [name, changes] of Object.entries(ARRAYS)) {
      const spec = { ...SPEC, ...changes };
      const store = new MemoryStore();
      await putArray(store, "", spec, [
        [[0, 0], sampleBlock(spec.dtype, spec.shardShape ?? spec.chunkShape)],
      ]);
      seeds.push(...(await seedsOf(name, store, async (other) => readSome(await openZarrArray(other, "")))));
    }
    for (const version of ["0.4", "0.5"] as const)
      seeds.push(...(await seedsOf(`OME-Zarr ${version}`, await imageStore(version), readImageStore)));
    return seeds;
  },
};

async function imageStore(version: "0.4" | "0.5"): Promise<MemoryStore> {
  const axes = ["y", "x"].map((name) => ({ name, type: "space", unit: "micrometer" }));
  const multiscales = [
    {
      ...(version === "0.4" ? { version } : {}),
      name: "image",
      axes,
      datasets: [{ path: "0", coordinateTransformations: [{ type: "scale", scale: [0.5, 0.5] }] }],
    },
  ];
  const omero = { channels: [{ label: "a", color: "00FF00", window: { start: 0, end: 9, min: 0, max: 9 } }] };
  const ome = version === "0.4" ? { multiscales, omero } : { ome: { version, multiscales, omero } };
  const zarrFormat = version === "0.4" ? 2 : 3;
  const objects = groupMetadataObjects(zarrFormat, JSON.parse(JSON.stringify(ome)));
  const store = await storeOf(Object.fromEntries(objects.map(({ key, bytes }) => [key, bytes])));
  const spec = { ...SPEC, zarrFormat } as const;
  await putArray(store, "0", spec, [[[0, 0], sampleBlock(spec.dtype, spec.chunkShape)]]);
  return store;
}

async function readImageStore(store: MemoryStore): Promise<void> {
  const node = await openZarrNode(store, "");
  if (node.kind === "array") return readSome(node.array);
  if (!isImage(node.group.attributes)) return;
  const image = readImage(node.group.attributes, node.group.label);
  for (const { path } of image.datasets.slice(0, 4)) await readSome(await openZarrArray(store, path));
}

/** A seed for each object: it is damaged, the others are sound. */
export async function seedsOf(
  name: string,
  store: MemoryStore,
  read: (store: MemoryStore) => Promise<void>,
): Promise<Seed[]> {
  const objects: [key: string, bytes: Uint8Array][] = [];
  for await (const { key } of store.list("")) objects.push([key, (await store.get(key))!]);
  return objects.map(([key, bytes]) => ({
    name: `${name}: ${key}`,
    bytes,
    damage: bytes[0] === 0x7b ? oneOf(damageText, damageText, damageBytes) : damageBytes,
    async read(damaged) {
      const other = new MemoryStore();
      for (const [otherKey, content] of objects) await other.put(otherKey, content);
      await other.put(key, damaged);
      await read(other);
    },
  }));
}
