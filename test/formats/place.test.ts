import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterEach, expect, it, vi } from "vitest";
import { LamellaError } from "../../shared/errors.ts";
import { recognisePlace } from "../../shared/formats/place.ts";
import { FileStore } from "../../shared/storage/file.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

it("tells of documents that mayn't be read, where nothing else says what the place is", async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), "lamella-place-"));
  try {
    await writeFile(path.join(folder, "zarr.json"), "{}");
    vi.spyOn(FileStore.prototype, "head").mockRejectedValue(
      new LamellaError("ACCESS_DENIED", "Cannot read zarr.json: permission denied", {
        hint: "Check its mode.",
      }),
    );
    await expect(recognisePlace({ scheme: "file", path: folder })).rejects.toMatchObject({
      code: "ACCESS_DENIED",
    });
    vi.restoreAllMocks();
    expect(await recognisePlace({ scheme: "file", path: folder })).toMatchObject({ kind: "zarr" });
  } finally {
    await rm(folder, { recursive: true });
  }
});
