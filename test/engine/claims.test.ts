import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { cancelRun } from "../../shared/engine/local/cancel.ts";
import { cleanRun } from "../../shared/engine/local/clean.ts";
import { type RunEvent, runLocally } from "../../shared/engine/local/engine.ts";
import { planRun } from "../../shared/engine/plan-run.ts";
import { beginRun } from "../../shared/engine/run.ts";
import { RunFolder, type RunState } from "../../shared/engine/run-folder.ts";
import type { Json } from "../../shared/errors.ts";
import { fromZarr } from "../../shared/index.ts";
import type { Plan } from "../../shared/plan/schema.ts";
import { FileStore } from "../../shared/storage/file.ts";
import { randomBlock, storeBlock } from "../support/lazy.ts";
import { begin, differences, filesOf, planOf, run } from "../support/run.ts";

let folder = "";
let count = 0;
beforeAll(async () => {
  folder = await fs.mkdtemp(path.join(os.tmpdir(), "lamella-claims-"));
});
afterAll(() => fs.rm(folder, { recursive: true, force: true }));

const STEPS = {
  mask: { op: "mapBlocks", in: "image", kernel: "threshold", args: { above: 100 } },
  cells: { op: "label", in: "mask" },
};
const OUTPUTS = { mask: { zarr: "mask.zarr", chunks: [4, 4] } };

function document(outputs: object): { [key: string]: Json } {
  return { version: 1, inputs: { image: { zarr: "in.zarr" } }, steps: STEPS, outputs: outputs as Json };
}

/** What is left of a run that failed. */
const STATE: RunState = {
  runId: "",
  status: "failed",
  engine: "local",
  createdAt: "2026-01-01T00:00:00.000Z",
  updatedAt: "2026-01-01T00:00:00.000Z",
  outputs: {},
  planHash: "0",
};

async function prepare(): Promise<string> {
  const base = path.join(folder, String(count++));
  await storeBlock(path.join(base, "in.zarr"), randomBlock("uint8", [10, 12], 1), [5, 5]);
  return base;
}

function plan(base: string, outputs: object, overwrite = false): Promise<Plan> {
  return planOf(document(outputs), base, { overwrite });
}

it("cleaning takes what killed workers left in an unfinished output along", async () => {
  const base = await prepare();
  const run = await begin(await plan(base, OUTPUTS), base);
  await fs.mkdir(path.join(base, "mask.zarr/c/0"), { recursive: true });
  await fs.writeFile(path.join(base, "mask.zarr/c/0/.lamella-0123456789abcdef01234567.tmp"), "part");
  expect(await cleanRun(run)).toMatchObject({ outputs: [expect.stringContaining("mask.zarr")] });
  expect([...(await filesOf(path.join(base, "mask.zarr"))).keys()]).toEqual([]);
});

it("cleaning that was cut short at its very end goes on with what is left", async () => {
  const base = await prepare();
  const { folder: done } = await run(await plan(base, OUTPUTS), base);
  const whole = await filesOf(path.join(base, "mask.zarr"));
  const left = await begin(await plan(base, { mask: { zarr: "other.zarr" } }), base);
  for (const each of [done, left]) {
    if (each === left) await cleanRun(left).then(() => left.writeState({ ...STATE, runId: left.runId }));
    else await each.store.delete("plan.json");
    expect(await cleanRun(each)).toMatchObject({ outputs: [] });
    await expect(cleanRun(each)).rejects.toMatchObject({ code: "RUN_NOT_FOUND" });
  }
  expect([...(await filesOf(path.join(base, "runs"))).keys()]).toEqual([]);
  expect(differences(await filesOf(path.join(base, "mask.zarr")), whole)).toEqual([]);
});

it("cleaning removes what a run left that was killed before it had a state", async () => {
  const base = await prepare();
  const killed = new RunFolder(new FileStore(path.join(base, "runs")), "killed-run");
  await killed.writePlan(await plan(base, OUTPUTS));
  expect(await cleanRun(killed)).toEqual({ runId: "killed-run", objects: 1, outputs: [] });
  await expect(cleanRun(killed)).rejects.toMatchObject({ code: "RUN_NOT_FOUND" });
});

