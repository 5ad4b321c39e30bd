import { setTimeout } from "node:timers/promises";
import { awsEnvironment } from "../../localstack/environment.ts";
import { freePort, type Instance } from "../../localstack/instance.ts";
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
  Object.assign(process.env, awsEnvironment(instance.endpoint));
  for (const variable of ["AWS_PROFILE", "AWS_SESSION_TOKEN"]) delete process.env[variable];
  const outputs = await deploy(instance, false);
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
