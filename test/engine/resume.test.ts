import { rmSync } from "node:fs";
import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import type { Worker as NodeWorker } from "node:worker_threads";
import fc from "fast-check";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { processOf } from "../../shared/engine/local/carrier.ts";
import { type RunEvent, runLocally } from "../../shared/engine/local/engine.ts";
import { type Receipt, receiptKey } from "../../shared/engine/receipts.ts";
import { finalizeRun, readRunState } from "../../shared/engine/run.ts";
import type { RunFolder } from "../../shared/engine/run-folder.ts";
import { watchRun } from "../../shared/engine/watch.ts";
import { LamellaError } from "../../shared/errors.ts";
import { fromZarr } from "../../shared/index.ts";
import type { Plan } from "../../shared/plan/schema.ts";
import { FileStore } from "../../shared/storage/file.ts";
import { randomBlock, storeBlock } from "../support/lazy.ts";
import { begin, differences, filesOf, forWorkers, planOf, run } from "../support/run.ts";

const started = vi.hoisted(() => ({
  workers: [] as NodeWorker[],
  onStart: undefined as ((w: NodeWorker) => void) | undefined,
}));
vi.mock("node:worker_threads", async (original) => {
  const module = await original<typeof import("node:worker_threads")>();
  return {
    ...module,
    Worker: class extends module.Worker {
      constructor(...args: ConstructorParameters<typeof module.Worker>) {
        super(...args);
        started.workers.push(this);
        started.onStart?.(this);
      }
    },
  };
});

let folder = "";
let undisturbed = new Map<string, Buffer>();
let count = 0;

const PIPELINE = {
  version: 1,
  inputs: { image: { zarr: "in.zarr" } },
  steps: {
    smooth: {
      op: "mapOverlap",
      in: "image",
      kernel: "gaussian",
      args: { sigma: 1 },
      depth: 4,
      boundary: "reflect",
    },
    mask: { op: "mapBlocks", in: "smooth", kernel: "threshold", args: { above: 95 } },
    cells: { op: "label", in: "mask" },
    profile: { op: "mean", in: "smooth", axis: [1, 2], splitEvery: 2 },
  },
  outputs: {
    smooth: { zarr: "out/smooth.zarr", chunks: [3, 10, 12], pyramid: { levels: 3 } },
    cells: { labelsOf: "smooth", chunks: [3, 10, 12] },
    profile: { zarr: "out/profile.zarr" },
  },
};

/** A folder with the input, and the plan of the pipeline there. */
async function prepare(overwrite = false): Promise<{ base: string; plan: Plan }> {
  const base = path.join(folder, String(count++));
  await storeBlock(path.join(base, "in.zarr"), randomBlock("uint16", [5, 25, 22], 3), [2, 16, 16]);
  return { base, plan: await planOf(PIPELINE, base, { overwrite, budget: { workers: 2, memoryMiB: 2000 } }) };
}

/** Two runs' outputs but for the places that they name. */
async function outputs(base: string): Promise<Map<string, Buffer>> {
  const files = await filesOf(path.join(base, "out"));
  const neutral = (text: string) =>
    text.replaceAll(new URL(`file://${base}`).href, "BASE").replaceAll(/[0-9a-f]{64}/g, "HASH");
  return new Map(
    [...files].map(([name, bytes]) => [
      name,
      name.endsWith(".json") ? Buffer.from(neutral(bytes.toString())) : bytes,
    ]),
  );
}

async function expectUndisturbed(base: string): Promise<void> {
  expect(differences(await outputs(base), undisturbed)).toEqual([]);
}

/** Every task of every stage has been done, by exactly one batch. */
async function expectDoneOnce(runFolder: RunFolder, plan: Plan): Promise<void> {
  for (const [i, stage] of plan.stages.entries()) {
    const done = new Array<number>(stage.tasks).fill(0);
    for await (const { key } of runFolder.store.list(`receipts/${i}/`)) {
      const receipt = (await runFolder.json<Receipt>(key))!;
      for (let task = receipt.start; task < receipt.end; task++) done[task]!++;
    }
    expect(done, stage.name).toEqual(done.map(() => 1));
  }
}

