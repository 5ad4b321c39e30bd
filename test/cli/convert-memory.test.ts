import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { planConversion } from "../../cli/convert-here.ts";
import { makeDemoImage } from "../../scripts/make-demo-image.ts";
import { defaultBudget } from "../../shared/plan/budget.ts";
import { FileStore } from "../../shared/storage/file.ts";
import { putArray, SPEC } from "../support/zarr-store.ts";

let folder = "";
beforeAll(async () => {
  folder = await fs.mkdtemp(path.join(os.tmpdir(), "lamella-convert-memory-"));
  await makeDemoImage(path.join(folder, "cells.ome.tif"), { shape: [1, 1, 1, 300, 300] });
  const side = 20_000;
  await putArray(new FileStore(path.join(folder, "wide.zarr")), "", {
    ...SPEC,
    shape: [side, side],
    chunkShape: [side, side],
  });
});
afterAll(() => fs.rm(folder, { recursive: true, force: true }));

const plan = (src: string, flags: { workers?: number; memory?: number }) =>
  planConversion({ src: path.join(folder, src), dst: path.join(folder, "out.ome.zarr") }, flags);

it("a conversion takes no more memory than its workers need, unless told so, or the source has larger chunks", async () => {
  const { memoryMiB } = defaultBudget();
  expect((await plan("cells.ome.tif", { workers: 2 })).budget.memoryMiB).toBe(Math.min(640, memoryMiB));
  expect((await plan("cells.ome.tif", { workers: 2, memory: 900 })).budget.memoryMiB).toBe(900);
  const wide = plan("wide.zarr", { workers: 1 });
  // A chunk of 800 MB is more than small computers allow at all.
  if (memoryMiB > 4096) expect((await wide).budget.memoryMiB).toBe(memoryMiB);
  else await wide.catch((error: unknown) => expect(error).toMatchObject({ code: "OVER_MEMORY" }));
});
