import { strToU8, unzipSync, type ZipOptions, zipSync } from "fflate";
import { describe, expect, it } from "vitest";
import { CountingStore } from "../../shared/storage/counting.ts";
import { MemoryStore } from "../../shared/storage/memory.ts";
import { openStore } from "../../shared/storage/uri.ts";
import { ozxComment, packStore } from "../../shared/storage/zip/pack.ts";
import { ZipStore } from "../../shared/storage/zip/store.ts";
import { writeZip, type ZipMember } from "../../shared/storage/zip/write.ts";
import { storeOf } from "../support/zarr-store.ts";

const count = { bytesRead: 0, bytesWritten: 0, reads: 0, writes: 0 };

async function zipOf(bytes: Uint8Array): Promise<ZipStore> {
  const store = new MemoryStore("test");
  await store.put("a.zip", bytes);
  return new ZipStore(new CountingStore(store, count), "a.zip", "test/a.zip");
}

const noise = Uint8Array.from({ length: 300_000 }, (_, i) => (i * i * 7919) >> 3);

describe.each([
  ["stored", { level: 0 } satisfies ZipOptions],
  ["deflated", { level: 6 } satisfies ZipOptions],
])("an archive, %s, as fflate writes it", (_, options) => {
  const archive = zipSync(
    {
      "zarr.json": strToU8("{}"),
      "0": { "zarr.json": strToU8("[1]"), c: { "0": noise } },
      empty: new Uint8Array(0),
    },
    options,
  );

  it("gives its members whole and in parts", async () => {
    const store = await zipOf(archive);
    expect(new TextDecoder().decode(await store.get("zarr.json"))).toBe("{}");
    expect(await store.get("0/c/0")).toEqual(noise);
    expect(await store.getRange("0/c/0", 1000, 50)).toEqual(noise.slice(1000, 1050));
    expect(await store.getRange("0/c/0", -10, 10)).toEqual(noise.slice(-10));
    expect(await store.getRange("0/c/0", 299_990, 100)).toEqual(noise.slice(-10));
    expect(await store.get("empty")).toHaveLength(0);
    expect(await store.get("1/zarr.json")).toBeUndefined();
    expect(await store.getRange("1/zarr.json", 0, 1)).toBeUndefined();
    expect(await store.head("0/c/0")).toMatchObject({ size: 300_000 });
    expect(await store.head("0/c")).toBeUndefined();
  });

  it("lists", async () => {
    const store = await zipOf(archive);
    const keys: string[] = [];
    for await (const { key } of store.list("0/")) keys.push(key);
    expect(keys).toEqual(["0/c/0", "0/zarr.json"]);
    expect(await store.listDirectory("")).toEqual(["0/", "empty", "zarr.json"]);
    expect(await store.listDirectory("0/")).toEqual(["c/", "zarr.json"]);
    expect(await store.child("0").listDirectory("")).toEqual(["c/", "zarr.json"]);
  });

  it("is read only, and its keys stay in it", async () => {
    const store = await zipOf(archive);
    await expect(store.put("a")).rejects.toMatchObject({ code: "UNSUPPORTED_URI" });
    await expect(store.delete("a")).rejects.toMatchObject({ code: "UNSUPPORTED_URI" });
    await expect(store.get("../a")).rejects.toMatchObject({ code: "UNSAFE_KEY" });
  });
});

it("takes a request for the directory, and one for a member", async () => {
  const store = await zipOf(zipSync({ "zarr.json": strToU8("{}"), a: noise }, { level: 0 }));
  count.reads = 0;
  count.bytesRead = 0;
  await store.get("zarr.json");
  await store.get("zarr.json");
  expect(count.reads).toBeLessThanOrEqual(4);
  expect(count.bytesRead).toBeLessThan(4096);
});

it("takes the one folder that an archive holds for its root", async () => {
  const folder = await zipOf(
    zipSync({ "image.zarr": { "zarr.json": strToU8("{}"), c: { "0": noise } }, "__MACOSX/x": noise }),
  );
  expect(await folder.listDirectory("")).toEqual(["c/", "zarr.json"]);
  expect(await folder.get("c/0")).toEqual(noise);
  const two = await zipOf(zipSync({ "a.zarr/zarr.json": noise, "b.zarr/zarr.json": noise }));
  expect(await two.listDirectory("")).toEqual(["a.zarr/", "b.zarr/"]);
});

it("opens by the name of a place", async () => {
  expect(await openStore("https://host/a.ozx?key=1")).toBeInstanceOf(ZipStore);
  expect(await openStore("s3://bucket/a.zip#0")).toBeInstanceOf(ZipStore);
  expect(await openStore("s3://bucket/a.zip/b.zarr")).not.toBeInstanceOf(ZipStore);
});

