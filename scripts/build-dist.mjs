// Bundles what is published: the command line, the worker thread beside it, the library and its kernels.
import { existsSync, readFileSync, rmSync, statSync } from "node:fs";
import { readdir } from "node:fs/promises";
import path from "node:path";
import { build } from "esbuild";

const FOLDERS = ["cli", "shared"];

async function newestSource(root) {
  let newest = statSync(path.join(root, "package.json")).mtimeMs;
  for (const folder of FOLDERS) {
    for (const entry of await readdir(path.join(root, folder), { recursive: true, withFileTypes: true })) {
      if (entry.isFile())
        newest = Math.max(newest, statSync(path.join(entry.parentPath, entry.name)).mtimeMs);
    }
  }
  return newest;
}

export async function buildDist(root) {
  const out = path.join(root, "dist");
  const stamp = path.join(out, "cli.js");
  if (existsSync(stamp) && statSync(stamp).mtimeMs > (await newestSource(root))) return;
  rmSync(out, { recursive: true, force: true });
  const { dependencies } = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8"));
  await build({
    absWorkingDir: root,
    entryPoints: {
      cli: "cli/main.ts",
      worker: "shared/engine/local/worker.ts",
      index: "shared/index.ts",
      kernels: "shared/kernels/index.ts",
    },
    outdir: out,
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node24",
    external: Object.keys(dependencies),
    logLevel: "warning",
  });
}
