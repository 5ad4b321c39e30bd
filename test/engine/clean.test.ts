import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterAll, afterEach, beforeAll, expect, it, vi } from "vitest";
import { cleanRun } from "../../shared/engine/local/clean.ts";
import { runLocally } from "../../shared/engine/local/engine.ts";
import type { Plan } from "../../shared/plan/schema.ts";
import { FileStore } from "../../shared/storage/file.ts";
import { randomBlock, storeBlock } from "../support/lazy.ts";
import { begin, differences, filesOf, planOf, run } from "../support/run.ts";

let folder = "";
let count = 0;
beforeAll(async () => {
  folder = await fs.mkdtemp(path.join(os.tmpdir(), "lamella-clean-"));
});
afterAll(() => fs.rm(folder, { recursive: true, force: true }));
afterEach(() => {
  vi.restoreAllMocks();
});

const PIPELINE = {
  version: 1,
  inputs: { image: { zarr: "in.zarr" } },
  steps: {
    mask: { op: "mapBlocks", in: "image", kernel: "threshold", args: { above: 100 } },
    profile: { op: "mean", in: "image", axis: 0 },
  },
  outputs: { mask: { zarr: "out/mask.zarr", chunks: [4, 4] }, profile: { zarr: "out/profile.zarr" } },
};

/** A run that has ended, or stopped before its end, beside a finished one and a file of somebody's. */
async function prepare(how: "failed" | "succeeded") {
  const base = path.join(folder, String(count++));
  await storeBlock(path.join(base, "in.zarr"), randomBlock("uint8", [6, 6], 1), [3, 3]);
  await fs.mkdir(path.join(base, "out"));
  await fs.writeFile(path.join(base, "out/notes.txt"), "mine");
  const other = { ...PIPELINE, outputs: { mask: { zarr: "out/other.zarr" } } };
  await run(await planOf(other, base), base);
  const before = await filesOf(base);
  const plan: Plan = await planOf(PIPELINE, base);
  const begun = await begin(plan, base);
  const onEvent = (event: { type: string }) => {
    if (how === "failed" && event.type === "stage-end") throw new Error("it ends here");
  };
  await runLocally(begun, plan, { workers: 1, onEvent, keep: true }).catch(() => {});
  return { base, before, begun, whole: await filesOf(path.join(base, "out")) };
}

it.each(["failed", "succeeded"] as const)(
  "cleaning a run that %s, killed at any removal, ends well when it is repeated, and takes nothing else along",
  { timeout: 300_000 },
  async (how) => {
    const { remove } = { remove: FileStore.prototype.delete };
    for (let kill = 0, over = false; !over; kill += kill < 4 ? 1 : 5) {
      const { base, before, begun, whole } = await prepare(how);
      let left = kill;
      vi.spyOn(FileStore.prototype, "delete").mockImplementation(function (this: FileStore, key) {
        // As in a process that was killed, nothing happens from here on.
        return left-- > 0 ? remove.call(this, key) : Promise.reject(new Error("killed"));
      });
      over = await cleanRun(begun).then(
        () => true,
        () => false,
      );
      vi.restoreAllMocks();
      if (!over) await cleanRun(begun);
      await expect(cleanRun(begun)).rejects.toMatchObject({ code: "RUN_NOT_FOUND" });
      const now = await filesOf(base);
      if (how === "failed") expect(differences(now, before), `removal ${kill}`).toEqual([]);
      else expect(differences(await filesOf(path.join(base, "out")), whole), `removal ${kill}`).toEqual([]);
      expect([...now.keys()].filter((name) => name.includes(begun.runId))).toEqual([]);
    }
  },
);
