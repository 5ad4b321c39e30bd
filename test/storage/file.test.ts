import { execFileSync } from "node:child_process";
import nodeFs from "node:fs";
import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterEach, describe, expect, test, vi } from "vitest";
import { FileStore } from "../../shared/storage/file.ts";
import { bytesOf, keysOf, testStoreContract } from "./contract.ts";

const folders: string[] = [];

async function newFolder(): Promise<string> {
  const folder = await fs.mkdtemp(path.join(os.tmpdir(), "lamella store %-"));
  folders.push(folder);
  return folder;
}

afterEach(async () => {
  vi.restoreAllMocks();
  for (const folder of folders.splice(0)) await fs.rm(folder, { recursive: true, force: true });
});

testStoreContract("file", async () => new FileStore(path.join(await newFolder(), "not/yet")));
testStoreContract("durable file", async () => new FileStore(await newFolder(), { durable: true }));

function failure(errno: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${errno}: injected`), { code: errno });
}

/** Makes writes into temporary files fail after the file is made. */
function failWrites(errno: string): void {
  vi.spyOn(nodeFs, "write").mockImplementation(((...args: unknown[]) => {
    (args.at(-1) as (error: Error) => void)(failure(errno));
  }) as typeof nodeFs.write);
  // Small files are written in this thread.
  vi.spyOn(nodeFs, "writeSync").mockImplementation(() => {
    throw failure(errno);
  });
}

describe("writing", () => {
  test.each([
    ["ENOSPC", "STORAGE_FULL"],
    ["EDQUOT", "STORAGE_FULL"],
    ["EIO", "STORAGE_FAILED"],
  ])("leaves the old object and no trace when the disk answers %s", async (errno, code) => {
    const folder = await newFolder();
    const store = new FileStore(folder);
    await store.put("a/k", bytesOf("old"));
    failWrites(errno);
    for (const bytes of [bytesOf("new"), new Uint8Array(2 ** 17)])
      await expect(store.put("a/k", bytes)).rejects.toMatchObject({ code, details: { errno } });
    await expect(store.putIfAbsent("a/l", bytesOf("new"))).rejects.toMatchObject({ code });
    vi.restoreAllMocks();
    expect(await store.get("a/k")).toEqual(bytesOf("old"));
    expect(await fs.readdir(path.join(folder, "a"))).toEqual(["k"]);
  });

  test("is refused where the mode forbids it", async () => {
    const store = new FileStore(await newFolder());
    vi.spyOn(nodeFs, "mkdirSync").mockImplementation(() => {
      throw failure("EACCES");
    });
    await expect(store.put("a/k", bytesOf("x"))).rejects.toMatchObject({
      code: "ACCESS_DENIED",
      message: expect.stringContaining("permission denied"),
    });
  });

  test("names what is in the way", async () => {
    const store = new FileStore(await newFolder());
    await store.put("a/b", bytesOf("x"));
    await expect(store.put("a", bytesOf("x"))).rejects.toMatchObject({
      code: "STORAGE_FAILED",
      message: expect.stringContaining("a folder is where the file should be"),
    });
    await expect(store.put("a/b/c", bytesOf("x"))).rejects.toMatchObject({
      code: "STORAGE_FAILED",
      message: expect.stringContaining("a file is where a folder should be"),
    });
    expect(await keysOf(store)).toEqual(["a/b"]);
  });

  test("refuses names that are too long", async () => {
    const store = new FileStore(await newFolder());
    await expect(store.put("x".repeat(300), bytesOf("x"))).rejects.toMatchObject({ code: "UNSAFE_KEY" });
  });

  test("makes a folder again that another process removed", async () => {
    const folder = await newFolder();
    const store = new FileStore(folder);
    await store.put("a/b/c", bytesOf("x"));
    await fs.rm(path.join(folder, "a"), { recursive: true });
    await store.put("a/b/c", bytesOf("y"));
    expect(await store.get("a/b/c")).toEqual(bytesOf("y"));
  });

  test("survives deletes beside it", async () => {
    const store = new FileStore(await newFolder());
    await Promise.all(
      Array.from({ length: 40 }, async (_, i) => {
        await store.put(`deep/er/${i}`, bytesOf("x"));
        await store.delete(`deep/er/${i}`);
      }),
    );
    expect(await store.listDirectory("")).toEqual([]);
  });

  test("creates once without hard links too", async () => {
    vi.spyOn(fs, "link").mockRejectedValue(failure("ENOTSUP"));
    const folder = await newFolder();
    const store = new FileStore(folder);
    const won = await Promise.all(
      Array.from({ length: 20 }, (_, i) => store.putIfAbsent("k", bytesOf(`${i}`))),
    );
    expect(won.filter(Boolean)).toHaveLength(1);
    expect(await store.get("k")).toEqual(bytesOf(`${won.indexOf(true)}`));
    expect(await fs.readdir(folder)).toEqual(["k"]);
  });
});

describe("reading", () => {
  test("neither lists nor reads unfinished writes", async () => {
    const folder = await newFolder();
    const name = ".lamella-0123456789abcdef01234567.tmp";
    await fs.writeFile(path.join(folder, name), "half");
    const store = new FileStore(folder);
    expect(await keysOf(store)).toEqual([]);
    expect(await store.listDirectory("")).toEqual([]);
    await expect(store.get(name)).rejects.toMatchObject({ code: "UNSAFE_KEY" });
    await expect(store.put(name, bytesOf("x"))).rejects.toMatchObject({ code: "UNSAFE_KEY" });
  });

  test("leaves out files whose names are no keys", async () => {
    const folder = await newFolder();
    await fs.writeFile(path.join(folder, "back\\slash"), "x");
    await fs.writeFile(path.join(folder, "fine"), "x");
    const store = new FileStore(folder);
    expect(await keysOf(store)).toEqual(["fine"]);
    expect(await store.listDirectory("")).toEqual(["fine"]);
  });

  test("notices a file that shrinks under it", async () => {
    const folder = await newFolder();
    await fs.writeFile(path.join(folder, "k"), "0123456789");
    const read = nodeFs.read.bind(nodeFs);
    vi.spyOn(nodeFs, "read").mockImplementationOnce(((handle, bytes, at, _length, from, done) => {
      read(handle, bytes, at, 4, from, (error, count) => {
        nodeFs.truncateSync(path.join(folder, "k"), 4);
        done(error, count, bytes);
      });
    }) as typeof read);
    await expect(new FileStore(folder).get("k")).rejects.toMatchObject({ code: "STORAGE_FAILED" });
  });

  test("isn't held up by a named pipe", async () => {
    const folder = await newFolder();
    execFileSync("mkfifo", [path.join(folder, "pipe")]);
    const store = new FileStore(folder);
    expect(await store.get("pipe")).toBeUndefined();
    expect(await keysOf(store)).toEqual([]);
  });

  test("opens many files at once", async () => {
    const store = new FileStore(await newFolder());
    await store.put("k", bytesOf("x"));
    const read = await Promise.all(Array.from({ length: 3000 }, () => store.get("k")));
    expect(read.every((bytes) => bytes?.[0] === 120)).toBe(true);
  });
});

describe("links", () => {
  async function linked() {
    const outside = await newFolder();
    await fs.mkdir(path.join(outside, "sub"));
    await fs.writeFile(path.join(outside, "secret"), "secret");
    await fs.writeFile(path.join(outside, "sub/secret"), "secret");
    const folder = await newFolder();
    await fs.mkdir(path.join(folder, "real"));
    await fs.writeFile(path.join(folder, "real/object"), "inside");
    await fs.symlink(path.join(outside, "secret"), path.join(folder, "file-out"));
    await fs.symlink(outside, path.join(folder, "folder-out"));
    await fs.symlink("real/object", path.join(folder, "file-in"));
    await fs.symlink("real", path.join(folder, "folder-in"));
    await fs.symlink("nowhere", path.join(folder, "dangling"));
    return { folder, outside };
  }

  test("inside the root are followed", async () => {
    const { folder } = await linked();
    const store = new FileStore(folder);
    expect(await store.get("file-in")).toEqual(bytesOf("inside"));
    expect(await store.get("folder-in/object")).toEqual(bytesOf("inside"));
    expect((await store.head("file-in"))?.size).toBe(6);
    expect(await store.get("dangling")).toBeUndefined();
    expect(await keysOf(store)).toEqual(["file-in", "real/object"]);
    expect(await store.listDirectory("")).toEqual(["file-in", "folder-in/", "real/"]);
  });

  test.each(["file-out", "folder-out/secret", "folder-out/sub/secret"])(
    "out of the root are refused: %s",
    async (key) => {
      const { folder, outside } = await linked();
      const store = new FileStore(folder);
      const unsafe = { code: "UNSAFE_KEY", message: expect.stringContaining("symbolic link") };
      await expect(store.get(key)).rejects.toMatchObject(unsafe);
      await expect(store.getRange(key, 0, 2)).rejects.toMatchObject(unsafe);
      await expect(store.head(key)).rejects.toMatchObject(unsafe);
      await expect(store.put(key, bytesOf("x"))).rejects.toMatchObject(unsafe);
      if (key.includes("/")) {
        await expect(store.delete(key)).rejects.toMatchObject(unsafe);
        await expect(store.putIfAbsent(key, bytesOf("x"))).rejects.toMatchObject(unsafe);
      }
      expect(await fs.readFile(path.join(outside, "secret"), "utf8")).toBe("secret");
      expect(await fs.readFile(path.join(outside, "sub/secret"), "utf8")).toBe("secret");
    },
  );

  test("let nothing be made outside", async () => {
    const { folder, outside } = await linked();
    const store = new FileStore(folder);
    await expect(store.put("folder-out/new/deep/k", bytesOf("x"))).rejects.toMatchObject({
      code: "UNSAFE_KEY",
    });
    await expect(store.child("folder-out").put("k", bytesOf("x"))).rejects.toMatchObject({
      code: "UNSAFE_KEY",
    });
    await expect(store.put("dangling", bytesOf("x"))).rejects.toMatchObject({ code: "UNSAFE_KEY" });
    await expect(store.listDirectory("folder-out/")).rejects.toMatchObject({ code: "UNSAFE_KEY" });
    expect((await fs.readdir(outside)).sort()).toEqual(["secret", "sub"]);
  });

  test("may be the root itself, or a key that the user named", async () => {
    const { folder, outside } = await linked();
    const throughLink = new FileStore(path.join(folder, "folder-out"));
    expect(await throughLink.get("secret")).toEqual(bytesOf("secret"));
    await throughLink.put("new/k", bytesOf("x"));
    expect(await fs.readFile(path.join(outside, "new/k"), "utf8")).toBe("x");
    const trusting = new FileStore(folder, { trustedKey: "file-out" });
    expect(await trusting.get("file-out")).toEqual(bytesOf("secret"));
    await expect(trusting.get("folder-out/secret")).rejects.toMatchObject({ code: "UNSAFE_KEY" });
  });
});

test("its URI can be read back", async () => {
  const store = new FileStore("/data/a b#1%.zarr/");
  expect(store.uri).toBe("file:///data/a%20b%231%25.zarr");
  expect(store.child("ü").uri).toBe("file:///data/a%20b%231%25.zarr/%C3%BC");
  expect(new FileStore("/").uri).toBe("file:///");
});
