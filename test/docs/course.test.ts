import { cpSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { fromZarr } from "../../shared/index.ts";
import { ROOT, Workspace } from "./workspace.ts";

const folder = "examples/course";
const names = readdirSync(path.join(ROOT, folder))
  .filter((file) => file.endsWith(".yaml"))
  .map((file) => file.slice(0, -".yaml".length));

/** Outputs that are the same everywhere would prove nothing; these are one number, or few. */
const SINGLE = ["total"];

describe("the examples of the course", () => {
  let workspace: Workspace;

  beforeAll(async () => {
    workspace = new Workspace();
    cpSync(path.join(ROOT, folder), path.join(workspace.folder, folder), {
      recursive: true,
      filter: (file) => !file.endsWith(".zarr"),
    });
    await workspace.addImage("examples/cells.ome.tif");
    const made = workspace.node("make-inputs.ts", folder);
    expect(made, made.stderr).toMatchObject({ status: 0 });
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
});
