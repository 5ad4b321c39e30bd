import { mkdir, mkdtemp, readdir, readFile, rm, symlink } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { mapOverlap } from "../../shared/array/map.ts";
import { fromZarr } from "../../shared/array/open.ts";
import { finishRun } from "../../shared/engine/documents.ts";
import { runLocally } from "../../shared/engine/local/engine.ts";
import { beginRun } from "../../shared/engine/run.ts";
import { gaussian } from "../../shared/kernels/index.ts";
import { imageOutput } from "../../shared/pipeline/output.ts";
import { compile } from "../../shared/plan/compile.ts";
import { FileStore } from "../../shared/storage/file.ts";
import { openZarrArray } from "../../shared/zarr/read.ts";
import { randomBlock, storeBlock } from "../support/lazy.ts";

let folder: string;
let input: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "lamella-ownership-"));
  input = path.join(folder, "real", "input.zarr");
  await mkdir(path.dirname(input));
  await storeBlock(input, randomBlock("uint16", [12, 20], 1), [4, 5]);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const planTo = async (target: string, options: { overwrite?: boolean; memoryMiB?: number } = {}) => {
  const smooth = mapOverlap(await fromZarr(input), gaussian({ sigma: 1 }), { depth: 4, boundary: "reflect" });
  const request = imageOutput("smooth", smooth, `file://${target}`, {});
  const { memoryMiB = 2048 } = options;
  return compile([request], { overwrite: options.overwrite ?? false, budget: { workers: 1, memoryMiB } });
};
const control = () => new FileStore(path.join(folder, "runs"));
const chunksOf = async (target: string) =>
  (await readdir(path.join(target, "c"), { recursive: true })).sort();

