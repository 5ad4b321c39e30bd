import { writeFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { modeHere } from "../../localstack/start.ts";
import { writersOf } from "../../shared/engine/aws/at-work.ts";
import type { BatchItem } from "../../shared/engine/protocol.ts";
import { RunFolder } from "../../shared/engine/run-folder.ts";
import type { Json } from "../../shared/errors.ts";
import { CloudRuns, gated } from "../support/cloud-runs.ts";
import { objectsUnder } from "../support/localstack.ts";

const mode = await modeHere();

describe.skipIf(mode === undefined)("the life of a run on LocalStack", { timeout: 300_000 }, () => {
  let runs: CloudRuns;
  beforeAll(async () => {
    runs = await CloudRuns.start();
    await runs.cloud.data.put("images/life.ome.tif", runs.image);
  });
  afterAll(() => runs?.end());

  const gateOf = (name: string) => path.join(runs.folder, `${name}-go`);
  const open = (name: string) => writeFile(gateOf(name), "");
  /** A run whose first stage has eight tasks, of which the last four wait until its gate is open; it has another, or not. */
  const slow = async (name: string, stages: 1 | 2 = 1) => {
    await writeFile(path.join(runs.folder, `${name}.ts`), gated(gateOf(name)));
    return runs.pipeline(name, {
      inputs: { image: { tiff: runs.uri("images/life.ome.tif") } },
      steps: {
        slow: { op: "mapBlocks", in: "image", module: `${name}.ts#slow`, dtype: "uint16" },
        ...(stages === 2 ? { mean: { op: "mean", in: "slow", axis: 2 } } : {}),
      },
      outputs: {
        slow: { zarr: runs.uri(`${name}/slow.zarr`), chunks: [1, 1, 1, 96, 96] },
        ...(stages === 2 ? { mean: { zarr: runs.uri(`${name}/mean.zarr`) } } : {}),
      },
    });
  };
  /** Opens the gate of a run once it was asked to stop. */
  const openOnceCancelled = async (name: string, runId: string) => {
    const folder = new RunFolder(runs.cloud.control, runId);
    while (!(await folder.isCancelled())) await setTimeout(100);
    await open(name);
  };
  const begin = async (file: string): Promise<string> => {
    const { runId } = await runs.json("run", file, "--on", "aws", "--detach");
    return String(runId);
  };

  it("cancelled, nobody writes any more; resumed, it does what was missing; cleaned, it is gone", async () => {
    // All tasks of the first stage may be at work by then, which end as they would: the second is the one that doesn't begin.
    const file = await slow("cancelled", 2);
    const runId = await begin(file);
    await runs.worked(runId, 1);
    expect(await runs.json("status", runId)).toMatchObject({ status: "running", engine: "aws" });
    expect(await runs.refusal("clean", runId)).toMatchObject({ status: 3, code: "RUN_ACTIVE" });
    expect(await runs.refusal("resume", runId)).toMatchObject({ status: 3, code: "RUN_ACTIVE" });

    const [cancelled] = await Promise.all([
      runs.json("cancel", runId),
      openOnceCancelled("cancelled", runId),
    ]);
    expect(cancelled).toMatchObject({ status: "cancelled", failure: { code: "CANCELLED" } });
    expect(await writersOf(new RunFolder(runs.cloud.control, runId))).toBeUndefined();
    const written = await objectsUnder(runs.cloud.data, "cancelled");
    const receipts = await runs.receipts(runId);
    expect(receipts.size).toBeGreaterThan(0);
    const ofStages = [...receipts.keys()].map((key) => /receipts\/(\d+)\//.exec(key)?.[1]);
    expect(new Set(ofStages)).toEqual(new Set(["0"]));
    await setTimeout(4_000);
    expect([...(await objectsUnder(runs.cloud.data, "cancelled")).keys()]).toEqual([...written.keys()]);
    expect(await runs.receipts(runId)).toEqual(receipts);
    expect((await runs.execution(runId)).status).toBe("ABORTED");
    expect(await runs.refusal("watch", runId)).toMatchObject({ status: 1, code: "CANCELLED" });
    // once more changes nothing
    expect(await runs.json("cancel", runId)).toMatchObject({ status: "cancelled" });

    expect(await runs.json("resume", runId)).toMatchObject({ runId, status: "succeeded" });
    const now = await runs.receipts(runId);
    for (const [key, etag] of receipts) expect(now.get(key), key).toBe(etag);
    expect(await runs.tasksDone(runId)).toBe(8);
    const { executions } = (await runs.state(runId)) as { executions?: readonly string[] };
    expect(executions).toEqual([runId, `${runId}-2`]);
    expect(await runs.refusal("cancel", runId)).toMatchObject({ status: 2, code: "RUN_ENDED" });
    expect(await runs.json("resume", runId)).toMatchObject({ status: "succeeded", stages: [] });
    await runs.expectSameBytes("cancelled", file);

    expect(await runs.json("clean", runId)).toMatchObject([{ runId, outputs: [] }]);
    expect((await objectsUnder(runs.cloud.control, `runs/${runId}`)).size).toBe(0);
    expect((await objectsUnder(runs.cloud.control, `maps/${runId}`)).size).toBe(0);
    expect(await runs.refusal("status", runId)).toMatchObject({ status: 2, code: "RUN_NOT_FOUND" });
  });

  it("failed at a chunk, it names it; replay fails alike here; mended, resume does only what was missing", async () => {
    const source = await runs.pipeline("source", {
      inputs: { image: { tiff: runs.uri("images/life.ome.tif") } },
      steps: { copy: { op: "astype", in: "image", dtype: "uint16" } },
      outputs: { copy: { zarr: runs.uri("chunks/in.zarr"), chunks: [1, 1, 1, 96, 96] } },
    });
    await runs.json("run", source, "--runs", "runs");
    const chunks = [...(await objectsUnder(runs.cloud.data, "chunks/in.zarr")).entries()];
    const [key, good] = chunks.findLast(([name]) => /(^|\/)c\//.test(name))!;
    const damage = () => runs.cloud.data.put(`chunks/in.zarr/${key}`, Buffer.alloc(good.length, 0xff));
    const mend = () => runs.cloud.data.put(`chunks/in.zarr/${key}`, good);
    await damage();
    const file = await runs.pipeline("failing", {
      inputs: { image: { zarr: runs.uri("chunks/in.zarr") } },
      steps: { doubled: { op: "mapBlocks", in: "image", expr: "image * 2", dtype: "uint16" } },
      outputs: { doubled: { zarr: runs.uri("failing/out.zarr"), chunks: [1, 1, 1, 96, 96] } },
    });
    const runId = await begin(file);
    const watched = await runs.command("watch", runId, "--json");
    const failed = (JSON.parse(watched.stdout) as { error: { code: string; message: string } }).error;
    expect({ status: watched.status, code: failed.code }).toEqual({ status: 1, code: "CHUNK_DECODE" });
    expect(failed.message).toContain(key);
    const { failure } = await runs.state(runId);
    expect(watched.stderr).toContain(`lamella replay ${runId} doubled:${failure!.task}\n`);
    expect(failure).toMatchObject({ code: "CHUNK_DECODE", stage: 0 });
    expect((await runs.execution(runId)).cause).toMatch(/CHUNK_DECODE: .*task \d+/);
    expect(await runs.cloud.data.head("failing/out.zarr/zarr.json")).toBeUndefined();

    // that task alone, here
    const again = await runs.refusal("replay", runId, `doubled:${failure!.task}`);
    expect(again).toMatchObject({ status: 1, code: "CHUNK_DECODE", message: failed.message });
    await mend();
    const replayed = await runs.json<{ objects: { stored: string }[] }>(
      "replay",
      runId,
      String(failure!.task),
    );
    expect(replayed.objects.map(({ stored }) => stored)).toEqual(["missing"]);

    const before = await runs.receipts(runId);
    const doneBefore = await runs.tasksDone(runId);
    expect(doneBefore).toBeLessThan(8);
    expect(await runs.json("run", file, "--resume", runId)).toMatchObject({ runId, status: "succeeded" });
    const manifest = JSON.parse(
      String(Buffer.from((await runs.cloud.control.get(`runs/${runId}/manifest/0.json`))!)),
    ) as BatchItem[];
    const done = manifest.reduce((sum, { start, end }) => sum + end - start, 0);
    expect(done).toBe(8 - doneBefore);
    for (const [name, etag] of before) expect((await runs.receipts(runId)).get(name), name).toBe(etag);
    await runs.expectSameBytes("failing", file);
  });

  it("of a plan that changed, it isn't resumed; of pinned inputs, not when a chunk changed", async () => {
    const plain = (add: number) => ({
      inputs: { image: { zarr: runs.uri("pinned/in.zarr") } },
      steps: { more: { op: "mapBlocks", in: "image", expr: `image + ${add}`, dtype: "uint16" } },
      outputs: { more: { zarr: runs.uri("pinned/out.zarr") } },
    });
    const source = await runs.pipeline("pinned-source", {
      inputs: { image: { tiff: runs.uri("images/life.ome.tif") } },
      steps: { copy: { op: "astype", in: "image", dtype: "uint16" } },
      outputs: { copy: { zarr: runs.uri("pinned/in.zarr"), chunks: [1, 1, 4, 96, 96] } },
    });
    await runs.json("run", source, "--runs", "runs");
    const chunks = [...(await objectsUnder(runs.cloud.data, "pinned/in.zarr")).entries()];
    const [key, good] = chunks.find(([name]) => /(^|\/)c\//.test(name))!;
    await runs.cloud.data.put(`pinned/in.zarr/${key}`, Buffer.alloc(good.length, 0xff));
    const file = await runs.pipeline("pinned", plain(1));
    const runId = await begin(file).then(async (id) => ({ id, state: await runs.reached(id, "failed") }));
    const other = await runs.pipeline("other", plain(2));
    expect(await runs.refusal("run", other, "--resume", runId.id)).toMatchObject({
      status: 2,
      code: "PLAN_CHANGED",
    });
    await runs.json("clean", runId.id);

    const pinned = await runs.json("run", file, "--on", "aws", "--pin-inputs", "--detach");
    await runs.reached(String(pinned["runId"]), "failed");
    await runs.cloud.data.put(`pinned/in.zarr/${key}`, good);
    expect(await runs.refusal("resume", String(pinned["runId"]))).toMatchObject({
      status: 1,
      code: "INPUT_CHANGED",
    });
    expect(await runs.refusal("run", file, "--resume", String(pinned["runId"]))).toMatchObject({
      status: 2,
      code: "PLAN_CHANGED",
    });
  });

  it("interrupted while functions are invoked from here, it can be resumed, and cancelled by another", async () => {
    const file = await slow("invoked", 2);
    const { startLamella } = await import("../support/lamella.ts");
    const aws = Object.fromEntries(Object.entries(process.env).filter(([name]) => name.startsWith("AWS_")));
    const { child, done } = startLamella(["run", file, "--on", "lambda"], runs.folder, aws);
    let runId = "";
    child.stderr.on("data", (text: string) => {
      runId ||= /^run (\S+) on/m.exec(text)?.[1] ?? "";
    });
    while (runId === "" && child.exitCode === null) await setTimeout(50);
    await runs.begun("invoked");
    const [cancelled] = await Promise.all([runs.json("cancel", runId), openOnceCancelled("invoked", runId)]);
    expect(cancelled).toMatchObject({ status: "cancelled" });
    expect(await writersOf(new RunFolder(runs.cloud.control, runId))).toBeUndefined();
    expect((await done).status).toBe(1);
    expect(await runs.json("resume", runId)).toMatchObject({ status: "succeeded" });
    expect(await runs.state(runId)).toMatchObject({ engine: "lambda" });
    await runs.expectSameBytes("invoked", file);
  });

  it("its logs are those that name it", async () => {
    const file = await slow("logged");
    await open("logged");
    const runId = await begin(file);
    await runs.reached(runId, "succeeded");
    const lines = await runs.json<{ time: string; message: string }[]>("logs", runId);
    for (const { message } of lines) expect(message).toContain(runId);
    const batches = lines
      .map(({ message }) => JSON.parse(message) as { [name: string]: Json })
      .filter(({ message }) => message === "batch");
    const manifest = (await new RunFolder(runs.cloud.control, runId).json<BatchItem[]>("manifest/0.json"))!;
    expect(batches.length).toBeGreaterThan(0);
    const numbers = manifest.map(({ batch }) => batch);
    for (const { batch } of batches) expect(numbers).toContain(Number(batch));
    for (const line of batches)
      expect(line).toMatchObject({ level: "INFO", runId, stage: 0, outcome: "done" });
    expect(await runs.json("logs", runId, "--since", "2020-01-01", "--until", "2020-01-02")).toEqual([]);
    const followed = await runs.json<{ message: string }[]>("logs", runId, "--follow");
    // events come late: what was said as the run ended may have come since
    const messages = followed.map(({ message }) => message);
    expect(messages).toEqual(expect.arrayContaining(lines.map(({ message }) => message)));
  });

  it("looked for where it isn't, it isn't found, with a hint", async () => {
    for (const command of ["status", "watch", "logs", "cancel", "resume", "clean"]) {
      const refused = await runs.refusal(command, "01aaaaaaaa-bbbbbbbb");
      expect(refused, command).toMatchObject({ status: 2, code: "RUN_NOT_FOUND" });
      expect(refused.hint, command).toMatch(/lamella runs/);
    }
  });
});
