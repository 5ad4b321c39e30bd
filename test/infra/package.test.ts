import { execFile } from "node:child_process";
import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { Template } from "aws-cdk-lib/assertions";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildDist } from "../../scripts/build-dist.mjs";
import { packFunctions } from "../../scripts/pack-functions.ts";
import { newBlock } from "../../shared/block/block.ts";
import type { RunReport } from "../../shared/engine/run-events.ts";
import type { Plan } from "../../shared/plan/schema.ts";
import { threadsOf } from "../../shared/plan/threads.ts";
import { FileStore } from "../../shared/storage/file.ts";
import { madeApp } from "../support/infra.ts";
import { putArray, SPEC } from "../support/zarr-store.ts";

const run = promisify(execFile);
const ROOT = path.resolve(import.meta.dirname, "../..");
const CDK = ["aws-cdk-lib", "constructs", "cdk-nag"];

interface Synthesised {
  readonly Resources: { readonly [id: string]: { readonly Type: string } };
}

let project = "";
let installed = "";
/** A project with Lamella in it as npm installs it, and what it depends on beside it. */
beforeAll(async () => {
  project = await fs.mkdtemp(path.join(os.tmpdir(), "lamella-package-"));
  installed = path.join(project, "node_modules/lamella");
  const manifest = JSON.parse(await fs.readFile(path.join(ROOT, "package.json"), "utf8")) as {
    dependencies: object;
    files: readonly string[];
  };
  await fs.mkdir(path.join(project, "node_modules/@aws-sdk"), { recursive: true });
  await fs.mkdir(installed);
  for (const name of [...Object.keys(manifest.dependencies), ...CDK]) {
    const target = path.join(project, "node_modules", name);
    await fs.mkdir(path.dirname(target), { recursive: true });
    await fs.symlink(path.join(ROOT, "node_modules", name), target);
  }
  for (const file of ["package.json", ...manifest.files.filter((name) => name !== "dist")]) {
    await fs.mkdir(path.dirname(path.join(installed, file)), { recursive: true });
    await fs.copyFile(path.join(ROOT, file), path.join(installed, file));
  }
  await buildDist(ROOT, path.join(installed, "dist"));
  packFunctions(path.join(installed, "dist/functions"));
});
afterAll(() => fs.rm(project, { recursive: true, force: true }));

const template = async (folder: string, stack: string): Promise<Synthesised> =>
  JSON.parse(await fs.readFile(path.join(project, folder, `${stack}.template.json`), "utf8")) as Synthesised;
const typesOf = ({ Resources }: Synthesised): string[] =>
  Object.values(Resources)
    .map(({ Type }) => Type)
    .sort();

describe("an installed Lamella, without its sources", { timeout: 300_000 }, () => {
  it("gives a CDK app the construct as lamella/infra, with the functions' packages", async () => {
    const app = `
      import { App, Stack } from "aws-cdk-lib";
      import { Lamella } from "lamella/infra";
      const app = new App({ outdir: "own.out" });
      const lamella = new Lamella(new Stack(app, "Imaging"), "Lamella", { name: "imaging", alarms: false });
      if (!lamella.buckets.data.bucketName) throw new Error("it has no bucket");
      app.synth();
    `;
    await fs.writeFile(path.join(project, "app.mjs"), app);
    await run(process.execPath, ["app.mjs"], { cwd: project });
    const types = typesOf(await template("own.out", "Imaging"));
    expect(types.filter((type) => type === "AWS::Lambda::Function")).toHaveLength(15);
    expect(types).toContain("AWS::StepFunctions::StateMachine");
    const assets = (await fs.readdir(path.join(project, "own.out"))).filter((name) => name.endsWith(".zip"));
    // those that compute are one package
    expect(assets).toHaveLength(4);
  });

  it("has the app that `lamella deploy` hands to cdk, which makes what a checkout's makes", async () => {
    const context = JSON.parse(await fs.readFile(path.join(installed, "cdk.json"), "utf8")).context;
    const env = {
      ...process.env,
      CDK_OUTDIR: path.join(project, "app.out"),
      CDK_CONTEXT_JSON: JSON.stringify(context),
    };
    await run(process.execPath, [path.join(installed, "dist/infra-app.js")], { env, cwd: project });
    const here = Template.fromStack(madeApp().stack).toJSON() as Synthesised;
    expect((await template("app.out", "Lamella")).Resources).toEqual(here.Resources);
  });

  it("carries tasks out in worker threads, which load no schemas of kernels and plans", async () => {
    const store = new FileStore(path.join(project, "image.zarr"));
    const block = newBlock("uint16", [32, 48, 48]);
    for (let i = 0; i < block.data.length; i++) block.data[i] = (i * 7919) % 4093;
    const spec = { ...SPEC, shape: [32, 96, 48], chunkShape: [32, 48, 48] };
    await putArray(store, "", spec, [
      [[0, 0, 0], block],
      [[0, 1, 0], block],
    ]);
    const pipeline = {
      version: 1,
      inputs: { image: { zarr: "image.zarr" } },
      steps: {
        rank: {
          op: "mapOverlap",
          in: "image",
          kernel: "median",
          args: { size: 9 },
          depth: 4,
          boundary: "nearest",
        },
      },
      outputs: { rank: { zarr: "rank.zarr" } },
    };
    await fs.writeFile(path.join(project, "pipeline.json"), JSON.stringify(pipeline));
    const lamella = (...args: string[]) =>
      run(process.execPath, [path.join(installed, "dist/cli.js"), ...args, "--json"], { cwd: project });
    const { stages } = JSON.parse((await lamella("plan", "pipeline.json")).stdout) as Plan;
    expect(threadsOf(stages, 2)).toBe(2);
    const done = JSON.parse((await lamella("run", "pipeline.json", "--workers", "2")).stdout) as RunReport;
    expect(done.status).toBe("succeeded");
    const dist = path.join(installed, "dist");
    const threads = (await fs.readdir(dist)).filter((name) => /^thread-|worker\.js$/.test(name));
    expect(threads).toEqual(expect.arrayContaining(["worker.js", "read-worker.js", "serve-worker.js"]));
    for (const name of threads) {
      const code = await fs.readFile(path.join(dist, name), "utf8");
      expect(code, name).not.toMatch(/["'`]ZodObject["'`]/);
      // nor the main thread's files, where there would be some again
      expect(code, name).not.toMatch(/from\s*"\.\/(core|engine|start)-/);
    }
  });
});