beforeAll(async () => {
  folder = await fs.mkdtemp(path.join(os.tmpdir(), "lamella-resume-"));
  const { base, plan } = await prepare();
  await run(plan, base);
  undisturbed = await outputs(base);
});
afterAll(() => fs.rm(folder, { recursive: true, force: true }));
afterEach(() => {
  vi.restoreAllMocks();
  started.onStart = undefined;
});

describe("the same plan", () => {
  it("writes the same bytes in this thread, by one worker and by three", async () => {
    expect(undisturbed.size).toBeGreaterThan(25);
    for (const workers of [1, 3]) {
      const { base, plan } = await prepare();
      const before = started.workers.length;
      await run(forWorkers(plan), base, { workers });
      expect(started.workers.length - before).toBe(workers);
      await expectUndisturbed(base);
    }
  });
});

describe("an interrupted run", () => {
  it("goes on wherever it was interrupted, does nothing twice, and ends with the same bytes", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 60 }),
        fc.integer({ min: 0, max: 30 }),
        async (first, second) => {
          const { base, plan } = await prepare();
          const runFolder = await begin(plan, base);
          for (const batches of [first, second]) {
            const abort = new AbortController();
            let left = batches;
            const onEvent = (event: RunEvent) => {
              if (event.type === "batch" && left-- <= 0) abort.abort();
            };
            const error = await runLocally(runFolder, plan, {
              workers: 2,
              signal: abort.signal,
              onEvent,
            }).catch((e: unknown) => e);
            if (!(error instanceof LamellaError)) break;
            expect(error).toMatchObject({
              code: "INTERRUPTED",
              exitStatus: 130,
              hint: expect.stringContaining(`lamella resume ${runFolder.runId}`),
            });
            expect((await readRunState(runFolder)).status).toBe("cancelled");
            for (const name of (await outputs(base)).keys()) expect(name).not.toMatch(/zarr\.json$/);
          }
          await runLocally(runFolder, plan, { workers: 2 });
          await expectUndisturbed(base);
          await expectDoneOnce(runFolder, plan);
        },
      ),
      { numRuns: 3 },
    );
  });

  it("leaves no temporary file behind, be it that its process ended while it claimed its outputs", async () => {
    const { base, plan } = await prepare();
    const runFolder = await begin(plan, base);
    const dead = { pid: 2 ** 22 + 1, host: os.hostname(), start: "1" };
    await runFolder.updateState({ process: dead, claiming: true });
    const left = path.join(base, "out/smooth.zarr", `.lamella-${"0".repeat(24)}.tmp`);
    await fs.writeFile(left, "{");
    await runLocally(runFolder, plan, { workers: 2 });
    await expectUndisturbed(base);
  });

  it("has an output that doesn't open", async () => {
    const { base, plan } = await prepare();
    const abort = new AbortController();
    const onEvent = (event: RunEvent) => event.type === "stage-end" && abort.abort();
    await expect(run(plan, base, { signal: abort.signal, onEvent })).rejects.toMatchObject({
      code: "INTERRUPTED",
    });
    expect((await outputs(base)).size).toBeGreaterThan(10);
    await expect(fromZarr(path.join(base, "out/smooth.zarr"))).rejects.toMatchObject({ code: "NOT_ZARR" });
    await expect(fromZarr(path.join(base, "out/smooth.zarr#0"))).rejects.toMatchObject({ code: /NOT_/ });
  });
});

describe("a worker that is killed", () => {
  it("at work has its batch done by another", async () => {
    const { base, plan } = await prepare();
    let kills = 2;
    started.onStart = (worker) => {
      if (kills-- > 0) setTimeout(() => void worker.terminate(), 150);
    };
    await run(forWorkers(plan), base);
    await expectUndisturbed(base);
  });

  it("between stages is replaced", async () => {
    const { base, plan } = await prepare();
    const before = started.workers.length;
    let ended = 0;
    const onEvent = (event: RunEvent) => {
      if (event.type === "stage-end" && ended++ === 0)
        for (const w of started.workers.slice(before)) void w.terminate();
    };
    await run(forWorkers(plan), base, { onEvent });
    expect(started.workers.length - before).toBeGreaterThan(2);
    await expectUndisturbed(base);
  });

  it("again and again fails the run, which can be resumed", async () => {
    const { base, plan } = await prepare();
    const runFolder = await begin(plan, base);
    started.onStart = (worker) => void worker.terminate();
    await expect(runLocally(runFolder, forWorkers(plan), { workers: 2 })).rejects.toMatchObject({
      code: "WORKER_DIED",
    });
    expect((await runFolder.state()).failure).toMatchObject({ code: "WORKER_DIED", stage: 0 });
    started.onStart = undefined;
    await runLocally(runFolder, forWorkers(plan), { workers: 2 });
    await expectUndisturbed(base);
  });
});