describe("claiming outputs", () => {
  it("refuses what exists, and changes nothing", async () => {
    const base = await prepare();
    await fs.mkdir(path.join(base, "b.zarr"));
    await fs.writeFile(path.join(base, "b.zarr/notes.txt"), "mine");
    const before = await filesOf(base);
    const outputs = { mask: { zarr: "a.zarr" }, again: { step: "mask", zarr: "b.zarr" } };
    await expect(run(await plan(base, outputs), base)).rejects.toMatchObject({
      code: "OUTPUT_EXISTS",
      exitStatus: 3,
      message: expect.stringContaining("notes.txt"),
      hint: expect.stringContaining("--overwrite"),
    });
    expect(differences(await filesOf(base), before)).toEqual([]);
  });

  it("replaces an image whose labels a run was in the middle of removing", async () => {
    const base = await prepare();
    const outputs = {
      mask: { zarr: "mask.zarr", chunks: [4, 4], pyramid: { levels: 1 } },
      cells: { labelsOf: "mask", chunks: [4, 4] },
    };
    await begin(await plan(base, outputs), base);
    const labels = path.join(base, "mask.zarr/labels/cells");
    await fs.rm(labels, { recursive: true });
    await fs.mkdir(path.join(labels, "0/c/0"), { recursive: true });
    await fs.writeFile(path.join(labels, "0/c/0/7"), "a chunk of an earlier run");
    await run(await plan(base, outputs, true), base);
    expect((await filesOf(labels)).has("0/c/0/7")).toBe(false);
    expect((await filesOf(labels)).has("zarr.json")).toBe(true);
  });

  it("does not overwrite what is no Zarr", async () => {
    const base = await prepare();
    await fs.mkdir(path.join(base, "mask.zarr"));
    await fs.writeFile(path.join(base, "mask.zarr/thesis.docx"), "years of work");
    const before = await filesOf(base);
    await expect(run(await plan(base, OUTPUTS, true), base)).rejects.toMatchObject({ code: "OUTPUT_EXISTS" });
    expect(differences(await filesOf(base), before)).toEqual([]);
  });

  it("replaces no file by a folder, and no folder by a file", async () => {
    const base = await prepare();
    await fs.writeFile(path.join(base, "notes.txt"), "years of work");
    await fs.mkdir(path.join(base, "cells.csv"));
    const before = await filesOf(base);
    const table = { op: "measure", in: "cells", image: "image" };
    for (const [outputs, found] of [
      [{ mask: { zarr: "notes.txt" } }, "notes.txt is a file"],
      [{ mask: { zarr: "notes.txt/below/mask.zarr" } }, "notes.txt is a file"],
      [{ mask: { zarr: "mask.zarr" }, table: { csv: "cells.csv" } }, "cells.csv is a folder"],
      [{ mask: { zarr: "mask.zarr" }, table: { csv: "notes.txt/cells.csv" } }, "notes.txt is a file"],
    ] as const) {
      const wanted = { ...document(outputs), steps: { ...STEPS, table } };
      for (const overwrite of [false, true]) {
        const refused = run(await planOf(wanted as { [key: string]: Json }, base, { overwrite }), base);
        await expect(refused).rejects.toMatchObject({
          code: "OUTPUT_EXISTS",
          message: expect.stringContaining(found),
        });
      }
    }
    expect(differences(await filesOf(base), before)).toEqual([]);
  });

  it("overwrites a Zarr and leaves no chunk of it", async () => {
    const base = await prepare();
    await storeBlock(path.join(base, "mask.zarr"), randomBlock("uint16", [90, 40], 2), [5, 5]);
    await run(await plan(base, OUTPUTS, true), base);
    const fresh = await prepare();
    await run(await plan(fresh, OUTPUTS), fresh);
    const chunks = (files: ReadonlyMap<string, Buffer>) =>
      [...files.keys()].filter((name) => name.startsWith("mask.zarr/"));
    expect(chunks(await filesOf(base))).toEqual(chunks(await filesOf(fresh)));
    expect((await fromZarr(path.join(base, "mask.zarr"))).shape).toEqual([10, 12]);
  });

  it("overwrites an image and the labels in it, in whichever order they are named", async () => {
    for (const names of [
      ["mask", "cells"],
      ["cells", "mask"],
    ]) {
      const base = await prepare();
      const all: { [name: string]: object } = {
        mask: { zarr: "mask.zarr", pyramid: { levels: 2 } },
        cells: { labelsOf: "mask" },
      };
      const outputs = Object.fromEntries(names.map((name) => [name, all[name]!]));
      await run(await plan(base, outputs), base);
      const before = (await filesOf(path.join(base, "mask.zarr"))).keys();
      await run(await plan(base, outputs, true), base);
      expect([...(await filesOf(path.join(base, "mask.zarr"))).keys()]).toEqual([...before]);
      expect((await fromZarr(path.join(base, "mask.zarr#labels/cells/0"))).dtype).toBe("uint32");
    }
  });

  it("refuses an output that another run is writing, and stops that run when it is taken over", async () => {
    const base = await prepare();
    const first = await begin(await plan(base, OUTPUTS), base);
    await expect(begin(await plan(base, OUTPUTS), base)).rejects.toMatchObject({
      code: "OUTPUT_CLAIMED",
      exitStatus: 3,
      hint: expect.stringContaining(`lamella resume ${first.runId}`),
    });
    const second = await begin(await plan(base, OUTPUTS, true), base);
    await expect(runLocally(first, await first.plan(), { workers: 1 })).rejects.toMatchObject({
      code: "CANCELLED",
      message: expect.stringContaining(second.runId),
    });
    await runLocally(second, await second.plan(), { workers: 1 });
    expect((await fromZarr(path.join(base, "mask.zarr"))).dtype).toBe("bool");
  });

  it("lets go where a later output turns out to be taken, or the run's folder can't be written", async () => {
    const base = await prepare();
    const outputs = { mask: { zarr: "a.zarr" }, again: { step: "mask", zarr: "b.zarr" } };
    const compiled = await plan(base, outputs);
    const putIfAbsent = FileStore.prototype.putIfAbsent;
    const late = vi.spyOn(FileStore.prototype, "putIfAbsent").mockImplementation(async function (
      this: FileStore,
      key,
      bytes,
    ) {
      if (this.uri.endsWith("b.zarr"))
        await this.put(key, new TextEncoder().encode('{"runId":"other-run","at":"now"}'));
      return putIfAbsent.call(this, key, bytes);
    });
    await expect(begin(compiled, base)).rejects.toMatchObject({ code: "OUTPUT_CLAIMED" });
    late.mockRestore();
    expect([...(await filesOf(path.join(base, "a.zarr"))).keys()]).toEqual([]);

    const other = await prepare();
    await fs.writeFile(path.join(other, "runs"), "a file, no folder");
    await expect(begin(await plan(other, OUTPUTS), other)).rejects.toThrow();
    expect([...(await filesOf(path.join(other, "mask.zarr"))).keys()]).toEqual([]);
  });

  it("keeps outputs out of inputs", async () => {
    const base = await prepare();
    for (const zarr of ["in.zarr", "in.zarr/inside", "."]) {
      await expect(run(await plan(base, { mask: { zarr } }, true), base)).rejects.toMatchObject({
        code: "INVALID_PIPELINE",
      });
    }
    expect((await fromZarr(path.join(base, "in.zarr"))).shape).toEqual([10, 12]);
    const twice = { mask: { zarr: "a.zarr" }, again: { step: "mask", zarr: "./a.zarr" } };
    await expect(plan(base, twice)).rejects.toMatchObject({ code: "INVALID_PIPELINE" });
  });
});

