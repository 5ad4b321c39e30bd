import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { runLocally } from "../../../shared/engine/local/engine.ts";
import { beginRun } from "../../../shared/engine/run.ts";
import { fromZarr } from "../../../shared/index.ts";
import { parsePipelineText } from "../../../shared/pipeline/parse.ts";
import { pipelineOutputs } from "../../../shared/pipeline/request.ts";
import { compile } from "../../../shared/plan/compile.ts";
import { type LocalServer, startLocalServer } from "../../../shared/serve/http/server.ts";
import { fileSource, mountPreview } from "../../../shared/serve/preview/preview.ts";
import type { PreviewCost, PreviewDocument } from "../../../shared/serve/preview/protocol.ts";
import { FileStore } from "../../../shared/storage/file.ts";
import { MemoryStore } from "../../../shared/storage/memory.ts";
import { randomBlock, storeBlock } from "../../support/lazy.ts";

const SLOW = { timeout: 240_000 };

const TEXT = `# Cells, smoothed.
version: 1
params: { above: 90 }   # of 255
inputs:
  image: { zarr: image.ome.zarr, component: "0" }
steps:
  smooth: { op: mapOverlap, in: image, kernel: gaussian, args: { sigma: 2.0 }, depth: 12, dtype: float32 }   # keep
  cut:    { op: otsu, in: smooth }
  binary: { op: mapBlocks, in: smooth, kernel: threshold, args: { above: "\${above}" }, dtype: bool }
  small:  { op: removeSmall, in: binary, minSize: 40 }
  wide:   { op: mapOverlap, in: image, kernel: median, args: { size: [3, 5] }, depth: 4 }
  part:   { op: slice, in: image, index: "100:300, :" }
outputs:
  small: { zarr: out.zarr, chunks: [128, 128] }
  smooth: { zarr: smooth.zarr, chunks: [128, 128] }
`;

let folder: string;
let file: string;
let server: LocalServer;
let close: () => Promise<void>;

const plan = async (document: unknown) =>
  compile(await pipelineOutputs(document, {}, folder, "test"), {
    overwrite: true,
    budget: { workers: 1, memoryMiB: 1024 },
  });

async function run(document: unknown): Promise<void> {
  const compiled = await plan(document);
  await runLocally(await beginRun(compiled, new MemoryStore(), "local"), compiled, { workers: 1 });
}

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "lamella-preview-"));
  await storeBlock(path.join(folder, "image.zarr"), randomBlock("uint8", [520, 600], 5), [128, 128]);
  await run({
    version: 1,
    inputs: { image: { zarr: "image.zarr" } },
    outputs: { copy: { step: "image", zarr: "image.ome.zarr", pyramid: { levels: 3 } } },
  });
  file = path.join(folder, "cells.yaml");
  await writeFile(file, TEXT);
  await chmod(file, 0o640);
  server = await startLocalServer();
  ({ close } = await mountPreview(server, fileSource(file, TEXT, { base: folder, where: file }), {
    workers: 2,
    memoryMiB: 1024,
  }));
}, 240_000);

