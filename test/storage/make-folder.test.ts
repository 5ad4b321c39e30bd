import { existsSync } from "node:fs";
import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { FileStore } from "../../shared/storage/file.ts";
import { makeFolder } from "../../shared/storage/make-folder.ts";

let folder = "";
beforeAll(async () => {
  folder = await fs.mkdtemp(path.join(os.tmpdir(), "lamella-folders-"));
});
afterAll(() => fs.rm(folder, { recursive: true, force: true }));

test("makes what is missing, and takes what is there", async () => {
  const deep = path.join(folder, "a/b/c");
  await Promise.all([makeFolder(deep), makeFolder(deep), makeFolder(path.join(folder, "a/b/d"))]);
  await makeFolder(deep);
  expect((await fs.stat(deep)).isDirectory()).toBe(true);
});

test("says where a file is in the way", async () => {
  const file = path.join(folder, "file");
  await fs.writeFile(file, "");
  await expect(makeFolder(file)).rejects.toMatchObject({ code: "EEXIST" });
  await expect(makeFolder(path.join(file, "below/it"))).rejects.toMatchObject({ code: "ENOTDIR" });
});

test.skipIf(!existsSync("/proc/self"))("comes back where no folders can be made", async () => {
  await expect(makeFolder("/proc/lamella/below")).rejects.toThrow();
  await expect(new FileStore("/proc/lamella").put("c/0/0", new Uint8Array(1))).rejects.toMatchObject({
    code: expect.stringMatching(/STORAGE_FAILED|ACCESS_DENIED/),
  });
});
