import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runLocally } from "../../shared/engine/local/engine.ts";
import { planRun } from "../../shared/engine/plan-run.ts";
import { RunFolder } from "../../shared/engine/run-folder.ts";
import { bundleModule } from "../../shared/kernels/own/bundle.ts";
import { bundleKey } from "../../shared/kernels/own/load.ts";
import { type PublishedKernels, publishedReference } from "../../shared/kernels/own/published.ts";
import { FileStore } from "../../shared/storage/file.ts";
import { randomBlock, storeBlock } from "../support/lazy.ts";
import { differences, filesOf } from "../support/run.ts";

let base = "";
let control: FileStore;
let sha256 = "";
let count = 0;
beforeEach(async () => {
  base = await fs.mkdtemp(path.join(os.tmpdir(), "lamella-published-"));
  control = new FileStore(path.join(base, "control"));
  await storeBlock(path.join(base, "in.zarr"), randomBlock("float32", [8, 8], 1), [4, 4]);
  const { bundle, exports } = await bundleModule(
    path.resolve(import.meta.dirname, "../support/own-kernels.ts"),
  );
  expect(exports).toContain("scaled");
  ({ sha256 } = bundle);
  await control.put(bundleKey(sha256), bundle.code);
});
afterEach(() => fs.rm(base, { recursive: true, force: true }));

const published: PublishedKernels = (digest) => control.get(bundleKey(digest));

/** A request as an upload's steps make one: no file, whose paths are whole. */
const request = (module: string, output = "out.zarr") => ({
  pipeline: {
    version: 1,
    inputs: { image: { zarr: path.join(base, "in.zarr") } },
    steps: {
      scaled: {
        op: "mapBlocks",
        in: "image",
        module,
        args: { by: 3 },
        dtype: "float32",
        extent: "pointwise",
      },
    },
    outputs: { scaled: { zarr: path.join(base, output) } },
  },
  options: { runId: `run-${++count}` },
});

async function planned(
  module: string,
  kernels: PublishedKernels | undefined = published,
): Promise<RunFolder> {
  const turn = await planRun(request(module), { control, ...(kernels ? { published: kernels } : {}) });
  return new RunFolder(control, turn.runId);
}

describe("a kernel that is published", () => {
  it("is named by its digest in a pipeline that is no file, and gives what the module gives", async () => {
    const folder = await planned(publishedReference(sha256, "scaled"));
    const plan = await folder.plan();
    expect(plan.kernels).toEqual({ [sha256]: expect.objectContaining({ published: true }) });
    // where it lies nobody writes but deployers: the run has no copy
    expect(await folder.store.head(bundleKey(sha256))).toBeUndefined();
    await runLocally(folder, plan, { workers: 1 });
    const there = await filesOf(path.join(base, "out.zarr"));

    const { pipeline } = request(
      `${path.join(import.meta.dirname, "../support/own-kernels.ts")}#scaled`,
      "here.zarr",
    );
    const { pipelineOutputs } = await import("../../shared/pipeline/request.ts");
    const { compile } = await import("../../shared/plan/compile.ts");
    const { beginRun } = await import("../../shared/engine/run.ts");
    const plain = await compile(await pipelineOutputs(pipeline, {}, base, "own.yaml"), {});
    await runLocally(await beginRun(plain, control, "local"), plain, { workers: 1 });
    const here = await filesOf(path.join(base, "here.zarr"));
    expect(there.size).toBeGreaterThan(4);
    // documents have the plan's hash, and the module's name
    expect(differences(there, here).filter((name) => name !== "zarr.json")).toEqual([]);
    expect(String(there.get("zarr.json"))).toContain(`sha256:${sha256}#scaled`);
  });

  it("is refused where the stack allows none, before anything is claimed or written", async () => {
    const reference = publishedReference(sha256, "scaled");
    await expect(planRun(request(reference), { control })).rejects.toMatchObject({
      code: "INVALID_PIPELINE",
      hint: expect.stringContaining("uploadKernels=true"),
    });
    expect(await control.listDirectory("")).toEqual(["kernels/"]);
    expect(await fs.readdir(base)).not.toContain("out.zarr");
  });

  it.each([
    ["another digest", () => publishedReference("0".repeat(64), "scaled"), "NOT_FOUND"],
    ["a shortened digest", () => `sha256:${sha256.slice(1)}#scaled`, "INVALID_PIPELINE"],
    ["no export", () => `sha256:${sha256}`, "INVALID_PIPELINE"],
    ["a path", () => `sha256:${sha256}/../../x#scaled`, "INVALID_PIPELINE"],
    ["a file", () => "kernels.ts#scaled", "INVALID_PIPELINE"],
    ["a file by its URL", () => `${pathToFileURL("/etc/passwd")}#scaled`, "INVALID_PIPELINE"],
    ["a data: URL", () => "data:text/javascript,export default 1#default", "INVALID_PIPELINE"],
  ])("is not found by %s", async (_, module, code) => {
    await expect(planned(module())).rejects.toMatchObject({ code });
  });

  it("isn't loaded where its bytes are others than were published: not by the plan, and not by a worker", async () => {
    const folder = await planned(publishedReference(sha256, "scaled"));
    await control.put(bundleKey(sha256), new TextEncoder().encode("export const scaled = () => 1;"));
    await expect(planned(publishedReference(sha256, "scaled"))).rejects.toMatchObject({
      code: "CHECKSUM_MISMATCH",
    });
    await expect(runLocally(folder, await folder.plan(), { workers: 1 })).rejects.toMatchObject({
      code: "CHECKSUM_MISMATCH",
    });
  });

  it("that was taken away, and an export that isn't there, fail the run by name", async () => {
    const folder = await planned(publishedReference(sha256, "absent"));
    await expect(runLocally(folder, await folder.plan(), { workers: 1 })).rejects.toMatchObject({
      code: "INVALID_ARGS",
      message: expect.stringContaining("absent"),
    });
    const other = await planned(publishedReference(sha256, "scaled")).catch((error: unknown) => error);
    // the first run has the output
    expect(other).toMatchObject({ code: "OUTPUT_CLAIMED" });
    await control.delete(bundleKey(sha256));
    await expect(runLocally(folder, await folder.plan(), { workers: 1 })).rejects.toMatchObject({
      code: "CHUNK_MISSING",
      hint: expect.stringContaining("Publish it again"),
    });
  });
});