describe("a disk that is full", () => {
  it.each([0, 7, 30, 50])("after %i objects fails the run, which can be resumed", async (objects) => {
    const { base, plan } = await prepare();
    const runFolder = await begin(plan, base);
    const put = FileStore.prototype.put;
    let left = objects;
    vi.spyOn(FileStore.prototype, "put").mockImplementation(function (this: FileStore, key, bytes, options) {
      if (!key.endsWith("state.json") && left-- <= 0)
        return Promise.reject(new LamellaError("STORAGE_FULL", "the disk is full", { details: { key } }));
      return put.call(this, key, bytes, options);
    });
    await expect(runLocally(runFolder, plan, { workers: 2 })).rejects.toMatchObject({ code: "STORAGE_FULL" });
    expect((await runFolder.state()).status).toBe("failed");
    vi.restoreAllMocks();
    await runLocally(runFolder, plan, { workers: 2 });
    await expectUndisturbed(base);
  });

  it("stops the other lanes too", async () => {
    const { base, plan } = await prepare();
    const runFolder = await begin(plan, base);
    const put = FileStore.prototype.put;
    let failed = 0;
    let after = 0;
    vi.spyOn(FileStore.prototype, "put").mockImplementation(function (this: FileStore, key, bytes, options) {
      if (failed === 0 && key.includes("/c/")) {
        failed++;
        return Promise.reject(new LamellaError("STORAGE_FAILED", "unplugged"));
      }
      if (failed > 0 && key.includes("/c/")) after++;
      return put.call(this, key, bytes, options);
    });
    await expect(runLocally(runFolder, plan, { workers: 2 })).rejects.toMatchObject({
      code: "STORAGE_FAILED",
    });
    const atEnd = after;
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(after).toBe(atEnd);
    expect(after).toBeLessThan(30);
  });
});

