import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

/** The code and the style of the report's page. */
export interface PageAssets {
  readonly script: string;
  readonly style: string;
}

/** Bundled ahead where Lamella is built; from the sources, now. */
export async function pageAssets(): Promise<PageAssets> {
  if (import.meta.url.endsWith(".ts")) return bundled();
  const read = (name: string) => readFile(new URL(`./report/${name}`, import.meta.url), "utf8");
  return { script: await read("main.js"), style: await read("style.css") };
}

async function bundled(): Promise<PageAssets> {
  const { build } = await import("esbuild");
  const root = fileURLToPath(new URL("../../", import.meta.url));
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: ["report/main.ts", "report/style.css"],
    outdir: "report",
    write: false,
    bundle: true,
    minify: true,
    format: "iife",
    target: "es2022",
    logLevel: "error",
  });
  const textOf = (name: string) => outputFiles.find(({ path }) => path.endsWith(name))!.text;
  return { script: textOf("main.js"), style: textOf("style.css") };
}
