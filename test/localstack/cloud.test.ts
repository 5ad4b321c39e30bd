import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { run } from "../../localstack/commands.ts";
import { destroy } from "../../localstack/stack.ts";
import { modeHere, stop } from "../../localstack/start.ts";
import { makeDemoImage } from "../../scripts/make-demo-image.ts";
import { stepFunctions } from "../../shared/engine/aws/clients.ts";
import { findStack } from "../../shared/engine/aws/stack.ts";
import type { UploadStatus } from "../../shared/engine/aws/upload/status.ts";
import { type Cloud, objectsUnder, startCloud, waitForJson } from "../support/localstack.ts";

const mode = await modeHere();
if (mode === undefined)
  console.warn("skipping test/localstack: no Docker engine, and no Python 3.11 or 3.13 with venv");

const NAME = "test";

describe.skipIf(mode === undefined)("the stack on LocalStack", { timeout: 180_000 }, () => {
  let cloud: Cloud;
  let folder: string;
  let image: Buffer;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "lamella-cloud-"));
    const file = path.join(folder, "image.ome.tif");
    await makeDemoImage(file, { shape: [1, 2, 4, 192, 192] });
    image = await readFile(file);
    cloud = await startCloud(NAME);
  });

  afterAll(async () => {
    await stop(NAME);
    if (folder) await rm(folder, { recursive: true });
  });

  /** The command line, on the same Node as the functions. */
  const lamella = (...args: string[]): Promise<string> =>
    run(process.execPath, ["cli/main.ts", ...args, "--json"]);
  const uri = (key: string): string => `s3://${cloud.outputs.DataBucket}/${key}`;
  const ended = ({ status }: UploadStatus): boolean => status !== "queued" && status !== "running";
  const upload = async (name: string, bytes: Uint8Array): Promise<UploadStatus> => {
    const before = await cloud.data.get(`converted/${name}.status.json`);
    const earlier = before && (JSON.parse(Buffer.from(before).toString()) as UploadStatus).runId;
    await cloud.data.put(`incoming/${name}.ome.tif`, bytes);
    const accept = (status: UploadStatus): boolean => status.runId !== earlier && ended(status);
    return waitForJson<UploadStatus>(cloud.data, `converted/${name}.status.json`, accept);
  };
  const execution = async (runId: string) => {
    const { client, sfn } = await stepFunctions();
    const executionArn = `${cloud.outputs.StateMachine.replace(":stateMachine:", ":execution:")}:${runId}`;
    // a run's status is written before its execution comes to its last state
    for (;;) {
      const described = await client.send(new sfn.DescribeExecutionCommand({ executionArn }));
      if (described.status !== "RUNNING") return described;
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  };
  /** Two runs' outputs hold the same chunks. Metadata has the plan's hash, and so the outputs' names. */
  const expectSameChunks = async (one: string, other: string): Promise<void> => {
    const [ours, theirs] = [await objectsUnder(cloud.data, one), await objectsUnder(cloud.data, other)];
    expect([...ours.keys()]).toEqual([...theirs.keys()]);
    for (const [key, bytes] of ours) {
      if (!key.endsWith("zarr.json")) expect(bytes.equals(theirs.get(key)!), key).toBe(true);
    }
  };
  const pipeline = (output: string) => ({
    version: 1,
    inputs: { image: { tiff: uri("incoming/lab/cells one.ome.tif") } },
    steps: {
      smooth: {
        op: "mapOverlap",
        in: "image",
        kernel: "gaussian",
        args: { sigma: 1.5 },
        depth: 6,
        boundary: "reflect",
        dtype: "float32",
      },
      scaled: { op: "mapBlocks", in: "smooth", kernel: "rescaleIntensity", args: { outRange: [0, 1] } },
      binary: { op: "mapBlocks", in: "scaled", kernel: "threshold", args: { above: 0.3 }, dtype: "bool" },
      cleaned: { op: "mapBlocks", in: "binary", kernel: "removeSmallObjects", args: { minSize: 50 } },
      cells: { op: "label", in: "cleaned" },
      brightest: { op: "max", in: "image", axis: 2 },
    },
    outputs: {
      cleaned: {
        zarr: uri(`${output}/cleaned.zarr`),
        chunks: [4, 96, 96],
        pyramid: { levels: 2, method: "mode" },
      },
      cells: { zarr: uri(`${output}/cells.zarr`), chunks: [4, 96, 96] },
      brightest: { zarr: uri(`${output}/brightest.zarr`) },
    },
  });
  /** Compares what the stack wrote with what the embedded engine writes in its place. */
  const expectSameBytes = async (prefix: string, embedded: () => Promise<unknown>): Promise<void> => {
    const fromStack = await objectsUnder(cloud.data, prefix);
    expect(fromStack.size).toBeGreaterThan(3);
    await embedded();
    const fromHere = await objectsUnder(cloud.data, prefix);
    expect([...fromStack.keys()]).toEqual([...fromHere.keys()]);
    for (const [key, bytes] of fromStack) expect(bytes.equals(fromHere.get(key)!), key).toBe(true);
  };

  it("is found by its state machine's name and tags", async () => {
    expect(await findStack()).toMatchObject({
      stateMachineArn: cloud.outputs.StateMachine,
      controlBucket: cloud.outputs.ControlBucket,
      dataBucket: cloud.outputs.DataBucket,
    });
    await expect(findStack("Nowhere")).rejects.toMatchObject({ code: "STACK_NOT_FOUND" });
  });

  it("converts an upload, as the embedded engine would, byte for byte", async () => {
    const status = await upload("lab/cells one", image);
    expect(status).toMatchObject({
      status: "succeeded",
      source: uri("incoming/lab/cells one.ome.tif"),
      output: uri("converted/lab/cells one.ome.zarr"),
    });
    expect((await execution(status.runId)).status).toBe("SUCCEEDED");
    await expectSameBytes("converted/lab/cells one.ome.zarr", () =>
      lamella("convert", status.source, status.output, "--overwrite", "--runs", path.join(folder, "runs")),
    );
  });

  it("takes options from the file beside the image, and replaces its own output on a second upload", async () => {
    const options = "ngff: '0.4'\nlevels: 3\nchunks: [1, 1, 1, 64, 64]\ncodec: zstd\n";
    await cloud.data.put("incoming/small.lamella.yaml", Buffer.from(options));
    const first = await upload("small", image);
    expect(first.status).toBe("succeeded");
    const level = JSON.parse(
      String(await cloud.data.get("converted/small.ome.zarr/0/2/.zarray").then((b) => b && Buffer.from(b))),
    );
    expect(level).toMatchObject({ shape: [1, 2, 4, 48, 48], compressor: { id: "zstd" } });

    await cloud.data.put(
      "incoming/small.lamella.yaml",
      Buffer.from(options.replace("levels: 3", "levels: 1")),
    );
    const second = await upload("small", image);
    expect(second.status).toBe("succeeded");
    expect(second.runId > first.runId).toBe(true);
    expect(await cloud.data.head("converted/small.ome.zarr/0/2/.zarray")).toBeUndefined();
    expect(await cloud.data.head("converted/small.ome.zarr/0/0/.zarray")).toBeDefined();
  });

  it("leaves alone what it didn't make, and says so", async () => {
    await cloud.data.put("converted/mine.ome.zarr/zarr.json", Buffer.from('{"attributes": {}}'));
    const status = await upload("mine", image);
    expect(status).toMatchObject({ status: "failed", error: { code: "OUTPUT_EXISTS" } });
    expect([...(await objectsUnder(cloud.data, "converted/mine.ome.zarr")).keys()]).toEqual(["zarr.json"]);
  });

  it("tells of a truncated upload in its status, and fails the execution", async () => {
    const status = await upload("truncated", image.subarray(0, image.length / 2));
    expect(status).toMatchObject({ status: "failed", error: { code: "TIFF_TRUNCATED" } });
    const { status: state, error, cause } = await execution(status.runId);
    expect({ state, error }).toEqual({ state: "FAILED", error: "Lamella.RunFailed" });
    expect(cause).toContain("TIFF_TRUNCATED");
    expect(cause).toContain("incoming/truncated.ome.tif");
  });

  it("tells which chunk doesn't decode, keeps the run, and leaves an output that doesn't open", async () => {
    const damaged = Buffer.from(image);
    // within the first tile's compressed data, past its header
    damaged.fill(0xff, 600, 900);
    const { status, error, runId } = await upload("damaged", damaged);
    expect({ status, code: (error as { code: string }).code }).toEqual({
      status: "failed",
      code: "CHUNK_DECODE",
    });
    const state = JSON.parse(await lamella("status", runId, "--on", "aws"));
    expect(state).toMatchObject({ status: "failed", failure: { code: "CHUNK_DECODE", stage: 0 } });
    expect((await execution(runId)).cause).toMatch(/CHUNK_DECODE: .*\(run \S+, stage \S+, task \d+\)/);
    expect(await cloud.data.head("converted/damaged.ome.zarr/zarr.json")).toBeUndefined();
  });

  it("runs a pipeline for `lamella run --on aws`, byte for byte as the embedded engine", async () => {
    const file = path.join(folder, "pipeline.json");
    await writeFile(file, JSON.stringify(pipeline("cli")));
    const report = JSON.parse(await lamella("run", file, "--on", "aws"));
    expect(report).toMatchObject({
      status: "succeeded",
      outputs: { cells: uri("cli/cells.zarr"), cleaned: uri("cli/cleaned.zarr") },
    });
    expect(report.stages.length).toBeGreaterThan(3);
    const runs = path.join(folder, "runs");
    await expectSameBytes("cli", () => lamella("run", file, "--overwrite", "--workers", "2", "--runs", runs));
    await expect(lamella("run", file, "--on", "aws")).rejects.toThrow("OUTPUT_EXISTS");
  });

  it("runs own kernels, expressions, computed arguments and whole-array steps, with the same bytes", async () => {
    await writeFile(
      path.join(folder, "kernels.ts"),
      "export function halved({ data }) { return data.map((x) => x / 2); }\n",
    );
    const steps = {
      first: { op: "slice", in: "image", index: "0, 0" },
      half: {
        op: "mapBlocks",
        in: "first",
        module: "kernels.ts#halved",
        dtype: "float32",
        extent: "pointwise",
      },
      cut: { op: "otsu", in: "first" },
      ratio: {
        op: "mapBlocks",
        in: ["half", "first"],
        expr: "where(first > 0, half / first, 0)",
        dtype: "float32",
      },
      mask: { op: "mapBlocks", in: "first", kernel: "threshold", args: { above: { step: "cut" } } },
      large: { op: "removeSmall", in: "mask", minSize: 20 },
      cells: { op: "label", in: "large" },
      sizes: { op: "measure", in: "cells", image: "first" },
      running: { op: "cumsum", in: "first", axis: 0 },
      middle: { op: "percentile", in: "first", q: [25, 50, 75] },
    };
    const names = ["ratio", "cells", "running", "middle"];
    const outputs = {
      ...Object.fromEntries(names.map((name) => [name, { zarr: uri(`whole/${name}.zarr`) }])),
      sizes: { csv: uri("whole/sizes.csv") },
    };
    const file = path.join(folder, "whole.json");
    await writeFile(file, JSON.stringify({ ...pipeline("whole"), steps, outputs }));
    const report = JSON.parse(await lamella("run", file, "--on", "lambda"));
    expect(report).toMatchObject({ status: "succeeded" });
    expect(String(Buffer.from((await cloud.data.get("whole/sizes.csv"))!))).toMatch(/^label,/);
    const runs = path.join(folder, "runs");
    await expectSameBytes("whole", () =>
      lamella("run", file, "--overwrite", "--workers", "2", "--runs", runs),
    );
  });

  it("runs a pipeline for `lamella run --on lambda`, by invoking the functions, with the same bytes", async () => {
    const file = path.join(folder, "invokes.json");
    await writeFile(file, JSON.stringify(pipeline("invokes")));
    const report = JSON.parse(await lamella("run", file, "--on", "lambda"));
    expect(report).toMatchObject({ status: "succeeded", outputs: { cells: uri("invokes/cells.zarr") } });
    await expectSameChunks("invokes", "cli");
  });

  it("runs a pipeline given to StartExecution itself, with the same bytes", async () => {
    const { client, sfn } = await stepFunctions();
    const input = JSON.stringify({ pipeline: pipeline("raw") });
    const { executionArn } = await client.send(
      new sfn.StartExecutionCommand({ stateMachineArn: cloud.outputs.StateMachine, name: "by-hand", input }),
    );
    expect(executionArn).toContain(":by-hand");
    const last = await execution("by-hand");
    expect(last.status, last.cause).toBe("SUCCEEDED");
    expect(JSON.parse(last.output!)).toMatchObject({
      status: "succeeded",
      outputs: { cells: uri("raw/cells.zarr") },
    });
    await expectSameChunks("raw", "cli");
  });

  it("refuses a pipeline whose input is on this computer", async () => {
    const file = path.join(folder, "local.json");
    const inputs = { image: { tiff: path.join(folder, "image.ome.tif") } };
    await writeFile(file, JSON.stringify({ ...pipeline("local"), inputs }));
    await expect(lamella("run", file, "--on", "aws")).rejects.toThrow("UNSUPPORTED_URI");
  });

  // LocalStack removes even what the template retains: that the buckets outlive the stack is a test of the template
  it("is removed by cdk destroy", async () => {
    await destroy(cloud.instance, false);
    await expect(findStack()).rejects.toMatchObject({ code: "STACK_NOT_FOUND" });
  });
});
