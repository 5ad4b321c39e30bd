import { writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { deploy, destroy } from "../../localstack/stack.ts";
import { modeHere } from "../../localstack/start.ts";
import { stepFunctions } from "../../shared/engine/aws/clients.ts";
import { findStack, STACK_TAGS } from "../../shared/engine/aws/stack.ts";
import type { UploadStatus } from "../../shared/engine/aws/upload/status.ts";
import { RunFolder } from "../../shared/engine/run-folder.ts";
import { newRunId } from "../../shared/engine/run-id.ts";
import { PLAN_VERSION, type Plan } from "../../shared/plan/schema.ts";
import type { ObjectStore } from "../../shared/storage/store.ts";
import { openStore } from "../../shared/storage/uri.ts";
import { CloudRuns, gated } from "../support/cloud-runs.ts";
import { objectsUnder, waitForJson } from "../support/localstack.ts";

const mode = await modeHere();
const OTHER = { stackName: "Other", uploadKernels: "true" };

describe.skipIf(mode === undefined)("stacks on LocalStack", { timeout: 1_200_000 }, () => {
  let runs: CloudRuns;
  beforeAll(async () => {
    runs = await CloudRuns.start();
    await runs.cloud.data.put("images/stack.ome.tif", runs.image);
    await writeFile(path.join(runs.folder, "slow.ts"), gated(path.join(runs.folder, "go")));
  });
  afterAll(() => runs?.end());

  const maximum = (output: string) => ({
    inputs: { image: { tiff: runs.uri("images/stack.ome.tif") } },
    steps: { max: { op: "max", in: "image", axis: 2 } },
    outputs: { max: { zarr: runs.uri(`${output}/max.zarr`) } },
  });

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
    const before = await findStack();
    // another setting of every function, and so another version of each
    const outputs = await deploy(runs.cloud.instance, false, { runRetentionDays: "31", httpsHosts: "none" });
    expect(outputs).toMatchObject({ ...runs.cloud.outputs });
    const after = await findStack();
    expect(Object.keys(after.runTasksFunctions)).toEqual(Object.keys(before.runTasksFunctions));
    for (const [tierMB, version] of Object.entries(after.runTasksFunctions))
      expect(version).not.toBe(before.runTasksFunctions[Number(tierMB)]);
    await writeFile(path.join(runs.folder, "go"), "");
    expect(await runs.json("watch", String(runId))).toMatchObject({ runId, status: "succeeded" });
    await runs.expectSameBytes("inflight", file);
  });

  it("refuse a plan of another schema version, naming both", async () => {
    const pipeline = await runs.pipeline("later", maximum("later"));
    const { operations: _, cost: __, ...plan } = await runs.json<Plan & { cost: unknown }>("plan", pipeline);
    const runId = newRunId();
    const folder = new RunFolder(runs.cloud.control, runId);
    const now = new Date().toISOString();
    await folder.writePlan({ ...plan, operations: [], version: (PLAN_VERSION + 1) as 1 });
    await folder.writeState({
      ...{ runId, status: "planned", engine: "aws", createdAt: now, updatedAt: now },
      ...{ outputs: {}, planHash: plan.hash },
    });
    const { client, sfn } = await stepFunctions();
    const stateMachineArn = runs.cloud.outputs.StateMachine;
    await client.send(
      new sfn.StartExecutionCommand({ stateMachineArn, name: runId, input: JSON.stringify({ runId }) }),
    );
    const { status, cause } = await runs.execution(runId, runId);
    expect(status).toBe("FAILED");
    expect(cause).toContain(
      `PLAN_VERSION: the plan has schema version ${PLAN_VERSION + 1}; this Lamella runs version ${PLAN_VERSION}`,
    );
    expect(await runs.state(runId)).toMatchObject({ status: "failed", failure: { code: "PLAN_VERSION" } });
  });

  // LocalStack removes even what the template retains: that buckets outlive the stack is read from the template
  it("coexist; destroyed, one leaves nothing but its buckets, and the other alone", async () => {
    const before = await resourcesOf("Lamella");
    const outputs = await deploy(runs.cloud.instance, false, OTHER);
    expect(outputs.DataBucket).not.toBe(runs.cloud.outputs.DataBucket);
    expect(await findStack("Other")).toMatchObject({ dataBucket: outputs.DataBucket });
    const resources = await resourcesOf("Other");
    const [machine, ...machines] = resources.get("AWS::StepFunctions::StateMachine")!;
    expect(machines).toEqual([]);

    // it lets uploads use what its deployers publish; the first one doesn't
    await writeFile(
      path.join(runs.folder, "doubled.ts"),
      "export const doubled = ({ data }) => data.map((x) => 2 * x);\n",
    );
    const { modules } = await runs.json<{ modules: string[] }>("publish", "doubled.ts", "--stack", "Other");
    const steps = { twice: { op: "mapBlocks", in: "image", module: modules[0]!, dtype: "uint16" } };
    const options = Buffer.from(JSON.stringify({ steps, levels: 1, chunks: [1, 1, 1, 96, 96] }));
    const others = await openStore(`s3://${outputs.DataBucket}`);
    for (const data of [others, runs.cloud.data]) {
      await data.put("incoming/own.lamella.yaml", options);
      await data.put("incoming/own.ome.tif", runs.image);
    }
    const told = (data: ObjectStore) =>
      waitForJson<UploadStatus>(
        data,
        "converted/own.status.json",
        ({ status }) => /ed$/.test(status) && status !== "queued",
      );
    expect(await told(runs.cloud.data)).toMatchObject({
      status: "failed",
      error: { code: "INVALID_PIPELINE" },
    });
    expect(await told(others)).toMatchObject({ status: "succeeded" });
    const own = await runs.pipeline("own", {
      inputs: { image: { tiff: runs.uri("images/stack.ome.tif") } },
      steps: { twice: { ...steps.twice, module: "doubled.ts#doubled" } },
      outputs: { twice: { zarr: runs.uri("own/twice.zarr"), chunks: [1, 1, 1, 96, 96] } },
    });
    await runs.json("run", own, "--workers", "1", "--runs", "runs");
    const chunks = async (data: ObjectStore, prefix: string) =>
      [...(await objectsUnder(data, prefix))].filter(([key]) => key.includes("/c/"));
    const made = await chunks(others, "converted/own.ome.zarr");
    expect(made.length).toBe(8);
    expect(made.map(([, bytes]) => bytes)).toEqual(
      (await chunks(runs.cloud.data, "own/twice.zarr")).map(([, bytes]) => bytes),
    );

    // as if it were of a later Lamella
    const { client: states, sfn } = await stepFunctions();
    const tags = [{ key: STACK_TAGS.planVersion, value: String(PLAN_VERSION + 1) }];
    await states.send(new sfn.TagResourceCommand({ resourceArn: machine, tags }));
    const file = await runs.pipeline("newer", maximum("newer"));
    const refused = await runs.refusal("run", file, "--on", "aws", "--stack", "Other");
    expect(refused).toMatchObject({ status: 2, code: "PLAN_VERSION" });
    expect(refused.message).toBe(
      `the plan has schema version ${PLAN_VERSION}; the deployed stack runs version ${PLAN_VERSION + 1}`,
    );
    expect((await objectsUnder(runs.cloud.data, "newer")).size).toBe(0);

    const sdk = await import("@aws-sdk/client-cloudformation");
    const client = new sdk.CloudFormationClient({});
    const { TemplateBody = "{}" } = await client.send(new sdk.GetTemplateCommand({ StackName: "Other" }));
    const { Resources } = JSON.parse(TemplateBody) as {
      Resources: {
        [id: string]: {
          Type: string;
          DeletionPolicy?: string;
          Properties?: { FunctionName?: { Ref: string } };
        };
      };
    };
    const kept = Object.values(Resources).filter(({ DeletionPolicy }) =>
      DeletionPolicy?.startsWith("Retain"),
    );
    const types = kept.map(({ Type }) => Type);
    expect(new Set(types)).toEqual(new Set(["AWS::S3::Bucket", "AWS::Lambda::Version"]));
    expect(types.filter((type) => type === "AWS::S3::Bucket")).toHaveLength(
      resources.get("AWS::S3::Bucket")!.length,
    );
    // versions stay for runs in flight when the stack is deployed anew; with their functions, which go, they go
    const functionsOfVersions = kept.flatMap(({ Type, Properties }) =>
      Type === "AWS::Lambda::Version" ? [Resources[Properties!.FunctionName!.Ref]!] : [],
    );
    for (const { Type, DeletionPolicy } of functionsOfVersions)
      expect({ Type, DeletionPolicy }).toEqual({ Type: "AWS::Lambda::Function" });

    await destroy(runs.cloud.instance, false, OTHER);
    await expect(findStack("Other")).rejects.toMatchObject({ code: "STACK_NOT_FOUND" });
    const lambda = await import("@aws-sdk/client-lambda");
    const functions: string[] = [];
    for await (const page of lambda.paginateListFunctions(
      { client: new lambda.LambdaClient({}) },
      { FunctionVersion: "ALL" },
    ))
      functions.push(...(page.Functions ?? []).map(({ FunctionName }) => FunctionName!));
    expect(functions.filter((name) => name.startsWith("Other-"))).toEqual([]);
    const logs = await import("@aws-sdk/client-cloudwatch-logs");
    const groups: string[] = [];
    for await (const page of logs.paginateDescribeLogGroups(
      { client: new logs.CloudWatchLogsClient({}) },
      {},
    ))
      groups.push(...(page.logGroups ?? []).map(({ logGroupName }) => logGroupName!));
    expect(resources.get("AWS::Logs::LogGroup")!.filter((name) => groups.includes(name))).toEqual([]);
    expect(await resourcesOf("Lamella")).toEqual(before);
    const { runId } = await runs.json("run", await runs.pipeline("after", maximum("after")), "--on", "aws");
    expect(await runs.state(String(runId))).toMatchObject({ status: "succeeded" });
  });
});
