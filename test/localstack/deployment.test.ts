import { writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { deploy, destroy } from "../../localstack/stack.ts";
import { modeHere } from "../../localstack/start.ts";
import { findStack } from "../../shared/engine/aws/stack.ts";
import { CloudRuns, gated } from "../support/cloud-runs.ts";

const mode = await modeHere();
const OTHER = { stackName: "Other" };

describe.skipIf(mode === undefined)("stacks on LocalStack", { timeout: 600_000 }, () => {
  let runs: CloudRuns;
  beforeAll(async () => {
    runs = await CloudRuns.start();
    await runs.cloud.data.put("images/stack.ome.tif", runs.image);
    await writeFile(path.join(runs.folder, "slow.ts"), gated(path.join(runs.folder, "go")));
  });
  afterAll(() => runs?.end());

  /** The resources of a stack that aren't removed, by their types. */
  async function resourcesOf(stackName: string): Promise<Map<string, string[]>> {
    const sdk = await import("@aws-sdk/client-cloudformation");
    const client = new sdk.CloudFormationClient({});
    const found = new Map<string, string[]>();
    for await (const page of sdk.paginateListStackResources({ client }, { StackName: stackName }))
      for (const {
        ResourceType = "",
        PhysicalResourceId = "",
        ResourceStatus,
      } of page.StackResourceSummaries ?? [])
        if (ResourceStatus !== "DELETE_COMPLETE")
          found.set(ResourceType, [...(found.get(ResourceType) ?? []), PhysicalResourceId]);
    return found;
  }

  it("are found by their state machine's name and tags", async () => {
    expect(await findStack()).toMatchObject({
      stateMachineArn: runs.cloud.outputs.StateMachine,
      controlBucket: runs.cloud.outputs.ControlBucket,
      dataBucket: runs.cloud.outputs.DataBucket,
    });
    await expect(findStack("Nowhere")).rejects.toMatchObject({ code: "STACK_NOT_FOUND" });
  });

  it("are deployed anew while a run is in flight, which ends as if nothing had been", async () => {
    const file = await runs.pipeline("inflight", {
      inputs: { image: { tiff: runs.uri("images/stack.ome.tif") } },
      steps: {
        slow: { op: "mapBlocks", in: "image", module: "slow.ts#slow", dtype: "uint16" },
        mean: { op: "mean", in: "slow", axis: 2 },
      },
      outputs: {
        slow: { zarr: runs.uri("inflight/slow.zarr"), chunks: [1, 1, 1, 96, 96] },
        mean: { zarr: runs.uri("inflight/mean.zarr") },
      },
    });
    const { runId } = await runs.json("run", file, "--on", "aws", "--detach");
    await runs.begun("inflight");
    const outputs = await deploy(runs.cloud.instance, false, { runRetentionDays: "31" });
    expect(outputs).toMatchObject({ ...runs.cloud.outputs });
    await writeFile(path.join(runs.folder, "go"), "");
    expect(await runs.json("watch", String(runId))).toMatchObject({ runId, status: "succeeded" });
    await runs.expectSameBytes("inflight", file);
  });

  // LocalStack removes even what the template retains: that buckets outlive the stack is read from the template
  it("coexist; destroyed, one leaves nothing but its buckets, and the other alone", async () => {
    const before = await resourcesOf("Lamella");
    const outputs = await deploy(runs.cloud.instance, false, OTHER);
    expect(outputs.DataBucket).not.toBe(runs.cloud.outputs.DataBucket);
    expect(await findStack("Other")).toMatchObject({ dataBucket: outputs.DataBucket });
    const made = await resourcesOf("Other");
    expect(made.get("AWS::StepFunctions::StateMachine")).toHaveLength(1);

    const sdk = await import("@aws-sdk/client-cloudformation");
    const client = new sdk.CloudFormationClient({});
    const { TemplateBody = "{}" } = await client.send(new sdk.GetTemplateCommand({ StackName: "Other" }));
    const { Resources } = JSON.parse(TemplateBody) as {
      Resources: { [id: string]: { Type: string; DeletionPolicy?: string } };
    };
    const kept = Object.values(Resources).filter(({ DeletionPolicy }) =>
      DeletionPolicy?.startsWith("Retain"),
    );
    expect(new Set(kept.map(({ Type }) => Type))).toEqual(new Set(["AWS::S3::Bucket"]));
    expect(kept).toHaveLength(made.get("AWS::S3::Bucket")!.length);

    await destroy(runs.cloud.instance, false, OTHER);
    await expect(findStack("Other")).rejects.toMatchObject({ code: "STACK_NOT_FOUND" });
    const lambda = await import("@aws-sdk/client-lambda");
    const functions: string[] = [];
    for await (const page of lambda.paginateListFunctions({ client: new lambda.LambdaClient({}) }, {}))
      functions.push(...(page.Functions ?? []).map(({ FunctionName }) => FunctionName!));
    expect(functions.filter((name) => name.startsWith("Other-"))).toEqual([]);
    const logs = await import("@aws-sdk/client-cloudwatch-logs");
    const groups: string[] = [];
    for await (const page of logs.paginateDescribeLogGroups(
      { client: new logs.CloudWatchLogsClient({}) },
      {},
    ))
      groups.push(...(page.logGroups ?? []).map(({ logGroupName }) => logGroupName!));
    expect(made.get("AWS::Logs::LogGroup")!.filter((name) => groups.includes(name))).toEqual([]);
    expect(await resourcesOf("Lamella")).toEqual(before);
    const { runId } = await runs.json(
      "run",
      await runs.pipeline("after", {
        inputs: { image: { tiff: runs.uri("images/stack.ome.tif") } },
        steps: { max: { op: "max", in: "image", axis: 2 } },
        outputs: { max: { zarr: runs.uri("after/max.zarr") } },
      }),
      "--on",
      "aws",
    );
    expect(await runs.state(String(runId))).toMatchObject({ status: "succeeded" });
  });
});