async function written(members: Iterable<ZipMember>, comment?: Uint8Array): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  const sink = { write: async (bytes: Uint8Array) => void parts.push(new Uint8Array(bytes)) };
  await writeZip(sink, members, comment ? { comment } : {});
  return new Uint8Array(Buffer.concat(parts));
}

const memberOf = (name: string, bytes: Uint8Array): ZipMember => ({
  name,
  bytes: bytes.length,
  read: async (offset, length) => bytes.subarray(offset, offset + length),
});

describe("writing", () => {
  it("is read by fflate, and by us", async () => {
    const archive = await written([memberOf("zarr.json", strToU8("{}")), memberOf("ä/0", noise)]);
    const members = unzipSync(archive);
    expect(Object.keys(members)).toEqual(["zarr.json", "ä/0"]);
    expect(members["ä/0"]).toEqual(noise);
    expect(await (await zipOf(archive)).get("ä/0")).toEqual(noise);
  });

  it("orders metadata breadth first, and comments as RFC 9 says", async () => {
    const store = await storeOf({
      "0/0/c/0": "x",
      "0/0/zarr.json": "3",
      "0/zarr.json": "2",
      "zarr.json": "1",
      "OME/zarr.json": "2",
    });
    const parts: Uint8Array[] = [];
    await packStore(
      store,
      { write: async (bytes) => void parts.push(new Uint8Array(bytes)) },
      { comment: ozxComment("0.5") },
    );
    const archive = new Uint8Array(Buffer.concat(parts));
    expect(Object.keys(unzipSync(archive))).toEqual([
      "zarr.json",
      "0/zarr.json",
      "OME/zarr.json",
      "0/0/zarr.json",
      "0/0/c/0",
    ]);
    const comment = await (await zipOf(archive)).comment();
    expect(comment.endsWith("\0")).toBe(true);
    expect(JSON.parse(comment.slice(0, -1))).toMatchObject({ ome: { version: "0.5" } });
  });

  it("takes more members than 65535", async () => {
    const members = Array.from({ length: 70_000 }, (_, i) => memberOf(`c/${i}`, Uint8Array.of(i & 255)));
    const store = await zipOf(await written(members));
    expect(await store.listDirectory("c/")).toHaveLength(70_000);
    expect(await store.get("c/69999")).toEqual(Uint8Array.of(69_999 & 255));
  });

  it("notices a member that changes", async () => {
    const member = { name: "a", bytes: 10, read: async () => new Uint8Array(9) };
    await expect(written([member])).rejects.toMatchObject({ code: "INPUT_CHANGED" });
  });

  it("places members beyond 4 GiB with zip64's fields", async () => {
    // Reading alone: the record of a member in a directory, as large archives have it.
    const archive = await written([memberOf("a", Uint8Array.of(1, 2, 3))]);
    const view = Buffer.from(archive);
    const at = view.indexOf(Buffer.from([0x50, 0x4b, 1, 2]));
    const extra = Buffer.alloc(4 + 24);
    extra.writeUInt16LE(1, 0);
    extra.writeUInt16LE(24, 2);
    extra.writeBigUInt64LE(3n, 4);
    extra.writeBigUInt64LE(3n, 12);
    extra.writeBigUInt64LE(0n, 20);
    const record = Buffer.from(view.subarray(at, at + 47));
    for (const field of [20, 24, 42]) record.writeUInt32LE(0xffffffff, field);
    record.writeUInt16LE(extra.length, 30);
    const tail = Buffer.from(view.subarray(at + 47));
    tail.writeBigUInt64LE(BigInt(47 + extra.length), 40);
    tail.writeBigUInt64LE(BigInt(at + 47 + extra.length), 56 + 8);
    const store = await zipOf(new Uint8Array(Buffer.concat([view.subarray(0, at), record, extra, tail])));
    expect(await store.get("a")).toEqual(Uint8Array.of(1, 2, 3));
  });
});

