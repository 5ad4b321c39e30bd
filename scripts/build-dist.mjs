// Bundles what is published: the command line, the worker thread beside it, the library and its kernels.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { readdir } from "node:fs/promises";
import path from "node:path";
import { build } from "esbuild";

/** What every start needs, of many files each: bundled, it loads twice as fast. The rest is loaded when it is needed. */
const BUNDLED = ["commander", "yaml", "zod"];
const FOLDERS = ["cli", "shared", "report"];

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
      "serve-worker": "shared/serve/on-demand/worker.ts",
      index: "shared/index.ts",
      kernels: "shared/kernels/index.ts",
    },
    outdir: out,
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node24",
    external: Object.keys(dependencies).filter((name) => !BUNDLED.includes(name)),
    // what is bundled still calls require() for Node's own modules
    banner: { js: 'import{createRequire as __cr}from"node:module";const require=__cr(import.meta.url);' },
    logLevel: "warning",
  });
  // what `lamella new pipeline` refers editors to
  const schema = execFileSync(process.execPath, [path.join(out, "cli.js"), "schema"]);
  writeFileSync(path.join(out, "pipeline.schema.json"), schema);
  await buildReportPage(root, path.join(out, "report"));
  writeFileSync(path.join(out, "THIRD-PARTY-LICENSES.txt"), licencesOf(root));
}

/** What `lamella report` puts into its page; from the sources `cli/report/page-assets.ts` does the same. */
async function buildReportPage(root, outdir) {
  await build({
    absWorkingDir: root,
    entryPoints: ["report/main.ts", "report/style.css"],
    outdir,
    bundle: true,
    minify: true,
    format: "iife",
    target: "es2022",
    logLevel: "warning",
  });
}

/** The licences of what is bundled, which go wherever the code goes. */
function licencesOf(root) {
  // of h5wasm one module is bundled, by its path
  return [...BUNDLED, "h5wasm"]
    .map((name) => {
      const folder = path.join(root, "node_modules", name);
      const licence = ["LICENSE", "LICENSE.txt"]
        .map((file) => path.join(folder, file))
        .find((file) => existsSync(file));
      const { version, license } = JSON.parse(readFileSync(path.join(folder, "package.json"), "utf8"));
      return `${name} ${version}, ${license}\n\n${readFileSync(licence, "utf8").trim()}\n`;
    })
    .join(`\n${"-".repeat(80)}\n\n`);
}
