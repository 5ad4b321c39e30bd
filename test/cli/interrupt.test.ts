import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { lamella, startLamella } from "../support/lamella.ts";
import { randomBlock, storeBlock } from "../support/lazy.ts";
import { differences, filesOf } from "../support/run.ts";

let folder = "";
beforeAll(async () => {
  folder = await fs.mkdtemp(path.join(os.tmpdir(), "lamella-interrupt-"));
  await storeBlock(path.join(folder, "in.zarr"), randomBlock("uint16", [32, 256, 256], 1), [8, 64, 64]);
  for (const name of ["interrupted", "whole"]) {
    const pipeline = {
      version: 1,
      inputs: { image: { zarr: "in.zarr" } },
      steps: {
        smooth: {
          op: "mapOverlap",
          in: "image",
          kernel: "gaussian",
          args: { sigma: 6 },
          depth: 24,
          boundary: "reflect",
        },
      },
      outputs: { smooth: { zarr: `${name}.zarr`, chunks: [4, 48, 48], codec: "gzip" } },
    };
    await fs.writeFile(path.join(folder, `${name}.json`), JSON.stringify(pipeline));
  }
});
afterAll(() => fs.rm(folder, { recursive: true, force: true }));

it("Ctrl-C stops a run so that it can be resumed, and the result is the same", async () => {
  const { child, done } = startLamella(["run", "interrupted.json", "--workers", "2"], folder);
  const output = path.join(folder, "interrupted.zarr/c");
  while (child.exitCode === null && (await fs.readdir(output).catch(() => [])).length === 0)
    await new Promise((resolve) => setTimeout(resolve, 5));
  child.kill("SIGINT");
  const stopped = await done;
  expect(stopped.status).toBe(130);
  const [, runId] = /lamella resume (\S+?)`/.exec(stopped.stderr)!;
  expect(stopped.stderr).toMatch(/error\[INTERRUPTED\]/);
  expect(stopped.stderr).not.toMatch(/\n\s+at /);
  expect(await fs.readdir(path.join(folder, "interrupted.zarr"))).not.toContain("zarr.json");
  expect((await lamella(["inspect", "interrupted.zarr"], folder)).stderr).toMatch(/error\[NOT_ZARR\]/);
  expect((await lamella(["status", runId!], folder)).stdout).toContain(`lamella resume ${runId}`);
  expect((await lamella(["run", "interrupted.json"], folder)).status).toBe(3);

  expect((await lamella(["resume", runId!], folder)).status).toBe(0);
  expect((await lamella(["run", "whole.json"], folder)).status).toBe(0);
  const [resumed, whole] = await Promise.all(
    ["interrupted", "whole"].map((name) => filesOf(path.join(folder, `${name}.zarr`))),
  );
  expect(differences(resumed!, whole!).filter((name) => name !== "zarr.json")).toEqual([]);
});
