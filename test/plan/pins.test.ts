import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { runLocally } from "../../shared/engine/local/engine.ts";
import { fromZarr } from "../../shared/index.ts";
import { pipelineOutputs } from "../../shared/pipeline/request.ts";
import { compile } from "../../shared/plan/compile.ts";
import { pinInputs } from "../../shared/plan/pin-inputs.ts";
import { checkPins, isPinned } from "../../shared/plan/pins.ts";
import { randomBlock, storeBlock } from "../support/lazy.ts";
import { begin } from "../support/run.ts";

let base = "";
beforeAll(async () => {
  base = await fs.mkdtemp(path.join(os.tmpdir(), "lamella-pins-"));
});
afterAll(() => fs.rm(base, { recursive: true, force: true }));

async function pinnedPlan(name: string) {
  await storeBlock(path.join(base, `${name}.zarr`), randomBlock("uint16", [8, 8], 1), [4, 4]);
  const document = {
    version: 1,
    inputs: { image: { zarr: `${name}.zarr` } },
    steps: { more: { op: "mapBlocks", in: "image", expr: "image + 1", dtype: "uint16" } },
    outputs: { more: { zarr: `${name}-out.zarr` } },
  };
  const outputs = async () => pipelineOutputs(document, {}, base, "pipeline.yaml");
  const plan = async () => {
    const requests = await outputs();
    return compile(requests, { pins: await pinInputs(requests) });
  };
  return { plan, loose: async () => compile(await outputs()) };
}

/** Changes a byte of a chunk, and nothing of the metadata. */
async function touch(name: string): Promise<void> {
  const chunk = path.join(base, `${name}.zarr/c/1/1`);
  const bytes = await fs.readFile(chunk);
  await fs.writeFile(chunk, bytes);
  await fs.utimes(chunk, new Date(), new Date(Date.now() + 5_000));
}

it("pinned inputs go into the plan's hash, chunk by chunk", async () => {
  const { plan, loose } = await pinnedPlan("hash");
  const [first, second, unpinned] = [await plan(), await plan(), await loose()];
  expect(first.hash).toBe(second.hash);
  expect(unpinned.hash).not.toBe(first.hash);
  expect([isPinned(first), isPinned(unpinned)]).toEqual([true, false]);
  await touch("hash");
  expect((await plan()).hash).not.toBe(first.hash);
  expect((await loose()).hash).toBe(unpinned.hash);
});

it("a chunk that changed while the run went on is found before the output opens", async () => {
  const { plan } = await pinnedPlan("running");
  const compiled = await plan();
  const folder = await begin(compiled, base);
  await checkPins(compiled);
  await touch("running");
  await expect(checkPins(compiled)).rejects.toMatchObject({ code: "INPUT_CHANGED" });
  await expect(runLocally(folder, compiled, { workers: 1 })).rejects.toMatchObject({ code: "INPUT_CHANGED" });
  await expect(fromZarr(path.join(base, "running-out.zarr"))).rejects.toThrow();
});
