import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { run } from "./commands.ts";
import { ownFolder, stateFolder } from "./paths.ts";
import type { Python } from "./python.ts";

/**
 * Installs LocalStack for a Python, by pip from a lock file with a hash for each package (about a minute and
 * 530 MB), once: an installation is kept for as long as the lock file is the same. Returns its Python.
 */
export async function install(python: Python, say: (line: string) => void): Promise<string> {
  const lock = path.join(ownFolder, `requirements-py${python.version}.lock`);
  const digest = createHash("sha256")
    .update(await readFile(lock))
    .digest("hex")
    .slice(0, 12);
  const venv = path.join(stateFolder, `venv-py${python.version}-${digest}`);
  const program = path.join(venv, "bin/python");
  const done = path.join(venv, "installed");
  if (existsSync(done)) return program;

  say("Installing LocalStack into .localstack/ (once, about a minute)");
  await mkdir(stateFolder, { recursive: true });
  // a process that installs at the same time has a folder of its own: the first to finish is kept
  const building = `${venv}.${process.pid}`;
  await rm(building, { recursive: true, force: true });
  await run(python.program, ["-m", "venv", building]);
  const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input", "--no-deps"];
  await run(path.join(building, "bin/python"), [...pip, "--require-hashes", "-r", lock]);
  await mendAnnotation(building);
  await writeFile(path.join(building, "installed"), `${digest}\n`);
  await rename(building, venv).catch(async (error: unknown) => {
    await rm(building, { recursive: true, force: true });
    if (!existsSync(done)) throw error;
  });
  return program;
}

/** Before Python 3.13 `threading.Lock` is a function, so that an annotation `Lock | None` raises when it is imported. */
async function mendAnnotation(venv: string): Promise<void> {
  const locate = "import sysconfig; print(sysconfig.get_path('purelib'))";
  const site = (await run(path.join(venv, "bin/python"), ["-c", locate])).trim();
  const file = path.join(site, "localstack/packages/api.py");
  const future = "from __future__ import annotations\n";
  const text = await readFile(file, "utf8");
  if (!text.startsWith(future)) await writeFile(file, future + text);
}
