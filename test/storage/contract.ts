import { describe, expect, test } from "vitest";
import type { ObjectStore } from "../../shared/storage/store.ts";

const UNSAFE = [
  "",
  "/",
  "/a",
  "a/",
  "a//b",
  ".",
  "..",
  "../a",
  "a/../b",
  "a/..",
  "./a",
  "a\\b",
  "a\0b",
  "a\nb",
  "\ud800",
];

export function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

export async function keysOf(store: ObjectStore, prefix = ""): Promise<string[]> {
  const keys: string[] = [];
  for await (const entry of store.list(prefix)) keys.push(entry.key);
  return keys;
}

/** What every writable store must do. `open` gives a new, empty one. */
export function testStoreContract(name: string, open: () => Promise<ObjectStore>): void {
  describe(`${name} keeps the store's contract`, () => {
    test("gives back what was put, in a buffer of its own", async () => {
      const store = await open();
      const written = bytesOf("pixels");
      const info = await store.put("a/b/c", written);
      written.fill(0);
      const read = await store.get("a/b/c");
      expect(read).toEqual(bytesOf("pixels"));
      expect(read?.byteOffset).toBe(0);
      expect(read?.buffer.byteLength).toBe(6);
      expect(info.size).toBe(6);
      expect(await store.head("a/b/c")).toEqual(info);
    });

    test("keeps empty objects", async () => {
      const store = await open();
      await store.put("empty", new Uint8Array(0));
      expect(await store.get("empty")).toEqual(new Uint8Array(0));
      expect(await store.getRange("empty", 0, 4)).toEqual(new Uint8Array(0));
      expect(await store.getRange("empty", -4, 4)).toEqual(new Uint8Array(0));
      expect((await store.head("empty"))?.size).toBe(0);
    });

    test("keeps objects of some megabytes", async () => {
      const store = await open();
      const big = new Uint8Array(3_000_001).map((_, i) => (i * 2654435761) >>> 24);
      await store.put("big", big);
      expect(Buffer.compare((await store.get("big"))!, big)).toBe(0);
      const part = await store.getRange("big", 1_234_567, 1_000_000);
      expect(Buffer.compare(part!, big.subarray(1_234_567, 2_234_567))).toBe(0);
    });

    test("replaces an object", async () => {
      const store = await open();
      const first = await store.put("k", bytesOf("a longer text"));
      const second = await store.put("k", bytesOf("short"));
      expect(await store.get("k")).toEqual(bytesOf("short"));
      expect(second.etag).not.toBe(first.etag);
    });

    test("knows no absent object", async () => {
      const store = await open();
      await store.put("folder/object", bytesOf("x"));
      for (const key of ["nothing", "folder", "folder/object/below"]) {
        expect(await store.get(key)).toBeUndefined();
        expect(await store.getRange(key, 0, 1)).toBeUndefined();
        expect(await store.getRange(key, 0, 0)).toBeUndefined();
        expect(await store.head(key)).toBeUndefined();
      }
    });

    test.each([
      [0, 4, "0123"],
      [3, 4, "3456"],
      [8, 10, "89"],
      [10, 5, ""],
      [50, 5, ""],
      [2, 0, ""],
      [-3, 3, "789"],
      [-5, 2, "56"],
      [-3, 10, "789"],
      [-50, 4, "0123"],
    ])("reads from %i, %i bytes", async (offset, length, expected) => {
      const store = await open();
      await store.put("digits", bytesOf("0123456789"));
      expect(await store.getRange("digits", offset, length)).toEqual(bytesOf(expected));
    });

    test.each([
      [0.5, 1],
      [0, -1],
      [Number.NaN, 1],
    ])("refuses a range from %d of %d", async (offset, length) => {
      const store = await open();
      await expect(store.getRange("k", offset, length)).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
    });

    test("reads only the version asked for", async () => {
      const store = await open();
      const { etag } = await store.put("k", bytesOf("first"));
      expect(await store.get("k", { ifMatch: etag })).toEqual(bytesOf("first"));
      expect(await store.getRange("k", 1, 2, { ifMatch: etag })).toEqual(bytesOf("ir"));
      await store.put("k", bytesOf("the second"));
      const changed = { code: "INPUT_CHANGED", details: { key: "k" } };
      await expect(store.get("k", { ifMatch: etag })).rejects.toMatchObject(changed);
      await expect(store.getRange("k", 1, 2, { ifMatch: etag })).rejects.toMatchObject(changed);
      await expect(store.head("k", { ifMatch: etag })).rejects.toMatchObject(changed);
    });

    test("creates an object once", async () => {
      const store = await open();
      expect(await store.putIfAbsent("a/claim", bytesOf("first"))).toBe(true);
      expect(await store.putIfAbsent("a/claim", bytesOf("second"))).toBe(false);
      expect(await store.get("a/claim")).toEqual(bytesOf("first"));
      await store.delete("a/claim");
      expect(await store.putIfAbsent("a/claim", bytesOf("third"))).toBe(true);
      expect(await keysOf(store)).toEqual(["a/claim"]);
    });

    test("lets one of twenty win", async () => {
      const store = await open();
      const texts = Array.from({ length: 20 }, (_, i) => `claim of run ${i}`);
      const won = await Promise.all(texts.map((text) => store.putIfAbsent("runs/claim", bytesOf(text))));
      expect(won.filter(Boolean)).toHaveLength(1);
      expect(await store.get("runs/claim")).toEqual(bytesOf(texts[won.indexOf(true)]!));
      expect(await keysOf(store)).toEqual(["runs/claim"]);
    });

    test("deletes, and minds no absence", async () => {
      const store = await open();
      await store.put("a/b", bytesOf("x"));
      await store.delete("a/b");
      await store.delete("a/b");
      await store.delete("never/was");
      expect(await store.get("a/b")).toBeUndefined();
      expect(await store.listDirectory("")).toEqual([]);
    });

    test("lists keys in the order of their bytes", async () => {
      const store = await open();
      const keys = [
        "a",
        "a!/y",
        "a.b",
        "a/b/c",
        "a/b0",
        "a0",
        "b/.zattrs",
        "b/0.0",
        "c/0/0",
        "c/0/1",
        "c/10/0",
        "é",
        "\ufffd",
        "😀",
      ];
      for (const key of [...keys].reverse()) {
        if (key !== "a") await store.put(key, bytesOf(key));
      }
      expect(await keysOf(store)).toEqual(keys.slice(1));
      expect(await keysOf(store, "a/b")).toEqual(["a/b/c", "a/b0"]);
      expect(await keysOf(store, "a/b/")).toEqual(["a/b/c"]);
      expect(await keysOf(store, "b/.")).toEqual(["b/.zattrs"]);
      expect(await keysOf(store, "c/1")).toEqual(["c/10/0"]);
      expect(await keysOf(store, "absent/")).toEqual([]);
      for await (const entry of store.list("c/")) {
        const { key, ...info } = entry;
        expect(await store.head(key)).toEqual(info);
      }
    });

    test("lists what comes after a key, whether it is there or not", async () => {
      const store = await open();
      const keys = ["c/0/9", "c/1", "c/1/0", "c/10", "c/2/\ufffd", "c/2/😀", "d"];
      for (const key of keys) if (key !== "c/1") await store.put(key, bytesOf(key));
      const behind = async (of: ObjectStore, prefix: string, key: string) => {
        const found: string[] = [];
        for await (const entry of of.list(prefix, { after: key })) found.push(entry.key);
        return found;
      };
      expect(await behind(store, "c/", "c/1")).toEqual(["c/1/0", "c/10", "c/2/\ufffd", "c/2/😀"]);
      expect(await behind(store, "c/", "c/10")).toEqual(["c/2/\ufffd", "c/2/😀"]);
      expect(await behind(store, "c/", "c/2/\ufffd")).toEqual(["c/2/😀"]);
      expect(await behind(store, "c/", "a")).toHaveLength(5);
      expect(await behind(store, "c/", "d")).toEqual([]);
      expect(await behind(store.child("c"), "", "1/0")).toEqual(["10", "2/\ufffd", "2/😀"]);
    });

    test("lists one folder", async () => {
      const store = await open();
      for (const key of ["zarr.json", "0/zarr.json", "0/c/0/0", "0/c/0/1", "labels/x/zarr.json"]) {
        await store.put(key, bytesOf(key));
      }
      expect(await store.listDirectory("")).toEqual(["0/", "labels/", "zarr.json"]);
      expect(await store.listDirectory("0/")).toEqual(["c/", "zarr.json"]);
      expect(await store.listDirectory("0/c/0/")).toEqual(["0", "1"]);
      expect(await store.listDirectory("absent/")).toEqual([]);
      await expect(store.listDirectory("0")).rejects.toMatchObject({ code: "UNSAFE_KEY" });
    });

    test("lists more than a page", async () => {
      const store = await open();
      const keys = Array.from({ length: 130 }, (_, i) => `many/${String(i).padStart(4, "0")}`);
      await Promise.all(keys.map((key) => store.put(key, bytesOf(key))));
      expect(await keysOf(store, "many/")).toEqual(keys);
      expect(await store.listDirectory("many/")).toHaveLength(130);
    });

    test("keeps strange but safe names", async () => {
      const store = await open();
      for (const key of [
        "a b/c+d",
        "100%/x%2Fy",
        "q?x=1#y",
        "&<>\"'",
        "…",
        "..a/b..",
        "~",
        " lead",
        "a:b@c,d;e=f$g!(h)*",
      ]) {
        await store.put(key, bytesOf(key));
        expect(await store.get(key)).toEqual(bytesOf(key));
        expect(await keysOf(store, key)).toEqual([key]);
        await store.delete(key);
      }
    });

    test.each(UNSAFE.map((key) => [JSON.stringify(key), key] as const))(
      "refuses the key %s",
      async (_, key) => {
        const store = await open();
        const unsafe = { code: "UNSAFE_KEY" };
        await expect(store.get(key)).rejects.toMatchObject(unsafe);
        await expect(store.getRange(key, 0, 1)).rejects.toMatchObject(unsafe);
        await expect(store.head(key)).rejects.toMatchObject(unsafe);
        await expect(store.put(key, bytesOf("x"))).rejects.toMatchObject(unsafe);
        await expect(store.putIfAbsent(key, bytesOf("x"))).rejects.toMatchObject(unsafe);
        await expect(store.delete(key)).rejects.toMatchObject(unsafe);
        expect(() => store.child(key)).toThrow(expect.objectContaining(unsafe));
        await expect(async () => store.child("in").get(key)).rejects.toMatchObject(unsafe);
      },
    );

    test("gives folders as stores of their own", async () => {
      const store = await open();
      const child = store.child("image.zarr").child("labels/nuclei");
      expect(child.uri).toBe(`${store.uri}/image.zarr/labels/nuclei`);
      await child.put("c/0", bytesOf("x"));
      await store.put("image.zarr/labels/nuclei2/c/0", bytesOf("y"));
      expect(await keysOf(child)).toEqual(["c/0"]);
      expect(await child.listDirectory("")).toEqual(["c/"]);
      expect(await child.listDirectory("c/")).toEqual(["0"]);
      expect(await store.get("image.zarr/labels/nuclei/c/0")).toEqual(bytesOf("x"));
      expect(await child.getRange("c/0", -1, 1)).toEqual(bytesOf("x"));
      expect(await child.putIfAbsent("c/0", bytesOf("z"))).toBe(false);
      expect((await child.head("c/0"))?.size).toBe(1);
      await child.delete("c/0");
      expect(await keysOf(store)).toEqual(["image.zarr/labels/nuclei2/c/0"]);
    });

    test("stops at an aborted signal", async () => {
      const store = await open();
      const signal = AbortSignal.abort(new Error("stopped"));
      await expect(store.put("k", bytesOf("x"), { signal })).rejects.toThrow("stopped");
      await expect(store.putIfAbsent("k", bytesOf("x"), { signal })).rejects.toThrow("stopped");
      expect(await store.get("k")).toBeUndefined();
      await expect(store.get("k", { signal })).rejects.toThrow("stopped");
      await expect(store.head("k", { signal })).rejects.toThrow("stopped");
      await expect(store.getRange("k", 0, 1, { signal })).rejects.toThrow("stopped");
    });
  });
}
