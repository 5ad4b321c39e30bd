import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeDemoImage } from "../../scripts/make-demo-image.ts";
import type { StepsIndex } from "../../shared/serve/on-demand/mount-steps.ts";
import { findPython, pythonVenv, runPython } from "../support/python-venv.ts";

const run = promisify(execFile);
const pyramid = { levels: 2 };

/** Four steps, each of them stored by the run too. */
const PIPELINE = {
  version: 1,
  inputs: { image: { zarr: "image.zarr", component: "0/0" } },
  steps: {
    smooth: {
      op: "mapOverlap",
      in: "image",
      kernel: "gaussian",
      args: { sigma: 1.5 },
      depth: 6,
      dtype: "float32",
    },
    scaled: { op: "rescale", in: "smooth", outRange: [0, 1] },
    binary: { op: "mapBlocks", in: "scaled", kernel: "threshold", args: { above: 0.3 }, dtype: "bool" },
    cleaned: { op: "removeSmall", in: "binary", minSize: 50 },
  },
  outputs: {
    smooth: { zarr: "smooth.zarr", pyramid, shards: [4, 128, 128] },
    scaled: { zarr: "scaled.zarr", pyramid },
    binary: { zarr: "binary.zarr", pyramid: { levels: 2, method: "mode" } },
    cleaned: { zarr: "cleaned.zarr", chunks: [9, 100, 100], pyramid: { levels: 2, method: "mode" } },
  },
};

describe.skipIf(!findPython())("a served pipeline", () => {
  let folder = "";
  let server: ChildProcess | undefined;
  const lamella = (...args: string[]) => run(process.execPath, ["cli/main.ts", ...args, "--json"]);

  beforeAll(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), "lamella-served-"));
    await pythonVenv();
  }, 300_000);
  afterAll(async () => {
    server?.kill("SIGKILL");
    await rm(folder, { recursive: true, force: true });
  });

  it("is read by zarr-python, every chunk as a run writes it, until Ctrl-C ends it", {
    timeout: 300_000,
  }, async () => {
    const image = path.join(folder, "image.ome.tif");
    await makeDemoImage(image, { shape: [1, 2, 9, 150, 187] });
    await lamella(
      "convert",
      image,
      path.join(folder, "image.zarr"),
      "--chunks",
      "1,1,4,64,64",
      "--levels",
      "2",
    );
    const pipeline = path.join(folder, "pipeline.json");
    await writeFile(pipeline, JSON.stringify(PIPELINE));
    await lamella("run", pipeline, "--workers", "2", "--runs", path.join(folder, "runs"));

    // Where it keeps whole-array results, which must be gone when it is.
    const scratch = path.join(folder, "tmp");
    await run("mkdir", [scratch]);
    server = spawn(
      process.execPath,
      ["cli/main.ts", "serve", pipeline, "--workers", "2", "--json", "--quiet"],
      {
        stdio: ["ignore", "pipe", "inherit"],
        env: { ...process.env, TMPDIR: scratch },
      },
    );
    let text = "";
    for await (const piece of server.stdout!) {
      text += String(piece);
      if (text.endsWith("\n")) break;
    }
    const index = JSON.parse(text) as StepsIndex;
    expect(index.steps.map(({ name }) => name)).toEqual(["image", "smooth", "scaled", "binary", "cleaned"]);
    await writeFile(path.join(folder, "index.json"), text);
    const { compared, failures } = JSON.parse(
      await runPython("check_served.py", [path.join(folder, "index.json"), folder]),
    ) as { compared: { [array: string]: number }; failures: string[] };
    expect(failures).toEqual([]);
    expect(Object.keys(compared)).toHaveLength(8);
    expect(Math.min(...Object.values(compared))).toBeGreaterThan(1);

    expect(await readdir(scratch)).toHaveLength(1);
    server.kill("SIGINT");
    const [status] = await once(server, "exit");
    expect(status).toBe(0);
    expect(await readdir(scratch)).toEqual([]);
  });
});
