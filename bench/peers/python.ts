import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { measure } from "../measure.ts";

const FOLDER = import.meta.dirname;
const REQUIREMENTS = path.join(FOLDER, "requirements.txt");
const VENV = path.resolve(FOLDER, "../../.venv/bench");

/** Newest first; the pinned versions need at least 3.11. */
const CANDIDATES = ["python3.14", "python3.13", "python3.12", "python3.11", "python3"];
const PROBE = "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))";

const VERSIONS =
  "import json, sys, importlib.metadata as m; print(json.dumps({'python': '%d.%d.%d' % sys.version_info[:3]} | {p: m.version(p) for p in sys.argv[1:]}))";

const PEERS = ["dask", "zarr", "numcodecs", "scipy", "numpy", "dask-image"];

export interface PeerPython {
  readonly program: string;
  readonly versions: { readonly [name: string]: string };
}

/**
 * A Python with the peers: `named` where the caller has one, else an environment of the pinned versions in .venv/bench, made
 * at the first use. Without a Python, or where one of the packages can't be had, the reason.
 */
export async function peerPython(
  named: string | undefined,
  packages: readonly string[] = PEERS,
): Promise<PeerPython | { readonly why: string }> {
  const program = named ?? (await environment());
  if (typeof program !== "string") return program;
  const versions = await measure(program, ["-c", VERSIONS, ...packages]);
  if (versions.status !== 0) return { why: `${program}: ${versions.stderr.trim().split("\n").at(-1)}` };
  return { program, versions: JSON.parse(versions.stdout) as { [name: string]: string } };
}

async function environment(): Promise<string | { readonly why: string }> {
  const hash = createHash("sha256").update(readFileSync(REQUIREMENTS)).digest("hex").slice(0, 16);
  const marker = path.join(VENV, `installed-${hash}`);
  const program = path.join(VENV, "bin/python");
  if (existsSync(marker)) return program;
  const python = await findPython();
  if (!python) return { why: "there is no Python of 3.11 or later with venv" };
  console.error(`installing the peers into ${path.relative(process.cwd(), VENV)}`);
  await mkdir(path.dirname(VENV), { recursive: true });
  const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", REQUIREMENTS];
  for (const [command, args] of [
    [python, ["-m", "venv", "--clear", VENV]],
    [program, pip],
  ] as const) {
    const { status, stderr } = await measure(command, args);
    if (status !== 0) return { why: `${command} ${args[1]} failed: ${stderr.trim().split("\n").at(-1)}` };
  }
  await writeFile(marker, "");
  return program;
}

async function findPython(): Promise<string | undefined> {
  for (const candidate of CANDIDATES) {
    if ((await measure(candidate, ["-c", PROBE])).status === 0) return candidate;
  }
  return undefined;
}
