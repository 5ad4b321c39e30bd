// Bundles what is published: the command line, the worker thread beside it, the library and its kernels.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { readdir } from "node:fs/promises";
import path from "node:path";
import { build } from "esbuild";
import { rolldown } from "rolldown";

/** What every start needs, of many files each: bundled, it loads twice as fast. The rest is loaded when it is needed. */
const BUNDLED = ["commander", "yaml", "zarrita", "zod"];
/** Files that threads begin with, which lie beside what starts them. */
export const THREADS = {
  worker: "shared/engine/local/worker.ts",
  "read-worker": "shared/engine/whole/worker.ts",
  "serve-worker": "shared/serve/on-demand/worker.ts",
};
const ENTRIES = {
  cli: "cli/main.ts",
  index: "shared/index.ts",
  kernels: "shared/kernels/index.ts",
  infra: "infra/index.ts",
  "infra-app": "infra/app.ts",
};
/** What the library loads late, and all of it at once. */
const LATE = { engine: "shared/engine/array-runner.ts", pictures: "shared/formats/open-image.ts" };
const FOLDERS = ["cli", "shared", "report", "infra"];
/** What the stack's constructs are made of: whoever uses them has them, at one version. */
const CDK = ["aws-cdk-lib", "constructs", "cdk-nag"];

/** Packages that are left out of bundles: they are found in node_modules, beside what is published. */
export function externals(root) {
  const { dependencies } = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8"));
  return [...Object.keys(dependencies).filter((name) => !BUNDLED.includes(name)), "numcodecs", ...CDK];
}

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

export async function buildDist(root, out = path.join(root, "dist")) {
  const stamp = path.join(out, "cli.js");
  if (existsSync(stamp) && statSync(stamp).mtimeMs > (await newestSource(root))) return;
  rmSync(out, { recursive: true, force: true });
  const main = await bundle(root, out);
  const chunks = [...main.values(), ...(await bundleThreads(root, out, main))];
  // what `lamella new pipeline` refers editors to
  const schema = execFileSync(process.execPath, [path.join(out, "cli.js"), "schema"]);
  writeFileSync(path.join(out, "pipeline.schema.json"), schema);
  await buildReportPage(root, path.join(out, "report"));
  writeFileSync(path.join(out, "THIRD-PARTY-LICENSES.txt"), licencesOf(root, chunks));
}

function optionsOf(root, input) {
  const external = externals(root);
  return {
    cwd: root,
    input,
    platform: "node",
    external: [...external, ...external.map((name) => new RegExp(`^${name}/`))],
    logLevel: "warn",
    // what a command loads late, the library may load at once
    checks: { ineffectiveDynamicImport: false },
  };
}

function chunksOf({ output }) {
  return new Map(output.filter(({ type }) => type === "chunk").map((chunk) => [chunk.fileName, chunk]));
}

/**
 * Modules that many dynamic imports share would each be a file of a few kilobytes, and a start would open a hundred of them, which takes
 * longer than what is in them. So there are files of what is always loaded together: `start`, of the command line that doesn't know
 * its command yet; `core`, what the library is; `engine`, what it loads besides to plan and carry out; `pictures`, what reads images
 * other than Zarr. What is in them is found by bundling once without.
 */
async function bundle(root, dir) {
  const options = optionsOf(root, { ...ENTRIES, ...LATE });
  const first = await rolldown(options);
  const apart = chunksOf(await first.generate({ format: "esm" }));
  await first.close();
  const start = modulesAtOnce(apart, "cli.js");
  const core = modulesAtOnce(apart, "index.js");
  const engine = modulesAtOnce(apart, "engine.js");
  const pictures = modulesAtOnce(apart, "pictures.js");
  const second = await rolldown(optionsOf(root, ENTRIES));
  const chunks = chunksOf(
    await second.write({
      dir,
      // as it was written: Node shows the line that an error comes from
      format: "esm",
      codeSplitting: {
        groups: [
          { name: "start", test: (id) => start.has(id) && core.has(id), priority: 4 },
          { name: "core", test: (id) => core.has(id), priority: 3 },
          { name: "engine", test: (id) => engine.has(id), priority: 2 },
          { name: "pictures", test: (id) => pictures.has(id), priority: 1 },
        ],
      },
    }),
  );
  await second.close();
  return chunks;
}

