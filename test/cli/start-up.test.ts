import path from "node:path";
import { build } from "esbuild";
import { expect, test } from "vitest";

const root = path.resolve(import.meta.dirname, "../..");

/** What is loaded before a command is known: the sources of the entry's own bundle, and of what that imports at once. */
async function loadedAtOnce(): Promise<string[]> {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: ["cli/main.ts"],
    outdir: "unwritten",
    write: false,
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    packages: "external",
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
  const loaded = await loadedAtOnce();
  expect(loaded).toContain("cli/commands/run.ts");
  expect(loaded.filter((file) => file.startsWith("shared/")).sort()).toEqual([
    "shared/errors.ts",
    "shared/nearest-name.ts",
    "shared/version.ts",
  ]);
});