describe("hostile archives", () => {
  const sound = Buffer.from(zipSync({ "zarr.json": strToU8("{}"), a: new Uint8Array(5000) }, { level: 6 }));
  const changed = (change: (bytes: Buffer, central: number, end: number) => void): Uint8Array => {
    const bytes = Buffer.from(sound);
    change(
      bytes,
      bytes.indexOf(Buffer.from([0x50, 0x4b, 1, 2])),
      bytes.lastIndexOf(Buffer.from([0x50, 0x4b, 5, 6])),
    );
    return new Uint8Array(bytes);
  };

  it.each([
    ["nothing", new Uint8Array(0), "ZIP_MALFORMED"],
    ["no zip", strToU8("PK\x03\x04 and then nothing"), "ZIP_MALFORMED"],
    ["cut short", new Uint8Array(sound.subarray(0, sound.length - 30)), "ZIP_MALFORMED"],
    [
      "a directory that lies elsewhere",
      changed((b, _, end) => b.writeUInt32LE(7, end + 16)),
      "ZIP_MALFORMED",
    ],
    [
      "a directory beyond the file",
      changed((b, _, end) => b.writeUInt32LE(0x7fffffff, end + 12)),
      "ZIP_UNSUPPORTED",
    ],
    [
      "more members than there is room for",
      changed((b, _, end) => b.writeUInt16LE(60_000, end + 10)),
      "ZIP_MALFORMED",
    ],
    ["fewer bytes of directory", changed((b, _, end) => b.writeUInt32LE(93, end + 12)), "ZIP_MALFORMED"],
    [
      "a member over the others",
      changed((b, central) => b.writeUInt32LE(4000, central + 20)),
      "ZIP_MALFORMED",
    ],
    ["several parts", changed((b, _, end) => b.writeUInt16LE(1, end + 4)), "ZIP_UNSUPPORTED"],
    ["encryption", changed((b, central) => b.writeUInt16LE(1, central + 8)), "ZIP_UNSUPPORTED"],
    ["a name that climbs", zipSync({ "../evil": noise }), "UNSAFE_KEY"],
    ["an absolute name", zipSync({ "/etc/passwd": noise }), "UNSAFE_KEY"],
    ["a backslash", zipSync({ "a\\b": noise }), "UNSAFE_KEY"],
    [
      "zip64 sizes that are not there",
      changed((b, central) => b.writeUInt32LE(0xffffffff, central + 24)),
      "ZIP_MALFORMED",
    ],
  ])("%s", async (_, archive, code) => {
    await expect((await zipOf(archive)).listDirectory("")).rejects.toMatchObject({ code });
  });

  it.each([
    [
      "a size that deflate can't reach",
      changed((b, c) => b.writeUInt32LE(0x7fffffff, c + 24)),
      "ZIP_MALFORMED",
      "zarr.json",
    ],
    ["a size that differs", changed((b, c) => b.writeUInt32LE(1, c + 24)), "ZIP_MALFORMED", "zarr.json"],
    ["another method", changed((b, c) => b.writeUInt16LE(12, c + 10)), "ZIP_UNSUPPORTED", "zarr.json"],
    ["another checksum", changed((b, c) => b.writeUInt32LE(1, c + 16)), "CHECKSUM_MISMATCH", "zarr.json"],
    ["stored, in fewer bytes", changed((b, c) => b.writeUInt16LE(0, c + 10)), "ZIP_MALFORMED", "zarr.json"],
    ["no local header", changed((b) => b.writeUInt32LE(1, 0)), "ZIP_MALFORMED", "zarr.json"],
    [
      "a local header that runs over",
      changed((b) => b.writeUInt16LE(0xffff, 28)),
      "ZIP_MALFORMED",
      "zarr.json",
    ],
  ])("%s", async (_, archive, code, key) => {
    const store = await zipOf(archive);
    await expect(store.get(key)).rejects.toMatchObject({ code });
  });

  it("a changed archive", async () => {
    const parent = new MemoryStore("test");
    await parent.put("a.zip", zipSync({ a: noise }, { level: 0 }));
    const store = new ZipStore(parent, "a.zip", "test/a.zip");
    await store.head("a");
    await parent.put("a.zip", zipSync({ a: noise.slice(1) }, { level: 0 }));
    await expect(store.get("a")).rejects.toMatchObject({ code: "INPUT_CHANGED" });
  });

  it("bytes changed at random are coded errors, or read", async () => {
    let seed = 7;
    const next = (n: number) => {
      seed = (seed * 1103515245 + 12345) & 0x7fffffff;
      return seed % n;
    };
    let refused = 0;
    for (let turn = 0; turn < 1000; turn++) {
      const bytes = new Uint8Array(sound);
      for (let k = next(6) + 1; k > 0; k--) bytes[next(bytes.length)] = [0, 255, next(256)][next(3)]!;
      const store = await zipOf(next(10) === 0 ? bytes.subarray(0, next(bytes.length)) : bytes);
      try {
        for await (const { key } of store.list("")) await store.get(key);
      } catch (error) {
        refused++;
        expect((error as { code?: string }).code, `turn ${turn}: ${error}`).toMatch(
          /^(ZIP_MALFORMED|ZIP_UNSUPPORTED|UNSAFE_KEY|CHECKSUM_MISMATCH)$/,
        );
      }
    }
    expect(refused).toBeGreaterThan(200);
  });
});
