import { execFileSync } from "node:child_process";
import { readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import path from "node:path";
import { instanceFolder } from "./paths.ts";

/** A LocalStack that was started: what `stop` and the other commands need to find it again. */
export interface Instance {
  readonly name: string;
  readonly endpoint: string;
  /** The process in host mode; absent where a container runs it. */
  readonly pid?: number;
}

/** The instance of that name that runs now, or undefined. */
export async function runningInstance(name: string): Promise<Instance | undefined> {
  const text = await readFile(recordOf(name), "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  const instance = JSON.parse(text) as Instance;
  if (instance.pid !== undefined && !isLocalStack(instance.pid)) return undefined;
  return (await isReady(instance.endpoint)) ? instance : undefined;
}

export async function keepInstance(instance: Instance): Promise<void> {
  await writeFile(recordOf(instance.name), `${JSON.stringify(instance)}\n`);
}

export async function forgetInstance(name: string): Promise<void> {
  await rm(recordOf(name), { force: true });
}

/** The record as it was kept, whether or not the instance still answers. */
export async function recordedInstance(name: string): Promise<Instance | undefined> {
  const text = await readFile(recordOf(name), "utf8").catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as Instance);
}

export async function isReady(endpoint: string): Promise<boolean> {
  try {
    const answer = await fetch(`${endpoint}/_localstack/health`, { signal: AbortSignal.timeout(2_000) });
    return answer.ok;
  } catch {
    return false;
  }
}

/** Waits until LocalStack answers. `alive` tells whether waiting makes sense. */
export async function waitUntilReady(
  endpoint: string,
  alive: () => boolean,
  seconds: number,
): Promise<boolean> {
  const end = Date.now() + seconds * 1000;
  while (Date.now() < end && alive()) {
    if (await isReady(endpoint)) return true;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return false;
}

/** True where that process is a LocalStack: pids are used again, and a stranger must not be stopped. */
export function isLocalStack(pid: number): boolean {
  try {
    const command = execFileSync("ps", ["-o", "command=", "-p", String(pid)], {
      stdio: ["ignore", "pipe", "ignore"],
    });
    return command.toString().includes("localstack.runtime.main");
  } catch {
    return false;
  }
}

/** A port that nobody listens on now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no free port");
  return address.port;
}

function recordOf(name: string): string {
  return path.join(instanceFolder(name), "instance.json");
}
