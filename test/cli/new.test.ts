import { existsSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { fromZarr } from "../../shared/index.ts";
import { ROOT, Workspace } from "../docs/workspace.ts";

describe("lamella new", () => {
  let workspace: Workspace;
  const read = (file: string) => readFileSync(path.join(workspace.folder, file), "utf8");
  const runs = (script: string) => {
    const done = workspace.shell(script);
    expect(done, done.stderr).toMatchObject({ status: 0 });
    return done;
  };

  beforeAll(async () => {
    workspace = new Workspace();
    await workspace.addImage("cells.ome.tif", "images/my cells.ome.tif");
    runs("lamella convert cells.ome.tif cells.ome.zarr --quiet");
  });
  afterAll(() => workspace.remove());

  it("writes a pipeline that runs as it is, on the image of the quick start", async () => {
    expect(runs("lamella new pipeline")).toMatchObject({
      stdout: "pipeline.yaml\n",
      stderr: "it reads cells.ome.zarr; look at what it would do with: lamella plan pipeline.yaml\n",
    });
    runs("lamella plan pipeline.yaml && lamella run pipeline.yaml --quiet");
    const { data } = await (await fromZarr(path.join(workspace.folder, "cells-objects.zarr")))
      .max()
      .compute();
    expect(read("cells-objects.csv").trim().split("\n")).toHaveLength(Number(data[0]) + 1);
    expect(Number(data[0])).toBeGreaterThan(5);
  });

  it("writes one for a TIFF elsewhere, whose paths are the file's own", () => {
    runs("mkdir sub && lamella new pipeline sub/segment.yml --image 'images/my cells.ome.tif'");
    const { inputs, outputs } = parse(read("sub/segment.yml")) as { inputs: object; outputs: object };
    expect(inputs).toEqual({ image: { tiff: "../images/my cells.ome.tif" } });
    expect(outputs).toMatchObject({ table: { csv: "my cells-objects.csv" } });
    runs("lamella run sub/segment.yml --quiet --set sigma=2");
    expect(existsSync(path.join(workspace.folder, "sub/my cells-objects.zarr/zarr.json"))).toBe(true);
  });

  it.each([
    ["s3://bucket/a.zarr", { zarr: "s3://bucket/a.zarr" }],
    ["slide.czi", { czi: "slide.czi" }],
    ["volume.n5", { n5: "volume.n5" }],
    ["a.ims", { hdf5: "a.ims" }],
  ])("knows by the name of %s what it is", (image, input) => {
    const file = `of-${image.replaceAll(/\W/g, "")}.yaml`;
    runs(`lamella new pipeline ${file} --image ${image}`);
    expect((parse(read(file)) as { inputs: object }).inputs).toEqual({ image: input });
  });

  it("writes any name so that YAML reads it as it is", () => {
    runs("lamella new pipeline odd.yaml --image 'cells, #1: {day 2}.tif'");
    const { inputs, outputs } = parse(read("odd.yaml")) as { inputs: object; outputs: object };
    expect(inputs).toEqual({ image: { tiff: "cells, #1: {day 2}.tif" } });
    expect(outputs).toMatchObject({
      objects: { zarr: "cells, #1: {day 2}-objects.zarr" },
      table: { csv: "cells, #1: {day 2}-objects.csv" },
    });
  });

  it("refers editors to the package's schema", () => {
    runs("lamella new pipeline schema.yaml");
    const schema = /^# yaml-language-server: \$schema=(\S+)\n/.exec(read("schema.yaml"))?.[1] ?? "";
    expect(path.resolve(workspace.folder, schema)).toBe(path.join(ROOT, "dist/pipeline.schema.json"));
  });

  it.each(["kernels.ts", "own.mjs"])(
    "writes an own kernel, %s, that runs as its comment says",
    async (file) => {
      runs(`lamella new kernel ${file === "kernels.ts" ? "" : file}`);
      const step = / \* {3}(clean: .*)/.exec(read(file))?.[1];
      workspace.write(
        "use.yaml",
        `version: 1\ninputs: { image: { zarr: cells.ome.zarr } }\nsteps:\n  ${step}\noutputs: { clean: { zarr: ${file}.zarr } }\n`,
      );
      runs("lamella run use.yaml --quiet");
      const [before, after] = await Promise.all(
        ["cells.ome.zarr", `${file}.zarr`].map(async (name) =>
          (await fromZarr(path.join(workspace.folder, name))).compute(),
        ),
      );
      expect(after!.data).toEqual(before!.data.map((value) => Math.max(0, Number(value) - 100) as never));
    },
  );

  it("never writes over a file, and says what is wrong with a name", () => {
    workspace.write("mine.yaml", "mine\n");
    const before = statSync(path.join(workspace.folder, "mine.yaml")).mtimeMs;
    expect(workspace.shell("lamella new pipeline mine.yaml")).toMatchObject({
      status: 3,
      stderr: expect.stringContaining("error[OUTPUT_EXISTS]"),
    });
    expect(read("mine.yaml")).toBe("mine\n");
    expect(statSync(path.join(workspace.folder, "mine.yaml")).mtimeMs).toBe(before);
    for (const line of [
      "new pipeline a.txt",
      "new kernel a.yaml",
      "new kernel --image a.zarr",
      "new pipelin",
    ])
      expect(workspace.shell(`lamella ${line}`)).toMatchObject({ status: 2, stdout: "" });
    expect(workspace.shell("lamella new kernel gone/a.ts").stderr).toContain("error[NOT_FOUND]");
  });
});
