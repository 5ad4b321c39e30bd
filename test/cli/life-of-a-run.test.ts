import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { lamella as lamellaIn, startLamella } from "../support/lamella.ts";
import { randomBlock, storeBlock } from "../support/lazy.ts";
import { differences, filesOf } from "../support/run.ts";

let folder = "";
const lamella = (...args: string[]) => lamellaIn(args, folder);
const at = (...parts: string[]) => path.join(folder, ...parts);

/** Long runs wait at each block until they are let go on, for a second at most, so that there is time to stop them on a busy computer too. */
const slow = (gate: string) => `
import { existsSync } from "node:fs";
export function slow({ data }: { data: Uint16Array }): Uint16Array {
  const wait = new Int32Array(new SharedArrayBuffer(4));
  for (let waited = 0; waited < 1000 && !existsSync(${JSON.stringify(gate)}); waited += 20) Atomics.wait(wait, 0, 0, 20);
  return data;
}
`;
/** No run waits any more. */
const letGo = () => fs.writeFile(at("gate"), "");

beforeAll(async () => {
  folder = await fs.mkdtemp(path.join(os.tmpdir(), "lamella-life-"));
  await storeBlock(at("in.zarr"), randomBlock("uint16", [16, 192, 192], 1), [4, 48, 48]);
  await storeBlock(at("small.zarr"), randomBlock("uint16", [4, 30, 40], 1), [2, 16, 16]);
  await fs.writeFile(at("slow.ts"), slow(at("gate")));
  const document = (zarr: string, name: string, step: object) => ({
    version: 1,
    inputs: { image: { zarr } },
    steps: { smooth: { in: "image", ...step } },
    outputs: { smooth: { zarr: `${name}.zarr`, codec: "gzip" } },
  });
  const held = { op: "mapBlocks", module: "slow.ts#slow" };
  const smooth = { op: "mapOverlap", kernel: "gaussian", args: { sigma: 1 }, depth: 4, boundary: "reflect" };
  for (const name of ["long", "killed", "whole"])
    await fs.writeFile(at(`${name}.json`), JSON.stringify(document("in.zarr", name, held)));
  for (const name of ["finished", "damaged"])
    await fs.writeFile(at(`${name}.json`), JSON.stringify(document("small.zarr", name, smooth)));
});
afterAll(() => fs.rm(folder, { recursive: true, force: true }));

/** Starts a run and waits until it has written something. */
async function underWay(name: string) {
  await fs.rm(at("gate"), { force: true });
  const started = startLamella(["run", `${name}.json`, "--workers", "2"], folder);
  const output = at(`${name}.zarr/c`);
  while (started.child.exitCode === null && (await fs.readdir(output).catch(() => [])).length === 0)
    await new Promise((resolve) => setTimeout(resolve, 5));
  const runs = JSON.parse((await lamella("runs", "--json")).stdout) as {
    runId: string;
    outputs: { smooth: string };
  }[];
  const { runId } = runs.find(({ outputs }) => outputs.smooth.endsWith(`${name}.zarr`))!;
  return { ...started, runId };
}

async function runIdOf(name: string): Promise<string> {
  const { stdout } = await lamella("run", `${name}.json`, "--json", "--keep");
  const answer = JSON.parse(stdout) as { runId: string };
  expect(answer).toHaveProperty("runId");
  return answer.runId;
}

