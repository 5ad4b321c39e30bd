import path from "node:path";
import { build } from "esbuild";
import { externals, THREADS } from "../../scripts/build-dist.mjs";

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
  await build({
    absWorkingDir: ROOT,
    entryPoints: {
      main: "cli/main.ts",
      child: "test/faults/child.ts",
      inject: "test/faults/inject.ts",
      ...THREADS,
    },
    outdir: out,
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node24",
    external: externals(ROOT),
    banner: { js: 'import{createRequire as __cr}from"node:module";const require=__cr(import.meta.url);' },
    logLevel: "error",
  });
  const file = (name: string) => path.join(out, `${name}.js`);
  return { main: file("main"), child: file("child"), inject: file("inject") };
}
