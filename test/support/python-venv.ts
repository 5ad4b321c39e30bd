import { execFile, execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import fs from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");

/** Environments by the folder of `test/` whose requirements.txt they hold. */
export type PythonVenv = "conformance" | "docs" | "infra";

/** Newest first; what the requirements need at least is 3.11. */
const CANDIDATES = ["python3.13", "python3.12", "python3.11", "python3"];
const PROBE = "import sys, venv, ensurepip; sys.exit(0 if sys.version_info >= (3, 11) else 1)";
const WAIT_MS = 200;

let found: string | null | undefined;

/** A Python that can make the environment, or undefined: tests then say that they skip. */
export function findPython(): string | undefined {
  found ??= CANDIDATES.find(works) ?? null;
  return found ?? undefined;
}

function works(command: string): boolean {
  try {
    execFileSync(command, ["-c", PROBE], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/**
 * The Python of an environment with test/NAME/requirements.txt installed, in `.venv/NAME`. Made once for each content of that
 * file; test processes that come at once wait for the one that makes it.
 */
export async function pythonVenv(name: PythonVenv = "conformance"): Promise<string> {
  const requirements = path.join(root, "test", name, "requirements.txt");
  const folder = path.join(root, ".venv", name);
  const python = path.join(folder, "bin/python");
  const hash = createHash("sha256").update(readFileSync(requirements)).digest("hex");
  const marker = path.join(folder, `installed-${hash}`);
  await fs.mkdir(path.dirname(folder), { recursive: true });
  while (!existsSync(marker)) {
    const release = await lock(`${folder}.lock`);
    try {
      if (release && !existsSync(marker)) {
        await run(findPython()!, ["-m", "venv", "--clear", folder]);
        await run(python, [
          "-m",
          "pip",
          "install",
          "--quiet",
          "--disable-pip-version-check",
          "-r",
          requirements,
        ]);
        await fs.writeFile(marker, "");
      }
    } finally {
      await release?.();
    }
    if (!release) await sleep(WAIT_MS);
  }
  return python;
}

/** Takes a lock file that holds our process id; undefined where a living process has it. */
async function lock(file: string): Promise<(() => Promise<void>) | undefined> {
  try {
    await fs.writeFile(file, String(process.pid), { flag: "wx" });
    return () => fs.rm(file, { force: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
  const holder = Number(await fs.readFile(file, "utf8").catch(() => ""));
  if (holder > 0 && !alive(holder)) await fs.rm(file, { force: true });
  return undefined;
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** Runs a script of test/conformance in that environment; its standard output. */
export async function runPython(script: string, args: readonly string[] = []): Promise<string> {
  const python = await pythonVenv();
  const { stdout } = await run(python, [path.join(root, "test/conformance", script), ...args], {
    maxBuffer: 64 * 1024 * 1024,
  });
  return stdout;
}