// Each starts a dozen processes.
describe("cancel", { timeout: 300_000 }, () => {
  it("stops a run, after which nothing is written, and which can be resumed", async () => {
    const { done, runId } = await underWay("long");
    const refused = await lamella("clean", runId);
    expect(refused.status).toBe(3);
    expect(refused.stderr).toMatch(/error\[RUN_ACTIVE\].*\nhint: .*lamella cancel/);
    const cancelled = await lamella("cancel", runId);
    expect(cancelled.stderr).toBe(`go on with: lamella resume ${runId}\n`);
    expect(cancelled).toMatchObject({ status: 0, stdout: `run ${runId}: cancelled\n` });
    const left = await filesOf(at("long.zarr"));
    const stopped = await done;
    expect(stopped.status).toBe(1);
    expect(stopped.stderr).toMatch(/error\[CANCELLED\]/);
    expect(differences(left, await filesOf(at("long.zarr")))).toEqual([]);
    expect((await lamella("watch", runId)).stderr).toMatch(/error\[CANCELLED\]/);
    expect((await lamella("cancel", runId)).status).toBe(0);

    await letGo();
    expect((await lamella("resume", runId)).status).toBe(0);
    expect((await lamella("run", "whole.json")).status).toBe(0);
    const [resumed, whole] = await Promise.all(["long", "whole"].map((n) => filesOf(at(`${n}.zarr`))));
    expect(differences(resumed!, whole!).filter((file) => file !== "zarr.json")).toEqual([]);
    const ended = await lamella("cancel", runId);
    expect(ended.status).toBe(2);
    expect(ended.stderr).toMatch(/error\[RUN_ENDED\]: run \S+ has succeeded already/);
  });

  it("says so for a run whose process was killed, and watch tells that it is gone", async () => {
    const { child, done, runId } = await underWay("killed");
    const watching = startLamella(["watch", runId], folder);
    child.kill("SIGKILL");
    await done;
    const seen = await watching.done;
    expect(seen.status).toBe(1);
    expect(seen.stderr).toMatch(/error\[WORKER_DIED\]: process \d+, which carried run/);
    expect((await lamella("status", runId)).stdout).toMatch(/^run \S+: stopped: its process is gone/);
    expect((await lamella("runs")).stdout).toMatch(new RegExp(`${runId} +stopped `));
    expect((await lamella("cancel", runId)).stdout).toBe(`run ${runId}: cancelled\n`);

    const others = differences(await filesOf(at("killed.zarr")), new Map());
    expect(others.length).toBeGreaterThan(1);
    const cleaned = await lamella("clean", runId);
    expect(cleaned.status).toBe(0);
    expect(cleaned.stdout).toMatch(/^removed unfinished .*killed\.zarr\nremoved run /);
    expect([...(await filesOf(at("killed.zarr"))).keys()]).toEqual([]);
    expect((await lamella("status", runId)).stderr).toMatch(/error\[RUN_NOT_FOUND\]/);
    await letGo();
    expect((await lamella("run", "killed.json", "--workers", "2")).status).toBe(0);
  });
});

describe("clean", () => {
  it("keeps the outputs of a run that succeeded", async () => {
    const runId = await runIdOf("finished");
    const before = await filesOf(at("finished.zarr"));
    const { stdout } = await lamella("clean", runId, "--json");
    expect(JSON.parse(stdout)).toMatchObject([{ runId, outputs: [] }]);
    expect(differences(before, await filesOf(at("finished.zarr")))).toEqual([]);
    expect(await fs.readdir(at(".lamella/runs", runId)).catch(() => [])).toEqual([]);
    expect((await lamella("clean", runId)).status).toBe(2);
  });
});

describe("replay", () => {
  it("carries one task out, writes nothing, and finds what differs from what is stored", async () => {
    const runId = await runIdOf("damaged");
    const before = await filesOf(folder);
    const { stdout, status } = await lamella("replay", runId, "smooth:1", "--json");
    expect(status).toBe(0);
    const report = JSON.parse(stdout) as { objects: { key: string; size: number; stored: string }[] };
    expect(report).toMatchObject({ runId, stage: "smooth", task: 1 });
    expect(report.objects.length).toBeGreaterThan(0);
    expect(report.objects.every(({ stored, size }) => stored === "equal" && size > 0)).toBe(true);
    const changed = differences(before, await filesOf(folder));
    expect(changed).toEqual([]);

    const { key } = report.objects[0]!;
    await fs.appendFile(at("damaged.zarr", key), "x");
    const differing = await lamella("replay", runId, "1");
    expect(differing.status).toBe(1);
    expect(differing.stdout).toMatch(new RegExp(`${key} +\\d+ +differs`));
    await fs.rm(at("damaged.zarr", key));
    expect((await lamella("replay", runId, "0:1")).stdout).toMatch(/missing/);
  });

  it.each([
    ["smoth:0", /no stage "smoth".*\n.*the stages are smooth/],
    ["smooth:999", /no task "999": its \d+ tasks count from 0/],
    ["smooth:x", /no task "x"/],
  ])("refuses %s", async (task, text) => {
    const runs = JSON.parse((await lamella("runs", "--json")).stdout) as { runId: string }[];
    const { status, stderr } = await lamella("replay", runs[0]!.runId, task);
    expect(status).toBe(2);
    expect(stderr).toMatch(text);
  });
});