afterAll(async () => {
  await close();
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

const get = async <T>(at: string): Promise<T> => (await (await fetch(server.url + at)).json()) as T;
const post = (at: string, body: unknown) =>
  fetch(server.url + at, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
const document = () => get<PreviewDocument>("api/pipeline");
const zarrOf = async (step: string) => (await document()).steps.find(({ name }) => name === step)!.zarr!;

test("the document tells steps, their levels, and a control for each number", async () => {
  const { steps, controls, isChanged, isWritable, revision } = await document();
  expect([isChanged, isWritable, revision]).toEqual([false, true, "1"]);
  const levels = Object.fromEntries(
    steps.map(({ name, levels: l }) => [name, l.map(({ shape, approximate }) => [...shape, approximate])]),
  );
  const three = (first: boolean) => [
    [520, 600, false],
    [260, 300, first],
    [130, 150, first],
  ];
  expect(levels).toEqual({
    image: three(false),
    smooth: three(true),
    cut: [[false]],
    binary: three(true),
    small: three(true),
    wide: three(true),
    part: [[200, 600, false]],
  });
  expect(steps.map(({ name, zarr }) => [name, zarr !== undefined]).filter(([, has]) => !has)).toEqual([
    ["cut", false],
  ]);
  expect(
    steps.filter(({ needsWhole }) => needsWhole.length > 0).map(({ name, needsWhole }) => [name, needsWhole]),
  ).toEqual([
    ["cut", ["cut"]],
    ["small", ["binary", "small"]],
  ]);
  expect(controls.map(({ id, value, isInteger, param }) => [id, value, isInteger, param])).toEqual([
    ["smooth.args.sigma", 2, false, undefined],
    ["binary.args.above", 90, false, "above"],
    ["small.minSize", 40, true, undefined],
    ["wide.args.size.0", 3, true, undefined],
    ["wide.args.size.1", 5, true, undefined],
  ]);
  for (const { min, max, value, increment } of controls) {
    expect(min).toBeLessThanOrEqual(value);
    expect(max).toBeGreaterThan(value);
    expect(increment).toBeGreaterThan(0);
  }
});

/** Every chunk at full resolution is byte for byte what a run of this document writes; how many there are. */
async function equalsRun(text: unknown, step: string, output: string): Promise<number> {
  await run(text);
  const zarr = await zarrOf(step);
  const store = new FileStore(path.join(folder, output));
  let count = 0;
  for await (const { key } of store.list("")) {
    if (!/c\/\d+\/\d+$/.test(key)) continue;
    const answer = await fetch(`${server.url}${zarr}/0/${key.replace(/^0\//, "")}`);
    const bytes = Buffer.from(await answer.arrayBuffer());
    expect(bytes.equals((await store.get(key))!), key).toBe(true);
    count++;
  }
  return count;
}

test(
  "other values give what a run would, at full resolution; a revision that is gone is gone",
  SLOW,
  async () => {
    const before = await zarrOf("smooth");
    expect(await equalsRun(parsePipelineText(TEXT, "test"), "small", "out.zarr")).toBe(25);
    const answer = await post("api/pipeline/values", {
      values: { "smooth.args.sigma": 1.25, "binary.args.above": 110 },
    });
    const changed = (await answer.json()) as PreviewDocument;
    expect([changed.revision, changed.isChanged]).toEqual(["2", true]);
    const text = TEXT.replace("2.0", "1.25").replace("90", "110");
    expect(await equalsRun(parsePipelineText(text, "test"), "smooth", "smooth.zarr")).toBe(25);
    expect(await equalsRun(parsePipelineText(text, "test"), "small", "out.zarr")).toBeGreaterThan(0);
    expect((await fetch(`${server.url}${before}/0/c/0/0`)).status).toBe(410);
  },
);

test("a coarser level is the step on the coarser image, with lengths by its pixels", SLOW, async () => {
  const zarr = await zarrOf("smooth");
  const coarse = await fromZarr(`${server.url}${zarr}`, { component: "1" });
  const { args } = { args: { sigma: (await document()).controls[0]!.value / 2 } };
  const expected = await plan({
    version: 1,
    inputs: { image: { zarr: "image.ome.zarr", component: "1" } },
    steps: { half: { op: "mapOverlap", in: "image", kernel: "gaussian", args, depth: 6, dtype: "float32" } },
    outputs: { half: { zarr: "half.zarr", chunks: [128, 128] } },
  });
  await runLocally(await beginRun(expected, new MemoryStore(), "local"), expected, { workers: 1 });
  const half = await fromZarr(path.join(folder, "half.zarr"));
  expect((await coarse.compute()).data).toEqual((await half.compute()).data);
});

test("whole results tell how far they are, by step and level", SLOW, async () => {
  const gone = new AbortController();
  const events = await fetch(`${server.url}api/pipeline/events`, { signal: gone.signal });
  await post("api/pipeline/values", { values: { "binary.args.above": 111 } });
  const zarr = await zarrOf("small");
  await (await fetch(`${server.url}${zarr}/2/c/0/0`)).arrayBuffer();
  let text = "";
  for await (const piece of events.body!) {
    text += Buffer.from(piece).toString();
    if (/"step":"small","level":2,"done":(\d+),"tasks":\1}/.test(text)) break;
  }
  gone.abort();
  expect(text).toContain('"revision":"3"');
  expect(text).not.toMatch(/"level":[01]/);
  await post("api/pipeline/values", { values: { "binary.args.above": 110 } });
});

test("what is refused says why, and leaves everything as it was", SLOW, async () => {
  const { revision } = await document();
  for (const values of [
    { "smooth.args.sigm": 1 },
    { "small.minSize": 1.5 },
    { "smooth.args.sigma": "2" },
    { "smooth.args.sigma": -1 },
  ]) {
    const answer = await post("api/pipeline/values", { values });
    expect(answer.status, JSON.stringify(values)).toBe(400);
    expect(((await answer.json()) as { error: { code: string } }).error.code).toMatch(/^INVALID_/);
  }
  expect((await document()).revision).toBe(revision);
});

test("revisions that are given up leave nothing behind, though their tasks were at work", SLOW, async () => {
  const temporary = path.join(folder, "temporary");
  await mkdir(temporary);
  vi.stubEnv("TMPDIR", temporary);
  const other = await startLocalServer();
  const preview = await mountPreview(
    other,
    { document: parsePipelineText(TEXT, "test"), base: folder, where: "test" },
    { workers: 2, memoryMiB: 1024 },
  );
  const answers: Promise<number>[] = [];
  for (let i = 0; i < 6; i++) {
    const { steps } = (await (await fetch(`${other.url}api/pipeline`)).json()) as PreviewDocument;
    const { zarr } = steps.find(({ name }) => name === "small")!;
    answers.push(fetch(`${other.url}${zarr}/0/c/0/0`).then(({ status }) => status));
    await sleep(30 * i);
    await fetch(`${other.url}api/pipeline/values`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ values: { "binary.args.above": 91 + i } }),
    });
  }
  expect(await Promise.all(answers)).toContain(410);
  expect((await readdir(temporary)).length).toBeGreaterThan(0);
  await preview.close();
  await other.close();
  vi.unstubAllEnvs();
  expect(await readdir(temporary)).toEqual([]);
});