describe("a request that is repeated with the same run id", () => {
  it("goes on with that run: what it has written stays", async () => {
    const base = await prepare();
    const control = new FileStore(path.join(base, "runs"));
    const compiled = await plan(base, OUTPUTS, true);
    const folderOf = () => beginRun(compiled, control, "local", { runId: "repeated-run" });
    const abort = new AbortController();
    const onEvent = (event: RunEvent) => event.type === "batch" && abort.abort();
    await runLocally(await folderOf(), compiled, { workers: 1, signal: abort.signal, onEvent }).catch(
      () => {},
    );
    const half = await filesOf(path.join(base, "mask.zarr"));
    const again = await folderOf();
    for (const [name, bytes] of half) {
      if (!name.includes("claim"))
        expect(await fs.readFile(path.join(base, "mask.zarr", name))).toEqual(bytes);
    }
    await runLocally(again, compiled, { workers: 1 });
    const done = await filesOf(path.join(base, "mask.zarr"));
    await runLocally(await folderOf(), compiled, { workers: 1 });
    expect(differences(await filesOf(path.join(base, "mask.zarr")), done)).toEqual([]);
    expect(await planRun({ runId: "repeated-run" }, { control })).toEqual({
      runId: "repeated-run",
      done: true,
      turn: 1,
    });
  });
});

describe("cancelling", () => {
  it("stops at the next batch; the run can be resumed", async () => {
    const base = await prepare();
    const compiled = await plan(base, OUTPUTS);
    const runFolder = await begin(compiled, base);
    const onEvent = (event: RunEvent) => {
      if (event.type === "batch" && event.done === 1) void runFolder.requestCancel();
    };
    await expect(runLocally(runFolder, compiled, { workers: 1, onEvent })).rejects.toMatchObject({
      code: "CANCELLED",
    });
    expect((await runFolder.state()).status).toBe("cancelled");
    await runLocally(runFolder, compiled, { workers: 1 });
    expect((await runFolder.state()).status).toBe("succeeded");
  });

  it("holds where it is asked before the first batch", async () => {
    const base = await prepare();
    const compiled = await plan(base, OUTPUTS);
    const runFolder = await begin(compiled, base);
    const asked = cancelRun(runFolder);
    await vi.waitFor(async () => expect(await runFolder.isCancelled()).toBe(true));
    await expect(runLocally(runFolder, compiled, { workers: 1 })).rejects.toMatchObject({
      code: "CANCELLED",
    });
    expect((await asked).status).toBe("cancelled");
    await runLocally(runFolder, compiled, { workers: 1 });
    expect((await runFolder.state()).status).toBe("succeeded");
  });
});
