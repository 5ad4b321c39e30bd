import { writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { modeHere } from "../../localstack/start.ts";
import { stepFunctions } from "../../shared/engine/aws/clients.ts";
import { fromTiff } from "../../shared/index.ts";
import { CloudRuns } from "../support/cloud-runs.ts";
import { objectsUnder, waitForJson } from "../support/localstack.ts";

const mode = await modeHere();

describe.skipIf(mode === undefined)(
  "runs on LocalStack give what the embedded engine gives",
  { timeout: 300_000 },
  () => {
    let runs: CloudRuns;
    let input: { readonly image: { readonly tiff: string } };
    beforeAll(async () => {
      runs = await CloudRuns.start();
      await runs.cloud.data.put("images/cells.ome.tif", runs.image);
      input = { image: { tiff: runs.uri("images/cells.ome.tif") } };
    });
    afterAll(() => runs?.end());

    const cells = (output: string) => ({
      inputs: input,
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
          zarr: runs.uri(`${output}/cleaned.zarr`),
          chunks: [4, 48, 48],
          pyramid: { levels: 2, method: "mode" },
        },
        cells: { zarr: runs.uri(`${output}/cells.zarr`), chunks: [4, 48, 48] },
        brightest: { zarr: runs.uri(`${output}/brightest.zarr`) },
      },
    });

    it("with `lamella run --on aws`", async () => {
      const file = await runs.pipeline("cli", cells("cli"));
      const report = await runs.json<{ status: string; stages: unknown[] }>("run", file, "--on", "aws");
      expect(report).toMatchObject({
        status: "succeeded",
        outputs: { cells: runs.uri("cli/cells.zarr"), cleaned: runs.uri("cli/cleaned.zarr") },
      });
      expect(report.stages.length).toBeGreaterThan(3);
      await runs.expectSameBytes("cli", file);
      expect(await runs.refusal("run", file, "--on", "aws")).toMatchObject({
        status: 3,
        code: "OUTPUT_EXISTS",
      });
    });

    it("with stages of every kind: map, reduce, rechunk, pyramid, convert, label, tally, cumulate", async () => {
      const steps = {
        first: { op: "slice", in: "image", index: "0, 0" },
        cut: { op: "otsu", in: "first" },
        mask: { op: "mapBlocks", in: "first", kernel: "threshold", args: { above: { step: "cut" } } },
        objects: { op: "label", in: "mask" },
        planes: { op: "rechunk", in: "image", chunks: [1, 1, 1, -1, -1] },
        columns: { op: "rechunk", in: "planes", chunks: [1, 2, 4, 24, 24] },
        running: { op: "cumsum", in: "first", axis: 1 },
        middle: { op: "mean", in: "image", axis: 4 },
      };
      const store = (name: string, more: object = {}) => ({ zarr: runs.uri(`kinds/${name}.zarr`), ...more });
      const outputs = {
        copy: { ...store("copy", { chunks: [1, 1, 2, 48, 48], pyramid: { levels: 3, method: "mean" } }) },
        mask: store("mask", { chunks: [2, 48, 48] }),
        objects: store("objects", { chunks: [4, 48, 48], pyramid: { levels: 2, method: "mode" } }),
        columns: store("columns"),
        running: store("running", { chunks: [2, 48, 48] }),
        middle: store("middle"),
      };
      const file = await runs.pipeline("kinds", {
        inputs: input,
        steps: { ...steps, copy: { op: "astype", in: "image", dtype: "uint16" } },
        outputs,
      });
      const report = await runs.json<{ stages: { kind: string }[] }>("run", file, "--on", "aws");
      const kinds = new Set(report.stages.map(({ kind }) => kind));
      for (const kind of ["map", "reduce", "pyramid", "label", "tally", "cumulate", "convert"])
        expect(kinds).toContain(kind);
      await runs.expectSameBytes("kinds", file);
      // A Zarr's chunks that become others
      const again = await runs.pipeline("rechunked", {
        inputs: { columns: { zarr: runs.uri("kinds/columns.zarr") } },
        steps: { rows: { op: "rechunk", in: "columns", chunks: [1, 1, 4, 96, 12] } },
        outputs: { rows: { zarr: runs.uri("rechunked/rows.zarr") } },
      });
      const second = await runs.json<{ stages: { kind: string }[] }>("run", again, "--on", "aws");
      expect(second.stages.map(({ kind }) => kind)).toContain("rechunk");
      await runs.expectSameBytes("rechunked", again);
    });

    it("with own kernels, expressions, computed arguments and tables, by invoking the functions", async () => {
      await writeFile(
        path.join(runs.folder, "kernels.ts"),
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
        middle: { op: "percentile", in: "first", q: [25, 50, 75] },
      };
      const outputs = {
        ...Object.fromEntries(
          ["ratio", "cells", "middle"].map((name) => [name, { zarr: runs.uri(`whole/${name}.zarr`) }]),
        ),
        sizes: { csv: runs.uri("whole/sizes.csv") },
      };
      const file = await runs.pipeline("whole", { inputs: input, steps, outputs });
      expect(await runs.json("run", file, "--on", "lambda")).toMatchObject({ status: "succeeded" });
      const table = Buffer.from((await runs.cloud.data.get("whole/sizes.csv"))!);
      expect(String(table)).toMatch(/^label,/);
      await runs.expectSameBytes("whole", file);
    });

    it("with an own kernel under the state machine", async () => {
      await writeFile(
        path.join(runs.folder, "kernels.ts"),
        "export function halved({ data }) { return data.map((x) => x / 2); }\n",
      );
      const half = {
        op: "mapBlocks",
        in: "image",
        module: "kernels.ts#halved",
        dtype: "float32",
        extent: "pointwise",
      };
      const file = await runs.pipeline("own", {
        inputs: input,
        steps: { half },
        outputs: { half: { zarr: runs.uri("own/half.zarr"), chunks: [4, 96, 96] } },
      });
      expect(await runs.json("run", file, "--on", "aws")).toMatchObject({ status: "succeeded" });
      await runs.expectSameBytes("own", file);
    });

    it("with StartExecution itself, whose run looks like any other", async () => {
      const { client, sfn } = await stepFunctions();
      const name = "by-hand";
      const start = new sfn.StartExecutionCommand({
        stateMachineArn: runs.cloud.outputs.StateMachine,
        name,
        input: JSON.stringify({ pipeline: { version: 1, ...cells("raw") } }),
      });
      await client.send(start);
      const last = await runs.execution(name, name);
      expect(last.status, last.cause).toBe("SUCCEEDED");
      const answer = JSON.parse(last.output!) as { runId: string };
      expect(answer).toMatchObject({ status: "succeeded", outputs: { cells: runs.uri("raw/cells.zarr") } });
      expect(await runs.json("status", answer.runId)).toMatchObject({
        status: "succeeded",
        executions: [name],
      });
      const file = await runs.pipeline("raw", cells("raw"));
      await runs.expectSameBytes("raw", file);
    });

    it("with the arrays of the API", async () => {
      const uri = runs.uri("images/cells.ome.tif");
      const sum = (await fromTiff(uri)).sum({ axis: 2 });
      const here = await sum.compute();
      const there = await sum.compute({ on: "aws" });
      expect(there).toEqual(here);
      const brightest = (await fromTiff(uri)).max({ axis: 1 });
      const onAws = await brightest.toZarr(runs.uri("api/aws.zarr"), { on: "aws" });
      expect(onAws).toMatchObject({ status: "succeeded" });
      await brightest.toZarr(runs.uri("api/lambda.zarr"), { on: "lambda" });
      await brightest.toZarr(runs.uri("api/local.zarr"), { runs: path.join(runs.folder, "runs") });
      await runs.expectSameChunks("api/aws.zarr", "api/local.zarr");
      await runs.expectSameChunks("api/lambda.zarr", "api/local.zarr");
      await expect(sum.compute({ on: "aws", workers: 2 })).rejects.toMatchObject({
        code: "INVALID_ARGUMENT",
      });
      // what compute kept of its run is gone
      const left = await runs.json<{ outputs: object; status: string }[]>("runs", "--on", "aws");
      expect(
        left.filter(({ outputs, status }) => Object.keys(outputs).length === 0 && status === "succeeded"),
      ).toEqual([]);
    });

    it("two at one time, each to its own output", async () => {
      const both = await Promise.all(
        ["one", "two"].map(async (name) => {
          const file = await runs.pipeline(name, {
            inputs: input,
            steps: {
              smooth: { op: "mapOverlap", in: "image", kernel: "median", args: { size: 3 }, depth: 1 },
            },
            outputs: { smooth: { zarr: runs.uri(`${name}/smooth.zarr`), chunks: [4, 96, 96] } },
          });
          return runs.json("run", file, "--on", "aws", "--detach");
        }),
      );
      expect(both[0]!["runId"]).not.toBe(both[1]!["runId"]);
      for (const { runId } of both)
        expect(await runs.json("watch", String(runId))).toMatchObject({ status: "succeeded" });
      expect((await objectsUnder(runs.cloud.data, "one")).size).toBeGreaterThan(2);
      await runs.expectSameChunks("one", "two");
    });

    it("two to one output: one of them, whichever claimed it", async () => {
      const file = await runs.pipeline("same", {
        inputs: input,
        steps: { smooth: { op: "max", in: "image", axis: 2 } },
        outputs: { smooth: { zarr: runs.uri("same/smooth.zarr") } },
      });
      const both = await Promise.all([1, 2].map(() => runs.command("run", file, "--on", "aws", "--json")));
      const statuses = both.map(({ status }) => status).sort();
      expect(statuses).toEqual([0, 3]);
      const refused = both.find(({ status }) => status === 3)!;
      expect(refused.stdout).toMatch(/OUTPUT_CLAIMED|OUTPUT_EXISTS/);
      await waitForJson(runs.cloud.data, "same/smooth.zarr/zarr.json", () => true);
    });

    it("refused where the input is on this computer", async () => {
      const inputs = { image: { tiff: path.join(runs.folder, "image.ome.tif") } };
      const file = await runs.pipeline("local", { ...cells("local"), inputs });
      expect(await runs.refusal("run", file, "--on", "aws")).toMatchObject({
        status: 2,
        code: "UNSUPPORTED_URI",
      });
    });
  },
);
