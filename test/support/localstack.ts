import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout } from "node:timers/promises";
import { awsEnvironment } from "../../localstack/environment.ts";
import { freePort, type Instance, runningInstance } from "../../localstack/instance.ts";
import { instanceFolder } from "../../localstack/paths.ts";
import { deploy, type StackOutputs } from "../../localstack/stack.ts";
import { start, stop } from "../../localstack/start.ts";
import type { ObjectStore } from "../../shared/storage/store.ts";
import { openStore } from "../../shared/storage/uri.ts";

/** A LocalStack of the test's own with the stack deployed; this process's AWS clients talk to it from now on. */
export interface Cloud {
  readonly instance: Instance;
  readonly outputs: StackOutputs;
  readonly data: ObjectStore;
  readonly control: ObjectStore;
}

/** Starts LocalStack on a free port, from an empty state, and deploys the stack with plain `cdk`. */
export async function startCloud(name: string): Promise<Cloud> {
  await stop(name);
  const instance = await start(name, await freePort(), (line) => console.error(line));
  return connect(instance, await deploy(instance, false));
}

/**
 * The one LocalStack of a run of tests, with the stack deployed. The first file that asks starts it; `test/setup/build.ts` stops it when all
 * are done. Files keep apart by the names of what they store.
 */
export async function sharedCloud(): Promise<Cloud> {
  const name = process.env["LAMELLA_TEST_CLOUD"];
  if (name === undefined) throw new Error("test/setup/build.ts names the tests' LocalStack");
  const outputs = path.join(instanceFolder(name), "shared.json");
  const lock = `${instanceFolder(name)}.lock`;
  await mkdir(path.dirname(lock), { recursive: true });
  const first = await mkdir(lock).then(
    () => true,
    () => false,
  );
  if (first) {
    const cloud = await startCloud(name);
    await writeFile(`${outputs}.new`, JSON.stringify(cloud.outputs));
    await rename(`${outputs}.new`, outputs);
    return cloud;
  }
  for (const end = Date.now() + 900_000; Date.now() < end; await setTimeout(250)) {
    const text = await readFile(outputs, "utf8").catch(() => undefined);
    const instance = text === undefined ? undefined : await runningInstance(name);
    if (text !== undefined && instance) return connect(instance, JSON.parse(text) as StackOutputs);
  }
  throw new Error("another file of tests began to start LocalStack, and didn't end with it");
}

async function connect(instance: Instance, outputs: StackOutputs): Promise<Cloud> {
  Object.assign(process.env, awsEnvironment(instance.endpoint));
  for (const variable of ["AWS_PROFILE", "AWS_SESSION_TOKEN"]) delete process.env[variable];
  return {
    instance,
    outputs,
    data: await openStore(`s3://${outputs.DataBucket}`),
    control: await openStore(`s3://${outputs.ControlBucket}`),
  };
}

/** Every object below a prefix, by its key within it. */
export async function objectsUnder(store: ObjectStore, prefix: string): Promise<Map<string, Buffer>> {
  const objects = new Map<string, Buffer>();
  const folder = store.child(prefix);
  for await (const { key } of folder.list("")) objects.set(key, Buffer.from((await folder.get(key))!));
  return objects;
}

/** A JSON object once `accept` takes it. Throws what it last was after `seconds`. */
export async function waitForJson<T>(
  store: ObjectStore,
  key: string,
  accept: (value: T) => boolean,
  seconds = 120,
): Promise<T> {
  let last = "nothing";
  for (const end = Date.now() + seconds * 1000; Date.now() < end; await setTimeout(250)) {
    const bytes = await store.get(key);
    if (!bytes) continue;
    last = Buffer.from(bytes).toString("utf8");
    const value = JSON.parse(last) as T;
    if (accept(value)) return value;
  }
  throw new Error(`${key} is still ${last}`);
}

/** A call of SQS's own protocol, for which there is no client among the dependencies. */
export async function sqs<T>(action: string, body: object): Promise<T> {
  const endpoint = process.env["AWS_ENDPOINT_URL"];
  if (!endpoint) throw new Error("no LocalStack has been started here");
  const answer = await fetch(endpoint, {
    method: "POST",
    headers: {
      "content-type": "application/x-amz-json-1.0",
      "x-amz-target": `AmazonSQS.${action}`,
      // LocalStack looks at the service and the account, and at no signature
      authorization:
        "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/sqs/aws4_request, SignedHeaders=host, Signature=0",
    },
    body: JSON.stringify(body),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${action} answered ${answer.status}: ${text}`);
  return (text === "" ? undefined : JSON.parse(text)) as T;
}

/** The URL of a queue, by its ARN. */
export async function queueUrl(arn: string): Promise<string> {
  const { QueueUrl } = await sqs<{ QueueUrl: string }>("GetQueueUrl", { QueueName: arn.split(":").at(-1)! });
  return QueueUrl;
}
