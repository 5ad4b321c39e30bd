import { spawn } from "node:child_process";
import { existsSync, openSync } from "node:fs";
import { mkdir, readFile, rm, symlink } from "node:fs/promises";
import { availableParallelism } from "node:os";
import path from "node:path";
import { run } from "./commands.ts";
import { awsEnvironment } from "./environment.ts";
import { type Instance, isLocalStack, waitUntilReady } from "./instance.ts";
import { instanceFolder, ownFolder, projectRoot } from "./paths.ts";

/**
 * Starts LocalStack as a process of this computer, without Docker: functions run as local processes on the project's
 * own Node. `python` is that of an installation. Always from an empty state.
 */
export async function startOnHost(name: string, port: number, python: string): Promise<Instance> {
  const folder = instanceFolder(name);
  await rm(folder, { recursive: true, force: true });
  for (const part of ["tmp", "cache"]) await mkdir(path.join(folder, part), { recursive: true });
  await offerJava(folder);

  const endpoint = `http://127.0.0.1:${port}`;
  const log = path.join(folder, "log");
  const out = openSync(log, "w");
  const child = spawn(python, ["-m", "localstack.runtime.main"], {
    cwd: folder,
    env: hostEnvironment(folder, port, endpoint),
    stdio: ["ignore", out, out],
    detached: true,
  });
  let alive = true;
  child.once("exit", () => {
    alive = false;
  });
  child.once("error", () => {
    alive = false;
  });
  const ready = await waitUntilReady(endpoint, () => alive, 60);
  if (!ready || child.pid === undefined) {
    child.kill();
    const last = (await readFile(log, "utf8")).trimEnd().split("\n").slice(-40).join("\n");
    throw new Error(`LocalStack did not start on port ${port}:\n${last}`);
  }
  child.unref();
  return { name, endpoint, pid: child.pid };
}

/** Ends a LocalStack process and waits for it; its functions end with it. */
export async function stopOnHost(pid: number): Promise<void> {
  const send = (signal: NodeJS.Signals): void => {
    if (isLocalStack(pid)) process.kill(pid, signal);
  };
  send("SIGTERM");
  for (let i = 0; i < 200 && isLocalStack(pid); i++) await new Promise((resolve) => setTimeout(resolve, 100));
  send("SIGKILL");
}

function hostEnvironment(folder: string, port: number, endpoint: string): NodeJS.ProcessEnv {
  const { PATH, HOME, LANG } = process.env;
  return {
    ...{ PATH, HOME, LANG },
    ...awsEnvironment(endpoint),
    // the plugin is found there by its entry points; nothing needs to be installed for it
    PYTHONPATH: path.join(ownFolder, "plugin"),
    PYTHONDONTWRITEBYTECODE: "1",
    PYTHONSAFEPATH: "1",
    PYTHONUNBUFFERED: "1",
    FILESYSTEM_ROOT: folder,
    TMPDIR: path.join(folder, "tmp"),
    XDG_CACHE_HOME: path.join(folder, "cache"),
    OVERRIDE_IN_DOCKER: "0",
    GATEWAY_LISTEN: `127.0.0.1:${port}`,
    LOCALSTACK_HOST: `localhost:${port}`,
    DNS_ADDRESS: "0",
    SKIP_SSL_CERT_DOWNLOAD: "1",
    DISABLE_EVENTS: "1",
    LS_LOG: process.env["LS_LOG"] ?? "error",
    LAMBDA_RUNTIME_EXECUTOR: "process",
    // an address rather than a name, so that S3 clients in functions put the bucket into the path
    HOSTNAME_FROM_LAMBDA: "127.0.0.1",
    LAMBDA_PROCESS_NODE_BIN: nodeForFunctions(),
    // idle function environments end soon, and few run at one time: each holds a hundred megabytes
    LAMBDA_KEEPALIVE_MS: "4000",
    LAMELLA_MAP_CONCURRENCY: String(Math.max(2, Math.floor(availableParallelism() / 2))),
  };
}

/** Node 24 as in Lambda: this process's own, or the one that npm installed. */
function nodeForFunctions(): string {
  if (Number(process.versions.node.split(".")[0]) >= 24) return process.execPath;
  return path.join(projectRoot, "node_modules/.bin/node");
}

/** A few of LocalStack's parts ask for a JVM of their own: present the system's where they look, if there is one. */
async function offerJava(folder: string): Promise<void> {
  const java = await run("sh", ["-c", 'readlink -f "$(command -v java)"']).then(
    (text) => text.trim(),
    () => "",
  );
  if (java === "" || !existsSync(java)) return;
  const lib = path.join(folder, "var/lib/localstack/lib/java");
  await mkdir(lib, { recursive: true });
  for (const version of ["11", "17", "21"])
    await symlink(path.dirname(path.dirname(java)), path.join(lib, version));
}
