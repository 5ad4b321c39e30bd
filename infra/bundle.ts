import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { buildSync } from "esbuild";

/** The functions, each a folder of `functions/`. */
export const FUNCTION_NAMES = ["plan", "run-tasks", "reduce", "pyramid", "finalize", "ingest"] as const;
export type FunctionName = (typeof FUNCTION_NAMES)[number];

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const folders = new Map<FunctionName, string>();

/**
 * The folder with a function's bundle: one `index.mjs` that holds the handler, the library, the AWS SDK and the
 * kernel module, so that a Lambda loads one file. All functions are bundled once a process.
 */
export function bundleOf(name: FunctionName): string {
  if (folders.size === 0) bundleFunctions();
  return folders.get(name)!;
}

function bundleFunctions(): void {
  execFileSync(process.execPath, [path.join(root, "scripts/build.mjs")], { stdio: ["ignore", 2, 2] });
  const { outputFiles } = buildSync({
    absWorkingDir: root,
    entryPoints: FUNCTION_NAMES.map((name) => ({ in: `functions/${name}/index.ts`, out: name })),
    outdir: "/",
    write: false,
    bundle: true,
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
  for (const name of FUNCTION_NAMES) {
    const file = outputFiles.find((output) => path.basename(output.path, ".js") === name);
    if (!file) throw new Error(`esbuild made no bundle of ${name}`);
    folders.set(name, kept(name, file.contents));
  }
}

/** Keeps a bundle under its content's hash, so that processes which synthesise at one time don't meet. */
function kept(name: FunctionName, contents: Uint8Array): string {
  const hash = createHash("sha256").update(contents).digest("hex").slice(0, 16);
  const folder = path.join(root, "build/functions", `${name}-${hash}`);
  if (existsSync(folder)) return folder;
  const writing = `${folder}.${process.pid}`;
  mkdirSync(writing, { recursive: true });
  writeFileSync(path.join(writing, "index.mjs"), contents);
  try {
    renameSync(writing, folder);
  } catch (error) {
    rmSync(writing, { recursive: true });
    if (!existsSync(folder)) throw error;
  }
  return folder;
}
