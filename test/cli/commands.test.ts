import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeDemoImage } from "../../scripts/make-demo-image.ts";
import { lamella as lamellaIn } from "../support/lamella.ts";
import { randomBlock, storeBlock } from "../support/lazy.ts";
import { differences, filesOf } from "../support/run.ts";

let folder = "";
const lamella = (...args: string[]) => lamellaIn(args, folder);
const at = (...parts: string[]) => path.join(folder, ...parts);

/** As it stands in a pipeline file. */
const PARAMETER = `$\{sigma}`;

const PIPELINE = `version: 1
params: { sigma: 1, out: mask.zarr }
inputs:
  image: { zarr: data/image.zarr }
steps:
  smooth: { op: mapOverlap, in: image, kernel: gaussian, args: { sigma: "\${sigma}" }, depth: 4, boundary: reflect }
  mask: { op: mapBlocks, in: smooth, kernel: threshold, args: { above: 95 } }
outputs:
  mask: { zarr: "\${out}" }
`;

beforeAll(async () => {
  folder = await fs.mkdtemp(path.join(os.tmpdir(), "lamella-cli-"));
  await storeBlock(at("work/data/image.zarr"), randomBlock("uint16", [40, 50], 1), [16, 16]);
  await fs.writeFile(at("work/mask.yaml"), PIPELINE);
  await makeDemoImage(at("cells.ome.tif"), { shape: [1, 2, 2, 90, 80] });
});
afterAll(() => fs.rm(folder, { recursive: true, force: true }));

/** Runs a command that fails, and checks what it says, and that nothing changed but the list of runs. */
async function expectError(args: string[], code: string, status: number, texts: RegExp[]): Promise<void> {
  const before = await filesOf(folder);
  const done = await lamella(...args, "--json");
  expect(done.status).toBe(status);
  const { error } = JSON.parse(done.stdout) as {
    error: { code: string; message: string; hint: string | null };
  };
  expect(error.code).toBe(code);
  for (const text of texts) expect(`${error.message}\n${error.hint}`).toMatch(text);
  const changed = differences(before, await filesOf(folder));
  expect(changed.filter((name) => !name.startsWith(".lamella/"))).toEqual([]);
}

describe("an error", () => {
  it("is printed with its hint, or as one JSON document, and never as a stack", async () => {
    const args = ["run", "work/mask.yaml", "--set", "sgma=2"];
    const [plain, json, verbose] = await Promise.all([
      lamella(...args),
      lamella(...args, "--json"),
      lamella(...args, "--verbose"),
    ]);
    const { error } = JSON.parse(json.stdout) as {
      error: { code: string; message: string; hint: string; details: object };
    };
    expect(error).toEqual({
      code: "INVALID_PIPELINE",
      message: expect.any(String),
      hint: 'Did you mean "sigma"?',
      details: {},
    });
    const text = `error[${error.code}]: ${error.message}\nhint: ${error.hint}\n`;
    expect(plain).toEqual({ status: 2, stdout: "", stderr: text });
    expect(json).toEqual({ status: 2, stdout: expect.any(String), stderr: "" });
    expect(verbose.stderr).toMatch(/\n\s+at /);
  });
});

