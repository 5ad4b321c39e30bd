import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { OPTION_PAIRS } from "../../scripts/docs/bioformats2raw.ts";
import { Workspace } from "./workspace.ts";

describe("the options of bioformats2raw", () => {
  let workspace: Workspace;
  let other: object;
  beforeAll(async () => {
    workspace = new Workspace();
    await workspace.addImage("cells.ome.tif");
    other = planOf("--downsample max");
  });
  afterAll(() => workspace.remove());

  /** The plan of a conversion, without what differs from one run to another. */
  function planOf(options: string) {
    const levels = /--(levels|resolutions)/.test(options) ? "" : "--levels 2";
    const done = workspace.shell(`lamella plan --convert cells.ome.tif out.zarr ${levels} ${options} --json`);
    expect(done, done.stderr).toMatchObject({ status: 0 });
    const { createdAt: _, ...plan } = JSON.parse(done.stdout) as { createdAt?: string };
    return plan;
  }

  const planned = OPTION_PAIRS.filter(({ ours }) => ours !== "--overwrite");
  it.each(planned.filter(({ taken }) => taken))("$theirs plans what $ours does", ({ theirs, ours }) => {
    const plan = planOf(theirs);
    expect(plan).toEqual(planOf(ours));
    if (ours !== "--series 0") expect(plan).not.toEqual(other);
  });

  it.each(planned.filter(({ taken }) => !taken))("$ours is taken, and $theirs is not", ({ theirs, ours }) => {
    planOf(ours);
    if (theirs.startsWith("--")) {
      const done = workspace.shell(`lamella convert cells.ome.tif no.zarr ${theirs}`);
      expect(done).toMatchObject({ status: 2, stderr: expect.stringContaining("error[INVALID_ARGUMENT]") });
    }
  });

  it("--overwrite replaces, and nothing is replaced without", () => {
    const convert = "lamella convert cells.ome.tif twice.zarr --quiet";
    expect(workspace.shell(convert)).toMatchObject({ status: 0 });
    expect(workspace.shell(convert)).toMatchObject({ status: 3 });
    expect(workspace.shell(`${convert} --overwrite`)).toMatchObject({ status: 0 });
  });
});