describe("whose output it is", () => {
  it("does not overwrite its own input behind a link", async () => {
    await symlink(path.join(folder, "real"), path.join(folder, "link"));
    const plan = await planTo(path.join(folder, "link", "input.zarr"), { overwrite: true });
    await expect(beginRun(plan, control(), "local")).rejects.toMatchObject({ code: "INVALID_PIPELINE" });
    expect((await openZarrArray(new FileStore(input), "")).shape).toEqual([12, 20]);
  });

  it("does not finish an output that another run has taken over, nor take that run's claim", async () => {
    const target = path.join(folder, "taken.zarr");
    const first = await planTo(target);
    const one = await beginRun(first, control(), "local");
    const abort = new AbortController();
    await runLocally(one, first, {
      workers: 1,
      signal: abort.signal,
      onEvent: (event) => {
        if (event.type === "stage-end") throw new Error("the process ends before the metadata is written");
      },
    }).catch(() => {});
    const second = await planTo(target, { overwrite: true });
    const two = await beginRun(second, control(), "local");
    await expect(finishRun(one, first)).rejects.toMatchObject({ code: "CANCELLED" });
    await expect(openZarrArray(new FileStore(target), "")).rejects.toThrow();
    await expect(runLocally(two, second, { workers: 1 })).resolves.toMatchObject({ status: "succeeded" });
  });

  it("undoes what a replaced run wrote late", async () => {
    const target = path.join(folder, "late.zarr");
    const first = await planTo(target);
    await beginRun(first, control(), "local");
    const second = await planTo(target, { overwrite: true });
    const two = await beginRun(second, control(), "local");
    const late = new FileStore(target);
    let once = true;
    const running = runLocally(two, second, {
      workers: 1,
      onEvent: (event) => {
        if (event.type !== "stage-end" || !once) return;
        once = false;
        void late.put("c/0/0", new Uint8Array([1, 2, 3]));
      },
    });
    await expect(running).rejects.toMatchObject({ code: "CHECKSUM_MISMATCH" });
    await runLocally(two, second, { workers: 1, verify: true });
    const plain = path.join(folder, "plain.zarr");
    const third = await planTo(plain);
    await runLocally(await beginRun(third, control(), "local"), third, { workers: 1 });
    expect(await chunksOf(target)).toEqual(await chunksOf(plain));
    const [a, b] = [new FileStore(target), new FileStore(plain)];
    expect(await a.get("c/0/0")).toEqual(await b.get("c/0/0"));
  });

  it("reads nothing again at the end where the replaced run can't write any more", async () => {
    const target = path.join(folder, "ended.zarr");
    const first = await planTo(target);
    const one = await beginRun(first, control(), "local");
    await runLocally(one, first, { workers: 1, signal: AbortSignal.abort() }).catch(() => {});
    const second = await planTo(target, { overwrite: true });
    const two = await beginRun(second, control(), "local");
    const get = vi.spyOn(FileStore.prototype, "get");
    await runLocally(two, second, { workers: 1 });
    const chunks = get.mock.contexts.filter(
      (store, i) => (store as FileStore).uri.endsWith("ended.zarr") && get.mock.calls[i]![0].startsWith("c/"),
    );
    get.mockRestore();
    expect(chunks).toEqual([]);
  });

  it("reads again at the end what was written while functions of the replaced run were at work", async () => {
    const target = path.join(folder, "functions.zarr");
    const first = await planTo(target);
    const one = await beginRun(first, control(), "aws");
    const mark = (key: string, ms: number) =>
      one.store.put(`working/${key}.json`, Buffer.from(JSON.stringify({ until: new Date(Date.now() + ms) })));
    await mark("0-0-a", 5_000);
    await mark("0-1-b", -100_000);
    const second = await planTo(target, { overwrite: true });
    const two = await beginRun(second, control(), "local");
    const claim = JSON.parse(await readFile(path.join(target, ".lamella-claim.json"), "utf8"));
    expect(claim).toMatchObject({ runId: two.runId, replaced: one.runId });
    const until = Date.parse(claim.writesUntil);
    expect(until).toBeGreaterThan(Date.now() + 60_000);
    const late = new FileStore(target);
    const running = runLocally(two, second, {
      workers: 1,
      onEvent: (event) => {
        if (event.type === "stage-end") void late.put("c/0/0", new Uint8Array([1, 2, 3]));
      },
    });
    await expect(running).rejects.toMatchObject({ code: "CHECKSUM_MISMATCH" });
    // What batches wrote that began once nobody else could write is as it was.
    const now = vi.spyOn(Date, "now").mockReturnValue(until + 1000);
    await late.delete("c/0/0");
    await runLocally(two, second, { workers: 1 });
    now.mockRestore();
    expect((await two.state()).status).toBe("succeeded");
  });

  it("goes on with the plan that was kept when a run id is used again", async () => {
    const target = path.join(folder, "again.zarr");
    const first = await planTo(target);
    const folderOne = await beginRun(first, control(), "aws", { runId: "run-used-twice" });
    const other = { ...first, stages: first.stages.map((stage) => ({ ...stage, tasks: 1 })) };
    const folderTwo = await beginRun(other, control(), "aws", { runId: "run-used-twice" });
    expect((await folderTwo.plan()).stages).toEqual((await folderOne.plan()).stages);
    const changed = { ...first, hash: "0".repeat(64) };
    await expect(beginRun(changed, control(), "aws", { runId: "run-used-twice" })).rejects.toMatchObject({
      code: "PLAN_CHANGED",
    });
  });

  it("refuses outputs that lie in each other", async () => {
    const node = await fromZarr(input);
    const outer = imageOutput("outer", node, `file://${folder}/nested.zarr`, {});
    const inner = imageOutput("inner", node, `file://${folder}/nested.zarr/0`, {});
    await expect(compile([inner, outer])).rejects.toMatchObject({ code: "INVALID_PIPELINE" });
  });

  it("says in the plan's hash which step an output stores", async () => {
    const node = await fromZarr(input);
    const smooth = mapOverlap(node, gaussian({ sigma: 1 }), { depth: 4, step: "s" });
    const twice = mapOverlap(smooth, gaussian({ sigma: 1 }), { depth: 4, step: "s" });
    const to = (name: string, of: typeof smooth) =>
      imageOutput(name, of, `file://${folder}/${name}.zarr`, {});
    const one = await compile([to("p", smooth), to("q", twice)]);
    const other = await compile([to("p", twice), to("q", smooth)]);
    expect(one.hash).not.toBe(other.hash);
  });
});
