import { cpSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { COURSE } from "../../scripts/docs/course.ts";
import { fromZarr } from "../../shared/index.ts";
import { findPython, pythonVenv } from "../support/python-venv.ts";
import { ROOT, Workspace } from "./workspace.ts";

const folder = "examples/course";
const names = readdirSync(path.join(ROOT, folder))
  .filter((file) => file.endsWith(".yaml"))
  .map((file) => file.slice(0, -".yaml".length));

/** Outputs that are the same everywhere would prove nothing; these are one number, or few. */
const SINGLE = ["total"];

/** An array of an example's folder, in float64; 64-bit integers are no larger here than it holds. */
async function read(folderOf: string, file: string) {
  const array = await fromZarr(path.join(folderOf, file));
  const { data, dtype, shape } = await array.compute();
  return { chunks: array.chunks, dtype, shape, values: Float64Array.from(data, Number) };
}

describe("the examples of the course", () => {
  let workspace: Workspace;
  let python: string | undefined;

  beforeAll(async () => {
    if (findPython() !== undefined) python = await pythonVenv("docs");
    workspace = new Workspace();
    cpSync(path.join(ROOT, folder), path.join(workspace.folder, folder), {
      recursive: true,
      filter: (file) => !file.endsWith(".zarr"),
    });
    await workspace.addImage("examples/cells.ome.tif");
    const made = workspace.node("make-inputs.ts", folder);
    expect(made, made.stderr).toMatchObject({ status: 0 });
  });

  it("are the lessons of the page, all of them", () => {
    expect(COURSE.map(({ name }) => name).sort()).toEqual([...names].sort());
  });

  afterAll(() => workspace.remove());

  it.each(names)("%s gives the same in YAML and in TypeScript", async (name) => {
    const yaml = workspace.shell(`lamella run ${name}.yaml`, folder);
    expect(yaml, yaml.stderr).toMatchObject({ status: 0 });
    const program = workspace.node(`${name}.ts`, folder);
    expect(program, program.stderr).toMatchObject({ status: 0 });

    const document = parse(readFileSync(path.join(ROOT, folder, `${name}.yaml`), "utf8")) as {
      outputs: { [name: string]: { zarr: string } };
    };
    for (const [output, { zarr }] of Object.entries(document.outputs)) {
      const open = (file: string) => fromZarr(path.join(workspace.folder, folder, file));
      const arrays = await Promise.all([zarr, zarr.replace(".zarr", "-ts.zarr")].map(open));
      const [a, b] = await Promise.all(arrays.map((array) => array.compute()));
      expect(arrays[0]!.chunks).toEqual(arrays[1]!.chunks);
      expect([a!.dtype, a!.shape]).toEqual([b!.dtype, b!.shape]);
      expect(a!.data).toEqual(b!.data);
      if (!SINGLE.includes(output)) expect(a!.data.some((value) => value !== a!.data[0])).toBe(true);
    }
  });

  it.for(COURSE)("$name gives what Dask gives", async ({ name, tolerance }, { skip }) => {
    if (python === undefined) skip("there is no Python 3.11 or newer");
    const here = path.join(workspace.folder, folder);
    const dask = workspace.shell(`"${python}" ${name}.py`, folder);
    expect(dask, dask.stderr).toMatchObject({ status: 0 });
    const done = workspace.shell(`lamella run ${name}.yaml --overwrite --quiet`, folder);
    expect(done, done.stderr).toMatchObject({ status: 0 });
    const { outputs } = parse(readFileSync(path.join(here, `${name}.yaml`), "utf8")) as {
      outputs: { [output: string]: { zarr: string } };
    };
    for (const [output, { zarr }] of Object.entries(outputs)) {
      const ours = await read(here, zarr);
      const theirs = await read(here, zarr.replace(".zarr", "-dask.zarr"));
      expect([output, ours.dtype, ours.shape]).toEqual([output, theirs.dtype, theirs.shape]);
      expect([output, ours.chunks]).toEqual([output, theirs.chunks]);
      const atMost = tolerance?.[output]?.atMost ?? 0;
      const apart = ours.values.reduce(
        (most, value, i) => Math.max(most, Math.abs(value - theirs.values[i]!)),
        0,
      );
      expect([output, apart <= atMost, apart]).toEqual([output, true, apart]);
    }
  });
});
