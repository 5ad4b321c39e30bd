import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MemoryStore } from "../../shared/storage/memory.ts";
import { crc32cCodec } from "../../shared/zarr/codecs/crc32c.ts";
import { openZarrArray } from "../../shared/zarr/read.ts";
import type { ArraySpec, CodecSpec } from "../../shared/zarr/spec.ts";
import { readArray } from "../support/read-array.ts";
import { sampleBlock } from "../support/sample-data.ts";
import { putArray, SPEC, storeOf } from "../support/zarr-store.ts";

const CODECS: CodecSpec[] = [
  { name: "blosc", cname: "zstd", level: 1, shuffle: "shuffle" },
  { name: "blosc", cname: "lz4", level: 1, shuffle: "shuffle" },
  { name: "zstd", level: 1 },
  { name: "gzip", level: 1 },
  { name: "none" },
];

const ALLOWED = ["CHUNK_DECODE", "CHECKSUM_MISMATCH", "UNSUPPORTED_CODEC"];

async function stored(
  change: Partial<ArraySpec>,
): Promise<{ store: MemoryStore; key: string; bytes: Uint8Array }> {
  const spec: ArraySpec = { ...SPEC, shape: [40, 30], chunkShape: [40, 30], ...change };
  const store = new MemoryStore("d");
  const array = await putArray(store, "a", spec, [[[0, 0], sampleBlock("uint16", [40, 30])]]);
  const key = array.objectKey([0, 0]);
  return { store, key, bytes: (await store.get(key))! };
}

describe("a chunk that is damaged", () => {
  it.each(CODECS)("by cutting: $name $cname", async (codec) => {
    const { store, key, bytes } = await stored({ codec });
    const array = await openZarrArray(store, "a");
    for (
      let length = 0;
      length < bytes.byteLength;
      length += Math.max(1, Math.floor(bytes.byteLength / 60))
    ) {
      await store.put(key, bytes.slice(0, length));
      await expect(array.readChunk([0, 0])).rejects.toMatchObject({
        code: "CHUNK_DECODE",
        message: expect.stringContaining(`memory://d/${key}`),
        details: { key, chunk: [0, 0] },
        hint: expect.any(String),
      });
    }
  });

  it.each(CODECS)("by other bytes: $name $cname", async (codec) => {
    const { store, key, bytes } = await stored({ codec });
    const array = await openZarrArray(store, "a");
    const edits = fc.array(fc.tuple(fc.nat(bytes.byteLength - 1), fc.nat(255)), {
      minLength: 1,
      maxLength: 5,
    });
    await fc.assert(
      fc.asyncProperty(edits, async (changes) => {
        const damaged = bytes.slice();
        for (const [at, value] of changes) damaged[at] = value;
        await store.put(key, damaged);
        const read = await array.readChunk([0, 0]).catch((error: { code?: string }) => error.code);
        if (typeof read === "string" || read === undefined) expect(ALLOWED).toContain(read);
        else expect(read.data.length).toBe(1200);
      }),
      { numRuns: 200 },
    );
  });

  it("and has a checksum is CHECKSUM_MISMATCH", async () => {
    const codecs = [{ name: "bytes", configuration: { endian: "little" } }, { name: "crc32c" }];
    const metadata = {
      zarr_format: 3,
      node_type: "array",
      shape: [4],
      data_type: "uint16",
      chunk_grid: { name: "regular", configuration: { chunk_shape: [4] } },
      chunk_key_encoding: { name: "default" },
      fill_value: 0,
      codecs,
    };
    const bytes = crc32cCodec().encode(Uint8Array.of(1, 0, 2, 0, 3, 0, 4, 0));
    const store = await storeOf({ "zarr.json": metadata, "c/0": bytes });
    const array = await openZarrArray(store);
    expect((await array.readChunk([0]))!.data).toEqual(Uint16Array.of(1, 2, 3, 4));
    bytes[2] = 9;
    await store.put("c/0", bytes);
    await expect(array.readChunk([0])).rejects.toMatchObject({
      code: "CHECKSUM_MISMATCH",
      message: expect.stringContaining("memory://test/c/0"),
    });
  });
});

describe("a shard that is damaged", () => {
  const SHARDED: Partial<ArraySpec> = { chunkShape: [10, 10], shardShape: [40, 30] };

  it("anywhere gives an error that names it, or other values", async () => {
    const { store, key, bytes } = await stored(SHARDED);
    await fc.assert(
      fc.asyncProperty(
        fc.nat(bytes.byteLength - 1),
        fc.nat(255),
        fc.nat(bytes.byteLength),
        async (at, value, end) => {
          const damaged = bytes.slice(0, end);
          damaged[at] = value;
          await store.put(key, damaged);
          try {
            await readArray(await openZarrArray(store, "a"));
          } catch (error) {
            const { code, message } = error as { code?: string; message: string };
            expect(ALLOWED).toContain(code);
            expect(message).toContain(`memory://d/${key}`);
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  it("in its index is CHECKSUM_MISMATCH, and is looked at again", async () => {
    const { store, key, bytes } = await stored(SHARDED);
    const damaged = bytes.slice();
    damaged[damaged.byteLength - 10]! ^= 1;
    await store.put(key, damaged);
    const array = await openZarrArray(store, "a");
    await expect(array.readChunk([0, 0])).rejects.toMatchObject({ code: "CHECKSUM_MISMATCH" });
    await store.put(key, bytes);
    expect(await array.readChunk([0, 0])).toBeDefined();
  });

  it("by an index that points beyond it, or claims too much, is CHUNK_DECODE", async () => {
    const { store, key, bytes } = await stored(SHARDED);
    const index = bytes.byteLength - 12 * 16 - 4;
    for (const [offset, length] of [
      [bytes.byteLength, 10],
      [0, 2 ** 40],
      [2 ** 60, 1],
    ] as const) {
      const damaged = bytes.slice();
      const view = new DataView(damaged.buffer, index);
      view.setBigUint64(0, BigInt(offset), true);
      view.setBigUint64(8, BigInt(length), true);
      damaged.set(crc32cCodec().encode(damaged.subarray(index, -4)), index);
      await store.put(key, damaged);
      const array = await openZarrArray(store, "a");
      await expect(array.readChunk([0, 0])).rejects.toMatchObject({ code: "CHUNK_DECODE" });
      expect(await array.readChunk([0, 1])).toBeDefined();
    }
  });
});