describe("lamella run", () => {
  it("takes paths relative to the file, and parameters; prints the outputs' places", async () => {
    const done = await lamella("run", "work/mask.yaml", "--set", "sigma=0.5", "--set", "out=sub/half.zarr");
    expect(done).toMatchObject({ status: 0, stdout: `${at("work/sub/half.zarr")}\n` });
    expect(done.stderr).toMatch(/run \S+\n(.|\n)*mask +9 tasks|run \S+\n(.|\n)*done in/);
    const quiet = await lamella("run", "work/mask.yaml", "--set", "out=quiet.zarr", "--quiet");
    expect(quiet).toMatchObject({ status: 0, stderr: "" });
  });

  it("with --json prints one document", async () => {
    const { status, stdout } = await lamella(
      "run",
      "work/mask.yaml",
      "--set",
      "out=json.zarr",
      "--json",
      "--workers",
      "1",
    );
    expect(status).toBe(0);
    const report = JSON.parse(stdout);
    expect(report).toMatchObject({
      status: "succeeded",
      outputs: { mask: expect.stringMatching(/^file:.*json\.zarr$/) },
    });
    expect(report.planHash).toMatch(/^[0-9a-f]{64}$/);
    expect(report.stages[0]).toMatchObject({
      kind: "map",
      bytesRead: expect.any(Number),
      projectedMiB: expect.any(Number),
    });
    const listed = JSON.parse((await lamella("runs", "--json")).stdout);
    expect(listed[0].runId).toBe(report.runId);
    const state = JSON.parse((await lamella("status", report.runId, "--json")).stdout);
    expect(state).toMatchObject({
      runId: report.runId,
      status: "succeeded",
      stages: [{ done: report.stages[0].tasks }],
    });
    expect((await lamella("runs")).stdout).toContain(report.runId);
    expect((await lamella("status", report.runId)).stdout).toContain("succeeded");
  });

  it("refuses an output that exists, and replaces it with --overwrite", async () => {
    expect((await lamella("run", "work/mask.yaml")).status).toBe(0);
    await expectError(["run", "work/mask.yaml"], "OUTPUT_EXISTS", 3, [/mask\.zarr/, /--overwrite/]);
    expect((await lamella("run", "work/mask.yaml", "--overwrite", "--set", "sigma=2")).status).toBe(0);
  });

  it.each<[string, string, string, number, RegExp[]]>([
    [
      "an unknown kernel",
      "gaussian",
      "UNKNOWN_KERNEL",
      2,
      [/step smooth/, /"gausian"/, /Did you mean "gaussian"/],
    ],
    [
      "an unknown step",
      "in: smooth",
      "UNKNOWN_STEP",
      2,
      [/steps\.mask\.in/, /"smoth"/, /Did you mean "smooth"/],
    ],
    ["a misspelt key", "depth:", "UNKNOWN_KEY", 2, [/steps\.smooth/, /"dept"/, /Did you mean "depth"/]],
    [
      "a kernel's misspelt argument",
      "{ above:",
      "UNKNOWN_KEY",
      2,
      [/step mask/, /"abov"/, /Did you mean "above"/],
    ],
    ["an unknown boundary", "reflect }", "INVALID_ARGUMENT", 2, [/step smooth/, /"reflct"/, /mirror/]],
    [
      "an unknown operation",
      "op: mapBlocks",
      "INVALID_PIPELINE",
      2,
      [/step mask/, /"mapBlcks"/, /"mapBlocks"/],
    ],
    ["a parameter that isn't there", PARAMETER, "INVALID_PIPELINE", 2, [/\$\{sigm\}/, /"sigma"/]],
    ["a missing input", "data/image.zarr", "NOT_FOUND", 2, [/data\/imag\.zarr/]],
    ["invalid YAML", "steps:\n", "INVALID_PIPELINE", 2, [/bad\.yaml:\d+:\d+: /]],
  ])("says what is wrong with %s, and where", async (_name, right, code, status, texts) => {
    const wrong: { [right: string]: string } = {
      gaussian: "gausian",
      "in: smooth": "in: smoth",
      "depth:": "dept:",
      "{ above:": "{ abov:",
      "reflect }": "reflct }",
      "op: mapBlocks": "op: mapBlcks",
      [PARAMETER]: PARAMETER.replace("sigma", "sigm"),
      "data/image.zarr": "data/imag.zarr",
      "steps:\n": "steps: [\n",
    };
    expect(PIPELINE).toContain(right);
    await fs.writeFile(at("work/bad.yaml"), PIPELINE.replace(right, wrong[right]!));
    await expectError(["run", "work/bad.yaml"], code, status, texts);
  });

  it("says which dtypes a kernel takes", async () => {
    const text = PIPELINE.replace(
      "kernel: threshold, args: { above: 95 }",
      "kernel: removeSmallObjects, args: { minSize: 2 }",
    );
    await fs.writeFile(at("work/bad.yaml"), text);
    await expectError(["run", "work/bad.yaml"], "UNSUPPORTED_DTYPE", 2, [
      /step mask/,
      /removeSmallObjects/,
      /float32/,
      /It takes bool/,
    ]);
  });

  it("names the chunk that doesn't decode, keeps the run, and resumes it when the chunk is back", async () => {
    const chunk = at("work/data/image.zarr/c/1/2");
    const bytes = await fs.readFile(chunk);
    await fs.writeFile(chunk, bytes.subarray(0, 40));
    const failed = await lamella("run", "work/mask.yaml", "--set", "out=corrupt.zarr");
    expect(failed.status).toBe(1);
    expect(failed.stderr).toMatch(/error\[(CHUNK_DECODE|CHECKSUM_MISMATCH)\]: .*image\.zarr\/c\/1\/2/);
    expect(await fs.readdir(at("work/corrupt.zarr"))).not.toContain("zarr.json");
    const [last] = JSON.parse((await lamella("runs", "--json")).stdout);
    expect(last).toMatchObject({ status: "failed", failure: { stage: 0 } });
    expect((await lamella("status", last.runId)).stdout).toMatch(/failed(.|\n)*lamella resume/);
    await fs.writeFile(chunk, bytes);
    expect(await lamella("resume", last.runId)).toMatchObject({
      status: 0,
      stdout: `${at("work/corrupt.zarr")}\n`,
    });
  });

  it("refuses to resume a run of another plan", async () => {
    const { stdout } = await lamella("run", "work/mask.yaml", "--set", "out=plan.zarr", "--json");
    const { runId } = JSON.parse(stdout);
    const args = ["run", "work/mask.yaml", "--set", "out=plan.zarr", "--set", "sigma=3", "--resume", runId];
    await expectError(args, "PLAN_CHANGED", 2, [new RegExp(runId)]);
  });

  it("has no credentials for S3", async () => {
    await fs.writeFile(
      at("work/bad.yaml"),
      PIPELINE.replace("data/image.zarr", "s3://a-bucket-of-nobody/image.zarr"),
    );
    await expectError(["run", "work/bad.yaml"], "NO_CREDENTIALS", 2, [/s3:\/\/a-bucket-of-nobody/]);
  });

  it("is refused over its memory, with the memory that would do", async () => {
    await expectError(["run", "work/mask.yaml", "--set", "out=m.zarr", "--memory", "100"], "OVER_MEMORY", 3, [
      /--memory \d+/,
    ]);
    const { stdout } = await lamella(
      "run",
      "work/mask.yaml",
      "--set",
      "out=m.zarr",
      "--memory",
      "100",
      "--json",
    );
    const { neededMiB } = JSON.parse(stdout).error.details;
    expect(
      (await lamella("run", "work/mask.yaml", "--set", "out=m.zarr", "--memory", String(neededMiB))).status,
    ).toBe(0);
  });

  it("is refused over its cost", async () => {
    await expectError(["run", "work/mask.yaml", "--set", "out=c.zarr", "--max-cost", "0"], "OVER_COST", 3, [
      /\$0/,
    ]);
  });
});

