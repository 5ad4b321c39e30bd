import { readFile } from "node:fs/promises";
import path from "node:path";
import { run, succeeds } from "./commands.ts";
import { type Instance, waitUntilReady } from "./instance.ts";
import { ownFolder } from "./paths.ts";

/** True where a Docker engine answers; the client alone is not enough. */
export function dockerAnswers(): Promise<boolean> {
  return succeeds("docker", ["info"]);
}

/** Starts LocalStack by the compose file. Functions run in containers of Lambda's own image. */
export async function startInContainer(name: string, port: number): Promise<Instance> {
  const env = { ...process.env, LOCALSTACK_PORT: String(port) };
  await run("docker", [...compose(name), "up", "--detach", "--wait"], { env, show: true });
  const endpoint = `http://127.0.0.1:${port}`;
  if (await waitUntilReady(endpoint, () => true, 120)) return { name, endpoint };
  throw new Error(
    `LocalStack's container does not answer on port ${port}: see \`docker compose -p lamella-${name} logs\``,
  );
}

export async function stopContainer(name: string): Promise<void> {
  await run("docker", [...compose(name), "down", "--volumes"]);
}

/** The image that the compose file names. */
export async function composeImage(): Promise<string> {
  const text = await readFile(path.join(ownFolder, "compose.yaml"), "utf8");
  return /image: (\S+)/.exec(text)?.[1] ?? "";
}

function compose(name: string): string[] {
  return ["compose", "--project-name", `lamella-${name}`, "--file", path.join(ownFolder, "compose.yaml")];
}
