import { copyFileSync, mkdirSync, readdirSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fromZarr } from "../../shared/index.ts";
import { ROOT, Workspace } from "./workspace.ts";

const examples = readdirSync(path.join(ROOT, "examples"));
const pipelines = examples.filter((file) => file.endsWith(".yaml"));
const programs = examples.filter((file) => file.endsWith(".ts"));

/** What a program prints; one that prints nothing isn't listed. */
const PRINTS: { readonly [file: string]: RegExp } = {
  "convert-and-read.ts": /micrometer[\s\S]*every pixel is the same\n$/,
  "label.ts": /^[1-9]\d* objects\n$/,
  "smooth.ts": /^1 x 2 x 8 x 256 x 256 uint16, chunks of 1 x 1 x 8 x 256 x 256\n$/,
  "statistics.ts": /^mean by channel: \d+\.\d, \d+\.\d\nstandard deviation[^\n]+\nbrightest voxel: \d+\n$/,
};

describe("the examples", () => {
  let workspace: Workspace;

  beforeAll(async () => {
    workspace = new Workspace();
    mkdirSync(path.join(workspace.folder, "examples"));
    for (const file of examples.filter((name) => /\.(ts|yaml|sh)$/.test(name)))
      copyFileSync(path.join(ROOT, "examples", file), path.join(workspace.folder, "examples", file));
    await workspace.addImage("examples/cells.ome.tif");
    const done = workspace.shell("sh convert.sh", "examples");
    expect(done, done.stderr).toMatchObject({ status: 0 });
    expect(done.stdout).toContain("uint16");
  });
  afterAll(() => workspace.remove());

  it("are all there", () => {
    expect([pipelines.length, programs.length]).toEqual([4, 5]);
  });

  it.each(pipelines)("%s runs", (file) => {
    const done = workspace.shell(`lamella plan ${file} && lamella run ${file}`, "examples");
    expect(done, done.stderr).toMatchObject({ status: 0 });
  });

  it.each(programs)("%s runs", (file) => {
    const done = workspace.node(file, "examples");
    expect(done, done.stderr).toMatchObject({ status: 0 });
    expect(done.stdout).toMatch(PRINTS[file] ?? /^$/);
  });

  it.each([
    ["smooth.zarr", "smooth-ts.zarr"],
    ["cleaned.zarr", "cleaned-ts.zarr"],
    ["cells.ome.zarr/0/labels/cells", "cells-ts.zarr"],
  ])("give the same in YAML (%s) and in TypeScript (%s)", async (yaml, ts) => {
    const [a, b] = await Promise.all(
      [yaml, ts].map(async (name) =>
        (await fromZarr(path.join(workspace.folder, "examples", name))).compute(),
      ),
    );
    expect(a!.dtype).toBe(b!.dtype);
    expect(Buffer.from(a!.data.buffer).equals(Buffer.from(b!.data.buffer))).toBe(true);
    expect(a!.data.some((value) => value !== 0 && value !== 0n)).toBe(true);
  });
});