describe("lamella plan", () => {
  it("prints a table, or the plan, and writes nothing", async () => {
    const before = await filesOf(folder);
    const plain = await lamella("plan", "work/mask.yaml", "--set", "out=p.zarr");
    expect(plain.status).toBe(0);
    expect(plain.stdout).toMatch(/^stage +kind +tasks/);
    for (const word of ["mask", "memory", "AWS", "p.zarr"]) expect(plain.stdout).toContain(word);
    const { stdout } = await lamella("plan", "work/mask.yaml", "--set", "out=p.zarr", "--json");
    expect(JSON.parse(stdout)).toMatchObject({
      version: 1,
      stages: [{ kind: "map" }],
      cost: { usd: expect.any(Number) },
    });
    const converted = await lamella("plan", "--convert", "cells.ome.tif", "cells.zarr", "--json");
    expect(JSON.parse(converted.stdout)).toMatchObject({ stages: [{ kind: "convert" }] });
    expect(differences(before, await filesOf(folder))).toEqual([]);
  });

  it("warns of chunks", async () => {
    await fs.writeFile(at("work/warn.yaml"), PIPELINE.replace("depth: 4", "depth: 1"));
    const { stderr, stdout } = await lamella("plan", "work/warn.yaml");
    expect(stderr).toMatch(/warning\[CHUNK_DEPENDENT\]: smooth/);
    expect(stdout).not.toContain("CHUNK_DEPENDENT");
  });
});

