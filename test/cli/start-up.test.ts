import { readFileSync } from "node:fs";
import path from "node:path";
import { build } from "esbuild";
import { expect, test } from "vitest";

/** Packages that are loaded when they are needed. */
const LATE = Object.keys(JSON.parse(readFileSync("package.json", "utf8")).dependencies).filter(
  (name) => name !== "zod",
);

const root = path.resolve(import.meta.dirname, "../..");

/** What an entry loads before anything is asked of it: the sources of its own bundle, and of what that imports at once. */
async function loadedAtOnce(entry: string, packages: "external" | "bundle"): Promise<string[]> {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: { main: entry },
    outdir: "unwritten",
    write: false,
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    packages,
    ...(packages === "bundle" ? { external: LATE } : {}),
    metafile: true,
    logLevel: "error",
  });
  const loaded = new Set<string>();
  const visit = (name: string): void => {
    if (loaded.has(name)) return;
    loaded.add(name);
    for (const { path: other, kind, external } of metafile.outputs[name]!.imports)
      if (kind === "import-statement" && !external) visit(other);
  };
  visit("unwritten/main.js");
  return [...loaded].flatMap((name) => Object.keys(metafile.outputs[name]!.inputs));
}

test("`lamella --help` loads what commands take, and nothing of what they do", async () => {
  const loaded = await loadedAtOnce("cli/main.ts", "external");
  expect(loaded).toContain("cli/commands/run.ts");
  expect(loaded.filter((file) => file.startsWith("shared/")).sort()).toEqual([
    "shared/errors.ts",
    "shared/nearest-name.ts",
    "shared/shell-quote.ts",
    "shared/version.ts",
  ]);
});

test("the library loads zod without its forty languages, which esbuild keeps where one module imports it by name", async () => {
  const loaded = await loadedAtOnce("shared/index.ts", "bundle");
  const locales = loaded.filter((file) => file.includes("/zod/v4/locales/"));
  expect(locales).toEqual(["node_modules/zod/v4/locales/en.js"]);
});
