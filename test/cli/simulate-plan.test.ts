import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { SimulatedSize } from "../../cli/simulate-plan.ts";
import { makeDemoImage } from "../../scripts/make-demo-image.ts";
import type { Plan } from "../../shared/plan/schema.ts";
import { lamella as lamellaIn } from "../support/lamella.ts";
import { randomBlock, storeBlock } from "../support/lazy.ts";

let folder = "";
const lamella = (...args: string[]) => lamellaIn(args, folder);
type Document = Plan & { readonly simulation: { readonly sizes: readonly SimulatedSize[] } };
async function simulated(...args: string[]): Promise<Document> {
  const { status, stdout, stderr } = await lamella("plan", ...args, "--simulate", "--json");
  expect(status, stderr).toBe(0);
  return JSON.parse(stdout) as Document;
}

beforeAll(async () => {
  folder = await fs.mkdtemp(path.join(os.tmpdir(), "lamella-simulate-cli-"));
  await storeBlock(path.join(folder, "in.zarr"), randomBlock("uint16", [40, 256, 256], 1), [2, 128, 128]);
  await fs.writeFile(
    path.join(folder, "smooth.yaml"),
    `version: 1
inputs: { image: { zarr: in.zarr } }
steps:
  smooth: { op: mapOverlap, in: image, kernel: gaussian, args: { sigma: 1 }, depth: 4, boundary: reflect }
outputs:
  smooth: { zarr: out.zarr }
`,
  );
  await makeDemoImage(path.join(folder, "cells.ome.tif"), { shape: [1, 2, 2, 90, 80] });
});
afterAll(() => fs.rm(folder, { recursive: true, force: true }));

it("prints time, dollars and the bottleneck, as it is and for 1 TB and 100 TB", async () => {
  const { status, stdout } = await lamella("plan", "smooth.yaml", "--simulate");
  expect(status).toBe(0);
  const lines = stdout.split("\n");
  expect(lines[0]).toMatch(/input +tasks +batches +time +USD +bottleneck/);
  expect(lines[1]).toMatch(/5\.24 MB \(as it is\) .* s +\$\S+ +\S/);
  expect(lines[2]).toMatch(/1\.00 TB .*\$\d/);
  expect(lines[3]).toMatch(/100 TB .* h +\$\d/);
  expect(stdout).toContain("never met on AWS itself");
});

it("prints the plan that a stack would get, with its simulation, as one document", async () => {
  const { simulation, budget, stages } = await simulated(
    "smooth.yaml",
    "--sizes",
    "20GB",
    "--concurrency",
    "50",
  );
  expect(budget).toEqual({ workers: 1, memoryMiB: 9765 });
  expect(stages).toHaveLength(1);
  const [asItIs, larger] = simulation.sizes;
  expect(asItIs).toMatchObject({ grown: false, bytes: 40 * 256 * 256 * 2 });
  expect(larger).toMatchObject({ grown: true, bytes: 2e10, simulation: { concurrency: 50, seed: 1 } });
  expect(larger!.simulation!.bytesInput / 2e10).toBeCloseTo(1, 3);
});

it("goes by the times of a run here, named by its id or by its report", async () => {
  const run = await lamella("run", "smooth.yaml", "--json");
  const { runId } = JSON.parse(run.stdout) as { runId: string };
  const report = await lamella("report", runId, "--json");
  await fs.writeFile(path.join(folder, "report.json"), report.stdout);
  const [byId, byFile, byEstimate] = await Promise.all([
    simulated("smooth.yaml", "--sizes", "20GB", "--measured", runId),
    simulated("smooth.yaml", "--sizes", "20GB", "--measured", "report.json"),
    simulated("smooth.yaml", "--sizes", "20GB"),
  ]);
  expect(byId.simulation).toEqual(byFile.simulation);
  const [stage] = byId.simulation.sizes[1]!.simulation!.stages;
  expect(stage!.source).toBe("measured");
  const [estimated] = byEstimate.simulation.sizes[1]!.simulation!.stages;
  expect(stage!.taskSeconds.compute).not.toBe(estimated!.taskSeconds.compute);
  // noise is hardly smaller than its values, which the estimate supposes of everything
  expect(stage!.taskSeconds.network).toBeLessThanOrEqual(1.05 * estimated!.taskSeconds.network);
});

it("simulates a conversion", async () => {
  const { simulation } = await simulated("--convert", "cells.ome.tif", "cells.ome.zarr", "--sizes", "20GB");
  const [, larger] = simulation.sizes;
  expect(larger!.simulation!.tasks).toBeGreaterThan(100);
  expect(larger!.simulation!.stages[0]!.kind).toBe("convert");
});

it.each([
  [["--sizes", "1TB"], /--sizes needs --simulate/],
  [["--simulate", "--sizes", "1TB,1MB"], /the inputs hold 5\.24 MB, more than 1\.00 MB/],
  [["--simulate", "--runs", "elsewhere"], /--runs needs --measured/],
  [["--simulate", "--measured", "nobody"], /there is no run nobody/],
  [["--simulate", "--workers", "2"], /--workers does not go with --simulate/],
  [["--simulate", "--measured", "smooth.yaml"], /it is not the report of a run/],
])("refuses %j", async (args, message) => {
  const { status, stderr } = await lamella("plan", "smooth.yaml", ...args);
  expect(status).toBe(2);
  expect(stderr).toMatch(message);
});