describe("lamella convert", () => {
  it("converts, with bioformats2raw's options too", async () => {
    const done = await lamella(
      ...[
        "convert",
        "cells.ome.tif",
        "raw.zarr",
        "--resolutions",
        "2",
        "--tile_width",
        "32",
        "--tile_height",
        "40",
      ],
      ...["--chunk_depth", "2", "--downsample-type", "AREA", "--quiet"],
    );
    expect(done).toMatchObject({ status: 0, stdout: `${at("raw.zarr")}\n`, stderr: "" });
    const { series } = JSON.parse((await lamella("inspect", "raw.zarr", "--json")).stdout);
    expect(series[0].levels.map((level: { shape: number[] }) => level.shape)).toEqual([
      [1, 2, 2, 90, 80],
      [1, 2, 2, 45, 40],
    ]);
    expect(series[0].levels[0].chunks).toEqual([1, 1, 2, 40, 32]);
    expect(series[0].channels.map((c: { label: string }) => c.label)).toEqual(["nuclei", "membrane"]);
  });

  it.each<[string, string[], string, number, RegExp[]]>([
    [
      "two options for one thing",
      ["--levels", "2", "--resolutions", "3"],
      "INVALID_ARGUMENT",
      2,
      [/levels/, /resolutions/],
    ],
    ["what is no number", ["--levels", "two"], "INVALID_ARGUMENT", 2, [/two/]],
    ["an unknown method", ["--downsample", "sum"], "INVALID_ARGUMENT", 2, [/median/]],
    ["an unknown codec", ["--codec", "lzma"], "INVALID_ARGUMENT", 2, [/zstd/]],
    ["an unknown option", ["--chunk", "1"], "INVALID_ARGUMENT", 2, [/--chunk/]],
    ["a series that isn't there", ["--series", "0,3"], "NOT_FOUND", 2, [/series 3/]],
    ["a list that is none", ["--series", "x"], "INVALID_ARGUMENT", 2, [/whole numbers/]],
  ])("refuses %s", async (_name, options, code, status, texts) => {
    await expectError(["convert", "cells.ome.tif", "never.zarr", ...options], code, status, texts);
  });

  it("names a file that ends too early, that is empty, or that isn't there", async () => {
    const bytes = await fs.readFile(at("cells.ome.tif"));
    await fs.writeFile(at("cut.ome.tif"), bytes.subarray(0, bytes.length / 2));
    await expectError(["convert", "cut.ome.tif", "cut.zarr"], "TIFF_TRUNCATED", 2, [
      /cut\.ome\.tif/,
      /incomplete/,
    ]);
    await fs.writeFile(at("empty.tif"), "");
    await expectError(["convert", "empty.tif", "empty.zarr"], "UNKNOWN_FORMAT", 2, [/empty\.tif is empty/]);
    await expectError(["convert", "nowhere.tif", "nowhere.zarr"], "NOT_FOUND", 2, [/nowhere\.tif/]);
  });

  it("names the tile that doesn't decode, and leaves an output that doesn't open", async () => {
    const bytes = await fs.readFile(at("cells.ome.tif"));
    bytes.fill(0xff, 1000, 1400);
    await fs.writeFile(at("damaged.ome.tif"), bytes);
    const { status, stderr } = await lamella("convert", "damaged.ome.tif", "damaged.zarr");
    expect(status).toBe(1);
    expect(stderr).toMatch(/error\[CHUNK_DECODE\]: .*damaged\.ome\.tif.*\nhint: /);
    expect(await fs.readdir(at("damaged.zarr")).catch(() => [])).not.toContain("zarr.json");
  });
});

