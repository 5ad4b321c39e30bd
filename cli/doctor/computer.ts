import { execFile } from "node:child_process";
import fs from "node:fs/promises";
import os from "node:os";
import { promisify } from "node:util";
import manifest from "../../package.json" with { type: "json" };
import { formatBytes } from "../format.ts";
import { type Check, fail, ok, warn } from "./check.ts";

const run = promisify(execFile);
const PATIENCE_MS = 5_000;
const GIB = 2 ** 30;

/** What this computer has: runtime, cores, memory, disk, and what the stack's stand-in would run on. */
export async function lookAtComputer(runs: string): Promise<Check[]> {
  return Promise.all([
    node(),
    cores(),
    memory(),
    disk("disk of runs", runs),
    disk("disk of temporary files", os.tmpdir()),
    standIn(),
  ]);
}

function node(): Check {
  const needed = Number(/\d+/.exec(manifest.engines.node)?.[0]);
  const major = Number(process.versions.node.split(".")[0]);
  const found = `Node ${process.versions.node} (${process.platform} ${process.arch})`;
  return major >= needed ? ok("node", found) : fail("node", found, `Lamella needs Node ${needed} or newer.`);
}

function cores(): Check {
  const count = os.availableParallelism();
  const found = `${count} core${count === 1 ? "" : "s"}`;
  return count > 1
    ? ok("cpu", found)
    : warn("cpu", found, "Runs here have one worker; --on aws has hundreds.");
}

function memory(): Check {
  const limit = process.constrainedMemory();
  const total = limit > 0 ? Math.min(limit, os.totalmem()) : os.totalmem();
  const free = Math.min(process.availableMemory(), total);
  const found = `${formatBytes(total)}, ${formatBytes(free)} of it free`;
  return free >= 2 * GIB
    ? ok("memory", found)
    : warn("memory", found, "Runs here take what they are given: --memory 1024 makes smaller tasks.");
}

async function disk(name: string, folder: string): Promise<Check> {
  let at = folder;
  for (;;) {
    try {
      const { bavail, bsize } = await fs.statfs(at);
      await fs.access(at, fs.constants.W_OK);
      const free = bavail * bsize;
      const found = `${formatBytes(free)} free at ${at}`;
      return free >= 10 * GIB
        ? ok(name, found)
        : warn(
            name,
            found,
            "Intermediates of a run may need as much as its input: LAMELLA_RUNS or TMPDIR names another disk.",
          );
    } catch (error) {
      const parent = at.replace(/\/[^/]*$/, "") || "/";
      if ((error as NodeJS.ErrnoException).code !== "ENOENT" || parent === at)
        return fail(name, `${at} can't be written`, "Give another folder by LAMELLA_RUNS, --runs or TMPDIR.");
      at = parent;
    }
  }
}

/** Docker, or a Python that LocalStack runs on; only for trying the stack out without an account. */
async function standIn(): Promise<Check> {
  const name = "docker or python";
  const docker = await says("docker", ["info", "--format", "{{.ServerVersion}}"]);
  if (docker) return ok(name, `Docker ${docker}`);
  for (const command of ["python3.13", "python3.11", "python3"]) {
    const version = await says(command, ["-c", "import sys, venv; print('%d.%d' % sys.version_info[:2])"]);
    if (version === "3.11" || version === "3.13") return ok(name, `Python ${version}`);
  }
  return warn(
    name,
    "neither a Docker engine nor Python 3.11 or 3.13 with venv",
    "Only LocalStack, a stack without an account, needs one of them.",
  );
}

async function says(command: string, args: readonly string[]): Promise<string | undefined> {
  try {
    const { stdout } = await run(command, args, { timeout: PATIENCE_MS });
    return stdout.trim().split("\n")[0] || undefined;
  } catch {
    return undefined;
  }
}
