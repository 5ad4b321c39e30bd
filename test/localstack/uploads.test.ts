import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { modeHere } from "../../localstack/start.ts";
import { stepFunctions } from "../../shared/engine/aws/clients.ts";
import type { UploadRecord } from "../../shared/engine/aws/upload/records.ts";
import type { UploadStatus } from "../../shared/engine/aws/upload/status.ts";
import { CloudRuns } from "../support/cloud-runs.ts";
import { objectsUnder, queueUrl, sqs, waitForJson } from "../support/localstack.ts";

const mode = await modeHere();
if (mode === undefined)
  console.warn("skipping test/localstack: no Docker engine, and no Python 3.11 or 3.13 with venv");

describe.skipIf(mode === undefined)("uploads to the stack on LocalStack", { timeout: 300_000 }, () => {
  let runs: CloudRuns;
  beforeAll(async () => {
    runs = await CloudRuns.start();
  });
  afterAll(() => runs?.end());

  const statusKey = (name: string) => `converted/${name}.status.json`;
  const ended = ({ status }: UploadStatus): boolean => status !== "queued" && status !== "running";
  const put = (name: string, bytes: Uint8Array) => runs.cloud.data.put(`incoming/${name}.ome.tif`, bytes);
  const upload = async (name: string, bytes: Uint8Array): Promise<UploadStatus> => {
    const before = await runs.cloud.data.get(statusKey(name));
    const earlier = before && (JSON.parse(Buffer.from(before).toString()) as UploadStatus).runId;
    await put(name, bytes);
    const accept = (status: UploadStatus): boolean => status.runId !== earlier && ended(status);
    return waitForJson<UploadStatus>(runs.cloud.data, statusKey(name), accept);
  };
  /** The records of the uploads of a name, which name their runs. */
  const recordsOf = async (name: string): Promise<UploadRecord[]> => {
    const records: UploadRecord[] = [];
    for (const bytes of (await objectsUnder(runs.cloud.control, "uploads/runs")).values()) {
      const record = JSON.parse(String(bytes)) as UploadRecord;
      if (record.source === `incoming/${name}.ome.tif`) records.push(record);
    }
    return records;
  };
  const eventOf = ({ bucket, source, etag, sequencer }: UploadRecord) => ({
    time: new Date().toISOString(),
    detail: { bucket: { name: bucket }, object: { key: source, etag, sequencer } },
  });

  it("are converted, as the embedded engine would, byte for byte", async () => {
    const status = await upload("lab/cells one", runs.image);
    const output = runs.uri("converted/lab/cells one.ome.zarr");
    expect(status).toMatchObject({
      status: "succeeded",
      source: runs.uri("incoming/lab/cells one.ome.tif"),
      output,
    });
    expect((await runs.execution(status.runId)).status).toBe("SUCCEEDED");
    const fromStack = await objectsUnder(runs.cloud.data, "converted/lab/cells one.ome.zarr");
    await runs.json("convert", status.source, output, "--overwrite", "--runs", "runs");
    const fromHere = await objectsUnder(runs.cloud.data, "converted/lab/cells one.ome.zarr");
    expect([...fromStack.keys()]).toEqual([...fromHere.keys()]);
    for (const [key, bytes] of fromStack) expect(bytes.equals(fromHere.get(key)!), key).toBe(true);
    // a run that the bucket started looks like any other
    const seen = await runs.json("status", status.runId);
    expect(seen).toMatchObject({ runId: status.runId, status: "succeeded", engine: "aws" });
    const listed = await runs.json<{ runId: string }[]>("runs", "--on", "aws");
    expect(listed.map(({ runId }) => runId)).toContain(status.runId);
  });

  it("take options from the file beside the image, and replace their own output the second time", async () => {
    const { data } = runs.cloud;
    const options = "ngff: '0.4'\nlevels: 3\nchunks: [1, 1, 1, 48, 48]\ncodec: zstd\n";
    await data.put("incoming/small.lamella.yaml", Buffer.from(options));
    const first = await upload("small", runs.image);
    expect(first.status).toBe("succeeded");
    const level = JSON.parse(String(Buffer.from((await data.get("converted/small.ome.zarr/0/2/.zarray"))!)));
    expect(level).toMatchObject({ shape: [1, 2, 4, 24, 24], compressor: { id: "zstd" } });

    await data.put("incoming/small.lamella.yaml", Buffer.from(options.replace("levels: 3", "levels: 1")));
    const second = await upload("small", runs.image);
    expect(second.status).toBe("succeeded");
    expect(second.runId > first.runId).toBe(true);
    expect(await data.head("converted/small.ome.zarr/0/2/.zarray")).toBeUndefined();
    expect(await data.head("converted/small.ome.zarr/0/0/.zarray")).toBeDefined();
  });

  it("go through steps, with an input beside them, as a pipeline of those does here", async () => {
    const { data } = runs.cloud;
    await data.put("incoming/plate/flat.ome.tif", runs.image);
    const steps = {
      sum: { op: "mapBlocks", in: ["image", "flat"], expr: "image + flat", dtype: "uint16" },
      smooth: { op: "mapOverlap", in: "sum", kernel: "median", args: { size: 3 }, depth: 1 },
    };
    const options = {
      inputs: { flat: { tiff: "flat.ome.tif" } },
      steps,
      levels: 2,
      chunks: [1, 1, 1, 48, 48],
    };
    await data.put("incoming/plate/well.lamella.yaml", Buffer.from(JSON.stringify(options)));
    const status = await upload("plate/well", runs.image);
    expect(status, JSON.stringify(status)).toMatchObject({
      status: "succeeded",
      output: runs.uri("converted/plate/well.ome.zarr"),
    });
    const file = await runs.pipeline("well", {
      inputs: {
        flat: { tiff: runs.uri("incoming/plate/flat.ome.tif") },
        image: { tiff: runs.uri("incoming/plate/well.ome.tif") },
      },
      steps,
      outputs: {
        smooth: { zarr: status.output, chunks: options.chunks, pyramid: { levels: options.levels } },
      },
    });
    await runs.expectSameBytes("converted/plate/well.ome.zarr", file);
  });

  it("leave alone what they didn't make, and say so", async () => {
    await runs.cloud.data.put("converted/mine.ome.zarr/zarr.json", Buffer.from('{"attributes": {}}'));
    const status = await upload("mine", runs.image);
    expect(status).toMatchObject({ status: "failed", error: { code: "OUTPUT_EXISTS" } });
    const left = await objectsUnder(runs.cloud.data, "converted/mine.ome.zarr");
    expect([...left.keys()]).toEqual(["zarr.json"]);
  });

  it("tell of a truncated one in its status, and fail the execution", async () => {
    const status = await upload("truncated", runs.image.subarray(0, runs.image.length / 2));
    expect(status).toMatchObject({ status: "failed", error: { code: "TIFF_TRUNCATED" } });
    const { status: state, error, cause } = await runs.execution(status.runId);
    expect({ state, error }).toEqual({ state: "FAILED", error: "Lamella.RunFailed" });
    expect(cause).toContain("TIFF_TRUNCATED");
    expect(cause).toContain("incoming/truncated.ome.tif");
    // it failed before it had a plan, and is shown all the same
    const seen = await runs.json("status", status.runId);
    expect(seen).toMatchObject({ status: "failed", failure: { code: "TIFF_TRUNCATED" }, stages: [] });
    expect(await runs.refusal("resume", status.runId)).toMatchObject({ status: 2, code: "RUN_ENDED" });
  });

  it("tell which chunk doesn't decode, keep the run, and leave an output that doesn't open", async () => {
    const damaged = Buffer.from(runs.image);
    // within the first tile's compressed data, past its header
    damaged.fill(0xff, 600, 900);
    const { status, error, runId } = await upload("damaged", damaged);
    expect({ status, code: (error as { code: string }).code }).toEqual({
      status: "failed",
      code: "CHUNK_DECODE",
    });
    const state = await runs.json("status", runId);
    expect(state).toMatchObject({ status: "failed", failure: { code: "CHUNK_DECODE", stage: 0 } });
    expect((await runs.execution(runId)).cause).toMatch(/CHUNK_DECODE: .*\(run \S+, stage \S+, task \d+\)/);
    expect(await runs.cloud.data.head("converted/damaged.ome.zarr/zarr.json")).toBeUndefined();
  });

  it("of one key at one time give one conversion, that of the latest", async () => {
    const other = Buffer.from(runs.image);
    other.fill(0xff, 600, 900);
    // The last is whole; those before don't even decode.
    await put("many", other);
    await put("many", other);
    await put("many", runs.image);
    const etag = (await runs.cloud.data.head("incoming/many.ome.tif"))!.etag;
    const status = await waitForJson<UploadStatus>(
      runs.cloud.data,
      statusKey("many"),
      (found) => ended(found) && found.etag.replaceAll('"', "") === etag.replaceAll('"', ""),
    );
    expect(status.status).toBe("succeeded");
    // ids of one millisecond are in no order, but what S3 numbers the uploads by is
    const records = (await recordsOf("many")).toSorted((a, b) => (a.sequencer < b.sequencer ? -1 : 1));
    expect(records.at(-1)!.runId).toBe(status.runId);
    const ids = records.map(({ runId }) => runId);
    const { client, sfn } = await stepFunctions();
    const page = await client.send(
      new sfn.ListExecutionsCommand({ stateMachineArn: runs.cloud.outputs.StateMachine, maxResults: 1000 }),
    );
    const names = (page.executions ?? []).map(({ name }) => name!).filter((name) => ids.includes(name));
    const states = await Promise.all(names.map(async (name) => (await runs.execution(name, name)).status));
    expect(states.filter((state) => state === "SUCCEEDED")).toHaveLength(1);
    // nothing of the earlier ones comes after it
    const now = JSON.parse(String(Buffer.from((await runs.cloud.data.get(statusKey("many")))!)));
    expect(now).toMatchObject({ status: "succeeded", runId: status.runId });
    await runs.cloud.data.put("incoming/once.ome.tif", runs.image);
    await waitForJson<UploadStatus>(runs.cloud.data, statusKey("once"), ended);
    const sums = async (name: string) => {
      const objects = await objectsUnder(runs.cloud.data, `converted/${name}.ome.zarr`);
      return [...objects]
        .filter(([key]) => /\/c\//.test(key))
        .map(([key, bytes]) => [key, bytes.toString("hex")]);
    };
    expect(await sums("many")).toEqual(await sums("once"));
  });

  it("told of twice, and late, start nothing new", async () => {
    const first = await upload("twice", runs.image);
    expect(first.status).toBe("succeeded");
    const [record] = await recordsOf("twice");
    const before = (await runs.receipts(first.runId)).size;
    expect(await runs.invoke("Ingest", eventOf(record!))).toEqual([{ runId: first.runId }]);
    // an event of an upload before that one, which comes only now
    const late = eventOf({ ...record!, sequencer: "0" });
    expect(await runs.invoke("Ingest", late)).toEqual([{ ignored: "incoming/twice.ome.tif" }]);
    expect((await runs.receipts(first.runId)).size).toBe(before);
    const status = JSON.parse(String(Buffer.from((await runs.cloud.data.get(statusKey("twice")))!)));
    expect(status).toMatchObject({ status: "succeeded", runId: first.runId });
  });

  it("whose events were given up are converted once their dead letters are moved, as operations.md says", async () => {
    const { DeadLetterQueue: deadLetters, RedriveQueue: again } = runs.cloud.outputs;
    const first = await upload("redriven", runs.image);
    const [record] = await recordsOf("redriven");
    // as EventBridge leaves it: the event of a later upload, as it came, in the queue of those given up
    const later = { ...record!, sequencer: `f${record!.sequencer}` };
    const body = { QueueUrl: await queueUrl(deadLetters), MessageBody: JSON.stringify(eventOf(later)) };
    await sqs("SendMessage", body);
    await sqs("StartMessageMoveTask", { SourceArn: deadLetters, DestinationArn: again });
    const status = await waitForJson<UploadStatus>(
      runs.cloud.data,
      statusKey("redriven"),
      (found) => found.runId !== first.runId && ended(found),
    );
    expect(status.status).toBe("succeeded");
    const left = await sqs<{ Attributes: { ApproximateNumberOfMessages: string } }>("GetQueueAttributes", {
      QueueUrl: await queueUrl(deadLetters),
      AttributeNames: ["ApproximateNumberOfMessages"],
    });
    expect(left.Attributes.ApproximateNumberOfMessages).toBe("0");
  });

  it("that are no images get a status that says so", async () => {
    await runs.cloud.data.put("incoming/lab/plate.tif.gz", new Uint8Array([0x1f, 0x8b, 8]));
    const told = await waitForJson<UploadStatus>(
      runs.cloud.data,
      "converted/lab/plate.tif.gz.status.json",
      () => true,
    );
    expect(told).toMatchObject({ status: "failed", error: { code: "UNKNOWN_FORMAT" } });
    expect(told).not.toHaveProperty("runId");
  });
});
