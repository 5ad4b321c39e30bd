import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { buildSync, type OutputFile } from "esbuild";
import { zipSync } from "fflate";

/** The functions, each a folder of `functions/`. */
export const FUNCTION_NAMES = ["plan", "run-tasks", "reduce", "pyramid", "finalize", "ingest"] as const;
export type FunctionName = (typeof FUNCTION_NAMES)[number];

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const BUILD = path.join(root, "scripts/build.mjs");
const packages = new Map<FunctionName, string>();

/**
 * A function's package, a zip: `index.mjs`, which holds the handler, the library, the AWS SDK and the kernel
 * module, and beside it what is only loaded when it is needed (rare codecs), so that a cold start reads little. An
 * installed Lamella has no sources and brings its packages.
 */
export function bundleOf(name: FunctionName): string {
  if (!existsSync(path.join(root, "functions"))) return path.join(root, "dist/functions", `${name}.zip`);
  if (packages.size === 0) execFileSync(process.execPath, [BUILD], { stdio: ["ignore", 2, 2] });
  let zip = packages.get(name);
  if (zip === undefined) {
    zip = keep(name, bundle(name));
    packages.set(name, zip);
  }
  return zip;
}

/** The entry of their worker threads, beside the handler. */
const THREAD = { in: "shared/engine/lambda/task-worker.ts", out: "task-worker" };
const threads: readonly FunctionName[] = ["run-tasks", "reduce", "pyramid"];

function bundle(name: FunctionName): readonly OutputFile[] {
  const { outputFiles } = buildSync({
    absWorkingDir: root,
    entryPoints: [
      { in: `functions/${name}/index.ts`, out: "index" },
      ...(threads.includes(name) ? [THREAD] : []),
    ],
    outdir: "/",
    outExtension: { ".js": ".mjs" },
    write: false,
    bundle: true,
    splitting: true,
    platform: "node",
    target: "node24",
    format: "esm",
    // the SDK's ES modules shake down to the commands in use; its CommonJS would bring every one
    mainFields: ["module", "main"],
    minify: true,
    legalComments: "none",
    // Own kernels are bundled where a pipeline is submitted, never in a function.
    external: ["esbuild"],
    // names of classes and functions are part of errors and logs
    keepNames: true,
    // some dependencies still call require() for Node's own modules, and look at __dirname
    banner: {
      js: 'import{createRequire as __cr}from"node:module";const require=__cr(import.meta.url),__dirname=import.meta.dirname;',
    },
    logLevel: "warning",
  });
  return outputFiles;
}

/** What every file in a package says of its age, in the local time that zip has: equal content is equal bytes everywhere. */
const MTIME = new Date(1980, 0, 1);

/**
 * Keeps a function's package, a zip, under its content's hash: the same sources give the same bytes on every machine, so a
 * deploy without changes changes nothing, and processes which synthesise at one time don't meet.
 */
function keep(name: FunctionName, files: readonly OutputFile[]): string {
  const sorted = [...files].sort((a, b) => (a.path < b.path ? -1 : 1));
  const zip = zipSync(
    Object.fromEntries(
      sorted.map((file) => [path.basename(file.path), [file.contents, { level: 9, mtime: MTIME }]]),
    ),
  );
  const hash = createHash("sha256").update(zip).digest("hex").slice(0, 16);
  const target = path.join(root, "build/functions", `${name}-${hash}.zip`);
  if (existsSync(target)) return target;
  mkdirSync(path.dirname(target), { recursive: true });
  const writing = `${target}.${process.pid}`;
  writeFileSync(writing, zip);
  renameSync(writing, target);
  return target;
}
