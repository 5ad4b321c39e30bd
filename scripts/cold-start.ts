/**
 * What a cold start of each Lambda function loads, and how long that takes here: `node scripts/cold-start.ts [--runs N] [--json]`.
 *
 * Each package is unpacked as Lambda does it, and its handler is imported by a fresh process of Node, as often as `--runs` says, in
 * turn; the least of them counts, for other programs only add. It is the part of a cold start that depends on this code: starting
 * Node itself is measured beside it, and what AWS does before that isn't seen from here.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { unzipSync } from "fflate";
import { bundleOf, FUNCTION_NAMES, type FunctionName } from "../infra/bundle.ts";

export interface ColdStart {
  readonly name: FunctionName;
  /** Bytes of the package, and of what the handler loads before its first event. */
  readonly zipBytes: number;
  readonly loadedBytes: number;
  readonly files: number;
  /** Of loading, in a process that has started: elapsed, and of all its threads. */
  readonly wallMs: number;
  readonly cpuMs: number;
}

/** Counts what is loaded, then says it. */
const CHILD = `
import { registerHooks } from "node:module";
import { statSync } from "node:fs";
import { fileURLToPath } from "node:url";
let bytes = 0, files = 0;
registerHooks({ load(url, context, next) {
  if (url.startsWith("file:") && url !== import.meta.url) { bytes += statSync(fileURLToPath(url)).size; files++; }
  return next(url, context);
} });
const cpu = () => { const { user, system } = process.cpuUsage(); return (user + system) / 1000; };
const [wall, before] = [performance.now(), cpu()];
await import(process.argv[2]);
process.stdout.write(JSON.stringify({ bytes, files, wallMs: performance.now() - wall, cpuMs: cpu() - before }), () => process.exit(0));
`;

/** Bytes and files that a handler loads at once, and the least that it took in so many fresh processes. */
export function coldStarts(names: readonly FunctionName[], runs: number): ColdStart[] {
  const folder = mkdtempSync(path.join(os.tmpdir(), "lamella-cold-"));
  try {
    writeFileSync(path.join(folder, "load.mjs"), CHILD);
    const packages = names.map((name) => unpack(name, path.join(folder, name)));
    const best = new Map<FunctionName, ColdStart>();
    for (let run = 0; run < runs; run++) {
      for (const { name, zipBytes } of packages) {
        const { bytes, files, wallMs, cpuMs } = load(folder, name);
        const before = best.get(name);
        best.set(name, {
          name,
          zipBytes,
          loadedBytes: bytes,
          files,
          wallMs: Math.min(wallMs, before?.wallMs ?? wallMs),
          cpuMs: Math.min(cpuMs, before?.cpuMs ?? cpuMs),
        });
      }
    }
    return [...best.values()];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function unpack(name: FunctionName, into: string): { name: FunctionName; zipBytes: number } {
  mkdirSync(into);
  const zip = bundleOf(name);
  for (const [file, bytes] of Object.entries(unzipSync(readFileSync(zip))))
    writeFileSync(path.join(into, file), bytes);
  return { name, zipBytes: statSync(zip).size };
}

function load(
  folder: string,
  name: FunctionName,
): { bytes: number; files: number; wallMs: number; cpuMs: number } {
  const done = spawnSync(
    process.execPath,
    [path.join(folder, "load.mjs"), path.join(folder, name, "index.mjs")],
    {
      encoding: "utf8",
      env: { ...process.env, NODE_COMPILE_CACHE: undefined, AWS_REGION: "us-east-1", ...SETTINGS },
    },
  );
  if (done.status !== 0) throw new Error(`${name} can't be loaded:\n${done.stderr}`);
  return JSON.parse(done.stdout);
}

/** What a stack sets; nothing of it is asked for before an event comes. */
const SETTINGS = { CONTROL_BUCKET: "control", DATA_BUCKET: "data", FUNCTION_KIND: "run-tasks" };

/** A process of Node that does nothing, milliseconds: the least of so many. */
function startOfNode(runs: number): number {
  let least = Number.POSITIVE_INFINITY;
  for (let run = 0; run < runs; run++) {
    const from = performance.now();
    spawnSync(process.execPath, ["-e", "0"]);
    least = Math.min(least, performance.now() - from);
  }
  return least;
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: { runs: { type: "string", default: "10" }, json: { type: "boolean", default: false } },
  });
  const runs = Math.max(1, Number(values.runs));
  const starts = coldStarts(FUNCTION_NAMES, runs);
  const node = startOfNode(runs);
  if (values.json) console.log(JSON.stringify({ node, starts }));
  else {
    const kB = (bytes: number): string => `${Math.round(bytes / 1000)}`;
    console.log("| function | package, kB | loaded at once, kB | files | ms | CPU ms |");
    console.log("| --- | ---: | ---: | ---: | ---: | ---: |");
    for (const { name, zipBytes, loadedBytes, files, wallMs, cpuMs } of starts)
      console.log(
        `| ${name} | ${kB(zipBytes)} | ${kB(loadedBytes)} | ${files} | ${wallMs.toFixed(0)} | ${cpuMs.toFixed(0)} |`,
      );
    console.log(`\nNode itself starts in ${node.toFixed(0)} ms; the least of ${runs}.`);
  }
}
