import { mkdtemp, rm, writeFile } from "node:fs/promises";
import http from "node:http";
import type { AddressInfo } from "node:net";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { FakeS3 } from "../support/fake-s3.ts";
import { lamella } from "../support/lamella.ts";

const MACHINE = "arn:aws:states:us-east-1:000000000000:stateMachine:Lamella";
let folder = "";
let states: http.Server;
let tags: { readonly [key: string]: string } = {};
const s3 = new FakeS3();
const control = s3.createBucket("control");

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "lamella-publish-"));
  await writeFile(
    path.join(folder, "kernels.ts"),
    "export const half = ({ data }: { data: Float32Array }) => data.map((x) => x / 2);\nexport const id = (b: unknown) => b;\n",
  );
  await writeFile(path.join(folder, "empty.ts"), "const x = 1;\n");
  await s3.start();
  states = http.createServer((request, response) => {
    const asked = request.headers["x-amz-target"];
    const answer =
      asked === "AWSStepFunctions.ListStateMachines"
        ? { stateMachines: [{ name: "Lamella", stateMachineArn: MACHINE }] }
        : { tags: Object.entries(tags).map(([key, value]) => ({ key, value })) };
    request.resume().on("end", () => response.end(JSON.stringify(answer)));
  });
  await new Promise<void>((resolve) => states.listen(0, "127.0.0.1", resolve));
});
afterAll(async () => {
  states.closeAllConnections();
  await new Promise((resolve) => states.close(resolve));
  await s3.stop();
  await rm(folder, { recursive: true, force: true });
});

const publish = (...args: string[]) =>
  lamella(["publish", ...args], folder, {
    AWS_ENDPOINT_URL_SFN: `http://127.0.0.1:${(states.address() as AddressInfo).port}`,
    AWS_ENDPOINT_URL_S3: s3.endpoint,
    AWS_REGION: "us-east-1",
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: "test",
  });
const PLACES = { "lamella:control-bucket": "control", "lamella:data-bucket": "data" };

it("puts a module under its digest, and prints how steps name its exports", async () => {
  tags = { ...PLACES, "lamella:upload-kernels": "true" };
  const { status, stdout, stderr } = await publish("kernels.ts", "--json");
  expect(status, stderr).toBe(0);
  const { sha256, uri, modules } = JSON.parse(stdout) as { sha256: string; uri: string; modules: string[] };
  expect(uri).toBe(`s3://control/kernels/${sha256}.mjs`);
  expect(modules).toEqual([`sha256:${sha256}#half`, `sha256:${sha256}#id`]);
  expect([...control.keys()]).toEqual([`kernels/${sha256}.mjs`]);
  const again = await publish("kernels.ts");
  expect(again.stdout).toBe(modules.map((each) => `module: "${each}"\n`).join(""));
  expect(control.size).toBe(1);
});

it("refuses a stack that allows none, a module without exports, and one that isn't there", async () => {
  tags = PLACES;
  const before = control.size;
  expect(await publish("kernels.ts")).toMatchObject({
    status: 2,
    stderr: expect.stringMatching(/INVALID_ARGUMENT[\s\S]*--context uploadKernels=true/),
  });
  expect(await publish("empty.ts")).toMatchObject({
    status: 2,
    stderr: expect.stringContaining("INVALID_ARGS"),
  });
  expect(await publish("absent.ts")).toMatchObject({
    status: 2,
    stderr: expect.stringContaining("NOT_FOUND"),
  });
  expect(control.size).toBe(before);
});
