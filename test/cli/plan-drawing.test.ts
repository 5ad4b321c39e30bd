import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { drawPlan } from "../../cli/plan-drawing.ts";
import { planGraph, withPassages } from "../../cli/plan-graph.ts";
import type { Plan } from "../../shared/plan/schema.ts";
import { pretendArray } from "../support/pretend-array.ts";
import { planOf } from "../support/run.ts";

let base = "";
let plan: Plan;
beforeAll(async () => {
  base = await fs.mkdtemp(path.join(os.tmpdir(), "lamella-drawing-"));
  await pretendArray(path.join(base, "in.zarr"), [256, 1024, 1024], [16, 256, 256]);
  const document = {
    version: 1,
    inputs: { image: { zarr: "in.zarr" } },
    steps: {
      "a<b": { op: "mapOverlap", in: "image", kernel: "gaussian", args: { sigma: 1 }, depth: 4 },
      mask: { op: "mapBlocks", in: "a<b", kernel: "threshold", args: { above: 3 } },
      labels: { op: "label", in: "mask" },
      mean: { op: "mean", in: "a<b" },
      table: { op: "measure", in: "labels", image: "image" },
    },
    outputs: {
      mask: { zarr: "mask.zarr", pyramid: { levels: 3 } },
      labels: { zarr: "labels.zarr" },
      mean: { zarr: "mean.zarr" },
      table: { csv: "table.csv" },
    },
  };
  plan = await planOf(document, base, { budget: { workers: 2, memoryMiB: 4096 } });
});
afterAll(() => fs.rm(base, { recursive: true, force: true }));

describe("the graph of a plan", () => {
  it("has every stage and array, each after what it reads", () => {
    const nodes = planGraph(plan);
    const byId = new Map(nodes.map((node) => [node.id, node]));
    expect(nodes.filter((node) => node.stage !== undefined)).toHaveLength(plan.stages.length);
    expect(nodes.flatMap((node) => node.array ?? []).sort()).toEqual(Object.keys(plan.arrays).sort());
    for (const { inputs, rank } of nodes) {
      for (const input of inputs) expect(byId.get(input)!.rank).toBeLessThan(rank);
    }
    // A tree's levels and the phases of labels hang together by files of the run.
    for (const [i, stage] of plan.stages.entries()) {
      const { inputs } = byId.get(`stage ${i}`)!;
      expect(inputs.length, stage.name).toBeGreaterThan(0);
    }
    const written = nodes.filter(
      (node) => node.array !== undefined && plan.arrays[node.array]!.role !== "input",
    );
    for (const node of written) expect(node.inputs).toHaveLength(1);
  });
});

describe("the drawing of a plan", () => {
  it("leads flows over several rows between the boxes there", () => {
    const nodes = withPassages(planGraph(plan));
    const ranks = new Map(nodes.map(({ id, rank }) => [id, rank]));
    for (const { inputs, rank } of nodes) for (const input of inputs) expect(ranks.get(input)).toBe(rank - 1);
    expect(nodes.length).toBeGreaterThan(planGraph(plan).length);
  });

  it("shows each stage with its kind, steps, tasks, bytes and memory, in boxes that don't overlap", () => {
    const svg = drawPlan(plan);
    expect(svg).toMatch(/^<svg xmlns="http:\/\/www.w3.org\/2000\/svg" viewBox="0 0 \d+ \d+"/);
    expect(svg).toContain("a&lt;b → mask");
    expect(svg).not.toContain("a<b");
    for (const stage of plan.stages) {
      expect(svg).toContain(`>${stage.name} (${stage.kind}`);
    }
    expect(svg).toMatch(/reads [\d.]+ [MG]B, writes [\d.]+ [MG]B/);
    expect(svg).toMatch(/\d+ MiB a task, \d+ MiB in all/);
    const boxes = [...svg.matchAll(/<rect x="([\d.]+)" y="([\d.]+)" width="(\d+)" height="(\d+)"/g)].map(
      (m) => m.slice(1).map(Number),
    ) as [number, number, number, number][];
    expect(boxes).toHaveLength(plan.stages.length + Object.keys(plan.arrays).length);
    for (const [i, [x, y, w, h]] of boxes.entries()) {
      for (const [x2, y2, w2, h2] of boxes.slice(i + 1)) {
        expect(x < x2 + w2 && x2 < x + w && y < y2 + h2 && y2 < y + h).toBe(false);
      }
    }
  });
});
