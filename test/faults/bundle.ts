import { readFileSync } from "node:fs";
import path from "node:path";
import { build } from "esbuild";

const ROOT = path.resolve(import.meta.dirname, "../..");

export interface Engine {
  readonly main: string;
  readonly child: string;
  readonly inject: string;
}

/** Bundles the command line and the child of these tests, as what is published: hundreds of processes start in half of the time. */
export async function bundleEngine(): Promise<Engine> {
  // Beside node_modules, where what isn't bundled is found.
  const out = path.join(ROOT, "build/faults", String(process.pid));
  const { dependencies } = JSON.parse(readFileSync(path.join(ROOT, "package.json"), "utf8")) as {
    dependencies: object;
  };
  await build({
    absWorkingDir: ROOT,
    entryPoints: {
      main: "cli/main.ts",
      child: "test/faults/child.ts",
      inject: "test/faults/inject.ts",
      worker: "shared/engine/local/worker.ts",
    },
    outdir: out,
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node24",
    external: Object.keys(dependencies).filter((name) => !["commander", "yaml", "zod"].includes(name)),
    banner: { js: 'import{createRequire as __cr}from"node:module";const require=__cr(import.meta.url);' },
    logLevel: "error",
  });
  const file = (name: string) => path.join(out, `${name}.js`);
  return { main: file("main"), child: file("child"), inject: file("inject") };
}
