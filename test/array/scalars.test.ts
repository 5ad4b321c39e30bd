import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { gaussian, rescaleIntensity, threshold } from "../../shared/kernels/index.ts";
import { lazyOf, randomBlock } from "../support/lazy.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "lamella-scalars-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("arguments from 0-d arrays", () => {
  it("take the value when the plan runs", async () => {
    const block = randomBlock("uint16", [5, 9, 7], 4);
    const image = await lazyOf(folder, block, [2, 4, 4]);
    const values = [...block.data].map(Number);
    const mean = values.reduce((a, b) => a + b, 0) / values.length;
    const above = await image.mapBlocks(threshold({ above: image.mean() })).compute({ workers: 1 });
    expect([...above.data]).toEqual(values.map((x) => (x > mean ? 1 : 0)));

    const [low, high] = [Math.min(...values), Math.max(...values)];
    const scaled = image.mapBlocks(
      rescaleIntensity({ inRange: [image.min(), image.max()], outRange: [0, 1] }),
    );
    const known = image.mapBlocks(rescaleIntensity({ inRange: [low, high], outRange: [0, 1] }));
    expect((await scaled.compute({ workers: 1 })).data).toEqual((await known.compute({ workers: 1 })).data);
  });

  it("are refused where the plan needs them, or where they aren't 0-d", async () => {
    const image = await lazyOf(folder, randomBlock("float32", [4, 6], 1), [2, 3]);
    expect(() => gaussian({ sigma: image.mean() as never })).toThrow(/sigma must be known before the run/);
    expect(() => threshold({ above: image.mean({ axis: 0 }) })).toThrow(/takes one value, and step mean/);
  });
});
