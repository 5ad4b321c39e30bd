import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { buildSync, type OutputFile } from "esbuild";

/** The functions, each a folder of `functions/`. */
export const FUNCTION_NAMES = ["plan", "run-tasks", "reduce", "pyramid", "finalize", "ingest"] as const;
export type FunctionName = (typeof FUNCTION_NAMES)[number];

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const BUILD = path.join(root, "scripts/build.mjs");
const folders = new Map<FunctionName, string>();

/**
 * The folder with a function's bundle: `index.mjs`, which holds the handler, the library, the AWS SDK and the kernel
 * module, and beside it what is only loaded when it is needed (rare codecs), so that a cold start reads little.
 */
export function bundleOf(name: FunctionName): string {
  if (folders.size === 0) execFileSync(process.execPath, [BUILD], { stdio: ["ignore", 2, 2] });
  let folder = folders.get(name);
  if (folder === undefined) {
    folder = keep(name, bundle(name));
    folders.set(name, folder);
  }
  return folder;
}

function bundle(name: FunctionName): readonly OutputFile[] {
  const { outputFiles } = buildSync({
    absWorkingDir: root,
    entryPoints: [{ in: `functions/${name}/index.ts`, out: "index" }],
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
    // names of classes and functions are part of errors and logs
    keepNames: true,
    // some dependencies still call require() for Node's own modules
    banner: { js: 'import{createRequire as __cr}from"node:module";const require=__cr(import.meta.url);' },
    logLevel: "warning",
  });
  return outputFiles;
}

/** Keeps a bundle under its content's hash, so that processes which synthesise at one time don't meet. */
function keep(name: FunctionName, files: readonly OutputFile[]): string {
  const hash = createHash("sha256");
  for (const file of files) hash.update(path.basename(file.path)).update(file.contents);
  const folder = path.join(root, "build/functions", `${name}-${hash.digest("hex").slice(0, 16)}`);
  if (existsSync(folder)) return folder;
  const writing = `${folder}.${process.pid}`;
  mkdirSync(writing, { recursive: true });
  for (const file of files) writeFileSync(path.join(writing, path.basename(file.path)), file.contents);
  try {
    renameSync(writing, folder);
  } catch (error) {
    rmSync(writing, { recursive: true });
    if (!existsSync(folder)) throw error;
  }
  return folder;
}
