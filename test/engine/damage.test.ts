import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runLocally } from "../../shared/engine/local/engine.ts";
import { openRun } from "../../shared/engine/open-run.ts";
import { beginRun } from "../../shared/engine/run.ts";
import { RunFolder } from "../../shared/engine/run-folder.ts";
import { FileStore } from "../../shared/storage/file.ts";
import { randomBlock, storeBlock } from "../support/lazy.ts";
import { begin, differences, filesOf, planOf, run } from "../support/run.ts";

let folder = "";
let count = 0;

beforeAll(async () => {
  folder = await fs.mkdtemp(path.join(os.tmpdir(), "lamella-damage-"));
});
afterAll(() => fs.rm(folder, { recursive: true, force: true }));

/** A pipeline whose steps have names that a run's folder, or any object of JavaScript, has uses of its own for. */
const NAMES = ["run", "constructor", "toString", "..", "state", "x".repeat(300)];
const PIPELINE = {
  version: 1,
  inputs: { image: { zarr: "in.zarr" } },
  steps: Object.fromEntries(NAMES.map((name) => [name, { op: "cumsum", in: "image", axis: 0 }])),
  outputs: Object.fromEntries(NAMES.map((name, i) => [name, { zarr: `out/${i}.zarr` }])),
};

async function prepare(overwrite = false) {
  const base = path.join(folder, String(count++));
  await storeBlock(path.join(base, "in.zarr"), randomBlock("uint16", [7, 6], 3), [3, 3]);
  return { base, plan: await planOf(PIPELINE, base, { overwrite }) };
}

describe("steps of any name", () => {
  it("store what others store, and are found whole by --verify", async () => {
    const { base, plan } = await prepare();
    const { folder: runFolder } = await run(plan, base);
    const [first, ...others] = await Promise.all(
      NAMES.map((_, i) => filesOf(path.join(base, `out/${i}.zarr/c`))),
    );
    expect(first!.size).toBe(6);
    for (const other of others) expect(differences(first!, other)).toEqual([]);
    const report = await runLocally(runFolder, plan, { workers: 1, verify: true });
    expect(report.status).toBe("succeeded");
  });

  it("may take another run's outputs over", async () => {
    const { base, plan } = await prepare(true);
    await begin(plan, base);
    const { report } = await run(plan, base);
    expect(report.status).toBe("succeeded");
  });

  it("refuses __proto__, which no map can hold", async () => {
    const document = JSON.parse('{"version":1,"inputs":{},"steps":{"__proto__":{"op":"sum"}},"outputs":{}}');
    await expect(planOf(document, folder)).rejects.toMatchObject({ code: "INVALID_PIPELINE" });
  });
});

describe("a run's folder that lost bytes", () => {
  it.each(["plan.json", "state.json"])("names %s where that is cut off", async (key) => {
    const { base, plan } = await prepare();
    const { store, runId } = await begin(plan, base);
    const file = path.join(base, "runs/runs", runId, key);
    await fs.truncate(file, 20);
    const again = new RunFolder(new FileStore(path.join(base, "runs")), runId);
    await expect(again.plan().then(() => again.state())).rejects.toMatchObject({
      code: "PLAN_INVALID",
      message: expect.stringContaining(`${store.uri}/${key}`),
    });
  });

  it.each([false, true])("goes on with a run whose state is damaged (overwriting: %s)", async (overwrite) => {
    const { base, plan } = await prepare(overwrite);
    if (overwrite) await run(await planOf(PIPELINE, base), base);
    const { runId, store } = await begin(plan, base);
    await runLocally(new RunFolder(new FileStore(path.join(base, "runs")), runId), plan, {
      workers: 1,
      onEvent: (event) => {
        if (event.type === "stage-end") throw new Error("killed");
      },
    }).catch(() => {});
    const receipts = [...(await filesOf(path.join(base, "runs/runs", runId, "receipts"))).keys()];
    const bytes = (await store.get("state.json"))!;
    bytes[Buffer.from(bytes).indexOf('"status"') + 3]! ^= 1;
    await store.put("state.json", bytes);
    const again = await openRun(runId, { runs: path.join(base, "runs") });
    await expect(again.status()).rejects.toMatchObject({ code: "PLAN_INVALID" });
    expect((await again.resume()).status).toBe("succeeded");
    expect([...(await filesOf(path.join(base, "runs/runs", runId, "receipts"))).keys()]).toEqual(
      expect.arrayContaining(receipts),
    );
    const [first, ...others] = await Promise.all(
      NAMES.map((_, i) => filesOf(path.join(base, `out/${i}.zarr/c`))),
    );
    for (const other of others) expect(differences(first!, other)).toEqual([]);
    // Done with, and damaged again: what is finished is not begun anew.
    await store.put("state.json", bytes);
    const before = await filesOf(path.join(base, "out"));
    await expect(again.resume()).rejects.toMatchObject({ code: overwrite ? "CANCELLED" : "OUTPUT_EXISTS" });
    expect(differences(await filesOf(path.join(base, "out")), before)).toEqual([]);
  });

  it("goes on with a run of a version that sealed no claims", async () => {
    const { base, plan } = await prepare();
    const { runId, store } = await begin(plan, base);
    for (const output of ["out/0.zarr"]) {
      const file = path.join(base, output, ".lamella-claim.json");
      const { crc32: _, ...claim } = JSON.parse(await fs.readFile(file, "utf8"));
      expect(claim.runId).toBe(runId);
      await fs.writeFile(file, `${JSON.stringify(claim)}\n`);
    }
    const again = new RunFolder(new FileStore(path.join(base, "runs")), runId);
    expect(again.store.uri).toBe(store.uri);
    expect((await runLocally(again, plan, { workers: 1 })).status).toBe("succeeded");
  });

  it("leaves an output alone whose claim can't be read", async () => {
    const { base, plan } = await prepare();
    await begin(plan, base);
    await fs.truncate(path.join(base, "out/0.zarr/.lamella-claim.json"), 5);
    await expect(begin(plan, base)).rejects.toMatchObject({ code: "OUTPUT_CLAIMED" });
    const overwriting = await planOf(PIPELINE, base, { overwrite: true });
    const control = new FileStore(path.join(base, "runs"));
    expect((await beginRun(overwriting, control, "local")).runId).not.toBe("");
  });
});
