import { spawnSync } from "node:child_process";
import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { cancelRun } from "../../../shared/engine/local/cancel.ts";
import { type BatchRunner, runLocally } from "../../../shared/engine/local/engine.ts";
import type { RunFolder, RunState } from "../../../shared/engine/run-folder.ts";
import { LamellaError } from "../../../shared/errors.ts";
import type { Plan } from "../../../shared/plan/schema.ts";
import { randomBlock, storeBlock } from "../../support/lazy.ts";
import { begin, planOf } from "../../support/run.ts";

let folder = "";
let plan: Plan;
beforeAll(async () => {
  folder = await fs.mkdtemp(path.join(os.tmpdir(), "lamella-ending-"));
  await storeBlock(path.join(folder, "in.zarr"), randomBlock("uint8", [8, 8], 1), [4, 4]);
  const document = {
    version: 1,
    inputs: { image: { zarr: "in.zarr" } },
    steps: { smooth: { in: "image", op: "mapBlocks", kernel: "threshold", args: { above: 9 } } },
    outputs: { smooth: { zarr: "out.zarr" } },
  };
  plan = await planOf(document, folder, { overwrite: true });
});
afterAll(() => fs.rm(folder, { recursive: true, force: true }));

test.each(["CANCELLED", "TASK_FAILED"] as const)(
  "a run says that it has ended only when no batch is at work: %s",
  async (code) => {
    const run = await begin(plan, folder);
    let atWork = 0;
    let statusAtClose: string | undefined;
    const runner: BatchRunner = {
      enterStage: async () => false,
      async run() {
        if (atWork++ === 0) return new Promise(() => {});
        throw new LamellaError(code, "no more");
      },
      async close() {
        statusAtClose ??= (await run.state()).status;
      },
    };
    await expect(runLocally(run, plan, { workers: 2, runner })).rejects.toMatchObject({ code });
    expect(atWork).toBe(2);
    expect(statusAtClose).toBe("running");
    expect((await run.state()).status).toBe(code === "CANCELLED" ? "cancelled" : "failed");
  },
);

test("cancelling a run that succeeds at that moment leaves it succeeded", async () => {
  const { pid } = spawnSync(process.execPath, ["--version"]);
  const states: Partial<RunState>[] = [
    { status: "running" },
    { status: "running", process: { pid, host: os.hostname() } },
    { status: "succeeded" },
  ];
  const run = {
    runId: "run-1",
    state: async () => states.shift(),
    requestCancel: async () => {},
    updateState: async (change: Partial<RunState>) => change,
  } as unknown as RunFolder;
  expect(await cancelRun(run)).toEqual({ status: "succeeded" });
});
