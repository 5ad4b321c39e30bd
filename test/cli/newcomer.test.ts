import { existsSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { Workspace } from "../docs/workspace.ts";

/** What somebody who tries the command line for the first time runs into. */
describe("the command line, for newcomers", () => {
  let workspace: Workspace;
  const lamella = (line: string) => workspace.shell(`lamella ${line}`);

  beforeAll(async () => {
    workspace = new Workspace();
    await workspace.addImage("cells.ome.tif");
    expect(lamella("convert cells.ome.tif cells.ome.zarr")).toMatchObject({ status: 0 });
    workspace.write(
      "labels.yaml",
      `version: 1
inputs: { image: { zarr: cells.ome.zarr, component: 0/0 } }
steps:
  bright: { op: mapBlocks, in: image, kernel: threshold, args: { above: 800 } }
  cells: { op: label, in: bright }
  flat: { op: max, in: cells, axis: z }
outputs: { cells: { labelsOf: image }, bright: { zarr: bright.zarr } }
`,
    );
  });
  afterAll(() => workspace.remove());

  it("inspects to YAML in which short things take a line", () => {
    const { stdout } = lamella("inspect cells.ome.zarr");
    expect(stdout).toContain("{name: z, type: space, unit: micrometer, scale: 1, translation: 0}");
    expect(stdout).toContain("shape: [1, 2, 8, 256, 256]");
    expect(parse(stdout)).toMatchObject({ kind: "ome-zarr", series: [{ path: "0", labels: [] }] });
    const json = JSON.parse(lamella("inspect cells.ome.zarr --json").stdout) as { series: unknown[] };
    expect(json.series).toHaveLength(1);
  });

  it("says where a drawing can't be written", () => {
    const { status, stderr } = lamella("plan labels.yaml --svg nowhere/plan.svg");
    expect(status).toBe(2);
    expect(stderr).toContain("error[INVALID_ARGUMENT]: --svg nowhere/plan.svg");
  });

  it("ends quietly when its reader has seen enough", () => {
    const { status, stderr } = workspace.shell(
      "lamella schema | head -n 1; lamella inspect cells.ome.zarr | true",
    );
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  });

  it("finds nothing left to do in a run that has succeeded, and leaves it so", () => {
    const { stdout } = lamella("run labels.yaml --json --quiet");
    const { runId, outputs } = JSON.parse(stdout) as { runId: string; outputs: object };
    const resumed = lamella(`resume ${runId} --json`);
    expect(resumed).toMatchObject({ status: 0, stderr: expect.stringContaining("nothing is left to do") });
    expect(JSON.parse(resumed.stdout)).toMatchObject({ runId, outputs, status: "succeeded", stages: [] });
    expect(JSON.parse(lamella(`status ${runId} --json`).stdout)).toMatchObject({ status: "succeeded" });
  });

  it.each([
    ["convert labels.yaml out.zarr", "UNKNOWN_FORMAT", "--reader bioformats"],
    ["export cells.ome.zarr out.zarr", "INVALID_ARGUMENT", ".ome.tif"],
    ["convert cells.ome.tif", "INVALID_ARGUMENT", "lamella convert --help"],
    ["convrt", "INVALID_ARGUMENT", "lamella --help"],
    ["run labels.yaml --set cut=1", "INVALID_PIPELINE", "The file has no params."],
    ["plan labels.yaml --shards 8,8 --level 3", "INVALID_ARGUMENT", "--convert"],
    ["plan labels.yaml --downsample-type AREA", "INVALID_ARGUMENT", "--convert"],
    ["plan --convert cells.ome.tif out.zarr --set a=1", "INVALID_ARGUMENT", "leave --set out"],
    ["run labels.yaml --verify", "INVALID_ARGUMENT", "leave --verify out"],
    ["convert cells.ome.tif out.zarr --series -1", "INVALID_ARGUMENT", "lamella convert --help"],
    ["convert cells.ome.tif out.zarr --series 0,0", "INVALID_ARGUMENT", "lamella convert --help"],
    ["kernels gausian", "UNKNOWN_KERNEL", 'Did you mean "gaussian"?'],
    ["status nothing-of-that-name", "RUN_NOT_FOUND", "lamella runs"],
  ])("answers `lamella %s` with %s and what to do", (line, code, hint) => {
    const { status, stdout, stderr } = lamella(line);
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
    expect(stderr).toMatch(new RegExp(`^error\\[${code}\\]: [^\\n]+\\nhint: [^\\n]+\\n$`));
    expect(stderr).toContain(hint);
    expect(existsSync(path.join(workspace.folder, "out.zarr"))).toBe(false);
  });

  it.each([
    ["run labels.yaml --overwrit", "(Did you mean --overwrite?)"],
    ["convert cells.ome.tif out.zarr --downsample-type GAUSSIAN", "median, SIMPLE, AREA, LINEAR."],
    ["convert cells.ome.tif out.zarr --codec zst", "Did you mean zstd?"],
    ["rnu labels.yaml", "(Did you mean run?)"],
  ])("suggests what `lamella %s` may have meant", (line, said) => {
    const { status, stderr } = lamella(line);
    expect(status).toBe(2);
    expect(stderr).toContain(said);
  });

  it("says in a plan that a run would find its output there", () => {
    const done = workspace.shell("lamella plan --convert cells.ome.tif cells.ome.zarr");
    expect(done.status).toBe(0);
    expect(done.stderr).toMatch(
      /^note: .*cells\.ome\.zarr exists already \(.*\): a run needs --overwrite\n$/m,
    );
    expect(lamella("plan --convert cells.ome.tif new.ome.zarr").stderr).toBe("");
  });

  it("refuses labels that don't fit their image, before anything runs", () => {
    const done = workspace.shell(
      "sed 's/{ labelsOf: image }, bright: .*/{ zarr: c.zarr }, flat: { labelsOf: image } }/' labels.yaml > flat.yaml; lamella plan flat.yaml",
    );
    expect(done).toMatchObject({
      status: 2,
      stderr: expect.stringContaining("error[SHAPE_MISMATCH]: flat.yaml"),
    });
  });
});