test("what the whole would take", SLOW, async () => {
  const cost = await get<PreviewCost>("api/pipeline/cost");
  expect(cost).toMatchObject({ revision: (await document()).revision, workers: 2 });
  expect(cost.tasks).toBeGreaterThan(1);
  expect(cost.bytesRead).toBeGreaterThan(520 * 600);
  expect(cost.aws.usd).toBeGreaterThan(0);
});

test("values are written into the file, and nothing else of it changes", SLOW, async () => {
  const { revision } = await document();
  expect((await post("api/pipeline/write", { revision: "1" })).status).toBe(409);
  const answer = await post("api/pipeline/write", { revision });
  expect(await answer.json()).toMatchObject({ written: ["smooth.args.sigma", "binary.args.above"] });
  expect(await readFile(file, "utf8")).toBe(TEXT.replace("2.0", "1.25").replace("90", "110"));
  expect((await stat(file)).mode & 0o777).toBe(0o640);
  expect((await document()).isChanged).toBe(false);
});

test("a file that somebody changed meanwhile isn't written to", SLOW, async () => {
  const { revision } = (await (
    await post("api/pipeline/values", { values: { "small.minSize": 60 } })
  ).json()) as PreviewDocument;
  const theirs = `${await readFile(file, "utf8")}# mine\n`;
  await writeFile(file, theirs);
  const answer = await post("api/pipeline/write", { revision });
  expect(answer.status).toBe(409);
  expect(await answer.json()).toMatchObject({ error: { code: "INPUT_CHANGED" } });
  expect(await readFile(file, "utf8")).toBe(theirs);
});