describe("a right that is taken away", () => {
  it("once the run has begun fails it, with the exit status of a run that failed; it can be resumed", async () => {
    const { base, plan } = await prepare();
    const runFolder = await begin(plan, base);
    const put = FileStore.prototype.put;
    let left = 7;
    vi.spyOn(FileStore.prototype, "put").mockImplementation(function (this: FileStore, key, bytes, options) {
      if (key.includes("/c/") && left-- <= 0)
        return Promise.reject(new LamellaError("ACCESS_DENIED", "not yours", { hint: "Ask for it." }));
      return put.call(this, key, bytes, options);
    });
    const error = await runLocally(runFolder, plan, { workers: 2 }).catch((e: unknown) => e);
    expect(error).toMatchObject({
      code: "ACCESS_DENIED",
      exitStatus: 1,
      hint: expect.stringMatching(/^Ask for it\. Then go on with `lamella resume /),
    });
    expect((await runFolder.state()).failure).toMatchObject({ code: "ACCESS_DENIED", stage: 0 });
    const watched = await watchRun(runFolder, processOf(runFolder)).catch((e: unknown) => e);
    expect(watched).toMatchObject({ code: "ACCESS_DENIED", exitStatus: 1 });
    vi.restoreAllMocks();
    await runLocally(runFolder, plan, { workers: 2 });
    await expectUndisturbed(base);
  });
});

/** A run that stopped after its first stage. */
async function halfDone() {
  const { base, plan } = await prepare();
  const runFolder = await begin(plan, base);
  const abort = new AbortController();
  const onEvent = (event: RunEvent) => event.type === "stage-end" && abort.abort();
  await runLocally(runFolder, plan, { workers: 1, signal: abort.signal, onEvent }).catch(() => {});
  const receipt = (await runFolder.json<Receipt>(receiptKey(0, 0)))!;
  const [array, key] = receipt.objects.find(([, , size]) => size > 0)!;
  const stored = plan.arrays[array]!;
  if (stored.role === "input") throw new Error("an input was written");
  return { base, plan, runFolder, file: path.join(base, "out", path.basename(stored.uri), key) };
}

describe("resuming", () => {
  it("does again what is missing or has another size", async () => {
    for (const damage of [(file: string) => fs.rm(file), (file: string) => fs.appendFile(file, "x")]) {
      const { base, plan, runFolder, file } = await halfDone();
      await damage(file);
      await runLocally(runFolder, plan, { workers: 1 });
      await expectUndisturbed(base);
    }
  });

  it("with verify does again what has other bytes", async () => {
    const { base, plan, runFolder, file } = await halfDone();
    const bytes = await fs.readFile(file);
    bytes[bytes.length - 1]! ^= 255;
    await fs.writeFile(file, bytes);
    await runLocally(runFolder, plan, { workers: 1, verify: true });
    await expectUndisturbed(base);
  });

  it("does again what later stages made while it was missing", async () => {
    const { base, plan } = await prepare();
    const runFolder = await begin(plan, base);
    const abort = new AbortController();
    const onEvent = (event: RunEvent) => {
      if (event.type !== "stage-end") return;
      if (ended++ > 0) return abort.abort();
      for (const key of ["c/0/1/1", "c/1/0/0"]) rmSync(path.join(base, "out/smooth.zarr/0", key));
    };
    let ended = 0;
    await runLocally(runFolder, plan, { workers: 1, signal: abort.signal, onEvent }).catch(() => {});
    expect(ended).toBeGreaterThan(1);
    await runLocally(runFolder, plan, { workers: 1 });
    await expectUndisturbed(base);
  });

  it("does again what has no receipt, or one that can't be read", async () => {
    const { base, plan, runFolder } = await halfDone();
    await runFolder.store.delete(receiptKey(0, 0));
    await runFolder.store.put(receiptKey(0, 1), new TextEncoder().encode('{"version":1,'));
    const damaged: RunEvent[] = [];
    const onEvent = (event: RunEvent) => event.type === "damaged" && damaged.push(event);
    await runLocally(runFolder, plan, { workers: 1, onEvent });
    expect(damaged).toEqual([{ type: "damaged", stage: 0, key: receiptKey(0, 1) }]);
    await expectUndisturbed(base);
  });

  it("a run that has succeeded changes nothing, and can verify it", async () => {
    const { base, plan } = await prepare();
    const { folder: runFolder } = await run(plan, base);
    const before = await filesOf(base);
    expect(await runLocally(runFolder, plan, { workers: 1, verify: true })).toMatchObject({
      status: "succeeded",
    });
    expect(differences(await filesOf(base), before)).toEqual([]);
    const chunk = [...before.keys()].find((name) => /smooth\.zarr\/0\/c\//.test(name))!;
    await fs.appendFile(path.join(base, chunk), "x");
    expect(await runLocally(runFolder, plan, { workers: 1 })).toMatchObject({ status: "succeeded" });
    await expect(runLocally(runFolder, plan, { workers: 1, verify: true })).rejects.toMatchObject({
      code: "CHECKSUM_MISMATCH",
    });
  });
});

describe("finalizing", () => {
  it("fails where receipts are missing, and leaves an output that doesn't open", async () => {
    const { base, runFolder } = await halfDone();
    const control = new FileStore(path.join(base, "runs"));
    await expect(finalizeRun(control, runFolder.runId)).rejects.toMatchObject({ code: "RECEIPTS_MISSING" });
    await expect(fromZarr(path.join(base, "out/smooth.zarr"))).rejects.toMatchObject({ code: "NOT_ZARR" });
  });
});

describe("an input that changes after the plan was made", () => {
  it("fails the run", async () => {
    const { base, plan } = await prepare();
    await storeBlock(path.join(base, "in.zarr"), randomBlock("uint16", [5, 25, 23], 3), [2, 16, 16]);
    await expect(run(plan, base)).rejects.toMatchObject({ code: "INPUT_CHANGED" });
  });
});