describe("lamella inspect, kernels and schema", () => {
  it("inspects images, arrays, groups and files", async () => {
    const json = async (uri: string) => JSON.parse((await lamella("inspect", uri, "--json")).stdout);
    expect(await json("cells.ome.tif")).toMatchObject({
      kind: "ome-tiff",
      series: [{ shape: [1, 2, 2, 90, 80], dtype: "uint16" }],
    });
    expect(await json("work/data/image.zarr")).toMatchObject({
      kind: "zarr array",
      shape: [40, 50],
      chunks: [16, 16],
    });
    expect(await json("raw.zarr#0")).toMatchObject({ kind: "ome-zarr image" });
    expect(await json("raw.zarr#0/1")).toMatchObject({ kind: "zarr array", shape: [1, 2, 2, 45, 40] });
    expect((await lamella("inspect", "work/data/image.zarr")).stdout).toMatch(/shape:/);
  });

  it.each<[string, string, RegExp[]]>([
    ["nothing.zarr", "NOT_FOUND", [/nothing\.zarr/]],
    ["raw.zarr#0/7", "NOT_FOUND", [/0\/7/, /0\/0/]],
    ["work", "NOT_ZARR", [/work/]],
    ["s3://a-bucket-of-nobody/x.zarr", "NO_CREDENTIALS", [/a-bucket-of-nobody/]],
    ["ftp://host/x.zarr", "UNSUPPORTED_URI", [/ftp/]],
  ])("can't inspect %s", async (uri, code, texts) => {
    await expectError(["inspect", uri], code, 2, texts);
  });

  it.each([
    [["advise", "work/data/image.zarr"], "INVALID_ARGUMENT", [/'--for <use>'/, /spatial, temporal, planes/]],
    [
      ["advise", "work/data/image.zarr", "--for", "planes", "--feature", "12 um"],
      "INVALID_ARGUMENT",
      [/: --feature "12 um" is a length/, /in elements/],
    ],
    [["new"], "INVALID_ARGUMENT", [/'kind'/, /<kind> \[file\], where kind is: pipeline or kernel/]],
    [["completion", "tcsh"], "INVALID_ARGUMENT", [/: shell: "tcsh" is not one of bash, zsh, fish/]],
    [["plan", "work/mask.yaml", "--svg"], "INVALID_ARGUMENT", [/--svg/, /draw the stages into a file/]],
    [["plan", "work/mask.yml"], "NOT_FOUND", [/no such file/, /Did you mean work\/mask\.yaml\?/]],
  ] as const)("says how %j is meant", async (args, code, texts) => {
    const { status, stdout, stderr } = await lamella(...args);
    expect([status, stdout]).toEqual([2, ""]);
    expect(stderr).toContain(`error[${code}]: `);
    for (const text of texts) expect(stderr).toMatch(text);
  });

  it("draws a plan, and advises with commands that run as they are", async () => {
    const { stdout } = await lamella("plan", "work/mask.yaml", "--svg", "-");
    expect(stdout).toMatch(/^<svg [\s\S]*<\/svg>\s*$/);
    expect(await fs.readdir(folder)).not.toContain("-");
    const advice = await lamella("advise", "work/data/image.zarr", "--for", "planes");
    const [command, ...args] = /Write it with: (lamella convert [^;]*);/.exec(advice.stdout)![1]!.split(" ");
    expect([command, args[0], args[1]]).toEqual(["lamella", "convert", "work/data/image.zarr"]);
    const written = await lamella(...args);
    expect(written).toMatchObject({ status: 0 });
    const chunks = args[args.indexOf("--chunks") + 1]!.split(",").map(Number);
    const { stdout: told } = await lamella("inspect", `${args[2]}#0/0`, "--json");
    expect((JSON.parse(told) as { chunks: number[] }).chunks.slice(-chunks.length)).toEqual(chunks);
  });

  it("lists kernels and the schema", async () => {
    const kernels = JSON.parse((await lamella("kernels", "--json")).stdout) as { name: string }[];
    expect(kernels.map((kernel) => kernel.name)).toContain("gaussian");
    expect((await lamella("kernels")).stdout).toContain("scipy.ndimage.gaussian_filter");
    const schema = JSON.parse((await lamella("schema")).stdout);
    expect(schema).toMatchObject({
      type: "object",
      required: expect.arrayContaining(["version", "inputs", "outputs"]),
    });
  });

  it("prints help and version", async () => {
    expect(await lamella()).toMatchObject({ status: 0, stdout: expect.stringContaining("Usage: lamella") });
    expect(await lamella("convert", "--help")).toMatchObject({
      status: 0,
      stdout: expect.stringContaining("--chunks"),
    });
    expect((await lamella("--version")).stdout).toMatch(/^\d+\.\d+\.\d+/);
  });
});