/**
 * Threads have a bundle of their own: each loads it anew, and carries out what its main thread has checked and compiled. So it holds
 * neither zod's schemas of kernels and plans, which the library builds hundreds of as it loads, nor the kernel module, which threads are
 * handed. Documents of arrays are checked by zod's small half, which is in it.
 */
async function bundleThreads(root, dir, main) {
  const options = { ...optionsOf(root, THREADS), plugins: [forThreads(main)] };
  const first = await rolldown(options);
  const apart = chunksOf(await first.generate({ format: "esm" }));
  await first.close();
  // what a thread begins with begins as soon as it is loaded: it stays apart
  const entries = Object.values(THREADS).map((file) => path.join(root, file));
  const reading = modulesAtOnce(apart, "read-worker.js").difference(new Set(entries));
  const tasks = modulesAtOnce(apart, "worker.js").difference(new Set(entries));
  const second = await rolldown(options);
  const chunks = chunksOf(
    await second.write({
      dir,
      format: "esm",
      minify: { compress: true, mangle: false, codegen: true },
      codeSplitting: {
        groups: [
          { name: "thread-reading", test: (id) => reading.has(id), priority: 2 },
          { name: "thread-tasks", test: (id) => tasks.has(id), priority: 1 },
        ],
      },
    }),
  );
  await second.close();
  return chunks.values();
}

/** Stand-ins for what threads have no use of, and what needs nothing else, such as decoders of megabytes, from the main bundle. */
function forThreads(main) {
  const alone = new Map(
    [...main.values()]
      .filter(({ facadeModuleId, imports }) => facadeModuleId && !imports.some((name) => main.has(name)))
      .map(({ facadeModuleId, fileName }) => [facadeModuleId, fileName]),
  );
  return {
    name: "for-threads",
    async resolveId(id, importer, options) {
      if (id === "zod") return "\0no-zod";
      if (!importer || options.kind !== "dynamic-import") return null;
      const found = await this.resolve(id, importer, { ...options, skipSelf: true });
      const file = found && alone.get(found.id);
      return file ? { id: `./${file}`, external: true } : found;
    },
    async load(id) {
      if (id === "\0no-zod") {
        const names = Object.keys(await import("zod")).filter((name) => name !== "default");
        return `${NO_SCHEMAS}\nexport { ${names.map((name) => `none as ${name}`).join(", ")} };`;
      }
      return id.endsWith("wasm/module.generated.ts") ? 'export const KERNEL_MODULE_BASE64 = "";' : null;
    },
  };
}

/** Schemas can be made of it, and throw when they are asked. */
const NO_SCHEMAS = `
const none = new Proxy(function () {}, {
  apply: () => none,
  construct: () => none,
  get(_, name) {
    if (/parse|decode|encode/i.test(String(name))) throw new Error("threads check nothing: " + String(name));
    return name === Symbol.toPrimitive ? () => "" : name === Symbol.iterator || name === "then" ? undefined : none;
  },
});`;

/** The modules of an entry's own file and of all that it imports without asking. */
function modulesAtOnce(chunks, entry) {
  const files = new Set();
  const visit = (name) => {
    const chunk = chunks.get(name);
    if (!chunk || files.has(name)) return;
    files.add(name);
    chunk.imports.forEach(visit);
  };
  visit(entry);
  return new Set([...files].flatMap((name) => Object.keys(chunks.get(name).modules)));
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
function licencesOf(root, chunks) {
  const names = new Set();
  for (const { modules } of chunks)
    for (const id of Object.keys(modules)) {
      const [, name] = /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(id) ?? [];
      if (name) names.add(name);
    }
  return [...names]
    .sort()
    .map((name) => {
      const folder = path.join(root, "node_modules", name);
      const { version, license } = JSON.parse(readFileSync(path.join(folder, "package.json"), "utf8"));
      const file = ["LICENSE", "LICENSE.txt", "LICENSE.md"]
        .map((each) => path.join(folder, each))
        .find((each) => existsSync(each));
      return `${name} ${version}, ${license}\n\n${file ? readFileSync(file, "utf8").trim() : ""}\n`;
    })
    .join(`\n${"-".repeat(80)}\n\n`);
}
