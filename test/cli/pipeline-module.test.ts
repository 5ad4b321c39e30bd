import { execFile } from "node:child_process";
import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fromZarr } from "../../shared/index.ts";
import { parsePipeline } from "../../shared/pipeline/parse.ts";
import { pipelineOutputs } from "../../shared/pipeline/request.ts";
import { randomBlock, storeBlock } from "../support/lazy.ts";

const run = promisify(execFile);
let folder = "";
const block = randomBlock("float32", [6, 5], 1);
beforeAll(async () => {
  folder = await fs.mkdtemp(path.join(os.tmpdir(), "lamella-module-"));
  await storeBlock(path.join(folder, "image.zarr"), block, [4, 5]);
  await fs.writeFile(
    path.join(folder, "kernels.ts"),
    "export function negate({ data }: { data: Float32Array }) { return data.map((x) => -x); }\n",
  );
});
afterAll(() => fs.rm(folder, { recursive: true, force: true }));

const pipeline = (out: string) => ({
  version: 1,
  inputs: { image: { zarr: "image.zarr" } },
  steps: { negative: { op: "mapBlocks", in: "image", module: "kernels.ts#negate", extent: "pointwise" } },
  outputs: { negative: { zarr: out } },
});

async function lamella(...args: string[]) {
  return run(process.execPath, [path.resolve("cli/main.ts"), ...args], { cwd: os.tmpdir() });
}

describe("pipelines with code beside them", () => {
  it("run own kernels, from YAML's document and from a module's default export", async () => {
    const json = path.join(folder, "own.json");
    const module = path.join(folder, "own.ts");
    await fs.writeFile(json, JSON.stringify(pipeline("a.zarr")));
    await fs.writeFile(module, `export default ${JSON.stringify(pipeline("b.zarr"))};\n`);
    const runs = ["--runs", path.join(folder, "runs"), "--workers", "2"];
    for (const [file, out] of [
      [json, "a.zarr"],
      [module, "b.zarr"],
    ] as const) {
      await lamella("run", file, ...runs);
      const { data } = await (await fromZarr(path.join(folder, out))).compute({ workers: 1 });
      expect([...data]).toEqual([...block.data].map((x) => -Number(x)));
    }
  });

  it("end with a code where a kernel's promise never settles", async () => {
    const file = path.join(folder, "waits.json");
    await fs.writeFile(
      path.join(folder, "waits.ts"),
      "export function waits() { return new Promise(() => {}); }\n",
    );
    const steps = { negative: { op: "mapBlocks", in: "image", module: "waits.ts#waits" } };
    await fs.writeFile(file, JSON.stringify({ ...pipeline("waits.zarr"), steps }));
    const runs = ["--runs", path.join(folder, "runs"), "--workers", "1"];
    await expect(lamella("run", file, ...runs, "--json")).rejects.toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/^\{"error":\{"code":"TASK_FAILED".*never settles/),
    });
    await expect(fs.access(path.join(folder, "waits.zarr/zarr.json"))).rejects.toThrow();
  });

  it("are refused where they hold nothing, or where there is no folder to bundle from", async () => {
    const empty = path.join(folder, "empty.ts");
    await fs.writeFile(empty, "export const other = 1;\n");
    await expect(lamella("plan", empty)).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringContaining("has no default export"),
    });
    const document = { ...pipeline("c.zarr"), inputs: { image: { zarr: path.join(folder, "image.zarr") } } };
    expect(parsePipeline(document, {}, "here").version).toBe(1);
    await expect(pipelineOutputs(document, {}, "", "here")).rejects.toThrow(
      /bundled from files beside the pipeline/,
    );
  });
});
